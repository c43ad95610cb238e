"""The dust mix: Zubko, Dwek and Arendt 2004, BARE-GR-S."""

import numpy as np

from umbra.photometry.engine.package_data import package_file
from umbra.photometry.engine.zubko import albedo_and_asymmetry
from umbra.units import PC_M, SOLAR_MASS_KG

__all__ = ["albedo_and_asymmetry", "extinction_ratio", "opacity_v_pc2_msun"]

# Extinction per mass of dust at 0.55 micron of BARE-GR-S, as SKIRT 9's ZubkoDustMix has it.
EXTINCTION_V_M2_KG = 3284.0
V_MICRON = 0.55
# Dust per hydrogen atom of BARE-GR-S, and the metallicity of the gas it belongs to.
DUST_PER_HYDROGEN_KG = 1.3056e-29
MILKY_WAY_METALLICITY = 0.02


def extinction_ratio(wavelength_micron: np.ndarray) -> np.ndarray:
    """Return kappa_ext(lambda) / kappa_ext(0.55 micron) of BARE-GR-S.

    The curve is the one that the package dust_extinction tabulates (its ``ZDA04`` model).
    """
    path = package_file("dust_extinction", "data", "zubko2004_bare-gr-s_alam_av.dat")
    x, curve = np.loadtxt(path, skiprows=1, unpack=True)
    log_ratio = np.interp(np.log(wavelength_micron), np.log(x), np.log(curve))
    return np.exp(log_ratio) / np.interp(V_MICRON, x, curve)


def opacity_v_pc2_msun() -> float:
    """Return kappa_ext(0.55 micron) in pc^2 per Msun of dust."""
    return EXTINCTION_V_M2_KG * SOLAR_MASS_KG / PC_M**2
