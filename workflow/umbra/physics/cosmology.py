"""Times, scale factors and densities in a flat universe of matter and a cosmological constant."""

import numpy as np

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.constants import YEAR_PER_KPC_KM_S

# Planck Collaboration XIII 2016, A&A 594, A13, table 4; the cosmology of IllustrisTNG.
PLANCK_2015_HUBBLE = 0.6774
PLANCK_2015_OMEGA_MATTER = 0.3089
PLANCK_2015_OMEGA_BARYON = 0.0486
COSMIC_BARYON_FRACTION = PLANCK_2015_OMEGA_BARYON / PLANCK_2015_OMEGA_MATTER

# No time is taken to be earlier than this share of 1 / H0 after the Big Bang.
_EARLIEST = 1e-4


def hubble_time_yr(hubble: float) -> float:
    """Return 1 / H0 [yr] for little h."""
    return 1e3 * YEAR_PER_KPC_KM_S / (100 * hubble)


def critical_density_msun_kpc3(hubble: float) -> float:
    """Return the critical density at z = 0 [Msun/kpc^3] for little h, 3 H0^2 / 8 pi G."""
    return 3.0 * (0.1 * hubble) ** 2 / (8.0 * np.pi * G)


def cosmic_time_yr(
    scale_factor: np.ndarray, *, hubble: float, omega_matter: float, omega_lambda: float
) -> np.ndarray:
    """Return the time since the Big Bang at a scale factor.

    Parameters
    ----------
    scale_factor : ndarray
        Scale factors, 1 at z = 0.
    hubble : float
        Little h.
    omega_matter, omega_lambda : float
        Densities at z = 0 over the critical one; their sum is 1.

    Returns
    -------
    ndarray
        Ages of the universe [yr].

    References
    ----------
    Peebles 1993, Principles of Physical Cosmology, equation 13.20.
    """
    growth = np.sqrt(omega_lambda / omega_matter * np.asarray(scale_factor, dtype=float) ** 3)
    return 2 / (3 * np.sqrt(omega_lambda)) * hubble_time_yr(hubble) * np.arcsinh(growth)


def scale_factor_at_lookback(
    lookback_yr: np.ndarray, *, hubble: float, omega_matter: float, omega_lambda: float
) -> np.ndarray:
    """Return the scale factor a time before z = 0: the inverse of `cosmic_time_yr`.

    Parameters
    ----------
    lookback_yr : ndarray
        Times before z = 0 [yr]; those before the Big Bang give the scale factor shortly after it.
    hubble : float
        Little h.
    omega_matter, omega_lambda : float
        Densities at z = 0 over the critical one; their sum is 1.

    Returns
    -------
    ndarray
        Scale factors, 1 at z = 0.

    References
    ----------
    Peebles 1993, Principles of Physical Cosmology, equation 13.20.
    """
    root = 1.5 * np.sqrt(omega_lambda)
    now = np.arcsinh(np.sqrt(omega_lambda / omega_matter)) / root
    time = np.maximum(now - np.asarray(lookback_yr) / hubble_time_yr(hubble), _EARLIEST)
    return (omega_matter / omega_lambda) ** (1.0 / 3.0) * np.sinh(root * time) ** (2.0 / 3.0)
