"""Stars in front of a galaxy, which the galaxies of the training do not have."""

import numpy as np

from umbra.config.observed import StarsInFront
from umbra.constants import FWHM_PER_SIGMA

# The surroundings of a star are smooth over boxes of so many FWHM.
_BOX_FWHM = 12
# A star exceeds its surroundings by this many times the noise.
_THRESHOLD_SIGMA = 5.0
# Its second moments are those of the PSF within this factor; a star that is bright has wings, and a
# clump of the galaxy is larger.
_LARGEST_SIGMA = 2.0
_LONGEST = 1.7  # ratio of its axes
# Pixels within this many FWHM of the centre are the galaxy's nucleus.
_NUCLEUS_FWHM = 4
_GROWTH_FWHM = 1.0
_LEAST_FWHM_PIXELS = 2.0


def without_stars(
    image: np.ndarray, *, centre: tuple[float, float], fwhm_pixels: float, stars: StarsInFront
) -> tuple[np.ndarray, int]:
    """Return an image in which the stars in front of a galaxy are masked or inpainted.

    A star is a source as compact as the PSF on the smooth surroundings, which
    `photutils.background.Background2D` finds. A cluster or an HII region as compact as the PSF is
    taken for one.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Without the level of the sky. Blank pixels are NaN.
    centre : tuple of float
        Centre (y, x) of the galaxy [pixels].
    fwhm_pixels : float
        FWHM of the PSF [pixels].
    stars : {"keep", "mask", "inpaint"}
        ``mask`` puts 0, the sky, in place of a star, and ``inpaint`` the surroundings.

    Returns
    -------
    image : ndarray
    found : int
        Number of stars.
    """
    if stars == "keep":
        return image, 0
    from photutils.background import Background2D, MedianBackground  # slow imports
    from photutils.segmentation import SourceCatalog, detect_sources
    from scipy import ndimage

    fwhm = max(fwhm_pixels, _LEAST_FWHM_PIXELS)
    blank = ~np.isfinite(image)
    box = min(round(_BOX_FWHM * fwhm), min(image.shape))
    around = Background2D(
        np.where(blank, 0, image),
        box,
        mask=blank,
        bkg_estimator=MedianBackground(),
        exclude_percentile=90,
    )
    excess = np.where(blank, 0, image - around.background)
    threshold = _THRESHOLD_SIGMA * around.background_rms
    segments = detect_sources(excess, threshold, n_pixels=max(3, round(fwhm)), mask=blank)
    if segments is None:
        return image, 0
    sources = SourceCatalog(excess, segments)
    major = sources.semimajor_axis.value
    compact = major < _LARGEST_SIGMA * fwhm / FWHM_PER_SIGMA
    round_enough = major < _LONGEST * np.maximum(sources.semiminor_axis.value, 1e-3)
    away = (
        np.hypot(sources.y_centroid - centre[0], sources.x_centroid - centre[1])
        > _NUCLEUS_FWHM * fwhm
    )
    labels = sources.labels[compact & round_enough & away]
    covered = ndimage.binary_dilation(
        np.isin(segments.data, labels), iterations=max(1, round(_GROWTH_FWHM * fwhm))
    )
    replaced = around.background if stars == "inpaint" else 0.0
    return np.where(covered & ~blank, replaced, image), len(labels)
