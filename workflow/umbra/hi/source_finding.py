"""Which voxels of an HI cube are emission."""

import numpy as np

from umbra.constants import FWHM_PER_SIGMA, SIGMA_PER_MEDIAN_DEVIATION
from umbra.hi.reading import Cube


def emission(cube: Cube, *, clip_sigma: float) -> np.ndarray:
    """Return which voxels count as emission.

    Parameters
    ----------
    cube : Cube
        The cube.
    clip_sigma : float
        Threshold in units of the rms of the cube smoothed to twice the beam; 0: every voxel counts.

    Returns
    -------
    ndarray of bool, shape (channels, y, x)

    Notes
    -----
    The rms is that of the negative voxels, which hold noise alone, so that no region free of
    emission is needed. Noise passes in about two of the 16384 pixels of a cube of 64 channels, so
    the islands around a galaxy are real, mostly single gas cells. What is fainter than the limit in
    the wings of a line is lost, which makes faint pixels fainter and their lines narrower.
    """
    if clip_sigma == 0:
        return np.ones(cube.flux_jy_beam.shape, dtype=bool)
    added_fwhm_arcsec = np.sqrt(3 * np.prod(cube.beam_fwhm_arcsec))  # sqrt((2 b)^2 - b^2)
    sigma_pixels = added_fwhm_arcsec / FWHM_PER_SIGMA / np.array(cube.pixel_arcsec)
    smooth = smoothed(cube.flux_jy_beam, sigma_pixels)
    negative = smooth[smooth < 0]
    rms = SIGMA_PER_MEDIAN_DEVIATION * np.median(-negative) if negative.size else 0.0
    above = smooth > clip_sigma * rms
    pairs = above[:-1] & above[1:]
    seen = np.zeros_like(above)
    seen[:-1] |= pairs
    seen[1:] |= pairs
    return seen


def smoothed(images: np.ndarray, sigma_pixels: np.ndarray) -> np.ndarray:
    """Convolve images with a Gaussian; beyond their edges they are 0.

    Parameters
    ----------
    images : ndarray, shape (N, y, x)
    sigma_pixels : ndarray, shape (2,)
        Dispersion of the Gaussian along y and x.

    Returns
    -------
    ndarray, shape (N, y, x)
    """
    along_y, along_x = map(_gaussian_matrix, images.shape[1:], sigma_pixels)
    return along_y @ images @ along_x


def _gaussian_matrix(pixels: int, sigma_pixels: float) -> np.ndarray:
    distance = np.abs(np.subtract.outer(np.arange(pixels), np.arange(pixels)))
    kernel = np.exp(-0.5 * (np.arange(-pixels, pixels + 1) / sigma_pixels) ** 2)
    return kernel[pixels + distance] / kernel.sum()
