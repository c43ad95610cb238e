"""The stellar-mass Tully-Fisher relation of Hall et al. 2012, and how uncertain it is."""

import numpy as np

# log10 V [km/s] = slope log10 M* [Msun] + zero point (Hall et al. 2012).
HALL_SLOPE, HALL_SLOPE_ERROR = 0.264, 0.010
HALL_ZERO_POINT, HALL_ZERO_POINT_ERROR = -0.558, 0.101
# Scatter of log10 V at fixed M* (Reyes et al. 2011).
INTRINSIC_SCATTER_DEX = 0.036


def hall_velocity(stellar_mass_msun: np.ndarray) -> np.ndarray:
    """Return the rotation velocity [km/s] of the stellar mass [Msun] (Hall et al. 2012)."""
    return 10 ** (HALL_SLOPE * np.log10(stellar_mass_msun) + HALL_ZERO_POINT)


def hall_error(stellar_mass_msun: np.ndarray, *, correlation: float = 0.0) -> np.ndarray:
    """Return the standard error of `hall_velocity` in dex.

    The variance is x^2 s_a^2 + s_b^2 + 2 c x s_a s_b + s^2. Here x is log10 M*, s_a and s_b are the
    published errors of slope and zero point, c is their correlation, and s is the scatter of
    galaxies about the relation.

    The relation was published with its zero point at M* = 1 Msun and without c. The default c = 0
    takes the two errors as independent, which makes 0.147 dex at log10 M* = 10.7 without the
    scatter. But a straight line fitted to log masses of mean m and standard deviation d has
    c = -m / sqrt(m^2 + d^2), which is -0.999 for m = 10 and d = 0.5. For c = -1 the error is
    |x s_a - s_b|, which vanishes at log10 M* = 10.1. The truth is near this limit, so the default
    exaggerates the error.

    The scatter is the intrinsic scatter of the relation of Reyes et al. 2011 for SDSS discs,
    0.036 +- 0.005 dex, because simulated masses have no errors of measurement. That relation has
    the same form, a slope of 0.278 +- 0.010 and its pivot at log10 M* = 10.10. Hall et al. 2012 do
    not publish a scatter for theirs.

    Parameters
    ----------
    stellar_mass_msun : ndarray
        Stellar mass [Msun].
    correlation : float
        The correlation c of slope and zero point, from -1 to 1.

    Returns
    -------
    ndarray
        Standard error of log10 of the velocity.

    References
    ----------
    Hall, Courteau, Dutton, McDonald & Zhu 2012, MNRAS 425, 2741; de los Rios et al. 2023, eq. 5;
    Reyes, Mandelbaum, Gunn, Pizagno & Lackner 2011, MNRAS 417, 2347, abstract.
    """
    slope_part = HALL_SLOPE_ERROR * np.log10(stellar_mass_msun)
    covariance = 2 * correlation * slope_part * HALL_ZERO_POINT_ERROR
    variance = slope_part**2 + HALL_ZERO_POINT_ERROR**2 + covariance + INTRINSIC_SCATTER_DEX**2
    return np.sqrt(variance)
