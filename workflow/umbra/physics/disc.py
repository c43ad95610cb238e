"""Thin discs: an exponential one, and one of any surface density.

References
----------
Freeman 1970, ApJ 160, 811, equation 10: v^2 = (2 G M / R_d) y^2 (I0 K0 - I1 K1) with y = R / 2 R_d
and M = 2 pi Sigma_0 R_d^2.
"""

import numpy as np
from scipy.special import ellipe, ellipkm1, i0e, i1e, k0e, k1e

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G


def freeman_velocity_squared_of_mass(
    radius_kpc: np.ndarray, *, mass_msun: float, scale_length_kpc: float
) -> np.ndarray:
    """Return v^2 in the plane of an exponential disc of a given mass.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc]; zero is allowed.
    mass_msun : float
        Mass of the disc out to infinity [Msun].
    scale_length_kpc : float
        Exponential scale length R_d [kpc].

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2].
    """
    return _curve(radius_kpc, 2.0 * G * mass_msun / scale_length_kpc, scale_length_kpc)


def freeman_velocity_squared(
    radius_kpc: np.ndarray, *, central_surface_density_msun_kpc2: float, scale_length_kpc: float
) -> np.ndarray:
    """Return v^2 in the plane of an exponential disc of a given central surface density.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc]; zero is allowed.
    central_surface_density_msun_kpc2 : float
        Surface density at the centre, seen face-on [Msun/kpc^2].
    scale_length_kpc : float
        Exponential scale length R_d [kpc].

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2].
    """
    amplitude = 4 * np.pi * G * central_surface_density_msun_kpc2 * scale_length_kpc
    return _curve(radius_kpc, amplitude, scale_length_kpc)


def late_type_scale_length_kpc(stellar_mass_msun: float) -> float:
    """Return the scale length of the disc that late-type galaxies of a stellar mass have [kpc].

    Parameters
    ----------
    stellar_mass_msun : float
        Stellar mass, for a Kroupa initial mass function [Msun].

    Returns
    -------
    float
        Half-light radius over 1.678, that of an exponential disc in units of its scale length.
        Single galaxies scatter by 0.15 to 0.2 dex.

    References
    ----------
    Shen et al. 2003, MNRAS 343, 978, equation 18 and table 1, as transcribed in public code.
    """
    half_light = 0.1 * stellar_mass_msun**0.14 * (1 + stellar_mass_msun / 3.98e10) ** 0.25
    return half_light / 1.678


def _curve(radius_kpc: np.ndarray, amplitude: float, scale_length_kpc: float) -> np.ndarray:
    """Return amplitude y^2 (I0 K0 - I1 K1)."""
    y = np.maximum(np.asarray(radius_kpc, dtype=float) / (2.0 * scale_length_kpc), 1e-12)
    # The factors exp(-y) of the scaled I and exp(y) of the scaled K cancel.
    bessel = i0e(y) * k0e(y) - i1e(y) * k1e(y)
    return amplitude * y**2 * bessel


def disc_velocity_squared_of_profile(
    radius_kpc: np.ndarray,
    *,
    profile_radius_kpc: np.ndarray,
    surface_density_msun_kpc2: np.ndarray,
    rings: int = 1500,
) -> np.ndarray:
    """Return v^2 in the plane of a disc of any surface density.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc], greater than zero.
    profile_radius_kpc, surface_density_msun_kpc2 : ndarray, shape (m,)
        Surface density [Msun/kpc^2] at increasing radii [kpc]. Between them it is linear, within
        the first it is constant, and beyond the last it is 0.
    rings : int
        Number of rings that the disc is divided into.

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2]; negative where the disc pulls outward.

    References
    ----------
    Binney & Tremaine 2008, Galactic Dynamics, section 2.6: the field of a ring, in complete
    elliptic integrals.
    """
    edges = np.linspace(0, profile_radius_kpc[-1], rings + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    density = np.interp(middle, profile_radius_kpc, surface_density_msun_kpc2)
    mass = np.pi * np.diff(edges**2) * density
    radius = np.asarray(radius_kpc, dtype=float)

    def above_the_plane(height_kpc: float) -> np.ndarray:
        return _rings_velocity_squared(radius, middle, mass, height_kpc)

    # In the plane the nearest ring's pull has no bound, and up to the distance between two rings
    # it is uneven. So it is extrapolated from two heights.
    height = 2 * edges[1]
    return 2 * above_the_plane(height) - above_the_plane(2 * height)


def _rings_velocity_squared(
    radius_kpc: np.ndarray, ring_kpc: np.ndarray, mass_msun: np.ndarray, height_kpc: float
) -> np.ndarray:
    """Return radius times the pull of thin rings toward their axis, at a height above them."""
    radius = radius_kpc[:, None]
    far = (radius + ring_kpc) ** 2 + height_kpc**2
    near = (radius - ring_kpc) ** 2 + height_kpc**2
    inward = (radius**2 - ring_kpc**2 - height_kpc**2) / near
    pull = ellipkm1(near / far) + inward * ellipe(1 - near / far)
    return np.sum(G * mass_msun / (np.pi * np.sqrt(far)) * pull, axis=1)
