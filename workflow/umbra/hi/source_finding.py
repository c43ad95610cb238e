"""Source finding: which voxels of an HI cube are emission.

The finder smooths and clips, as the S+C finder of SoFiA does (Serra et al. 2015): the cube is
smoothed to several resolutions on the sky and in velocity, and a voxel is taken if it exceeds a
multiple of the noise in any of them. Bright gas is found at the full resolution, faint and extended
gas at the coarse ones. An island of such voxels stays if it is reliable: at some resolution, one of
its voxels exceeds everything in the cube times -1, which is noise alone.
"""

import numpy as np

from umbra.constants import FWHM_PER_SIGMA, SIGMA_PER_MEDIAN_DEVIATION
from umbra.hi.reading import Cube

# Resolution on the sky [beams].
BEAMS = (1, 2, 4)
# Channels are added up to bins of about this width, which is less than that of the line of a cloud
# of warm gas (FWHM 19 km/s), and bins to boxes of so many.
BIN_KM_S = 10.0
BOXES = (1, 2, 4)
# Voxels that are sure are limited to this before the cube is smoothed further.
_REPLACED_SIGMA = 0.5
# A voxel is sure if it exceeds the strongest negative one by this factor.
_MARGIN = 1.25
# Smaller weights of a Gaussian are left out. Their products with fluxes would be below 1e-38, and
# some processors take many times as long for such numbers as for others.
_LEAST_WEIGHT = 1e-12
# The noise is measured on about this many voxels.
_NOISE_VOXELS = 50_000


def emission(cube: Cube, *, clip_sigma: float) -> np.ndarray:
    """Return which voxels count as emission.

    Parameters
    ----------
    cube : Cube
        The cube.
    clip_sigma : float
        Threshold in units of the rms of each smoothed cube. With 0, all voxels count.

    Returns
    -------
    ndarray of bool, shape (channels, y, x)

    Notes
    -----
    The rms of a smoothed cube is measured from its negative voxels, which are noise alone. No
    region without emission is needed.

    References
    ----------
    Serra et al. 2015, MNRAS 448, 1922; Serra, Jurek & Floeer 2012, arXiv:1112.3162 (reliability).
    """
    channels = len(cube.flux_jy_beam)
    if clip_sigma == 0:
        return np.ones(cube.flux_jy_beam.shape, dtype=bool)
    width = max(1, round(BIN_KM_S / cube.channel_width_km_s))
    bins = _binned(cube.flux_jy_beam, width)
    found, sure = np.zeros(bins.shape, dtype=bool), np.zeros(bins.shape, dtype=bool)
    for beams in BEAMS:
        smooth = _at_resolution(beams, bins, sure, cube)
        for box in (box for box in BOXES if box <= len(bins)):
            if box > 1:
                smooth = smooth[: -box // 2] + smooth[box // 2 :]
            rms = negative_noise_rms(smooth)
            threshold = clip_sigma * rms
            certain = max(threshold, -_MARGIN * smooth.min())
            for mask, exceeds in ((found, smooth > threshold), (sure, smooth > certain)):
                for middle in {(box - 1) // 2, box // 2}:
                    mask[middle : middle + len(smooth)] |= exceeds
            smooth[smooth > certain] = _REPLACED_SIGMA * rms
    return np.repeat(_islands_of(found, sure), width, axis=0)[:channels]


def _binned(flux: np.ndarray, width: int) -> np.ndarray:
    """Return the sums of each `width` channels, and of those that are left over, in float32."""
    bins = flux[::width].astype(np.float32)
    for later in range(1, width):
        part = flux[later::width]
        bins[: len(part)] += part
    return bins


def _at_resolution(beams: int, bins: np.ndarray, sure: np.ndarray, cube: Cube) -> np.ndarray:
    """Return the cube smoothed to some beams, in which voxels that are sure are no brighter than
    noise. Otherwise a bright source would be found far around it in the coarse cubes.
    """
    limit = _REPLACED_SIGMA * negative_noise_rms(bins)
    faint = np.where(sure, np.clip(bins, -limit, limit), bins)
    if beams == 1:
        return faint
    pixels_per_beam = np.sqrt(np.prod(cube.beam_fwhm_arcsec)) / np.array(cube.pixel_arcsec)
    return smoothed(faint, np.sqrt(beams**2 - 1) * pixels_per_beam / FWHM_PER_SIGMA)


def negative_noise_rms(smooth: np.ndarray) -> float:
    """Return the rms of a cube's noise, from its negative voxels; 0 if it has none."""
    values = smooth.ravel()[:: max(1, smooth.size // _NOISE_VOXELS) | 1]
    negative = values[values < 0]
    return SIGMA_PER_MEDIAN_DEVIATION * np.median(-negative) if negative.size else 0.0


def _islands_of(found: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Return those islands of voxels that are found of which some are sure, and so found too."""
    from scipy import ndimage  # slow import (0.15 s)

    label, islands = ndimage.label(found)
    reliable = np.zeros(islands + 1, dtype=bool)
    reliable[label[sure]] = True
    return reliable[label]


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
        Of the type of `images`.
    """
    along_y, along_x = map(_gaussian_matrix, images.shape[1:], sigma_pixels)
    return along_y.astype(images.dtype) @ images @ along_x.astype(images.dtype)


def _gaussian_matrix(pixels: int, sigma_pixels: float) -> np.ndarray:
    distance = np.abs(np.subtract.outer(np.arange(pixels), np.arange(pixels)))
    kernel = np.exp(-0.5 * (np.arange(-pixels, pixels + 1) / sigma_pixels) ** 2)
    kernel[kernel < _LEAST_WEIGHT] = 0
    return kernel[pixels + distance] / kernel.sum()
