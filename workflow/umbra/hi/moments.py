"""Moment maps of HI cubes: how much gas, how fast it recedes, how widely its velocities spread.

A voxel counts where it is reliably part of a source: where the cube, smoothed to twice the beam,
is above a multiple of its own noise in consecutive channels, as in THINGS (Walter et al. 2008).
Without the second condition noise is sprinkled all over a map of 64 channels, for one voxel in 740
exceeds 3 sigma. A pixel counts where the intensity, the sum over such voxels, reaches a limit.
Nothing here needs MARTINI or SciPy, whose imports would cost more than the work.
"""

from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.constants import HI_COLUMN_DENSITY_CM2
from umbra.files import atomic
from umbra.hi.line import integrated_line
from umbra.hi.reading import Cube, read_cube
from umbra.hi.source_finding import emission

COPIED_CARDS = (
    *("GALAXY", "REALISAT", "DISTMPC", "NOISERMS", "BMAJ", "BMIN", "BPA", "SPECSYS", "RESTFRQ"),
    *(f"{card}{axis}" for axis in (1, 2) for card in ("CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT")),
)


def moment_maps(
    cube: Cube,
    *,
    clip_sigma: float,
    min_column_density_cm2: float,
    min_flux_jy_beam_km_s: float | None = None,
) -> np.ndarray:
    """Return moments 0, 1 and 2 of a cube.

    Parameters
    ----------
    cube : Cube
        The cube.
    clip_sigma : float
        See `emission`.
    min_column_density_cm2 : float
        Pixels with a smaller column density of HI [cm^-2] are NaN.
    min_flux_jy_beam_km_s : float, optional
        Limit on moment 0 [Jy/beam km/s] in place of the column density.

    Returns
    -------
    ndarray, shape (3, y, x)
        Intensity [Jy/beam km/s], mean velocity [km/s] and velocity dispersion [km/s]; NaN where
        masked, in all three alike.
    """
    flux = np.where(emission(cube, clip_sigma=clip_sigma), cube.flux_jy_beam, 0)
    summed = flux.sum(axis=0)
    intensity = summed * cube.channel_width_km_s
    limit = min_flux_jy_beam_km_s
    if limit is None:
        limit = min_column_density_cm2 * np.prod(cube.beam_fwhm_arcsec) / HI_COLUMN_DENSITY_CM2
    seen = (intensity >= limit) & (intensity > 0)
    weight = np.divide(flux, summed, out=np.zeros_like(flux), where=seen)
    velocity = np.tensordot(cube.velocity_km_s, weight, axes=1)
    offset = cube.velocity_km_s[:, None, None] - velocity
    variance = np.sum(weight * offset**2, axis=0)
    # noise can take it below 0, where the line is not resolved
    dispersion = np.sqrt(np.maximum(variance, 0))
    return np.where(seen, [intensity, velocity, dispersion], np.nan)


def write_moments(*, cubes: list[Path], moments: dict, output: Path) -> None:
    """Write the moment maps of all realisations of a galaxy.

    Parameters
    ----------
    cubes : list of Path
        Its cubes.
    moments : dict
        Section ``moments`` of the configuration.
    output : Path
        FITS file with one extension ``R{k}`` a realisation, shape (3, y, x), float32. FLUXHI,
        W50KMS and W20KMS describe the integrated line of the emission in the cube; widths are 0
        without any.
    """
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for path in cubes:
        cube = read_cube(path)
        maps = moment_maps(cube, **moments)
        line = integrated_line(cube, clip_sigma=moments["clip_sigma"])
        header = fits.Header([cube.header.cards[card] for card in COPIED_CARDS])
        header["FLUXHI"] = (line.flux_jy_km_s, "[Jy km/s] integrated flux")
        header["W50KMS"] = (line.w50_km_s, "[km/s] width at 50 % of the peak")
        header["W20KMS"] = (line.w20_km_s, "[km/s] width at 20 % of the peak")
        header["PLANE1"] = ("moment 0", "[Jy/beam km/s]")
        header["PLANE2"] = ("moment 1", "[km/s] receding is positive")
        header["PLANE3"] = ("moment 2", "[km/s] dispersion")
        name = f"R{cube.header['REALISAT']}"
        hdus.append(fits.ImageHDU(maps.astype(np.float32), header, name=name))
    with atomic(output) as temporary:
        hdus.writeto(temporary)
