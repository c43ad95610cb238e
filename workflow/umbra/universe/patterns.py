"""Bars and spiral arms as density patterns.

A pattern with m arms turns a uniform azimuth phi into phi - (A/m) sin(theta), where theta is the
phase of the pattern. At fixed radius this multiplies the surface density by 1 / (1 - A cos theta).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pattern:
    """An m-armed density pattern: a logarithmic spiral, or a bar if the pitch is 90 degrees.

    Parameters
    ----------
    arms : int
        Number m of arms.
    cotangent_pitch : float
        Cotangent of the pitch angle.
    phase : float
        Azimuth of an arm at a radius of 1 kpc [rad].
    strength : float
        Amplitude A.
    inner_kpc, outer_kpc : float
        Radii between which the pattern exists [kpc].
    """

    arms: int
    cotangent_pitch: float
    phase: float
    strength: float
    inner_kpc: float
    outer_kpc: float

    def phase_at(self, radius_kpc: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
        """Return theta [rad]; arms trail if the disc rotates toward larger azimuth."""
        winding = self.cotangent_pitch * np.log(np.maximum(radius_kpc, 1e-3))
        return self.arms * (azimuth - self.phase + winding)

    def strength_at(self, radius_kpc: np.ndarray, response: np.ndarray | float) -> np.ndarray:
        """Return A, which vanishes smoothly at both ends of the pattern."""
        rise = _smooth_step(radius_kpc / max(self.inner_kpc, 1e-6) - 0.5)
        fall = 1.0 - _smooth_step((radius_kpc / self.outer_kpc - 0.75) * 2.0)
        return np.minimum(response * self.strength, 0.85) * rise * fall


def apply_patterns(
    *,
    patterns: tuple[Pattern, ...],
    radius_kpc: np.ndarray,
    azimuth: np.ndarray,
    response: np.ndarray | float,
) -> np.ndarray:
    """Arrange uniform azimuths in the patterns.

    Parameters
    ----------
    patterns : tuple of Pattern
        Applied one after the other.
    radius_kpc, azimuth : ndarray, shape (n,)
        Cylindrical radii [kpc] and azimuths [rad].
    response : ndarray, shape (n,), or float
        Amplitude of the population over that of cold gas.

    Returns
    -------
    ndarray, shape (n,)
        New azimuths [rad].
    """
    for pattern in patterns:
        theta = pattern.phase_at(radius_kpc, azimuth)
        strength = pattern.strength_at(radius_kpc, response)
        azimuth = azimuth - strength / pattern.arms * np.sin(theta)
    return azimuth


def _smooth_step(x: np.ndarray) -> np.ndarray:
    """Return 0 below 0, 1 above 1, and a cubic in between."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)
