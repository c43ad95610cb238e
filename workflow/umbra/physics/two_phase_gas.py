"""Star-forming gas as a cold and a hot phase in pressure equilibrium."""

import numpy as np

COLD_PHASE_K = 1.0e3
SUPERNOVA_K = 5.73e7
EVAPORATION = 573.0
STAR_FORMATION_THRESHOLD_CM3 = 0.13


def hot_phase_temperature_k(hydrogen_cm3: np.ndarray) -> np.ndarray:
    """Return the temperature of the hot phase.

    Parameters
    ----------
    hydrogen_cm3 : ndarray, shape (n,)
        Number density of hydrogen nuclei [cm^-3]. Below the threshold of star formation the
        temperature is that at the threshold.

    Returns
    -------
    ndarray, shape (n,)
        Temperature [K].

    References
    ----------
    Springel & Hernquist 2003, MNRAS 339, 289, equation 11, with the numbers of Stevens et al. 2019,
    MNRAS 483, 5334, section 2.2.
    """
    overdensity = np.maximum(1.0, hydrogen_cm3 / STAR_FORMATION_THRESHOLD_CM3)
    return COLD_PHASE_K + SUPERNOVA_K / (1.0 + EVAPORATION * overdensity**-0.8)
