"""What TNG stores of a gas cell beside its mass: energy, electrons, neutral hydrogen, metals."""

import numpy as np

from umbra.constants import BOLTZMANN_J_K, PC_M, PROTON_MASS_KG, SOLAR_MASS_KG

HYDROGEN_FRACTION = 0.76
STAR_FORMATION_DENSITY_CM3 = 0.106  # hydrogen density; Pillepich et al. 2018, MNRAS 473, 4077
STAR_FORMATION_TIME_YR = 2.2e9  # at that density; Vogelsberger et al. 2013, MNRAS 436, 3031
ALWAYS_FORMING_CM3 = 0.25
COLD_PHASE_K = 1.0e3
_HYDROGEN_PER_DENSITY = HYDROGEN_FRACTION * SOLAR_MASS_KG / PROTON_MASS_KG / (1e3 * PC_M * 100) ** 3
_PHOTOIONISATION_S = 3.99e-14  # z = 0, Faucher-Giguere et al. 2009, the background used by TNG
# metals by mass: C N O Ne Mg Si Fe other (Asplund et al. 2009, ARA&A 47, 481)
_METALS = np.array([0.0024, 0.0007, 0.0057, 0.0012, 0.0007, 0.0007, 0.0013, 0.0007])


def hydrogen_density_cm3(density_msun_kpc3: np.ndarray) -> np.ndarray:
    """Return the number density of hydrogen nuclei."""
    return _HYDROGEN_PER_DENSITY * density_msun_kpc3


def effective_temperature_k(hydrogen_cm3: np.ndarray) -> np.ndarray:
    """Return the temperature of the effective equation of state, with TNG's softening 0.3.

    The hot phase carries a tenth of the mass at all densities: its share follows from the balance
    of cooling and supernovae, which with a cooling function falling as T^-0.6 (McKee & Cowie 1977)
    varies by less than a tenth over the range of densities in question.

    References
    ----------
    Springel & Hernquist 2003, MNRAS 339, 289, equations 11-20 and 24.
    """
    hot = two_phase_hot_temperature_k(hydrogen_cm3)
    return 0.3 * (0.1 * hot + 0.9 * COLD_PHASE_K) + 0.7 * 1.0e4


def two_phase_hot_temperature_k(hydrogen_cm3: np.ndarray) -> np.ndarray:
    """Return the temperature of the hot phase (Stevens et al. 2019, MNRAS 483, 5334)."""
    excess = np.maximum(1.0, hydrogen_cm3 / 0.13)
    return COLD_PHASE_K + 5.73e7 / (1.0 + 573.0 * excess**-0.8)


def neutral_fraction(hydrogen_cm3: np.ndarray, temperature_k: np.ndarray) -> np.ndarray:
    """Return the neutral fraction of hydrogen in ionisation equilibrium with self-shielding.

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
    """Return electrons per hydrogen nucleus; helium is stripped above 5e4 K."""
    helium = 0.24 / (4.0 * HYDROGEN_FRACTION)
    return (1.0 - neutral) * (1.0 + helium * np.where(temperature_k > 5e4, 2.0, 1.0))


def internal_energy_km2_s2(temperature_k: np.ndarray, electrons: np.ndarray) -> np.ndarray:
    """Return the thermal energy per mass; TNG's own convention of the mean molecular weight."""
    weight = 4.0 / (1.0 + 3.0 * HYDROGEN_FRACTION + 4.0 * HYDROGEN_FRACTION * electrons)
    return 1.5 * BOLTZMANN_J_K * temperature_k / (weight * PROTON_MASS_KG) * 1e-6


def element_fractions(metallicity: np.ndarray) -> np.ndarray:
    """Return the mass fractions H, He, C, N, O, Ne, Mg, Si, Fe and other, shape (n, 10), sum 1."""
    metallicity = np.asarray(metallicity, dtype=np.float32)
    helium = 0.24 + 1.5 * metallicity
    fractions = np.empty((metallicity.size, 10), dtype=np.float32)
    fractions[:, 1] = helium
    metals = metallicity[:, None] * (_METALS / _METALS.sum()).astype(np.float32)
    # twelve bits of mantissa are more than anybody knows of metals, and halve the file
    fractions[:, 2:] = (metals.view(np.uint32) & np.uint32(0xFFFFF000)).view(np.float32)
    fractions[:, 0] = 1.0 - helium - fractions[:, 2:].sum(axis=1)
    return fractions


def star_formation_rates(
    *, mass_msun: np.ndarray, hydrogen_cm3: np.ndarray, total_msun_yr: float
) -> tuple[np.ndarray, np.ndarray]:
    """Share a galaxy's star formation rate out among its dense cells.

    The densest cells form stars on the time t* ~ n^-1/2 until the rate is reached, at least all
    those above `ALWAYS_FORMING_CM3`; what is then left of a factor is taken up by t*. A galaxy
    with too little dense gas has its densest cells compressed to the threshold.

    Parameters
    ----------
    mass_msun, hydrogen_cm3 : numpy.ndarray
        Shape (n,).
    total_msun_yr : float
        Rate of the whole galaxy.

    Returns
    -------
    rates, hydrogen_cm3 : numpy.ndarray
        Shape (n,): the rates [Msun/yr], and the densities, moved to the right side of the
        threshold (down by less than a factor 2.5).
    """
    rates = np.zeros(mass_msun.size)
    if total_msun_yr <= 0.0 or mass_msun.size == 0:
        return rates, np.minimum(hydrogen_cm3, 0.98 * STAR_FORMATION_DENSITY_CM3)
    order = np.argsort(-hydrogen_cm3)
    sorted_density = np.maximum(hydrogen_cm3[order], 1.05 * STAR_FORMATION_DENSITY_CM3)
    speed = np.sqrt(sorted_density / STAR_FORMATION_DENSITY_CM3) / STAR_FORMATION_TIME_YR
    enough = int(np.searchsorted(np.cumsum(mass_msun[order] * speed), total_msun_yr)) + 1
    always = int(np.count_nonzero(hydrogen_cm3 > ALWAYS_FORMING_CM3))
    number = min(max(enough, always), mass_msun.size)
    weight = (mass_msun[order] * speed)[:number]
    rates[order[:number]] = total_msun_yr * weight / weight.sum()
    density = np.minimum(hydrogen_cm3, 0.98 * STAR_FORMATION_DENSITY_CM3)
    density[order[:number]] = sorted_density[:number]
    return rates, density
