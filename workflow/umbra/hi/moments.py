"""Moment maps of HI cubes: intensity, mean velocity and velocity dispersion.

The moments are taken over the voxels that `umbra.hi.source_finding` counts as emission. A pixel
whose intensity, the sum over those voxels, is below a limit is masked. This module does not use
MARTINI, because importing it would take longer than the work itself.
"""

import logging
from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.config.hi import MomentSettings
from umbra.constants import HI_COLUMN_DENSITY_CM2
from umbra.errors import MAKE_AGAIN
from umbra.files import atomic
from umbra.hi.line import integrated_line
from umbra.hi.reading import Cube, read_cube
from umbra.hi.source_finding import emission

logger = logging.getLogger(__name__)

COPIED_CARDS = (
    *("GALAXY", "REALISAT", "DISTMPC", "NOISERMS", "BMAJ", "BMIN", "BPA", "SPECSYS", "RESTFRQ"),
    *(f"{card}{axis}" for axis in (1, 2) for card in ("CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT")),
)


def moment_maps(cube: Cube, seen: np.ndarray, settings: MomentSettings) -> np.ndarray:
    """Return moments 0, 1 and 2 of the emission in a cube.

    Parameters
    ----------
    cube : Cube
        The cube.
    seen : ndarray of bool, shape (channels, y, x)
        Which voxels are emission.
    settings : MomentSettings
        The limit on the intensity of a pixel.

    Returns
    -------
    ndarray, shape (3, y, x)
        Intensity [Jy/beam km/s], mean velocity [km/s] and velocity dispersion [km/s]. Masked pixels
        are NaN in all three.
    """
    channel, y, x = np.nonzero(seen)
    sky = cube.flux_jy_beam.shape[1:]
    pixel = y * sky[1] + x
    flux, velocity = cube.flux_jy_beam[seen], cube.velocity_km_s[channel]

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(pixel, weights=values, minlength=sky[0] * sky[1])

    total = summed(flux)
    intensity = total * cube.channel_width_km_s
    bright = (intensity >= least_intensity(settings, cube.beam_fwhm_arcsec)) & (intensity > 0)
    total = np.where(bright, total, np.nan)
    mean = summed(flux * velocity) / total
    variance = summed(flux * (velocity - mean[pixel]) ** 2) / total
    # Noise can make it negative where the line is not resolved.
    dispersion = np.sqrt(np.maximum(variance, 0))
    return np.where(bright, [intensity, mean, dispersion], np.nan).reshape(3, *sky)


def least_intensity(settings: MomentSettings, beam_fwhm_arcsec: tuple[float, float]) -> float:
    """Return the intensity below which a pixel is masked [Jy/beam km/s].

    Parameters
    ----------
    settings : MomentSettings
        The limit, on the intensity or on the column density.
    beam_fwhm_arcsec : tuple of float
        Major and minor FWHM of the beam [arcsec].
    """
    if settings.min_flux_jy_beam_km_s is not None:
        return settings.min_flux_jy_beam_km_s
    beam_arcsec2 = beam_fwhm_arcsec[0] * beam_fwhm_arcsec[1]
    return settings.min_column_density_cm2 * beam_arcsec2 / HI_COLUMN_DENSITY_CM2


def write_moments(*, cubes: list[Path], moments: MomentSettings, output: Path) -> None:
    """Write the moment maps of all realisations of a galaxy.

    Parameters
    ----------
    cubes : list of Path
        The cubes of the galaxy.
    moments : MomentSettings
        Clipping of voxels, and the limit on the intensity of a pixel.
    output : Path
        FITS file with one extension ``R{k}`` for each realisation: shape (3, y, x), float32. The
        cards FLUXHI, W50KMS and W20KMS describe the integrated line of the emission in the cube;
        without emission they are 0. They are lower limits where LINECUT is true.
    """
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for path in cubes:
        cube = read_cube(path, remedy=MAKE_AGAIN)
        seen = emission(cube, clip_sigma=moments.clip_sigma)
        maps = moment_maps(cube, seen, moments)
        line = integrated_line(cube, seen)
        header = fits.Header([cube.header.cards[card] for card in COPIED_CARDS])
        if "HIINCL" in cube.header:  # gas at rest has none
            header["HIINCL"] = (cube.header["HIINCL"], "[deg] true inclination of the gas disc")
        header["FLUXHI"] = (line.flux_jy_km_s, "[Jy km/s] integrated flux")
        header["W50KMS"] = (line.w50_km_s, "[km/s] width at 50 % of each horn's peak")
        header["W20KMS"] = (line.w20_km_s, "[km/s] width at 20 % of each horn's peak")
        header["LINECUT"] = (line.cut, "the line goes on beyond the band")
        header["PLANE1"] = ("moment 0", "[Jy/beam km/s]")
        header["PLANE2"] = ("moment 1", "[km/s] receding is positive")
        header["PLANE3"] = ("moment 2", "[km/s] dispersion")
        if line.cut:
            logger.warning(
                "%s: the line goes on beyond the band of %g km/s; its flux and widths are lower"
                " limits (hi.channels)",
                path.name,
                len(cube.velocity_km_s) * cube.channel_width_km_s,
            )
        name = f"R{cube.header['REALISAT']}"
        hdus.append(fits.ImageHDU(maps.astype(np.float32), header, name=name))
    with atomic(output) as temporary:
        hdus.writeto(temporary)
