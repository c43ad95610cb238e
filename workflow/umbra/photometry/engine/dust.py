"""The dust mix: Zubko, Dwek and Arendt 2004, BARE-GR-S."""

import numpy as np

from umbra.photometry.engine.package_data import package_file
from umbra.units import PC_M, SOLAR_MASS_KG

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


def albedo_and_asymmetry(wavelength_micron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return albedo and <cos> of Draine 2003's R_V = 3.1 mix (no such table of BARE-GR-S is free).

    References
    ----------
    Draine 2003, ApJ 598, 1017.
    """
    path = package_file("dust_extinction", "data", "kext_albedo_WD_MW_3.1_60_D03.dat")
    with open(path) as file:
        lines = file.readlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("-----")) + 1
    rows = np.array([line.split()[:3] for line in lines[start:] if line.strip()], dtype=float)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return tuple(np.interp(wavelength_micron, rows[:, 0], rows[:, k]) for k in (1, 2))


def opacity_v_pc2_msun() -> float:
    """Return kappa_ext(0.55 micron) in pc^2 per Msun of dust."""
    return EXTINCTION_V_M2_KG * SOLAR_MASS_KG / PC_M**2


def effective_ratio(wavelength_micron: np.ndarray) -> np.ndarray:
    """Return the opacity that dims light on its way out, per kappa_ext(0.55 micron).

    It is absorption plus the isotropic part of scattering, kappa_ext (1 - albedo g): light thrown
    forward still arrives, as in the similarity relation of van de Hulst 1980 (section 14.1), and
    light that others scatter into the line of sight is left out. See docs/engine.md for how far
    this is from a full treatment.
    """
    albedo, asymmetry = albedo_and_asymmetry(wavelength_micron)
    return extinction_ratio(wavelength_micron) * (1 - albedo * asymmetry)
