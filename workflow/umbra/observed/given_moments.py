"""Moment maps that the user has, in place of a cube, on the grid of the training.

Intensity, intensity times velocity and intensity times velocity squared add up; mean velocity and
dispersion do not. So these three are convolved and averaged, and the maps are made of them again.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from umbra.channels import HI_MAPS
from umbra.config.hi import CubeSettings, MomentSettings
from umbra.constants import HI_REST_FREQUENCY_HZ
from umbra.errors import Damaged, InputError
from umbra.faults import plain_reason, unreadable
from umbra.hi.beams import beam_area_arcsec2, beams_of_channels
from umbra.hi.flux_unit import jy_beam_per_unit
from umbra.hi.line import Line, is_cut, line_width
from umbra.hi.moments import least_intensity
from umbra.observed.coverage import centre_in
from umbra.observed.hi_cube import HiMaps, convolved_to, line_note, line_observables
from umbra.observed.moving import Placement
from umbra.observed.planes import celestial_wcs, read_plane
from umbra.observed.resampling import LEAST_COVERED, interpolated
from umbra.observed.table import MOMENTS
from umbra.observed.training_images import WORTH_A_NOTE

_VELOCITY_UNIT = re.compile(r"[\s.*]*(k?)m(?:[\s.*]*s(?:ec)?\^?-1|/s(?:ec)?)\s*$", re.I)
# Dispersion of the gas where there is no map of it [km/s].
_USUAL_DISPERSION_KM_S = 10.0


@dataclass(frozen=True)
class GivenMap:
    """A moment map of the user's.

    Parameters
    ----------
    values : ndarray, shape (y, x)
        Moment 0 [Jy/arcsec2 km/s], or moment 1 or 2 [km/s]. Blank pixels are NaN.
    wcs : astropy.wcs.WCS
        Its coordinates.
    beam : ndarray, shape (3,), or None
        Major and minor FWHM [arcsec] and position angle [deg], if they are known.
    """

    values: np.ndarray
    wcs: WCS
    beam: np.ndarray | None


def read_given_map(
    path: Path,
    *,
    moment: int,
    unit: str | None = None,
    beam_fwhm_arcsec: tuple[float, float] | None = None,
    beam_angle_deg: float = 0.0,
) -> GivenMap:
    """Read a moment map.

    Parameters
    ----------
    path : Path
        FITS file, whose first image of two axes is read.
    moment : {0, 1, 2}
        Intensity, mean velocity or velocity dispersion.
    unit : str, optional
        Unit of the values, in place of BUNIT.
    beam_fwhm_arcsec : tuple of float, optional
        Major and minor FWHM of the beam [arcsec], in place of those of the file.
    beam_angle_deg : float
        Position angle of that beam [deg].

    Raises
    ------
    Damaged
        If the file is no such map.
    InputError
        If the system does not let it be read.
    """
    try:
        values, header = read_plane(path)
        beam = _beam(path, header, beam_fwhm_arcsec, beam_angle_deg, needed=moment == 0)
        scale = _scale(str(unit or header.get("BUNIT", "")), moment, beam)
        return GivenMap(scale * values, celestial_wcs(header), beam)
    except InputError as error:
        raise type(error)(f"{path}: {error}") from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        damaged = f"{path} is not a moment map ({plain_reason(error)}); give a FITS file of one."
        raise unreadable(error, path, damaged) from error


def _beam(
    path: Path,
    header: fits.Header,
    given: tuple[float, float] | None,
    angle_deg: float,
    *,
    needed: bool,
) -> np.ndarray | None:
    try:
        with fits.open(path, memmap=False) as hdus:
            return beams_of_channels(hdus, header, 1, given, angle_deg, [])[0]
    except Damaged:
        if needed:
            raise
        return None


def _scale(unit: str, moment: int, beam: np.ndarray | None) -> float:
    """Return Jy/arcsec2 km/s or km/s in a unit of a moment map."""
    found = _VELOCITY_UNIT.search(unit)
    if found is None or (moment > 0 and found.start() > 0):
        wanted = "km/s or m/s" if moment else "Jy/beam km/s, Jy/beam m/s or K km/s"
        remedy = "correct the card" + ("" if moment else ", or give hi_unit in the table")
        raise Damaged(f"BUNIT is '{unit}', not {wanted}; {remedy}.")
    km_s = 1.0 if found[1] else 1e-3
    if moment:
        return km_s
    flux = re.sub(r"/B$", "/beam", unit[: found.start()].strip(" .*"), flags=re.I)
    jy_beam = jy_beam_per_unit(flux, beam[None], np.zeros(1), HI_REST_FREQUENCY_HZ)[0]
    return km_s * jy_beam / beam_area_arcsec2(*beam[:2])


def hi_maps_of_moments(
    maps: dict[str, GivenMap],
    *,
    placement: Placement,
    telescope: CubeSettings,
    moments: MomentSettings,
) -> HiMaps:
    """Return moment maps on the grid of the training, with its beam if theirs is smaller.

    Parameters
    ----------
    maps : dict
        Keys of `MOMENTS` -> map. They need not have the same pixels.
    placement : Placement
        The grid of the training, and where it is.
    telescope : CubeSettings
        Beam and band of the training.
    moments : MomentSettings
        Limit on the intensity of a pixel.

    Raises
    ------
    Damaged
        If the galaxy is not within a map, or there is no emission in them.
    """
    for given in maps.values():
        centre_in(given.values.shape, given.wcs, placement)
    sums, covered = _raw_moments(maps, placement, telescope)
    wanted_beam = 2 * (telescope.beam_fwhm_arcsec,)
    with np.errstate(invalid="ignore", divide="ignore"):
        intensity = sums[0] * beam_area_arcsec2(*wanted_beam)
        velocity = sums[1] / sums[0]
        dispersion = np.sqrt(np.maximum(sums[2] / sums[0] - velocity**2, 0))
    kept = covered & (intensity > 0)
    if "moment0" in maps:
        kept &= intensity >= least_intensity(moments, wanted_beam)
    found = dict(zip(MOMENTS, (intensity, velocity, dispersion), strict=True))
    line, notes = _line(found, kept, maps, placement, telescope)
    found["moment1"] = velocity - line.centre_km_s
    channels = {
        name: np.where(kept, found[moment], np.nan)
        for name, moment in zip(HI_MAPS, MOMENTS, strict=True)
        if moment in maps
    }
    observables = {}
    if {"moment0", "moment1"} <= set(maps):
        dimmed = line.flux_jy_km_s / placement.sky_scale**2
        observables = line_observables(dimmed, line.w50_km_s, line.cut)
    return HiMaps(channels, observables, line, notes + _beam_notes(maps, placement, telescope))


def _raw_moments(
    maps: dict[str, GivenMap], placement: Placement, telescope: CubeSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of intensity times powers 0, 1 and 2 of the velocity, on the grid.

    Without a map of the intensity, the pixels of a map count alike.
    """
    weight = maps.get("moment0")
    base = weight or next(iter(maps.values()))
    velocity = _on(base, maps.get("moment1"), 0.0)
    dispersion = _on(base, maps.get("moment2"), _USUAL_DISPERSION_KM_S)
    known = np.isfinite(base.values) & np.isfinite(velocity) & np.isfinite(dispersion)
    intensity = base.values if weight else np.ones_like(base.values)
    # the middle of the velocities, so that their squares are small
    middle = np.median(velocity[known])
    planes = intensity * np.array(
        [np.ones_like(intensity), velocity - middle, (velocity - middle) ** 2 + dispersion**2]
    )
    planes = np.concatenate([np.where(known, planes, 0), [known.astype(float)]])
    if base.beam is not None:
        wanted = telescope.beam_fwhm_arcsec * placement.sky_scale
        planes = convolved_to(planes, base.beam, base.wcs, wanted)
    means, _ = interpolated(planes, base.wcs, placement, order="bilinear")
    zeroth, first, second, share = means
    raw = np.array(
        [zeroth, first + middle * zeroth, second + 2 * middle * first + middle**2 * zeroth]
    )
    return raw, share > LEAST_COVERED


