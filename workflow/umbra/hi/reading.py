"""HI cubes in FITS files: values, velocities of the channels, beam and pixels.

The axes are read by astropy's WCS, which knows every spectral axis of the FITS standard and those
of AIPS. spectral-cube does so with the same WCS, but reads neither the old spellings of units nor
beams in the cards of single channels, takes a second to import and brings dask. radio-beam finds no
common beam of one set in ten of similar beams.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from astropy.io import fits

from umbra.constants import FWHM_PER_SIGMA
from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.hi.beams import beam_area_arcsec2, beams_of_channels, to_one_beam
from umbra.hi.cube_axes import CubeAxes, read_axes
from umbra.hi.flux_unit import jy_beam_per_unit

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cube:
    """An HI cube.

    Parameters
    ----------
    flux_jy_beam : ndarray, shape (channels, y, x)
        Flux density [Jy/beam].
    velocity_km_s : ndarray, shape (channels,)
        Centres of the channels [km/s], increasing and evenly spaced; those of a cube that is even
        in frequency but in velocities of the optical convention are so to a part in a thousand.
    beam_fwhm_arcsec : tuple of float
        Major and minor FWHM of the beam [arcsec].
    pixel_arcsec : tuple of float
        Height (y) and width (x) of a pixel [arcsec].
    header : astropy.io.fits.Header
        The header of the file, with the cards of the axes, of the unit and of the beam as they are
        here: right ascension (or another longitude) to the left, declination upward, velocity
        [km/s]; Jy/beam.
    """

    flux_jy_beam: np.ndarray
    velocity_km_s: np.ndarray
    beam_fwhm_arcsec: tuple[float, float]
    pixel_arcsec: tuple[float, float]
    header: fits.Header

    @property
    def channel_width_km_s(self) -> float:
        """Width of a channel [km/s]."""
        return float(np.ptp(self.velocity_km_s)) / (self.velocity_km_s.size - 1)

    @property
    def pixel_side_arcsec(self) -> float:
        """Side of a square as large as a pixel [arcsec]."""
        return float(np.sqrt(np.prod(self.pixel_arcsec)))

    @property
    def pixels_per_beam(self) -> float:
        """Solid angle of the beam in pixels."""
        beam_arcsec2 = beam_area_arcsec2(*self.beam_fwhm_arcsec)
        return float(beam_arcsec2 / np.prod(self.pixel_arcsec))

    def between(self, low_km_s: float, high_km_s: float) -> Self:
        """Return the channels whose velocities are in a range [km/s]."""
        inside = np.flatnonzero(_within(self.velocity_km_s, [(low_km_s, high_km_s)]))
        kept = slice(inside[0], inside[-1] + 1)
        header = self.header.copy()
        header["CRPIX3"] -= inside[0]
        return replace(
            self,
            flux_jy_beam=self.flux_jy_beam[kept],
            velocity_km_s=self.velocity_km_s[kept],
            header=header,
        )

    def binned(self, pixels: int) -> Self:
        """Return the cube with the means of squares of so many pixels a side.

        Rows and columns that are left over are dropped. The beam is that of the means: such a
        square adds (pixels^2 - 1) / 12 pixels^2 to the variance of the beam along each axis.
        """
        if pixels == 1:
            return self
        channels, rows, columns = self.flux_jy_beam.shape
        rows, columns = rows // pixels, columns // pixels
        kept = self.flux_jy_beam[:, : rows * pixels, : columns * pixels]
        mean = kept.reshape(channels, rows, pixels, columns, pixels).mean(axis=(2, 4))
        added = FWHM_PER_SIGMA**2 * (pixels**2 - 1) / 12 * np.prod(self.pixel_arcsec)
        major, minor = (float(np.sqrt(fwhm**2 + added)) for fwhm in self.beam_fwhm_arcsec)
        header = self.header.copy()
        header.update({"BMAJ": major / 3600, "BMIN": minor / 3600})
        for axis in (1, 2):
            header[f"CRPIX{axis}"] = (header[f"CRPIX{axis}"] - 0.5) / pixels + 0.5
            header[f"CDELT{axis}"] *= pixels
        larger = beam_area_arcsec2(major, minor) / beam_area_arcsec2(*self.beam_fwhm_arcsec)
        return replace(
            self,
            flux_jy_beam=mean * larger,
            beam_fwhm_arcsec=(major, minor),
            pixel_arcsec=tuple(pixels * side for side in self.pixel_arcsec),
            header=header,
        )


def read_cube(
    path: Path,
    *,
    rest_frequency_hz: float | None = None,
    spectral_unit: str | None = None,
    flux_unit: str | None = None,
    beam_fwhm_arcsec: tuple[float, float] | None = None,
    beam_position_angle_deg: float = 0.0,
    masked_km_s: Sequence[tuple[float, float]] = (),
    remedy: str = "give a FITS file of an HI cube",
) -> Cube:
    """Read an HI cube, of umbra or of a telescope.

    Each option but the last two takes the place of what the header has, or lacks. What had to be
    assumed is logged, in one line.

    Parameters
    ----------
    path : Path
        FITS file with two axes of the sky and a spectral one, in any order, and perhaps axes of
        length 1. The first image of three or more axes is read.
    rest_frequency_hz : float, optional
        Rest frequency [Hz], in place of RESTFRQ.
    spectral_unit : str, optional
        Unit of the spectral axis, in place of CUNITn.
    flux_unit : str, optional
        Unit of the values, in place of BUNIT.
    beam_fwhm_arcsec : tuple of float, optional
        Major and minor FWHM of the beam [arcsec], in place of every beam of the file.
    beam_position_angle_deg : float
        Position angle of that beam, from north through east [deg].
    masked_km_s : sequence of tuple of float
        Velocities from, to [km/s] whose channels are blanked, such as those of foreground emission.
    remedy : str
        What the user is to do with a file that is not a cube.

    Returns
    -------
    Cube
        Blank voxels are 0. Velocities are those of the header's convention; frequencies become
        velocities of the radio convention.

    Raises
    ------
    Damaged
        If the file is not such a cube, or if its header leaves open what no option gives.
    InputError
        If the system does not let it be read.
    """
    assumed: list[str] = []
    try:
        with fits.open(path, memmap=False) as hdus:
            hdu = _image(hdus)
            header = hdu.header
            axes = read_axes(header, rest_frequency_hz, spectral_unit, assumed)
            flux = axes.arranged(np.asarray(hdu.data, dtype=float))
            beams = beams_of_channels(
                hdus, header, flux.shape[0], beam_fwhm_arcsec, beam_position_angle_deg, assumed
            )[:: axes.directions[0]]
        scale = jy_beam_per_unit(
            flux_unit or header.get("BUNIT"), beams, axes.velocity_km_s, axes.rest_frequency_hz
        )
        flux = np.nan_to_num(flux * scale[:, None, None])
        flux[_within(axes.velocity_km_s, masked_km_s)] = 0
        flux, beam = to_one_beam(flux, beams, axes.pixel_matrix_arcsec, assumed)
    except InputError as error:
        raise type(error)(f"{path}: {error}") from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        damaged = f"{path} is not an HI cube ({plain_reason(error)}); {remedy}."
        raise unreadable(error, path, damaged) from error
    if assumed:
        logger.warning("%s: assumed %s", path, "; ".join(assumed))
    return _cube(axes, flux, beam, header)


def write_hi_cube(cube: Cube, path: Path) -> None:
    """Write a cube as a FITS file that any program reads: [velocity, y, x] in Jy/beam."""
    fits.PrimaryHDU(cube.flux_jy_beam.astype(np.float32), cube.header).writeto(path)


def _image(hdus: fits.HDUList) -> fits.ImageHDU:
    for hdu in hdus:
        if hdu.is_image and hdu.data is not None and hdu.data.ndim >= 3:
            return hdu
    raise ValueError("no image of three axes")


def _within(velocity_km_s: np.ndarray, ranges: Sequence[tuple[float, float]]) -> np.ndarray:
    inside = np.zeros(velocity_km_s.size, dtype=bool)
    for low, high in ranges:
        inside |= (velocity_km_s >= low) & (velocity_km_s <= high)
    return inside


def _cube(axes: CubeAxes, flux: np.ndarray, beam: np.ndarray, header: fits.Header) -> Cube:
    major, minor, angle = map(float, beam)
    cards = {"BUNIT": "Jy/beam", "BMAJ": major / 3600, "BMIN": minor / 3600, "BPA": angle}
    arranged = axes.header(header)
    arranged.update(cards)
    return Cube(flux, axes.velocity_km_s, (major, minor), axes.pixel_arcsec, arranged)
