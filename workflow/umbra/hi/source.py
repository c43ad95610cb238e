"""Which gas cells shine in the 21 cm line: their HI mass, size and line width.

The recipe is the one MARTINI follows for TNG (Oman et al. 2019; its TNG source), cell by cell:

1. The neutral fraction of the hydrogen is the one the simulation followed. In star-forming cells,
   whose thermal state is that of an effective equation of state, it is the mass fraction of the
   cold phase of that model (Springel & Hernquist 2003; Stevens et al. 2019, section 2.2).
2. Of the neutral hydrogen, pressure decides how much is molecular (Leroy et al. 2008, eq. 34).
3. A Voronoi cell is smoothed over 2.5 times the radius of the sphere of the same volume.

It sits at the cell's Coordinates, where MARTINI takes the CenterOfMass, within the same cell.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from umbra.constants import BOLTZMANN_J_K, PC_M, PROTON_MASS_KG, SOLAR_MASS_KG
from umbra.errors import Rejected

if TYPE_CHECKING:
    from umbra.simulation.cutout import Gas

ADIABATIC_INDEX = 5 / 3
COLD_PHASE_K = 1e3
SUPERNOVA_K = 5.73e7
EVAPORATION = 573.0
STAR_FORMATION_THRESHOLD_CM3 = 0.13
LEROY_PRESSURE_K_CM3 = 1.7e4
LEROY_SLOPE = 0.8
STAR_FORMING_GAS_K = 8e3
SMOOTHING_CELL_RADII = 2.5
# the faintest cells, which together hold this fraction of the HI, are left out: in and around TNG
# galaxies they are large, hot and many, so that they cost more than half of the time of a cube
FAINT_HI_FRACTION = 1e-4
# full width at half maximum of the cubic spline in units of its support, where it ends
CUBIC_SPLINE_FWHM = 0.7223517244643763

_MSUN_KPC3_TO_KG_M3 = SOLAR_MASS_KG / (1e3 * PC_M) ** 3
_KM2_S2_TO_J_KG = 1e6
_M3_TO_CM3 = 1e6


@dataclass(frozen=True)
class HiSource:
    """Gas cells that contain HI, relative to the galaxy's centre and velocity.

    Parameters
    ----------
    position_kpc, velocity_km_s : ndarray, shape (N, 3)
        Positions [kpc] and velocities [km/s].
    hi_mass_msun : ndarray, shape (N,)
        Atomic hydrogen [Msun], positive.
    smoothing_length_kpc : ndarray, shape (N,)
        FWHM of the smoothing kernel [kpc].
    temperature_k : ndarray, shape (N,)
        Temperature that sets the thermal width of the line [K].
    """

    position_kpc: np.ndarray
    velocity_km_s: np.ndarray
    hi_mass_msun: np.ndarray
    smoothing_length_kpc: np.ndarray
    temperature_k: np.ndarray


def hi_source(gas: "Gas") -> HiSource:
    """Return the cells of `gas` that contain HI, less the faintest.

    Those that together hold less than `FAINT_HI_FRACTION` of the mass are left out.

    Raises
    ------
    Rejected
        If none does.
    """
    hi_mass = hi_mass_msun(gas)
    total = hi_mass.sum()
    if not total > 0:
        raise Rejected("no HI in any gas cell")
    faintest_first = np.argsort(hi_mass, kind="stable")
    bright = np.cumsum(hi_mass[faintest_first]) > FAINT_HI_FRACTION * total
    lit = np.sort(faintest_first[bright])
    return HiSource(
        position_kpc=gas.position_kpc[lit],
        velocity_km_s=gas.velocity_km_s[lit],
        hi_mass_msun=hi_mass[lit],
        smoothing_length_kpc=smoothing_length_kpc(gas)[lit],
        temperature_k=line_temperature_k(gas)[lit],
    )


def hi_mass_msun(gas: "Gas") -> np.ndarray:
    """Return the atomic hydrogen mass of each cell [Msun], shape (N,)."""
    return gas.mass_msun * gas.hydrogen_fraction * neutral_fraction(gas) * atomic_fraction(gas)


def neutral_fraction(gas: "Gas") -> np.ndarray:
    """Return the fraction of the hydrogen that is neutral, shape (N,).

    A star-forming cell holds as much neutral gas as its cold phase: with specific energies u of the
    cell, u_c of the cold and u_h of the hot phase, (u_h - u) / (u_h - u_c). Values beyond 0 and 1,
    which cells off the equation of state give, are cut there.

    References
    ----------
    Springel & Hernquist 2003, eqs. 11 and 17; Stevens et al. 2019, section 2.2.
    """
    hydrogen = gas.hydrogen_fraction
    overdensity = np.maximum(1.0, hydrogen_density_cm3(gas) / STAR_FORMATION_THRESHOLD_CM3)
    hot_k = COLD_PHASE_K + SUPERNOVA_K / (1 + EVAPORATION * overdensity**-0.8)
    cold = _specific_energy_km2_s2(COLD_PHASE_K, molecular_weight=4 / (1 + 3 * hydrogen))
    hot = _specific_energy_km2_s2(hot_k, molecular_weight=4 / (3 + 5 * hydrogen))
    two_phase = np.clip((hot - gas.internal_energy_km2_s2) / (hot - cold), 0, 1)
    return np.where(gas.star_formation_rate_msun_yr > 0, two_phase, gas.neutral_hydrogen_fraction)


def atomic_fraction(gas: "Gas") -> np.ndarray:
    """Return the fraction of the neutral hydrogen that is atomic, shape (N,).

    R_mol = (P / P_0)^0.8 with P_0 / k = 1.7e4 K/cm3, P the partial pressure of the neutral gas.

    References
    ----------
    Leroy et al. 2008, eq. 34; Diemer et al. 2018, eq. 6 (partial pressure).
    """
    pressure_pa = (
        (ADIABATIC_INDEX - 1)
        * gas.internal_energy_km2_s2
        * _KM2_S2_TO_J_KG
        * neutral_fraction(gas)
        * gas.density_msun_kpc3
        * _MSUN_KPC3_TO_KG_M3
    )
    pressure_k_cm3 = pressure_pa / BOLTZMANN_J_K / _M3_TO_CM3
    return 1 / (1 + (pressure_k_cm3 / LEROY_PRESSURE_K_CM3) ** LEROY_SLOPE)


def hydrogen_density_cm3(gas: "Gas") -> np.ndarray:
    """Return the number density of hydrogen nuclei [cm^-3], shape (N,)."""
    density_kg_m3 = gas.density_msun_kpc3 * _MSUN_KPC3_TO_KG_M3
    return density_kg_m3 * gas.hydrogen_fraction / PROTON_MASS_KG / _M3_TO_CM3


def smoothing_length_kpc(gas: "Gas") -> np.ndarray:
    """Return the FWHM of the kernel that a cell is smoothed with [kpc], shape (N,)."""
    cell_radius_kpc = np.cbrt(3 * gas.volume_kpc3 / (4 * np.pi))
    return SMOOTHING_CELL_RADII * CUBIC_SPLINE_FWHM * cell_radius_kpc


def line_temperature_k(gas: "Gas") -> np.ndarray:
    """Return the temperature of the gas that emits the line [K], shape (N,).

    The tabulated temperature of a star-forming cell is that of the effective equation of state,
    far above the warm neutral medium's 8000 K, which it is given here.
    """
    return np.where(gas.star_formation_rate_msun_yr > 0, STAR_FORMING_GAS_K, gas.temperature_k)


def _specific_energy_km2_s2(temperature_k: np.ndarray, *, molecular_weight: np.ndarray):
    energy_j_kg = (
        BOLTZMANN_J_K * temperature_k / ((ADIABATIC_INDEX - 1) * molecular_weight * PROTON_MASS_KG)
    )
    return energy_j_kg / _KM2_S2_TO_J_KG
