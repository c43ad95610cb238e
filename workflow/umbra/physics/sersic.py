"""The bulge: a sphere whose surface brightness is Sersic's.

References
----------
Sersic 1963, BAAA 6, 41; Ciotti 1991, A&A 249, 99: the sphere that is seen so.
"""

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.special import gammaincinv

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G

# Grids of the integrals: radii in effective radii, and u, where r cosh(u) is the projected radius.
_RADII = np.geomspace(1e-4, 1e3, 300)
_U = np.linspace(1e-6, 16.0, 800)


def sersic_profile(
    radius: np.ndarray, *, effective_value: float, effective_radius: float, index: float
) -> np.ndarray:
    """Return Sersic's profile.

    Parameters
    ----------
    radius : ndarray
        Projected radii, in the unit of `effective_radius`.
    effective_value : float
        Surface brightness or density at the effective radius.
    effective_radius : float
        Radius that contains half of the light.
    index : float
        Sersic's index n.

    Returns
    -------
    ndarray
        In the unit of `effective_value`.
    """
    b = gammaincinv(2 * index, 0.5)
    return effective_value * np.exp(-b * ((radius / effective_radius) ** (1 / index) - 1))


def sersic_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    effective_density_msun_kpc2: float,
    effective_radius_kpc: float,
    index: float,
) -> np.ndarray:
    """Return v^2 around a sphere whose surface density is Sersic's.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc], greater than zero.
    effective_density_msun_kpc2 : float
        Surface density at the effective radius [Msun/kpc^2].
    effective_radius_kpc : float
        Radius that contains half of the mass in projection [kpc].
    index : float
        Sersic's index n.

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2].
    """
    # Abel's integral: the density is -1/pi times that of dI/dR over u, where R = r cosh(u).
    b = gammaincinv(2 * index, 0.5)
    projected = _RADII[:, None] * np.cosh(_U)
    power = projected ** (1 / index)
    slope = -b / index * power / projected * np.exp(-b * (power - 1))
    density = -np.trapezoid(slope, _U, axis=1) / np.pi
    shells = 4 * np.pi * _RADII**3 * density
    mass = cumulative_trapezoid(shells, np.log(_RADII), initial=0) + shells[0] / 3
    place = np.log(radius_kpc / effective_radius_kpc)
    enclosed = np.exp(np.interp(place, np.log(_RADII), np.log(mass)))
    return G * effective_density_msun_kpc2 * effective_radius_kpc**2 * enclosed / radius_kpc
