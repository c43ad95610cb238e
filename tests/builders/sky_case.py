"""FITS files of images and moment maps, as the figures of galaxies read them."""

import numpy as np
from astropy.io import fits

PIXELS = 64


def sky_header(galaxy, realisation):
    header = fits.Header()
    header["GALAXY"], header["REALISAT"], header["DISTMPC"] = galaxy, realisation, 15.0
    header["CDELT1"], header["CDELT2"] = -16 / 3600, 16 / 3600
    header["BMAJ"], header["BMIN"], header["BPA"] = 30 / 3600, 20 / 3600, 40.0
    return header


def write_realisations(path, galaxy, planes, **cards):
    realisations = [
        fits.ImageHDU(planes.astype("float32"), sky_header(galaxy, k), name=f"R{k}")
        for k in range(2)
    ]
    for realisation in realisations:
        realisation.header.update(cards)
    fits.HDUList([fits.PrimaryHDU(), *realisations]).writeto(path)
    return path


def offsets():
    y, x = np.indices((PIXELS, PIXELS)) - (PIXELS - 1) / 2
    return x, y


def write_image(path, galaxy=7):
    """Exponential disc in five bands, with noise."""
    x, y = offsets()
    disc = 500 * np.exp(-np.hypot(x, 2 * y) / 6)
    noise = np.random.default_rng(1).normal(0, 0.5, (5, PIXELS, PIXELS))
    return write_realisations(path, galaxy, np.arange(1, 6)[:, None, None] * disc + noise)


def write_moment_maps(path, galaxy=8):
    """Rotating disc that recedes on its right, masked outside."""
    x, y = offsets()
    radius = np.hypot(x, y)
    maps = np.array([np.exp(-radius / 8), 150 * np.tanh(x / 5), 8 + 10 * np.exp(-radius / 5)])
    maps[:, radius > 25] = np.nan
    line = {"HIINCL": 60.0, "FLUXHI": 40.0, "W50KMS": 260.0, "W20KMS": 280.0, "LINECUT": False}
    return write_realisations(path, galaxy, maps, **line)
