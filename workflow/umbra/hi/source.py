"""HI mass, size and line width of each gas cell.

The recipe is that of MARTINI's own source for TNG (Oman et al. 2019):

1. The neutral fraction of the hydrogen is that of the simulation. The thermal state of
   star-forming cells follows an effective equation of state; their neutral fraction is therefore
   the mass fraction of the cold phase in that model (Springel & Hernquist 2003; Stevens et al.
   2019, section 2.2).
2. The molecular part of the neutral hydrogen depends on the pressure (Leroy et al. 2008, eq. 34).
3. A Voronoi cell is smoothed over 2.5 times the radius of a sphere with the cell's volume.

One thing differs: MARTINI puts the gas at the CenterOfMass of the cell, this module at its
Coordinates. Both are within the cell.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from umbra.constants import (
    ADIABATIC_INDEX,
    BOLTZMANN_J_K,
    PC_M,
    PROTON_MASS_KG,
    SOLAR_MASS_KG,
    WARM_NEUTRAL_MEDIUM_K,
)
from umbra.errors import Rejected
from umbra.physics.two_phase_gas import COLD_PHASE_K, hot_phase_temperature_k

if TYPE_CHECKING:
    from umbra.simulation.cutout import Gas

LEROY_PRESSURE_K_CM3 = 1.7e4
LEROY_SLOPE = 0.8
SMOOTHING_CELL_RADII = 2.5
# The faintest cells, with together this fraction of the HI, are left out. In and around TNG
# galaxies they are many, large and hot, and would take more than half of the time of a cube.
FAINT_HI_FRACTION = 1e-4
# FWHM of the cubic spline in units of the radius where it becomes zero.
CUBIC_SPLINE_FWHM = 0.7223517244643763

_MSUN_KPC3_TO_KG_M3 = SOLAR_MASS_KG / (1e3 * PC_M) ** 3
_KM2_S2_TO_J_KG = 1e6
_M3_TO_CM3 = 1e6


@dataclass(frozen=True)
class HiSource:
    """Gas cells that contain HI, relative to the galaxy's centre and velocity.

    Parameters
    ----------
    position_kpc, velocity_km_s : ndarray, shape (n, 3)
        Positions [kpc] and velocities [km/s].
    hi_mass_msun : ndarray, shape (n,)
        Atomic hydrogen [Msun], positive.
    smoothing_length_kpc : ndarray, shape (n,)
        FWHM of the smoothing kernel [kpc].
    temperature_k : ndarray, shape (n,)
        Temperature that sets the thermal width of the line [K].
    """

    position_kpc: np.ndarray
    velocity_km_s: np.ndarray
    hi_mass_msun: np.ndarray
    smoothing_length_kpc: np.ndarray
    temperature_k: np.ndarray


def hi_source(gas: "Gas") -> HiSource:
    """Return the cells that contain HI, without the faintest ones.

    Parameters
    ----------
    gas : Gas
        All gas cells of the cutout.

    Returns
    -------
    HiSource
        The brightest cells, which contain at least 1 - `FAINT_HI_FRACTION` of the HI.

    Raises
    ------
    Rejected
        If no cell contains HI.
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


def disc_inclination_deg(source: HiSource, toward: np.ndarray) -> float:
    """Return the inclination of the gas disc: of the spin of the inner half of the HI.

    Parameters
    ----------
    source : HiSource
        Cells that contain HI.
    toward : ndarray, shape (3,)
        Unit vector toward the observer.

    Returns
    -------
    float
        Inclination from 0 (face-on) to 90 (edge-on) [deg]; NaN for gas at rest.
    """
    radius = np.linalg.norm(source.position_kpc, axis=1)
    outward = np.argsort(radius)
    mass = np.cumsum(source.hi_mass_msun[outward])
    inner = outward[mass <= max(mass[-1] / 2, mass[0])]
    position, velocity = source.position_kpc[inner], source.velocity_km_s[inner]
    spin = source.hi_mass_msun[inner] @ np.cross(position, velocity)
    length = np.linalg.norm(spin)
    return float(np.degrees(np.arccos(abs(spin @ toward) / length))) if length > 0 else np.nan


def hi_mass_msun(gas: "Gas") -> np.ndarray:
    """Return the mass of atomic hydrogen in each cell [Msun], shape (n,)."""
    return gas.mass_msun * gas.hydrogen_fraction * neutral_fraction(gas) * atomic_fraction(gas)


def neutral_fraction(gas: "Gas") -> np.ndarray:
    """Return the neutral fraction of the hydrogen in each cell, shape (n,).

    The neutral gas of a star-forming cell is its cold phase, whose mass fraction is
    (u_h - u) / (u_h - u_c), with the specific energies u of the cell, u_c of the cold phase and u_h
    of the hot phase. Cells off the equation of state are limited to fractions from 0 to 1.

    References
    ----------
    Springel & Hernquist 2003, eqs. 11 and 17; Stevens et al. 2019, section 2.2.
    """
    hydrogen = gas.hydrogen_fraction
    hot_k = hot_phase_temperature_k(hydrogen_density_cm3(gas))
    cold = _specific_energy_km2_s2(COLD_PHASE_K, molecular_weight=4 / (1 + 3 * hydrogen))
    hot = _specific_energy_km2_s2(hot_k, molecular_weight=4 / (3 + 5 * hydrogen))
    two_phase = np.clip((hot - gas.internal_energy_km2_s2) / (hot - cold), 0, 1)
    return np.where(gas.star_formation_rate_msun_yr > 0, two_phase, gas.neutral_hydrogen_fraction)


def atomic_fraction(gas: "Gas") -> np.ndarray:
    """Return the atomic fraction of the neutral hydrogen in each cell, shape (n,).

    The ratio of molecular to atomic hydrogen is (P / P_0)^0.8, with P_0 / k = 1.7e4 K/cm3 and the
    partial pressure P of the neutral gas.

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
    """Return the number density of hydrogen nuclei in each cell [cm^-3], shape (n,)."""
    density_kg_m3 = gas.density_msun_kpc3 * _MSUN_KPC3_TO_KG_M3
    return density_kg_m3 * gas.hydrogen_fraction / PROTON_MASS_KG / _M3_TO_CM3


def smoothing_length_kpc(gas: "Gas") -> np.ndarray:
    """Return the FWHM of the smoothing kernel of each cell [kpc], shape (n,)."""
    cell_radius_kpc = np.cbrt(3 * gas.volume_kpc3 / (4 * np.pi))
    return SMOOTHING_CELL_RADII * CUBIC_SPLINE_FWHM * cell_radius_kpc


def line_temperature_k(gas: "Gas") -> np.ndarray:
    """Return the temperature that sets the thermal width of the line [K], shape (n,).

    The tabulated temperature of a star-forming cell is that of the effective equation of state. It
    is replaced by the much lower temperature of the warm neutral medium.
    """
    return np.where(gas.star_formation_rate_msun_yr > 0, WARM_NEUTRAL_MEDIUM_K, gas.temperature_k)


def _specific_energy_km2_s2(
    temperature_k: np.ndarray | float, *, molecular_weight: np.ndarray
) -> np.ndarray:
    energy_j_kg = (
        BOLTZMANN_J_K * temperature_k / ((ADIABATIC_INDEX - 1) * molecular_weight * PROTON_MASS_KG)
    )
    return energy_j_kg / _KM2_S2_TO_J_KG
