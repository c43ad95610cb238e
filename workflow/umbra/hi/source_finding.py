"""Source finding: which voxels of an HI cube are emission.

A voxel counts as emission if the cube, smoothed to twice the beam, is above a multiple of its own
noise there and in a neighbouring channel, as in THINGS (Walter et al. 2008). One voxel of noise in
740 exceeds 3 sigma, so without the condition on two channels the noise would leave spots all over a
map of 64 channels.
"""

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
        Threshold in units of the rms of the cube smoothed to twice the beam. With 0, all voxels
        count.

    Returns
    -------
    ndarray of bool, shape (channels, y, x)

    Notes
    -----
    The rms is measured from the negative voxels, which are noise alone. No region without emission
    is needed. Noise passes in about two of the 16384 pixels of a cube of 64 channels, so nearly all
    islands around a galaxy are real; most are single gas cells. The wings of a line that are below
    the threshold are lost. This makes faint pixels fainter and their lines narrower.
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
    """Convolve images with a Gaussian, as if they were 0 beyond their edges.

    Parameters
    ----------
    images : ndarray, shape (n, y, x)
        The images.
    sigma_pixels : ndarray, shape (2,)
        Standard deviation of the Gaussian along y and x [pixels].

    Returns
    -------
    ndarray, shape (n, y, x)
    """
    along_y, along_x = map(_gaussian_matrix, images.shape[1:], sigma_pixels)
    return along_y @ images @ along_x


def _gaussian_matrix(pixels: int, sigma_pixels: float) -> np.ndarray:
    distance = np.abs(np.subtract.outer(np.arange(pixels), np.arange(pixels)))
    kernel = np.exp(-0.5 * (np.arange(-pixels, pixels + 1) / sigma_pixels) ** 2)
    return kernel[pixels + distance] / kernel.sum()
