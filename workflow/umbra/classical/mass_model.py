"""The model of a rotation curve: stars in a thin exponential disc, gas as given, and an NFW halo.

Squared velocities add up (Lelli et al. 2016, equation 1)::

    v^2 = v_gas^2 + Upsilon v_star^2 + v_NFW^2,

with v_star that of a stellar mass-to-light ratio of 1, and v^2 negative where a component pulls
outward. What was derived from an image or a cube changes with the assumed geometry as in
Li et al. (2018, section 2): at distance D' instead of D lengths grow by D'/D and, surface
brightness being unchanged, v_star^2 and v_gas^2 by the same factor; at inclination i' instead of i
what a cube shows is v sin(i'), so that a measured curve becomes v_obs sin(i) / sin(i').
"""

import numpy as np
from scipy.special import i0e, i1e, k0e, k1e

from umbra.units import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G

# AB, SDSS bands, at z = 0 (Willmer 2018, table 3)
SOLAR_ABSOLUTE_MAGNITUDE = {"g": 5.11, "r": 4.65}
# of 1 Lsun/pc^2 of absolute magnitude 0, per arcsec^2: 5 log10(206265 / 10)
MAGNITUDE_PER_LSUN_PC2 = 21.572
# log10(M/L) = a + b (g - r) in each band (Bell et al. 2003, table 7)
_BELL = {"g": (-0.499, 1.519), "r": (-0.306, 1.097)}
_IMF_DEX = {"diet_salpeter": 0.0, "kroupa": -0.15}
BELL_SCATTER_DEX = 0.1


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


def luminosity_density_lsun_kpc2(
    surface_brightness_mag_arcsec2: float, *, band: str = "g"
) -> float:
    """Return the surface brightness [Lsun/kpc^2] of a magnitude [AB] per square arcsecond."""
    exponent = SOLAR_ABSOLUTE_MAGNITUDE[band] + MAGNITUDE_PER_LSUN_PC2
    return 1e6 * 10 ** (0.4 * (exponent - surface_brightness_mag_arcsec2))


def bell2003_mass_to_light(
    g_minus_r: float, *, band: str = "g", imf: str = "diet_salpeter"
) -> float:
    """Return the stellar mass-to-light ratio [Msun/Lsun] of a colour.

    Parameters
    ----------
    g_minus_r : float
        Colour of the whole galaxy [AB mag].
    band : {"g", "r"}
        Band of the light.
    imf : {"diet_salpeter", "kroupa"}
        Initial mass function: that of the relation, with 0.7 of the mass of Salpeter's, or
        Kroupa's, 0.15 dex lighter. A Chabrier function is within 0.05 dex of Kroupa's.

    Returns
    -------
    float
        Individual galaxies scatter by about `BELL_SCATTER_DEX` around it.

    References
    ----------
    Bell, McIntosh, Katz & Weinberg (2003), table 7 and its notes.
    """
    intercept, slope = _BELL[band]
    return 10 ** (intercept + slope * g_minus_r + _IMF_DEX[imf])
