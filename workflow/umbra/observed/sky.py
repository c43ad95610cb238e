"""The sky of an optical image: its level, its noise, and whether a galaxy fills it."""

from dataclasses import dataclass

import numpy as np
from astropy.wcs import WCS

from umbra.constants import SIGMA_PER_MEDIAN_DEVIATION
from umbra.observed.resampling import binned

# A source is some connected pixels that exceed the sky by this many times its noise.
_THRESHOLD_SIGMA = 3.0
_SOURCE_PIXELS = 5
# Sources grow by this many pixels, or by this fraction of their radius, for their faint wings.
_GROWTH_PIXELS = 3
_GROWTH = 0.7
_REPETITIONS = 4
# Images are binned until the shorter side would have fewer pixels than this.
_SIDE = 200
# See `goes_on_beyond`
_MOST_AT_THE_EDGE = 0.1
# Sources are sought again as long as this many pixels of sky are left.
_LEAST_PIXELS = 50
# A pedestal exceeds its noise by this factor, and no pixel is below 0. The light of a galaxy that
# fills the image is far fainter.
_PEDESTAL_SIGMA = 10.0
# A second difference along both axes.
_SECOND_DIFFERENCE = np.outer([1, -2, 1], [1, -2, 1])


@dataclass(frozen=True)
class Sky:
    """The sky of an image.

    Parameters
    ----------
    level : float
        What is to be subtracted from the image: the level of the sky, or 0.
    goes_on : bool
        Whether a galaxy goes on beyond the image, without that level.
    """

    level: float
    goes_on: bool


def measure_sky(image: np.ndarray, wcs: WCS, *, subtract: bool | None) -> Sky:
    """Measure the sky of an image.

    The median of the pixels that no source covers is taken, sources are sought above it, and so on
    until both agree.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Blank pixels are NaN.
    wcs : astropy.wcs.WCS
        Its coordinates.
    subtract : bool or None
        Whether the level of the sky is to be subtracted. None: if it cannot be the light of a
        galaxy, because it is far above its noise and no pixel is below 0.

    Returns
    -------
    Sky
    """
    from astropy.stats import sigma_clipped_stats  # slow imports
    from photutils.segmentation import detect_sources

    bins = max(1, min(image.shape) // _SIDE)
    values, share, _ = binned(image, wcs, bins)
    valid = share > 0.5
    image = np.where(valid, values / np.where(valid, share, 1), np.nan)
    filled = np.where(valid, image, 0)
    covered = ~valid
    sources = np.zeros(image.shape, dtype=int)
    for _ in range(_REPETITIONS):
        _, level, rms = sigma_clipped_stats(image, mask=covered, maxiters=10)
        threshold = level + _THRESHOLD_SIGMA * rms
        found = detect_sources(filled, threshold, n_pixels=_SOURCE_PIXELS, mask=~valid)
        sources = np.zeros_like(sources) if found is None else found.data
        grown = _grown(sources) | ~valid
        if (~grown).sum() < _LEAST_PIXELS:
            break
        covered = grown
    if subtract is None:
        subtract = level > _PEDESTAL_SIGMA * rms and np.nanmin(image) > 0
    level = float(level) if subtract else 0.0
    return Sky(level, goes_on_beyond(image - level))


def goes_on_beyond(image: np.ndarray) -> bool:
    """Return whether a galaxy goes on beyond an image.

    It does if, on one of the sides of the image, the median of the pixels at the edge exceeds the
    noise of a pixel, and such pixels all over the image would have a tenth of its light. Beyond an
    exponential disc that is cut there, a twentieth of its light is missing.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Without the level of the sky. Blank pixels are NaN.
    """
    from scipy import ndimage  # slow import

    valid = np.isfinite(image)
    inner = ndimage.binary_erosion(valid, structure=np.ones((3, 3)), border_value=0)
    y, x = np.nonzero(valid & ~inner)
    height, width = (length / 2 for length in image.shape)
    angle = np.arctan2((y + 0.5 - height) / height, (x + 0.5 - width) / width)
    side = (angle + np.pi / 4) // (np.pi / 2) % 4
    edges = [image[y[side == one], x[side == one]] for one in np.unique(side)]
    brightest = max(np.median(edge) for edge in edges)
    light = np.nansum(image)
    return bool(
        brightest > white_noise_rms(image) and brightest * valid.sum() > _MOST_AT_THE_EDGE * light
    )


def white_noise_rms(image: np.ndarray) -> float:
    """Return the rms of the noise that differs from pixel to pixel, without that of bright sources.

    It is measured on the fainter half of the pixels, from second differences, in which the light of
    a galaxy, which is smooth, is hardly left. It is 0 if no pixel has valid neighbours.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Blank pixels are NaN.
    """
    differences = pixel_differences(image)
    known = np.isfinite(differences)
    if not known.any():
        return 0.0
    faint = known & (image <= np.median(image[known]))
    return float(SIGMA_PER_MEDIAN_DEVIATION * np.median(np.abs(differences[faint])))


def pixel_differences(image: np.ndarray) -> np.ndarray:
    """Return what is left of an image if what is smooth cancels; white noise keeps its rms.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Blank pixels are NaN.

    Returns
    -------
    ndarray, shape (y, x)
        NaN where a neighbour is blank, and at the edge.

    References
    ----------
    Immerkaer 1996, Computer Vision and Image Understanding 64, 300.
    """
    from scipy import ndimage  # slow import

    kernel = _SECOND_DIFFERENCE / np.linalg.norm(_SECOND_DIFFERENCE)
    return ndimage.convolve(image.astype(float), kernel, mode="constant", cval=np.nan)


def _grown(sources: np.ndarray) -> np.ndarray:
    """Return the pixels of sources and of their wings."""
    from scipy import ndimage  # slow import

    grown = ndimage.binary_dilation(sources > 0, iterations=_GROWTH_PIXELS)
    area = np.bincount(sources.ravel())
    area[0] = 0
    for label in np.flatnonzero(_GROWTH * np.sqrt(area / np.pi) > _GROWTH_PIXELS):
        distance = ndimage.distance_transform_edt(sources != label)
        grown |= distance <= _GROWTH * np.sqrt(area[label] / np.pi)
    return grown
