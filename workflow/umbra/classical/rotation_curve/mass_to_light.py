"""Stellar mass of light: solar magnitudes, and mass-to-light ratios from a colour."""

# AB, SDSS bands, at z = 0 (Willmer 2018, table 3)
SOLAR_ABSOLUTE_MAGNITUDE = {"g": 5.11, "r": 4.65}
# of 1 Lsun/pc^2 of absolute magnitude 0, per arcsec^2: 5 log10(206265 / 10)
MAGNITUDE_PER_LSUN_PC2 = 21.572
# log10(M/L) = a + b (g - r) in each band (Bell et al. 2003, table 7)
_BELL = {"g": (-0.499, 1.519), "r": (-0.306, 1.097)}
_IMF_DEX = {"diet_salpeter": 0.0, "kroupa": -0.15}
BELL_SCATTER_DEX = 0.1


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
