"""The cubic spline kernel of a smoothed particle, seen from far away.

W(u) = (8 - 48 u^2 + 48 u^3) / pi for u < 1/2, 16 (1 - u)^3 / pi for u < 1, and zero beyond. u is
the distance in units of the smoothing length h, at which the kernel ends (Monaghan and Lattanzio
1985; SKIRT's CubicSplineSmoothingKernel defines h in the same way).
"""

from functools import cache

import numpy as np

IMPACTS = 64
DEPTHS = 15  # a multiple of render.COARSE
_STEPS = 4000


def density(u: np.ndarray) -> np.ndarray:
    """Return W(u), whose integral over the sphere of radius 1 is 1."""
    u = np.abs(u)
    inner = 8 * (1 - 6 * u**2 + 6 * u**3)
    outer = 16 * np.clip(1 - u, 0, None) ** 3
    return np.where(u < 0.5, inner, outer) / np.pi


@cache
def projected_tables() -> tuple[np.ndarray, np.ndarray]:
    """Return the kernel's column density and the depths from which its light comes.

    Returns
    -------
    column : ndarray, shape (IMPACTS + 1,)
        Integral of W along the line of sight at impact parameters q^2 = 0 .. 1, equally spaced in
        q^2, so that a look-up needs no square root.
    depths : ndarray, shape (IMPACTS + 1, DEPTHS)
        Depths, in units of h, of the middles of DEPTHS parts with equal light.
    """
    q2 = np.linspace(0, 1, IMPACTS + 1)
    half = np.sqrt(1 - q2)[:, None]
    s = half * np.linspace(-1, 1, _STEPS + 1)
    light = density(np.sqrt(q2[:, None] + s**2))
    steps = 0.5 * (light[:, 1:] + light[:, :-1]) * np.diff(s, axis=1)
    column = steps.sum(axis=1)
    cumulative = np.concatenate([np.zeros((IMPACTS + 1, 1)), np.cumsum(steps, axis=1)], axis=1)
    wanted = (np.arange(DEPTHS) + 0.5) / DEPTHS
    depths = np.zeros((IMPACTS + 1, DEPTHS))
    for i in range(IMPACTS):
        depths[i] = np.interp(wanted * column[i], cumulative[i], s[i])
    return column, depths


def enclosing_radii(parts: int) -> np.ndarray:
    """Return the radii of spheres that enclose equal steps of the kernel's light.

    Parameters
    ----------
    parts : int
        Number of steps.

    Returns
    -------
    ndarray, shape (parts + 1,)
        Radii, in units of h, that enclose 0, 1 / parts, ... 1 of the light.
    """
    u = np.linspace(0, 1, _STEPS + 1)
    shell = 4 * np.pi * u**2 * density(u)
    enclosed = np.concatenate([[0], np.cumsum(0.5 * (shell[1:] + shell[:-1]) * np.diff(u))])
    return np.interp(np.linspace(0, 1, parts + 1), enclosed / enclosed[-1], u)
