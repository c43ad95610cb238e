"""From light to stellar mass: solar magnitudes, and the mass-to-light ratio of a colour."""

import numpy as np

# AB magnitudes of the Sun in SDSS bands at z = 0 (Willmer 2018, ApJS 236, 47, table 3).
SOLAR_ABSOLUTE_MAGNITUDE = {"g": 5.11, "r": 4.65}
# Magnitude per arcsec^2 of 1 Lsun/pc^2, if the Sun's absolute magnitude were 0:
# 5 log10(206265 / 10).
MAGNITUDE_PER_LSUN_PC2 = 21.572
# a and b of log10(M/L) = a + b (g - r) in each band (Bell et al. 2003, table 7).
_BELL = {"g": (-0.499, 1.519), "r": (-0.306, 1.097)}
_IMF_DEX = {"diet_salpeter": 0.0, "kroupa": -0.15}
# Scatter of single galaxies about that relation.
BELL_SCATTER_DEX = 0.1


def luminosity_density_lsun_kpc2(
    surface_brightness_mag_arcsec2: float, *, band: str = "g"
) -> float:
    """Return the luminosity per area that belongs to a surface brightness.

    Parameters
    ----------
    surface_brightness_mag_arcsec2 : float
        Surface brightness [AB mag/arcsec2].
    band : {"g", "r"}
        Band of the light.

    Returns
    -------
    float
        Luminosity per area [Lsun/kpc2].
    """
    exponent = SOLAR_ABSOLUTE_MAGNITUDE[band] + MAGNITUDE_PER_LSUN_PC2
    return 1e6 * 10 ** (0.4 * (exponent - surface_brightness_mag_arcsec2))


def luminosity_lsun(magnitude: float, *, distance_mpc: float, band: str) -> float:
    """Return the luminosity that belongs to an apparent magnitude.

    Parameters
    ----------
    magnitude : float
        Apparent magnitude [AB mag].
    distance_mpc : float
        Distance [Mpc].
    band : {"g", "r"}
        Band of the light.

    Returns
    -------
    float
        Luminosity [Lsun].
    """
    absolute = magnitude - 5 * np.log10(distance_mpc * 1e5)
    return float(10 ** (0.4 * (SOLAR_ABSOLUTE_MAGNITUDE[band] - absolute)))


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
        Initial mass function. "diet_salpeter" is that of the relation, with 0.7 of the mass of
        Salpeter's; "kroupa" is 0.15 dex lighter. Chabrier's is within 0.05 dex of Kroupa's.

    Returns
    -------
    float
        Mass-to-light ratio [Msun/Lsun]; single galaxies scatter around it by `BELL_SCATTER_DEX`.

    References
    ----------
    Bell, McIntosh, Katz & Weinberg 2003, ApJS 149, 289, table 7 and its notes.
    """
    intercept, slope = _BELL[band]
    return 10 ** (intercept + slope * g_minus_r + _IMF_DEX[imf])
