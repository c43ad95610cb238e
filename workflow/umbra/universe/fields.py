"""Fields of a snapshot in the units and types in which TNG stores them."""

import numpy as np

from umbra.physics.cosmology import (
    PLANCK_2015_HUBBLE,
    PLANCK_2015_OMEGA_MATTER,
    scale_factor_at_lookback,
)
from umbra.units import CodeUnits
from umbra.universe import thermodynamics as thermo
from umbra.universe.dark_matter import PARTICLE_MASS_CODE

UNITS = CodeUnits(hubble=PLANCK_2015_HUBBLE)
PARTICLE_MASS_MSUN = PARTICLE_MASS_CODE * UNITS.msun
# Index of the first group's generator of random numbers; index 0 belongs to the plan.
FIRST_GROUP = 1

Fields = dict[str, np.ndarray]


def gas_fields(gas: Fields) -> Fields:
    """Return the fields of PartType0, without positions and velocities.

    Parameters
    ----------
    gas : dict
        `mass_msun` [Msun], `density_msun_kpc3` [Msun/kpc^3], `temperature_k` [K], `neutral`
        (neutral fraction of the hydrogen), `sfr_msun_yr` [Msun/yr] and `metallicity` (mass
        fraction of metals), shape (n,).

    Returns
    -------
    dict
        Fields of TNG in code units, in single precision.
    """
    electrons = thermo.electron_abundance(gas["neutral"], gas["temperature_k"])
    elements = thermo.element_fractions(np.clip(gas["metallicity"], 1e-6, 0.08))
    return single_precision(
        {
            "Masses": gas["mass_msun"] / UNITS.msun,
            "Density": gas["density_msun_kpc3"] / UNITS.msun_kpc3,
            "InternalEnergy": thermo.internal_energy_km2_s2(gas["temperature_k"], electrons),
            "ElectronAbundance": electrons,
            "NeutralHydrogenAbundance": gas["neutral"],
            "StarFormationRate": gas["sfr_msun_yr"],
            "GFM_Metals": elements,
            "GFM_Metallicity": elements[:, 2:].sum(axis=1),
        }
    )


def formation_scale_factor(age_yr: np.ndarray) -> np.ndarray:
    """Return the scale factor at which stars of the given ages [yr] formed."""
    return scale_factor_at_lookback(
        age_yr,
        hubble=PLANCK_2015_HUBBLE,
        omega_matter=PLANCK_2015_OMEGA_MATTER,
        omega_lambda=1.0 - PLANCK_2015_OMEGA_MATTER,
    )


def single_precision(fields: Fields) -> Fields:
    """Return the fields as TNG stores them: coordinates as they are, all others as float32."""
    return {
        name: values if name == "Coordinates" else np.asarray(values, dtype=np.float32)
        for name, values in fields.items()
    }
