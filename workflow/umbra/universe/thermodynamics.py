"""State of gas cells: energy, electrons, neutral hydrogen, star formation rate, metals."""

import numpy as np

from umbra.constants import BOLTZMANN_J_K, PC_M, PROTON_MASS_KG, SOLAR_MASS_KG
from umbra.physics.two_phase_gas import COLD_PHASE_K, hot_phase_temperature_k
from umbra.simulation.particles import PRIMORDIAL_HYDROGEN

# Hydrogen density above which gas forms stars (Pillepich et al. 2018, MNRAS 473, 4077).
STAR_FORMATION_DENSITY_CM3 = 0.106
# Gas over star formation rate at that density (Vogelsberger et al. 2013, MNRAS 436, 3031).
STAR_FORMATION_TIME_YR = 2.2e9
_HYDROGEN_PER_DENSITY = (
    PRIMORDIAL_HYDROGEN * SOLAR_MASS_KG / PROTON_MASS_KG / (1e3 * PC_M * 100) ** 3
)
# At z = 0, of the background that TNG uses (Faucher-Giguere et al. 2009, ApJ 703, 1416).
_PHOTOIONISATION_S = 3.99e-14
# Metals by mass: C, N, O, Ne, Mg, Si, Fe and other (Asplund et al. 2009, ARA&A 47, 481).
_METALS = np.array([0.0024, 0.0007, 0.0057, 0.0012, 0.0007, 0.0007, 0.0013, 0.0007])


def hydrogen_number_density_cm3(density_msun_kpc3: np.ndarray) -> np.ndarray:
    """Return the number density of hydrogen nuclei [cm^-3] in gas of a density [Msun/kpc^3]."""
    return _HYDROGEN_PER_DENSITY * density_msun_kpc3


def effective_temperature_k(hydrogen_cm3: np.ndarray) -> np.ndarray:
    """Return the temperature of the effective equation of state, with the softening 0.3 of TNG.

    The hot phase has a tenth of the mass at all densities. Its share follows from the balance of
    cooling and supernovae; for a cooling function that falls as T^-0.6 (McKee & Cowie 1977) it
    varies by less than a tenth over the densities in question.

    Parameters
    ----------
    hydrogen_cm3 : ndarray, shape (n,)
        Number density of hydrogen nuclei [cm^-3].

    Returns
    -------
    ndarray, shape (n,)
        Temperature [K].

    References
    ----------
    Springel & Hernquist 2003, MNRAS 339, 289, equations 11-20 and 24.
    """
    hot = hot_phase_temperature_k(hydrogen_cm3)
    return 0.3 * (0.1 * hot + 0.9 * COLD_PHASE_K) + 0.7 * 1.0e4


def equilibrium_neutral_fraction(hydrogen_cm3: np.ndarray, temperature_k: np.ndarray) -> np.ndarray:
    """Return the neutral fraction of hydrogen in ionisation equilibrium with self-shielding.

    Parameters
    ----------
    hydrogen_cm3 : ndarray, shape (n,)
        Number density of hydrogen nuclei [cm^-3].
    temperature_k : ndarray, shape (n,)
        Temperature [K].

    Returns
    -------
    ndarray, shape (n,)
        Between 0 and 1.

    References
    ----------
    Rahmati et al. 2013, MNRAS 430, 2427, equations 13-14 and A3-A8.
    """
    t = temperature_k
    shielding = 6.73e-3 * (t / 1e4) ** 0.17 * (_PHOTOIONISATION_S / 1e-12) ** (2.0 / 3.0)
    x = hydrogen_cm3 / shielding
    photo = _PHOTOIONISATION_S * (0.98 * (1 + x**1.64) ** -2.28 + 0.02 * (1 + x) ** -0.84)
    ratio = 315614.0 / t
    recombination = 1.269e-13 * ratio**1.503 / (1.0 + (ratio / 0.522) ** 0.47) ** 1.923
    collision = 1.17e-10 * np.sqrt(t) * np.exp(-157809.0 / t) / (1.0 + np.sqrt(t / 1e5))
    a = recombination + collision
    b = 2.0 * recombination + photo / np.maximum(hydrogen_cm3, 1e-12) + collision
    root = np.sqrt(np.maximum(b * b - 4.0 * a * recombination, 0.0))
    return 2.0 * recombination / (b + root)


