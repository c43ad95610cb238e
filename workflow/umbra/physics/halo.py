"""Haloes of dark matter, and circular velocities around spheres.

A halo has a circular velocity V200 at R200 and a concentration C200, R200 over its scale radius.
Its mass shape is a function of x, the radius over the scale radius, to which the mass within x is
proportional.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import gammainc

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.cosmology import COSMIC_BARYON_FRACTION, critical_density_msun_kpc3

# 1 / n with n about 6, as simulated haloes have (Baushev & Pilipenko 2017, arXiv:1705.05302)
EINASTO_INDEX = 1 / 6


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


def m200_of_velocity_msun(v200_km_s: np.ndarray | float, *, hubble: float) -> np.ndarray | float:
    """Return the mass M200 of a halo whose circular velocity at R200 is V200 [Msun], at z = 0."""
    return v200_km_s**2 * r200_of_velocity_kpc(v200_km_s, hubble=hubble) / G


def nfw_mass_shape(x: np.ndarray | float) -> np.ndarray | float:
    """Return ln(1 + x) - x / (1 + x), to which the mass within x scale radii is proportional."""
    return np.log1p(x) - x / (1.0 + x)


def burkert_mass_shape(x: np.ndarray | float) -> np.ndarray | float:
    """Return the mass shape of a density 1 / ((1 + x) (1 + x^2)) (Burkert 1995, ApJ 447, L25)."""
    return 0.5 * np.log1p(x**2) + np.log1p(x) - np.arctan(x)


def isothermal_mass_shape(x: np.ndarray | float) -> np.ndarray | float:
    """Return the mass shape of a density 1 / (1 + x^2), the cored isothermal sphere."""
    return x - np.arctan(x)


def einasto_mass_shape(x: np.ndarray | float) -> np.ndarray | float:
    """Return the mass shape of a density exp(-2/a (x^a - 1)), where a is `EINASTO_INDEX`.

    References
    ----------
    Einasto 1965, Trudy Inst. Astrofiz. Alma-Ata 5, 87.
    """
    return gammainc(3 / EINASTO_INDEX, 2 / EINASTO_INDEX * np.asarray(x) ** EINASTO_INDEX)


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


def halo_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    v200_km_s: np.ndarray | float,
    c200: np.ndarray | float,
    hubble: float,
    mass_shape: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Return v^2 [km^2/s^2] of a halo; arguments broadcast.

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
    mass_shape : callable
        Mass shape of the halo.

    Returns
    -------
    ndarray
        Square of the circular velocity [km^2/s^2].
    """
    x = radius_kpc / r200_of_velocity_kpc(v200_km_s, hubble=hubble)
    return v200_km_s**2 * mass_shape(c200 * x) / (x * mass_shape(c200))


def nfw_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    v200_km_s: np.ndarray | float,
    c200: np.ndarray | float,
    hubble: float,
) -> np.ndarray:
    """Return v^2 [km^2/s^2] of an NFW halo; arguments as of `halo_velocity_squared`."""
    return halo_velocity_squared(
        radius_kpc, v200_km_s=v200_km_s, c200=c200, hubble=hubble, mass_shape=nfw_mass_shape
    )


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


def contraction_factor(baryons_over_dark_matter: np.ndarray) -> np.ndarray:
    """Return by how much the dark matter within a radius grows when baryons gather there.

    Parameters
    ----------
    baryons_over_dark_matter : ndarray
        Mass of baryons within the radius, over that of the dark matter before the contraction.

    Returns
    -------
    ndarray
        Dark matter within the radius, after over before.

    References
    ----------
    Cautun et al. 2020, MNRAS 494, 4291, equation 11: M_DM = M_DM,DMO
    [0.45 + 0.38 (eta + 1.16)^0.53], where eta is the enclosed mass of baryons over the one that the
    cosmic baryon fraction gives. From simulations of galaxies as massive as the Milky Way.
    """
    share = COSMIC_BARYON_FRACTION / (1.0 - COSMIC_BARYON_FRACTION)
    return 0.45 + 0.38 * (baryons_over_dark_matter / share + 1.16) ** 0.53


def circular_velocity_squared(
    mass_msun: np.ndarray | float, radius_kpc: np.ndarray | float
) -> np.ndarray | float:
    """Return v^2 [km^2/s^2] at `radius_kpc` around a sphere that contains `mass_msun`."""
    return G * mass_msun / radius_kpc
