"""The sky of an optical image: its level, its noise, and what is brighter than that."""

from dataclasses import dataclass

import numpy as np

# A source is some connected pixels that exceed the sky by this many times its noise.
_THRESHOLD_SIGMA = 2.0
_SOURCE_PIXELS = 5
# Sources grow by this many pixels for their faint wings.
_GROWTH_PIXELS = 3
_REPETITIONS = 4
# Fewer pixels of sky than this do not say what their noise is.
_LEAST_PIXELS = 50


@dataclass(frozen=True)
class Sky:
    """The sky of an image.

    Parameters
    ----------
    level, rms : float
        Level of the sky and its noise, in the unit of the image.
    sources : ndarray of int, shape (y, x)
        Number of the source that a pixel belongs to, 0 for none.
    pixels : int
        Pixels that are sky.
    """

    level: float
    rms: float
    sources: np.ndarray
    pixels: int

    @property
    def is_measured(self) -> bool:
        """Whether there are enough pixels of sky."""
        return self.pixels >= _LEAST_PIXELS

    def source_at(self, centre: tuple[float, float]) -> np.ndarray:
        """Return which pixels belong to the source at a place (y, x) [pixels], bool.

        If nothing is there, it is the largest source within 5 pixels.
        """
        y, x = (round(place) for place in centre)
        near = self.sources[max(0, y - 5) : y + 6, max(0, x - 5) : x + 6]
        inside = 0 <= y < self.sources.shape[0] and 0 <= x < self.sources.shape[1]
        label = self.sources[y, x] if inside else 0
        if not label and near.any():
            label = np.bincount(near[near > 0]).argmax()
        return (self.sources == label) & (label > 0)


def measure_sky(image: np.ndarray) -> Sky:
    """Measure the sky of an image.

    The median of the pixels that no source covers is taken, sources are sought above it, and so on
    until both agree.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Blank pixels are NaN.

    Returns
    -------
    Sky
    """
    from astropy.stats import sigma_clipped_stats  # slow imports
    from photutils.segmentation import detect_sources
    from scipy import ndimage

    valid = np.isfinite(image)
    filled = np.where(valid, image, 0)
    covered = ~valid
    sources = np.zeros(image.shape, dtype=int)
    for _ in range(_REPETITIONS):
        _, level, rms = sigma_clipped_stats(image, mask=covered, maxiters=10)
        threshold = level + _THRESHOLD_SIGMA * rms
        found = detect_sources(filled, threshold, n_pixels=_SOURCE_PIXELS, mask=~valid)
        sources = np.zeros_like(sources) if found is None else found.data
        grown = ndimage.binary_dilation(sources > 0, iterations=_GROWTH_PIXELS) | ~valid
        if (~grown).sum() < _LEAST_PIXELS:
            break
        covered = grown
    return Sky(float(level), float(rms), sources, int((~grown).sum()))
