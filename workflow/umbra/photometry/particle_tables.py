"""The three particle tables that SKIRT imports: old stars, star-forming regions, gas cells."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from umbra.constants import BOLTZMANN_J_K, WARM_NEUTRAL_MEDIUM_K
from umbra.files import atomic

if TYPE_CHECKING:
    from umbra.simulation.cutout import Gas, Stars

PC_PER_KPC = 1e3
NEIGHBOURS = 32
# Star-forming regions (Rodriguez-Gomez et al. 2019, section 3.1; Groves et al. 2008).
REGION_LIFETIME_YR = 1e7
# A region is no wider than a large complex, however few stars are around it. Images of TNG galaxies
# are commonly made with such a limit (`maxSmoothingLength` of the public code galaxyGenius, after
# Baes et al. 2024, A&A 683, A181); the number is unverified.
REGION_RADIUS_PC = 800.0
LOG_COMPACTNESS = 5.0
PRESSURE_PA = 1e5 * 1e6 * BOLTZMANN_J_K  # P/k = 1e5 K/cm^3
PDR_COVERING_FRACTION = 0.2

_POSITION = ("x-coordinate (pc)", "y-coordinate (pc)", "z-coordinate (pc)")
_PARTICLE = (*_POSITION, "smoothing length (pc)")
STAR_COLUMNS = (*_PARTICLE, "initial mass (Msun)", "metallicity (1)", "age (yr)")
YOUNG_STAR_COLUMNS = (
    *_PARTICLE,
    "star formation rate (Msun/yr)",
    "metallicity (1)",
    "logC compactness (1)",
    "ISM pressure (Pa)",
    "PDR covering factor (1)",
)
GAS_COLUMNS = (*_POSITION, "gas mass density (Msun/pc3)", "metallicity (1)", "temperature (K)")


def star_tables(stars: "Stars") -> tuple[np.ndarray, np.ndarray]:
    """Return SKIRT's tables of old stars and of star-forming regions.

    Each particle that formed in the last 10 Myr becomes a region that has formed stars at a
    constant rate for 10 Myr. Each older particle is a population of one age. Smoothing lengths are
    measured among all stars of the cutout, old and young. Measured among young stars alone, a lone
    young star in a dense disc would be spread over the distance to the next young star. A region's
    is at most `REGION_RADIUS_PC`: in the outskirts it would be kiloparsecs.

    Parameters
    ----------
    stars : Stars
        All star particles of the cutout.

    Returns
    -------
    old : ndarray, shape (n, 7)
        Columns `STAR_COLUMNS`.
    young : ndarray, shape (m, 9)
        Columns `YOUNG_STAR_COLUMNS`.
    """
    position_pc = stars.position_kpc * PC_PER_KPC
    young = stars.age_yr <= REGION_LIFETIME_YR
    length_pc = smoothing_length(position_pc)
    length_pc[young] = np.minimum(length_pc[young], REGION_RADIUS_PC)
    particle = np.column_stack([position_pc, length_pc])
    population = np.column_stack(
        [particle, stars.initial_mass_msun, stars.metallicity, stars.age_yr]
    )
    rate_msun_yr = stars.initial_mass_msun[young] / REGION_LIFETIME_YR
    constants = np.tile(
        [LOG_COMPACTNESS, PRESSURE_PA, PDR_COVERING_FRACTION], (len(rate_msun_yr), 1)
    )
    regions = np.column_stack([particle[young], rate_msun_yr, stars.metallicity[young], constants])
    return population[~young], regions


def gas_table(gas: "Gas") -> np.ndarray:
    """Return SKIRT's table of gas cells.

    The table contains all cells, because SKIRT rebuilds the simulation's Voronoi mesh from their
    centres. Only cells that form stars contain dust, so the density of the others is set to 0. The
    star-forming cells get the temperature of the warm neutral medium: SKIRT removes dust from cells
    as hot as their tabulated temperature.

    Parameters
    ----------
    gas : Gas
        All gas cells of the cutout.

    Returns
    -------
    ndarray, shape (n, 6)
        Columns `GAS_COLUMNS`.
    """
    star_forming = gas.star_formation_rate_msun_yr > 0
    density_msun_pc3 = np.where(star_forming, gas.density_msun_kpc3 / PC_PER_KPC**3, 0)
    temperature_k = np.where(star_forming, WARM_NEUTRAL_MEDIUM_K, gas.temperature_k)
    position_pc = gas.position_kpc * PC_PER_KPC
    return np.column_stack([position_pc, density_msun_pc3, gas.metallicity, temperature_k])


def smoothing_length(position: np.ndarray) -> np.ndarray:
    """Return the distance of each particle to its 32nd neighbour.

    Parameters
    ----------
    position : ndarray, shape (n, 3)
        Positions of all particles.

    Returns
    -------
    ndarray, shape (n,)
        Distances in the unit of `position`. With fewer than 33 particles, the distance to the
        farthest one.
    """
    if len(position) == 0:
        return np.zeros(0)
    neighbour = min(NEIGHBOURS + 1, len(position))  # the first is the particle itself
    distance, _ = cKDTree(position).query(position, k=[neighbour])
    return distance[:, 0]


def write_skirt_table(path: Path, title: str, columns: Sequence[str], rows: np.ndarray) -> None:
    """Write a text table in SKIRT's format, with one header line for each column.

    Parameters
    ----------
    path : Path
        The file to write.
    title : str
        First line of the header.
    columns : sequence of str
        Name and unit of each column.
    rows : ndarray, shape (n, len(columns))
        The table.
    """
    row_format = " ".join(["%.8g"] * len(columns)) + "\n"
    header = [title, *(f"column {number}: {name}" for number, name in enumerate(columns, 1))]
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.writelines(f"# {line}\n" for line in header)
        # Formatting many rows in one operation takes half the time of numpy.savetxt.
        for start in range(0, len(rows), 4096):
            block = rows[start : start + 4096]
            file.write(row_format * len(block) % tuple(block.ravel().tolist()))
