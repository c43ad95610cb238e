"""A user's HI cube as the telescope of the training would show it, and its moment maps."""

from dataclasses import dataclass, replace

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from umbra.channels import HI_MAPS
from umbra.config.hi import CubeSettings, MomentSettings
from umbra.constants import FWHM_PER_SIGMA
from umbra.errors import Damaged
from umbra.hi.beams import beam_area_arcsec2, beam_covariance, convolved
from umbra.hi.line import Line, integrated_line
from umbra.hi.moments import moment_maps
from umbra.hi.reading import Cube
from umbra.hi.source_finding import emission, negative_noise_rms, smoothed
from umbra.observed.coverage import WHOLE_FIELD, centre_in, covers_edge
from umbra.observed.moving import Placement
from umbra.observed.planes import celestial_wcs
from umbra.observed.resampling import LEAST_COVERED, interpolated
from umbra.observed.training_images import WORTH_A_NOTE

# A beam has at least this many pixels after pixels are binned.
_PIXELS_PER_BEAM = 3.0
# The galaxy's own gas is within this fraction of the field's side from its centre.
_NEAR_CENTRE = 0.125


@dataclass(frozen=True)
class HiMaps:
    """The HI of a galaxy as the networks know it.

    Parameters
    ----------
    channels : dict
        Keys of `umbra.channels.HI_MAPS` -> map, shape (pixels, pixels); masked pixels are NaN.
    observables : dict
        Those of `umbra.dataset.reading.OBSERVABLES` that are of HI -> value.
    line : umbra.hi.line.Line
        The line as the user's data have it. Its middle is velocity 0 of the maps.
    notes : list of str
        What is unlike the training.
    """

    channels: dict[str, np.ndarray]
    observables: dict[str, float]
    line: Line
    notes: list[str]


@dataclass(frozen=True)
class OwnLine:
    """The line of a galaxy in the user's cube.

    Attributes
    ----------
    line : umbra.hi.line.Line
    beyond : bool
        Whether emission goes on beyond the cube's sky.
    """

    line: Line
    beyond: bool


def hi_maps_of_cube(
    cube: Cube,
    *,
    own: OwnLine,
    placement: Placement,
    telescope: CubeSettings,
    moments: MomentSettings,
    rng: np.random.Generator,
) -> HiMaps:
    """Return the moment maps of a cube as the telescope of the training shows it.

    Parameters
    ----------
    cube : Cube
        The user's cube.
    own : OwnLine
        `find_own_line` of the cube.
    placement : Placement
        The grid of the training, and where it is.
    telescope : CubeSettings
        Channels, beam and noise of the training.
    moments : MomentSettings
        Source finding and limits of the training.
    rng : numpy.random.Generator
        Draws the noise that is added, and that of voxels beyond the cube.

    Raises
    ------
    Damaged
        If the galaxy goes on beyond the cube.
    """
    shown, share, notes = as_trained(
        _coarse(cube, placement, telescope.beam_fwhm_arcsec),
        systemic_km_s=own.line.centre_km_s,
        placement=placement,
        telescope=telescope,
        rng=rng,
    )
    if own.beyond and share < WHOLE_FIELD:
        raise Damaged(
            "the galaxy's HI is larger than the cube; give one that holds it and some sky around"
            " it, or blank foreground by masked_km_s."
        )
    seen = emission(shown, clip_sigma=moments.clip_sigma)
    maps = moment_maps(shown, seen, moments)
    found = integrated_line(shown, seen)
    return HiMaps(
        dict(zip(HI_MAPS, maps, strict=True)),
        line_observables(found.flux_jy_km_s, found.w50_km_s, found.cut),
        own.line,
        [line_note(own.line), *_coverage_notes(share, own.beyond), *notes],
    )


def _coarse(cube: Cube, placement: Placement, beam_fwhm_arcsec: float) -> Cube:
    """Return a cube without pixels far smaller than the beam that it will have."""
    wanted = beam_fwhm_arcsec * placement.sky_scale
    return cube.binned(max(1, int(wanted / _PIXELS_PER_BEAM / max(cube.pixel_arcsec))))


def _coverage_notes(share: float, beyond: bool) -> list[str]:
    if share < WHOLE_FIELD:
        return [f"HI: the cube covers {100 * share:.0f} % of the field; the rest is noise."]
    if not beyond:
        return []
    return [
        "HI: emission goes on beyond the cube; if it is foreground, blank its velocities by"
        " masked_km_s."
    ]


