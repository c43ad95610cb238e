"""HI cubes in FITS files: values, velocities of the channels, beam and pixels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.faults import plain_reason, unreadable


@dataclass(frozen=True)
class Cube:
    """An HI cube.

    Parameters
    ----------
    flux_jy_beam : ndarray, shape (channels, y, x)
        Flux density [Jy/beam].
    velocity_km_s : ndarray, shape (channels,)
        Centres of the channels [km/s], evenly spaced.
    beam_fwhm_arcsec : tuple of float
        Major and minor FWHM of the beam [arcsec].
    pixel_arcsec : tuple of float
        Height (y) and width (x) of a pixel [arcsec].
    header : astropy.io.fits.Header
        The header of the file.
    """

    flux_jy_beam: np.ndarray
    velocity_km_s: np.ndarray
    beam_fwhm_arcsec: tuple[float, float]
    pixel_arcsec: tuple[float, float]
    header: fits.Header

    @property
    def channel_width_km_s(self) -> float:
        """Width of a channel [km/s]."""
        return abs(float(self.velocity_km_s[1] - self.velocity_km_s[0]))

    @property
    def pixels_per_beam(self) -> float:
        """Solid angle of the beam in pixels."""
        beam_arcsec2 = beam_area_arcsec2(*self.beam_fwhm_arcsec)
        return float(beam_arcsec2 / np.prod(self.pixel_arcsec))


def beam_area_arcsec2(major_arcsec: float, minor_arcsec: float) -> float:
    """Return the solid angle of a Gaussian beam [arcsec2], given its two FWHM [arcsec]."""
    return np.pi / (4 * np.log(2)) * (major_arcsec * minor_arcsec)


def read_cube(path: Path) -> Cube:
    """Read an HI cube.

    Parameters
    ----------
    path : Path
        FITS file whose third axis is velocity, in km/s or m/s.

    Returns
    -------
    Cube
        Blank voxels are 0.

    Raises
    ------
    Damaged
        If the file is not such a cube.
    InputError
        If the system does not let it be read.
    """
    try:
        with fits.open(path, memmap=False) as hdus:
            header, data = hdus[0].header, np.asarray(hdus[0].data, dtype=float)
        metres = header["CUNIT3"].strip() == "m/s"
        channel = np.arange(1, header["NAXIS3"] + 1) - header["CRPIX3"]
        velocity = (header["CRVAL3"] + header["CDELT3"] * channel) * (1e-3 if metres else 1)
        beam = (header["BMAJ"] * 3600, header["BMIN"] * 3600)
        pixel = (abs(header["CDELT2"]) * 3600, abs(header["CDELT1"]) * 3600)
    except (OSError, KeyError, TypeError, ValueError) as error:
        damaged = (
            f"{path} is not an HI cube with a velocity axis and a beam ({plain_reason(error)}):"
            " remove it and run again."
        )
        raise unreadable(error, path, damaged) from error
    return Cube(np.nan_to_num(data), velocity, beam, pixel, header)
