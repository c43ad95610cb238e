"""The dark matter that galaxies of a stellar mass have: relations of stellar and halo mass.

A halo of mass M200 has a galaxy whose stellar mass scatters about a mean relation. The haloes of
galaxies of one stellar mass follow from it by Bayes' theorem with the number of haloes, which falls
steeply with mass: so their median is below the inverted mean relation.
"""

import numpy as np

from umbra.physics.cosmology import COSMIC_BARYON_FRACTION
from umbra.physics.halo import nfw_enclosed_fraction, r200_of_mass_kpc

# Table 1 of Moster et al. 2013 at z = 0: log10 M1 [Msun], N, beta, gamma.
_LOG10_M1, _RATIO, _BETA, _GAMMA = 11.590, 0.0351, 1.376, 0.608
# Scatter of the stellar mass at a halo mass, and of the concentration [dex]; neither was checked in
# a source.
STELLAR_MASS_SCATTER_DEX, CONCENTRATION_SCATTER_DEX = 0.15, 0.11
# Haloes per dex of mass fall about like this power of the mass, below clusters (not checked).
_MASS_FUNCTION_SLOPE = -0.9
_LOG10_M200 = np.linspace(10.0, 15.0, 2001)


def moster_stellar_mass(m200_msun: np.ndarray) -> np.ndarray:
    """Return the mean stellar mass of the central galaxy of a halo at z = 0 [Msun].

    Parameters
    ----------
    m200_msun : ndarray
        M200 of the halo [Msun].

    Returns
    -------
    ndarray
        Stellar mass, for a Chabrier initial mass function, which is within 0.05 dex of Kroupa's.

    References
    ----------
    Moster, Naab & White 2013, MNRAS 428, 3121, equation 2 and table 1, as transcribed in public
    code.
    """
    x = m200_msun / 10**_LOG10_M1
    return 2 * _RATIO * m200_msun / (x**-_BETA + x**_GAMMA)


def nfw_concentration(m200_msun: np.ndarray, *, hubble: float) -> np.ndarray:
    """Return the mean concentration C200 of haloes of a mass at z = 0.

    References
    ----------
    Dutton & Maccio 2014, MNRAS 441, 3359, for M200 [Msun]; as transcribed in public code.
    """
    return 10 ** (0.905 - 0.101 * np.log10(m200_msun * hubble / 1e12))


def draw_halo_masses(
    log10_stellar_mass: float, error_dex: float, *, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw halo masses of galaxies whose stellar mass was measured.

    Parameters
    ----------
    log10_stellar_mass, error_dex : float
        log10 of the stellar mass [Msun], and its error.
    number : int
        Number of draws.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray, shape (number,)
        M200 [Msun].
    """
    width = np.hypot(error_dex, STELLAR_MASS_SCATTER_DEX)
    off = (np.log10(moster_stellar_mass(10**_LOG10_M200)) - log10_stellar_mass) / width
    density = np.exp(-0.5 * off**2) * 10 ** (_MASS_FUNCTION_SLOPE * (_LOG10_M200 - _LOG10_M200[0]))
    cumulative = np.cumsum(density)
    return 10 ** np.interp(rng.random(number), cumulative / cumulative[-1], _LOG10_M200)


def draw_dark_matter(
    m200_msun: np.ndarray, radius_kpc: np.ndarray, *, hubble: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw the dark matter within radii of NFW haloes, whose concentration scatters.

    Parameters
    ----------
    m200_msun : ndarray, shape (n,)
        Masses of the haloes, with their share of baryons [Msun].
    radius_kpc : ndarray, shape (radii,)
        Radii [kpc].
    hubble : float
        Little h.
    rng : numpy.random.Generator
        Source of the concentrations.

    Returns
    -------
    ndarray, shape (n, radii)
        Masses [Msun].
    """
    scatter = CONCENTRATION_SCATTER_DEX * rng.standard_normal(m200_msun.size)
    share = nfw_enclosed_fraction(
        radius_kpc,
        r200_kpc=r200_of_mass_kpc(m200_msun, hubble=hubble)[:, None],
        c200=(nfw_concentration(m200_msun, hubble=hubble) * 10**scatter)[:, None],
    )
    return (1 - COSMIC_BARYON_FRACTION) * m200_msun[:, None] * share
