"""A thin exponential disc (Freeman 1970).

References
----------
Freeman 1970, ApJ 160, 811, equation 10: v^2 = (2 G M / R_d) y^2 (I0 K0 - I1 K1) with y = R / 2 R_d
and M = 2 pi Sigma_0 R_d^2.
"""

import numpy as np
from scipy.special import i0e, i1e, k0e, k1e

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


def _curve(radius_kpc: np.ndarray, amplitude: float, scale_length_kpc: float) -> np.ndarray:
    """Return amplitude y^2 (I0 K0 - I1 K1)."""
    y = np.maximum(np.asarray(radius_kpc, dtype=float) / (2.0 * scale_length_kpc), 1e-12)
    # The factors exp(-y) of the scaled I and exp(y) of the scaled K cancel.
    bessel = i0e(y) * k0e(y) - i1e(y) * k1e(y)
    return amplitude * y**2 * bessel