def line_note(line: Line) -> str:
    """Return a sentence about the line of a galaxy."""
    return (
        f"The HI line has {line.flux_jy_km_s:.4g} Jy km/s and W20 = {line.w20_km_s:.0f} km/s; its"
        f" middle, {line.centre_km_s:.1f} km/s, is velocity 0."
    )


def line_observables(flux_jy_km_s: float, w50_km_s: float, cut: bool) -> dict[str, float]:
    """Return the observables of the HI line by the names that the dataset has for them."""
    return {
        "flux_hi_jy_km_s": flux_jy_km_s,
        "w50_km_s": w50_km_s,
        "line_cut": float(cut),
    }


def find_own_line(
    cube: Cube, *, placement: Placement, beam_fwhm_arcsec: float, moments: MomentSettings
) -> OwnLine:
    """Return the line of the galaxy in the user's cube, which must hold all of it.

    Parameters
    ----------
    cube : Cube
        The user's cube.
    placement : Placement
        Where the galaxy is.
    beam_fwhm_arcsec : float
        FWHM of the training's beam; far smaller pixels are binned first.
    moments : MomentSettings
        Source finding of the training.

    Raises
    ------
    Damaged
        If the galaxy is not within the cube, if it has no line, or if the line goes on beyond the
        band.
    """
    centre_in(cube.flux_jy_beam.shape[1:], celestial_wcs(cube.header), placement)
    cube = _coarse(cube, placement, beam_fwhm_arcsec)
    seen = emission(cube, clip_sigma=moments.clip_sigma)
    line = integrated_line(cube, galaxy_voxels(cube, seen, placement))
    if line.flux_jy_km_s <= 0:
        raise Damaged("no HI line is found in it; give a deeper cube, or none.")
    if line.cut:
        low, high = cube.velocity_km_s[[0, -1]]
        raise Damaged(
            f"the HI line touches the end of its band ({low:.0f} to {high:.0f} km/s); give a cube"
            " that holds the whole line, or blank foreground there by masked_km_s."
        )
    bright = np.isfinite(moment_maps(cube, seen, moments)[0])
    return OwnLine(line, covers_edge(bright, np.any(cube.flux_jy_beam != 0, axis=0)))


def galaxy_voxels(cube: Cube, seen: np.ndarray, placement: Placement) -> np.ndarray:
    """Return the emission of the galaxy alone: the island with most flux near its centre.

    A companion with a velocity of its own would shift the middle of the line.

    Parameters
    ----------
    cube : Cube
    seen : ndarray of bool, shape (channels, y, x)
        Which voxels are emission.
    placement : Placement
        Where the galaxy is.

    Returns
    -------
    ndarray of bool, shape (channels, y, x)
        All of `seen` if nothing is near the centre.
    """
    from scipy import ndimage  # slow import (0.15 s)

    islands, count = ndimage.label(seen)
    y, x = centre_in(seen.shape[1:], celestial_wcs(cube.header), placement)
    rows, columns = np.indices(seen.shape[1:])
    radius = _NEAR_CENTRE * placement.grid.pixels * placement.pixel_sky_arcsec
    near = np.hypot(rows - y, columns - x) * max(cube.pixel_arcsec) < radius
    flux = np.bincount(
        islands[:, near].ravel(), weights=cube.flux_jy_beam[:, near].ravel(), minlength=count + 1
    )
    flux[0] = 0
    return islands == flux.argmax() if flux.max() > 0 else seen


