"""Time and expansion in a flat universe of matter and a cosmological constant."""

import numpy as np

from umbra.constants import YEAR_PER_KPC_KM_S


def hubble_time_yr(hubble: float) -> float:
    """Return 1 / H0 [yr] for little h."""
    return 1e3 * YEAR_PER_KPC_KM_S / (100 * hubble)


def cosmic_time_yr(
    scale_factor: np.ndarray, *, hubble: float, omega_matter: float, omega_lambda: float
) -> np.ndarray:
    """Return the age of a flat universe of matter and a cosmological constant [yr].

    References
    ----------
    Peebles 1993, Principles of Physical Cosmology, eq. 13.20.
    """
    growth = np.sqrt(omega_lambda / omega_matter * np.asarray(scale_factor, dtype=float) ** 3)
    return 2 / (3 * np.sqrt(omega_lambda)) * hubble_time_yr(hubble) * np.arcsinh(growth)
