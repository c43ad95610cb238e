"""The halo of Navarro, Frenk & White, and circular velocities around spheres."""

import numpy as np

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.cosmology import critical_density_msun_kpc3


def r200_of_mass_kpc(m200_msun: np.ndarray | float, *, hubble: float) -> np.ndarray | float:
    """Return the radius R200 within which a halo is 200 times as dense as critical, at z = 0.

    Parameters
    ----------
    m200_msun : ndarray or float
        Mass M200 within that radius [Msun].
    hubble : float
        Little h.

    Returns
    -------
    ndarray or float
        R200 [kpc].
    """
    critical = critical_density_msun_kpc3(hubble)
    return (3.0 * m200_msun / (800.0 * np.pi * critical)) ** (1.0 / 3.0)


def r200_of_velocity_kpc(v200_km_s: np.ndarray | float, *, hubble: float) -> np.ndarray | float:
    """Return the radius R200 of a halo whose circular velocity there is V200, at z = 0.

    From V200^2 = G M200 / R200 and M200 = 100 H0^2 R200^3 / G follows R200 = V200 / 10 H0.

    Parameters
    ----------
    v200_km_s : ndarray or float
        Circular velocity at R200 [km/s].
    hubble : float
        Little h.

    Returns
    -------
    ndarray or float
        R200 [kpc].
    """
    return v200_km_s / hubble  # H0 = 0.1 h km/s/kpc


def nfw_mass_shape(x: np.ndarray | float) -> np.ndarray | float:
    """Return ln(1 + x) - x / (1 + x), to which the mass within x scale radii is proportional."""
    return np.log1p(x) - x / (1.0 + x)


def nfw_enclosed_fraction(
    radius_kpc: np.ndarray,
    *,
    r200_kpc: np.ndarray | float,
    c200: np.ndarray | float,
) -> np.ndarray:
    """Return M(<r) / M200 of an NFW halo; arguments broadcast.

    Parameters
    ----------
    radius_kpc : ndarray
        Radii [kpc].
    r200_kpc : ndarray or float
        R200 [kpc].
    c200 : ndarray or float
        Concentration: R200 over the scale radius.

    Returns
    -------
    ndarray
        Enclosed share of the mass within R200, above 1 beyond R200.

    References
    ----------
    Navarro, Frenk & White 1997, ApJ 490, 493.
    """
    x = np.asarray(radius_kpc) / r200_kpc * c200
    return nfw_mass_shape(x) / nfw_mass_shape(c200)


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
    v200_km_s : ndarray or float
        Circular velocity at R200 [km/s].
    c200 : ndarray or float
        Concentration: R200 over the scale radius.
    hubble : float
        Little h.

    Returns
    -------
    ndarray
        Square of the circular velocity [km^2/s^2].
    """
    x = radius_kpc / r200_of_velocity_kpc(v200_km_s, hubble=hubble)
    return v200_km_s**2 * nfw_mass_shape(c200 * x) / (x * nfw_mass_shape(c200))


def nfw_enclosed_mass(
    radius_kpc: np.ndarray,
    *,
    v200_km_s: np.ndarray | float,
    c200: np.ndarray | float,
    hubble: float,
) -> np.ndarray:
    """Return the mass [Msun] of an NFW halo within `radius_kpc`.

    The arguments are those of `nfw_velocity_squared`, and broadcast.
    """
    squared = nfw_velocity_squared(radius_kpc, v200_km_s=v200_km_s, c200=c200, hubble=hubble)
    return squared * radius_kpc / G


def circular_velocity_squared(
    mass_msun: np.ndarray | float, radius_kpc: np.ndarray | float
) -> np.ndarray | float:
    """Return v^2 [km^2/s^2] at `radius_kpc` around a sphere that contains `mass_msun`."""
    return G * mass_msun / radius_kpc
