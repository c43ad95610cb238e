"""The halo of Navarro, Frenk & White (1996), and circular velocities."""

import numpy as np

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G


def radius_200_kpc(v200_km_s: np.ndarray | float, *, hubble: float) -> np.ndarray | float:
    """Return the radius [kpc] within which a halo is 200 times as dense as critical.

    From V200^2 = G M200 / R200 and M200 = 100 H0^2 R200^3 / G: R200 = V200 / 10 H0.
    """
    return v200_km_s / hubble  # H0 = 0.1 h km/s/kpc


def _nfw_shape(x: np.ndarray) -> np.ndarray:
    return np.log1p(x) - x / (1 + x)


def nfw_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    v200_km_s: np.ndarray | float,
    c200: np.ndarray | float,
    hubble: float,
) -> np.ndarray:
    """Return v^2 [km^2/s^2] of an NFW halo; arguments broadcast.

    Parameters
    ----------
    radius_kpc : ndarray
        Radii [kpc], greater than zero.
    v200_km_s, c200 : ndarray or float
        Circular velocity [km/s] at R200, and R200 over the scale radius.
    hubble : float
        Little h.

    References
    ----------
    Navarro, Frenk & White (1996), equation 3, with their scale radius.
    """
    x = radius_kpc / radius_200_kpc(v200_km_s, hubble=hubble)
    return v200_km_s**2 * _nfw_shape(c200 * x) / (x * _nfw_shape(c200))


def nfw_enclosed_mass(
    radius_kpc: np.ndarray,
    *,
    v200_km_s: np.ndarray | float,
    c200: np.ndarray | float,
    hubble: float,
) -> np.ndarray:
    """Return the mass [Msun] of an NFW halo within `radius_kpc`; arguments broadcast."""
    squared = nfw_velocity_squared(radius_kpc, v200_km_s=v200_km_s, c200=c200, hubble=hubble)
    return squared * radius_kpc / G


def circular_velocity_squared(mass_msun: np.ndarray, radius_kpc: np.ndarray) -> np.ndarray:
    """Return v^2 [km^2/s^2] around a mass enclosed within a sphere."""
    return G * mass_msun / radius_kpc
