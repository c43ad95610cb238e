"""Small HI cubes of a Gaussian line, in memory and in files."""

from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.config.hi import MomentSettings
from umbra.hi.line import Line, integrated_line
from umbra.hi.moments import moment_maps
from umbra.hi.reading import Cube
from umbra.hi.source_finding import emission

CHANNEL_KM_S = 5.0
VELOCITY = (np.arange(64) - 31.5) * CHANNEL_KM_S
MOMENTS = MomentSettings(clip_sigma=4, min_column_density_cm2=10**19.5)


def gaussian(centre: float, sigma: float) -> np.ndarray:
    """Return a line of height 1 at the channels [km/s]."""
    return np.exp(-0.5 * ((VELOCITY - centre) / sigma) ** 2)


def make_cube(data: np.ndarray) -> Cube:
    """Return a cube [Jy/beam] with a beam of 10 arcsec and the pixels of the pipeline."""
    return Cube(data, VELOCITY[: len(data)], (10.0, 10.0), (8.0625, 8.0625), fits.Header())


def blob(peak_jy: float, *, centre: float = 30.0, sigma: float = 12.0, noise: float = 0.0) -> Cube:
    """Return a round source in the middle of 48 x 48 pixels."""
    y, x = np.mgrid[:48, :48] - 23.5
    image = np.exp(-0.5 * (x**2 + y**2) / 6**2)
    data = peak_jy * gaussian(centre, sigma)[:, None, None] * image
    return make_cube(data + noise * np.random.default_rng(2).standard_normal(data.shape))


def found_line(cube: Cube, *, clip_sigma: float) -> Line:
    """Return the line of the emission that is found in a cube."""
    return integrated_line(cube, emission(cube, clip_sigma=clip_sigma))


def found_maps(cube: Cube, settings: MomentSettings) -> np.ndarray:
    """Return the moments of the emission that is found in a cube."""
    return moment_maps(cube, emission(cube, clip_sigma=settings.clip_sigma), settings)


def write_cube(path: Path, cube: Cube, **cards) -> None:
    """Write a cube as the pipeline does; `cards` replace or extend its header."""
    header = {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CTYPE3": "VRAD",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CUNIT3": "km/s",
        "CRPIX1": 24.5,
        "CRPIX2": 24.5,
        "CRPIX3": 1.0,
        "CRVAL1": 180.0,
        "CRVAL2": 0.0,
        "CRVAL3": VELOCITY[0],
        "CDELT1": -8.0625 / 3600,
        "CDELT2": 8.0625 / 3600,
        "CDELT3": CHANNEL_KM_S,
        "BUNIT": "Jy/beam",
        "SPECSYS": "LSRK",
        "RESTFRQ": 1.420405751e9,
        "BMAJ": 10 / 3600,
        "BMIN": 10 / 3600,
        "BPA": 0.0,
        "NOISERMS": 5.67e-4,
        "GALAXY": 7,
        "REALISAT": 0,
        "DISTMPC": 12.5,
    } | cards
    fits.PrimaryHDU(cube.flux_jy_beam.astype(np.float32), fits.Header(header)).writeto(path)
