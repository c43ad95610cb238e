"""A thin exponential disc (Freeman 1970)."""

import numpy as np
from scipy.special import i0e, i1e, k0e, k1e

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G


def freeman_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    central_surface_density_msun_kpc2: float,
    scale_length_kpc: float,
) -> np.ndarray:
    """Return v^2 [km^2/s^2] in the plane of a thin exponential disc.

    Parameters
    ----------
    radius_kpc : ndarray, shape (R,)
        Radii [kpc], zero included.
    central_surface_density_msun_kpc2 : float
        Surface density at the centre, seen face-on [Msun/kpc^2].
    scale_length_kpc : float
        Exponential scale length R_d [kpc].

    Returns
    -------
    ndarray, shape (R,)

    References
    ----------
    Freeman (1970), equation 10: 4 pi G Sigma_0 R_d y^2 (I0 K0 - I1 K1), y = R / 2 R_d.
    """
    y = np.maximum(np.asarray(radius_kpc, float) / (2 * scale_length_kpc), 1e-12)
    # the scaled functions: exp(-y) in I and exp(y) in K cancel
    shape = i0e(y) * k0e(y) - i1e(y) * k1e(y)
    return 4 * np.pi * G * central_surface_density_msun_kpc2 * scale_length_kpc * y**2 * shape