def as_trained(
    cube: Cube,
    *,
    systemic_km_s: float,
    placement: Placement,
    telescope: CubeSettings,
    rng: np.random.Generator,
) -> tuple[Cube, float, list[str]]:
    """Return a cube with the pixels, channels, beam and noise of the training.

    A beam that is broader and noise that is higher stay so.

    Parameters
    ----------
    cube : Cube
    systemic_km_s : float
        Velocity that becomes 0 [km/s].
    placement, telescope, rng
        As in `hi_maps_of_cube`.

    Returns
    -------
    cube : Cube
        Its beam is the training's, by which the surface brightness is given.
    share : float
        Fraction of the field that the cube covers.
    notes : list of str
        What is unlike the training.
    """
    wcs = celestial_wcs(cube.header)
    planes = cube.flux_jy_beam / beam_area_arcsec2(*cube.beam_fwhm_arcsec)
    beam = np.array([*cube.beam_fwhm_arcsec, cube.header.get("BPA", 0.0)])
    wanted_fwhm = telescope.beam_fwhm_arcsec * placement.sky_scale
    planes = convolved_to(planes, beam, wcs, wanted_fwhm)
    means, on_sky = interpolated(planes, wcs, placement, order="bicubic")
    channels = telescope.channels
    velocity = (np.arange(channels) - (channels - 1) / 2) * telescope.channel_width_km_s
    shares = channel_shares(cube.velocity_km_s - systemic_km_s, velocity)
    shown_beam = 2 * (telescope.beam_fwhm_arcsec,)
    flux = np.tensordot(shares, means, axes=1) * beam_area_arcsec2(*shown_beam)
    # voxels that were blank in the user's cube are 0
    covered = (shares.sum(axis=1) > LEAST_COVERED)[:, None, None] & on_sky & (flux != 0)
    side = placement.grid.pixel_arcsec
    shown = Cube(flux, velocity, shown_beam, (side, side), fits.Header())
    shown, noise_ratio = _with_noise(shown, covered, telescope, rng)
    beam_ratio = np.sqrt(np.prod(cube.beam_fwhm_arcsec)) / wanted_fwhm
    width_ratio = cube.channel_width_km_s / telescope.channel_width_km_s
    notes = [
        f"HI: the {what} {ratio:.2g} times {than} of the training."
        for what, ratio, than in (
            ("beam is", beam_ratio, "as broad as that"),
            ("channels are", width_ratio, "as wide as those"),
            ("noise is", noise_ratio, "that"),
        )
        if ratio > WORTH_A_NOTE
    ]
    return shown, float(on_sky.mean()), notes


def channel_shares(given_km_s: np.ndarray, wanted_km_s: np.ndarray) -> np.ndarray:
    """Return by how much each channel of a cube contributes to the mean in each wanted channel.

    Parameters
    ----------
    given_km_s, wanted_km_s : ndarray, shapes (n,) and (m,)
        Centres of the channels, evenly spaced and increasing [km/s].

    Returns
    -------
    ndarray, shape (m, n)
        Fraction of a wanted channel that the given channel covers, so that the flux is conserved.
    """
    given_width, wanted_width = (np.ptp(v) / (v.size - 1) for v in (given_km_s, wanted_km_s))
    upper = np.minimum.outer(wanted_km_s + wanted_width / 2, given_km_s + given_width / 2)
    lower = np.maximum.outer(wanted_km_s - wanted_width / 2, given_km_s - given_width / 2)
    return np.maximum(upper - lower, 0) / wanted_width


def convolved_to(
    planes: np.ndarray, beam: np.ndarray, wcs: WCS, wanted_fwhm_arcsec: float
) -> np.ndarray:
    """Convolve planes to a round beam along those axes along which their own is smaller.

    Parameters
    ----------
    planes : ndarray, shape (n, y, x)
        Surface brightness.
    beam : ndarray, shape (3,)
        Their beam: major and minor FWHM [arcsec] and position angle [deg].
    wcs : astropy.wcs.WCS
        Coordinates of a plane.
    wanted_fwhm_arcsec : float
        FWHM of the round beam [arcsec].
    """
    wanted = beam_covariance(np.array([wanted_fwhm_arcsec, wanted_fwhm_arcsec, 0.0]))
    size, axes = np.linalg.eigh(wanted - beam_covariance(beam))
    if size.max() <= 0:
        return planes
    added = axes @ np.diag(np.maximum(size, 0)) @ axes.T
    matrix = wcs.pixel_scale_matrix * 3600
    return np.array([convolved(plane, added, matrix) for plane in planes])


def _with_noise(
    cube: Cube, covered: np.ndarray, telescope: CubeSettings, rng: np.random.Generator
) -> tuple[Cube, float]:
    """Bring the noise of a cube to the training's, if it is lower; fill other voxels with noise.

    The second value is the noise that the cube had, over the training's.
    """
    wanted_rms = telescope.noise_rms_jy_arcsec2 * beam_area_arcsec2(*cube.beam_fwhm_arcsec)
    if not wanted_rms:
        return cube, 0.0
    ratio = negative_noise_rms(cube.flux_jy_beam[covered]) / wanted_rms
    sigma = telescope.beam_fwhm_arcsec / FWHM_PER_SIGMA / np.array(cube.pixel_arcsec)
    noise = smoothed(rng.standard_normal(cube.flux_jy_beam.shape, dtype=np.float32), sigma)
    noise *= wanted_rms / noise.std()
    added = np.sqrt(max(1 - ratio**2, 0)) * noise
    flux = np.where(covered, cube.flux_jy_beam + added, noise)
    return replace(cube, flux_jy_beam=flux), ratio
