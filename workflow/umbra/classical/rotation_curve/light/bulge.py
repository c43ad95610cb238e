"""The bulge of a galaxy: the light of its isophotes above the exponential disc.

The disc is fitted first and then kept, so the faint wings of a bulge of a large Sersic index are in
the disc, and its index comes out too small.
"""

import math
from dataclasses import dataclass

import numpy as np

from umbra.classical.rotation_curve.light.exponential_disc import MIN_RELATIVE_ERROR, Disc
from umbra.classical.rotation_curve.light.isophotes import Isophotes
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT
from umbra.physics.sersic import sersic_profile

_INDICES = (0.5, 6.0)
_RADII_SCALE_LENGTHS = (0.05, 1.0)  # of the disc, range of the effective radius
# The bulge has three parameters: chi-square falls by more than this with one sigma in each.
_MIN_IMPROVEMENT = 9.0


@dataclass(frozen=True)
class Bulge:
    """A round bulge as observed in the g band; not corrected for the PSF.

    Parameters
    ----------
    effective_surface_brightness_mag_arcsec2 : float
        Surface brightness at the effective radius [AB mag/arcsec2].
    effective_radius_arcsec : float
        Effective radius of a circle as large as the ellipse [arcsec].
    sersic_index : float
        Sersic's index.
    """

    effective_surface_brightness_mag_arcsec2: float
    effective_radius_arcsec: float
    sersic_index: float


def fit_bulge(isophotes: Isophotes, disc: Disc) -> Bulge | None:
    """Fit Sersic's profile to the light above the disc.

    Parameters
    ----------
    isophotes : Isophotes
        Isophotes that are brighter than the noise of the sky.
    disc : Disc
        The disc that was fitted to them.

    Returns
    -------
    Bulge or None
        None if the light within the disc's range does not exceed the disc significantly.
    """
    from scipy.optimize import least_squares  # its import is slow

    radius = isophotes.radius_arcsec
    central = 10 ** (0.4 * (NANOMAGGY_ZERO_POINT - disc.central_surface_brightness_mag_arcsec2))
    above = isophotes.intensity - central * np.exp(-radius / disc.scale_length_arcsec)
    inside = radius <= disc.fit_outer_arcsec
    error = np.hypot(isophotes.error, MIN_RELATIVE_ERROR * isophotes.intensity)[inside]
    inner = radius < disc.fit_inner_arcsec
    if inner.sum() < 2 or not np.any(above[inner] > 0):
        return None
    low, high = disc.scale_length_arcsec * np.array(_RADII_SCALE_LENGTHS)
    start = np.log([above[inner].max() / 3, 0.25 * disc.scale_length_arcsec, 2.0])
    bounds = np.log([[1e-9, low, _INDICES[0]], [1e12, high, _INDICES[1]]])

    def residuals(logarithms: np.ndarray) -> np.ndarray:
        value, effective, index = np.exp(logarithms)
        model = sersic_profile(
            radius[inside], effective_value=value, effective_radius=effective, index=index
        )
        return (model - above[inside]) / error

    fit = least_squares(residuals, np.clip(start, *bounds), bounds=bounds)
    if np.sum((above[inside] / error) ** 2) - 2 * fit.cost < _MIN_IMPROVEMENT:
        return None
    value, effective, index = map(float, np.exp(fit.x))
    axis_ratio = 1 - float(np.median(isophotes.ellipticity[inner]))
    return Bulge(
        effective_surface_brightness_mag_arcsec2=NANOMAGGY_ZERO_POINT - 2.5 * math.log10(value),
        effective_radius_arcsec=effective * math.sqrt(axis_ratio),
        sersic_index=index,
    )
