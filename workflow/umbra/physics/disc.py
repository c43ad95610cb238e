"""A thin exponential disc (Freeman 1970)."""

import numpy as np
from scipy.special import i0e, i1e, k0e, k1e

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G


def exponential_disc_mass_msun(
    *, central_surface_density_msun_kpc2: float, scale_length_kpc: float
) -> float:
    """Return the mass [Msun] of an exponential disc, 2 pi Sigma_0 R_d^2.

    Parameters
    ----------
    central_surface_density_msun_kpc2 : float
        Surface density at the centre, seen face-on [Msun/kpc^2].
    scale_length_kpc : float
        Exponential scale length R_d [kpc].

    Returns
    -------
    float
        Mass out to infinity [Msun].
    """
    return 2 * np.pi * central_surface_density_msun_kpc2 * scale_length_kpc**2


def freeman_velocity_squared(
    radius_kpc: np.ndarray, *, mass_msun: float, scale_length_kpc: float
) -> np.ndarray:
    """Return v^2 [km^2/s^2] in the plane of a thin exponential disc.

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

    References
    ----------
    Freeman 1970, ApJ 160, 811, equation 10: v^2 = (2 G M / R_d) y^2 (I0 K0 - I1 K1) with
    y = R / 2 R_d.
    """
    y = np.maximum(np.asarray(radius_kpc) / (2.0 * scale_length_kpc), 1e-12)
    # The factors exp(-y) of the scaled I and exp(y) of the scaled K cancel.
    bessel = i0e(y) * k0e(y) - i1e(y) * k1e(y)
    return 2.0 * G * mass_msun / scale_length_kpc * y**2 * bessel