def electron_abundance(neutral: np.ndarray, temperature_k: np.ndarray) -> np.ndarray:
    """Return the number of electrons per hydrogen nucleus.

    Parameters
    ----------
    neutral : ndarray, shape (n,)
        Neutral fraction of hydrogen. The same share of the helium keeps its electrons.
    temperature_k : ndarray, shape (n,)
        Temperature [K]; above 5e4 K ionised helium has lost both electrons, below it one.

    Returns
    -------
    ndarray, shape (n,)
    """
    helium = 0.24 / (4.0 * PRIMORDIAL_HYDROGEN)
    return (1.0 - neutral) * (1.0 + helium * np.where(temperature_k > 5e4, 2.0, 1.0))


def internal_energy_km2_s2(temperature_k: np.ndarray, electrons: np.ndarray) -> np.ndarray:
    """Return the thermal energy per mass, with the mean molecular weight that TNG defines.

    Parameters
    ----------
    temperature_k : ndarray, shape (n,)
        Temperature [K].
    electrons : ndarray, shape (n,)
        Electrons per hydrogen nucleus.

    Returns
    -------
    ndarray, shape (n,)
        [km^2/s^2].
    """
    weight = 4.0 / (1.0 + 3.0 * PRIMORDIAL_HYDROGEN + 4.0 * PRIMORDIAL_HYDROGEN * electrons)
    return 1.5 * BOLTZMANN_J_K * temperature_k / (weight * PROTON_MASS_KG) * 1e-6


def element_fractions(metallicity: np.ndarray) -> np.ndarray:
    """Return the mass fractions of the elements that TNG follows.

    Parameters
    ----------
    metallicity : ndarray, shape (n,)
        Mass fraction of metals.

    Returns
    -------
    ndarray, shape (n, 10)
        Mass fractions of H, He, C, N, O, Ne, Mg, Si, Fe and other metals; each row sums to 1.
    """
    metallicity = np.asarray(metallicity, dtype=np.float32)
    helium = 0.24 + 1.5 * metallicity
    fractions = np.empty((metallicity.size, 10), dtype=np.float32)
    fractions[:, 1] = helium
    metals = metallicity[:, None] * (_METALS / _METALS.sum()).astype(np.float32)
    # Eleven stored bits of mantissa are more accurate than any abundance and halve the file.
    fractions[:, 2:] = (metals.view(np.uint32) & np.uint32(0xFFFFF000)).view(np.float32)
    fractions[:, 0] = 1.0 - helium - fractions[:, 2:].sum(axis=1)
    return fractions


def star_formation_rates(
    *, mass_msun: np.ndarray, hydrogen_cm3: np.ndarray, total_msun_yr: float
) -> np.ndarray:
    """Divide a galaxy's star formation rate among its cells above the threshold.

    A cell forms stars on the time t* ~ n^-1/2; all rates are then scaled to the total.

    Parameters
    ----------
    mass_msun, hydrogen_cm3 : ndarray, shape (n,)
        Masses [Msun] and number densities of hydrogen nuclei [cm^-3] of the cells.
    total_msun_yr : float
        Star formation rate of the galaxy [Msun/yr].

    Returns
    -------
    ndarray, shape (n,)
        Star formation rates [Msun/yr]; all are 0 if no cell is dense enough.
    """
    dense = hydrogen_cm3 > STAR_FORMATION_DENSITY_CM3
    speed = np.where(dense, mass_msun * np.sqrt(hydrogen_cm3), 0.0)
    return total_msun_yr * speed / max(speed.sum(), np.finfo(float).tiny)