def _on(base: GivenMap, other: GivenMap | None, usual: float) -> np.ndarray:
    """Return a map on the pixels of another, or a usual value if there is no such map."""
    if other is None:
        return np.full(base.values.shape, usual)
    same = other.values.shape == base.values.shape and other.wcs.wcs.compare(base.wcs.wcs)
    if same:
        return other.values
    from reproject import reproject_interp  # slow import (1 s)

    return reproject_interp(
        (other.values, other.wcs),
        base.wcs,
        shape_out=base.values.shape,
        order="nearest-neighbor",
        return_footprint=False,
    )


def _line(
    found: dict[str, np.ndarray],
    kept: np.ndarray,
    maps: dict[str, GivenMap],
    placement: Placement,
    telescope: CubeSettings,
) -> tuple[Line, list[str]]:
    """Return the line that the maps add up to, a Gaussian in each pixel, as from the distance of
    the galaxy, and a note.
    """
    if not kept.any():
        raise Damaged("no HI is in the maps above the limit of the training; give deeper ones.")
    if "moment1" not in maps:
        return Line(0.0, 0.0, 0.0, 0.0, False), []
    channels = telescope.channels
    middle = np.median(found["moment1"][kept])
    width = telescope.channel_width_km_s
    velocity = middle + (np.arange(channels) - (channels - 1) / 2) * width
    sigma = np.maximum(found["moment2"][kept], width / 2)
    weight = found["moment0"][kept]
    offset = (velocity[:, None] - found["moment1"][kept]) / sigma
    profile = (weight / sigma * np.exp(-0.5 * offset**2)).sum(axis=1) / np.sqrt(2 * np.pi)
    beam_area = beam_area_arcsec2(*2 * (telescope.beam_fwhm_arcsec,))
    profile_jy = profile * placement.grid.pixel_arcsec**2 / beam_area  # as it is shown
    w50, _ = line_width(velocity, profile_jy, fraction=0.5)
    w20, centre = line_width(velocity, profile_jy, fraction=0.2)
    flux = float(profile_jy.sum() * width * placement.sky_scale**2)
    line = Line(flux, w50, w20, centre, is_cut(profile_jy))
    return line, [line_note(line)] if "moment0" in maps else [
        f"The middle of the velocities, {centre:.1f} km/s, is velocity 0."
    ]


def _beam_notes(
    maps: dict[str, GivenMap], placement: Placement, telescope: CubeSettings
) -> list[str]:
    notes = ["HI: the moment maps are the user's; their noise and source finding are their own."]
    beam = next((given.beam for given in maps.values() if given.beam is not None), None)
    if beam is None:
        return [*notes, "HI: the beam of the maps is not known."]
    ratio = np.sqrt(beam[0] * beam[1]) / (telescope.beam_fwhm_arcsec * placement.sky_scale)
    if ratio > WORTH_A_NOTE:
        notes.append(f"HI: the beam is {ratio:.2g} times as broad as that of the training.")
    return notes
