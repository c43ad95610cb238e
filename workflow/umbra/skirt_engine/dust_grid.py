"""From the table of the gas to the dust on its grid, whose mass is checked."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.skirt_engine import columns, dust, output
from umbra.skirt_engine.octree import Octree
from umbra.skirt_engine.refine import build_octree
from umbra.skirt_engine.ski import Medium, Ski
from umbra.skirt_engine.voronoi import Mesh

# Leaves are not split below the finest pixel over this.
LEAVES_PER_PIXEL = 4
# Random points of one round of the check, in leaves that can have dust and in all others.
CHECK_POINTS = 30_000
# Rounds end when the relative standard error is below this, or at the latest after so many.
CHECK_ERROR = 0.01
MOST_ROUNDS = 20
# Relative difference of the dust masses beyond which the grid is refused.
TOLERANCE = 0.05


def dust_density(medium: Medium, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the sites and dust densities of a medium's cells.

    The density is massFraction x Z x gas density. It is zero in cells hotter than maxTemperature
    (0 for no limit), which still take part in the tessellation.

    Parameters
    ----------
    medium : Medium
        The medium of the ski.
    folder : Path
        Folder of the tables.

    Returns
    -------
    sites : ndarray, shape (n, 3)
        Positions [pc].
    density : ndarray, shape (n,)
        Dust densities [Msun/pc^3].
    """
    names = columns.gas_columns(
        metallicity=medium.has_metallicity, temperature=medium.has_temperature
    )
    table = columns.read_columns(folder / medium.filename, names)
    density = medium.mass_fraction * table[3]
    if medium.has_metallicity:
        density *= table[4]
    if medium.has_temperature and medium.max_temperature_k > 0:
        density[table[-1] > medium.max_temperature_k] = 0
    return np.ascontiguousarray(table[:3].T), density


@dataclass(frozen=True)
class Comparison:
    """The dust on the grid, next to that at random points of the Voronoi cells.

    Parameters
    ----------
    grid, cells, error : float
        Integral of the opacity on the grid, its estimate from the cells, and the standard error of
        the estimate [pc^2].
    """

    grid: float
    cells: float
    error: float


def compare(tree: Octree, mesh: Mesh, *, seed: int) -> Comparison:
    """Measure the dust of the Voronoi cells at random points, independent of the grid's own points.

    Half of the points are spread over leaves in proportion to the dust that these can contain, half
    evenly over their volume. As many are spread over the volume of leaves that should be empty. A
    few dense cells in large leaves need more rounds than one.

    Parameters
    ----------
    tree : Octree
        The grid.
    mesh : Mesh
        The cells.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Comparison
    """
    rng = np.random.default_rng(seed)
    node, low, size = tree.leaves()
    volume = size.prod(axis=1)
    highest, opacity = tree.highest[node].astype(float), tree.opacity[node].astype(float)
    grid = tree.integral_pc2()
    possible = np.where(highest > 0, volume, 0)
    mean = (highest * volume).sum() / max(possible.sum(), volume.min())
    weights = [one for one in ((highest + mean) * possible, volume - possible) if one.any()]

    def excess(weight: np.ndarray) -> np.ndarray:
        """Return estimates of the dust that the cells have and the grid has not."""
        total = np.cumsum(weight)
        # One point in each of equal steps of the weight.
        place = (np.arange(CHECK_POINTS) + rng.random(CHECK_POINTS)) / CHECK_POINTS * total[-1]
        leaf = np.minimum(np.searchsorted(total, place, side="right"), len(node) - 1)
        _, site = mesh.nearest(low[leaf] + rng.random((CHECK_POINTS, 3)) * size[leaf])
        return (mesh.opacity[site] - opacity[leaf]) * volume[leaf] / weight[leaf] * total[-1]

    difference, variance = 0.0, 0.0
    for rounds in range(1, MOST_ROUNDS + 1):
        found = [excess(weight) for weight in weights]
        difference += sum(one.mean() for one in found)
        variance += sum(one.var() for one in found) / CHECK_POINTS
        cells, error = float(grid + difference / rounds), float(np.sqrt(variance) / rounds)
        if error <= CHECK_ERROR * cells:
            break
    return Comparison(grid, cells, error)


def build(ski: Ski, folder: Path, threads: int, log: output.Log) -> Octree | None:
    """Put the dust of a ski on its grid.

    Parameters
    ----------
    ski : Ski
        The simulation.
    folder : Path
        Folder of the tables.
    threads : int
        Number of threads; the grid does not depend on it.
    log : output.Log
        The log.

    Returns
    -------
    Octree or None
        None without dust.

    Raises
    ------
    InputError
        If the table of the gas is missing or wrong, or if the mass of the dust on the grid is not
        that of the cells.
    """
    if ski.medium is None:
        log.info("No medium: all light is transparent")
        return None
    sites, density = dust_density(ski.medium, folder)
    box = np.array(ski.medium.box_pc)
    kappa = dust.opacity_v_pc2_msun()
    mesh = Mesh(sites, density * kappa, box, threads)
    pixel = ski.finest_pixel_pc or (box[:, 1] - box[:, 0]).min() / 128
    tree = build_octree(mesh=mesh, floor_pc=pixel / LEAVES_PER_PIXEL)
    if tree is None:
        log.info(f"  Number of sites: {len(sites)}; none has dust", "!")
        return None
    mass = compare(tree, mesh, seed=ski.seed)
    log.info(f"  Number of sites: {len(sites)}, with dust: {int((density > 0).sum())}")
    tree = tree.merged()
    log.info(f"  Number of cells in the spatial grid: {int((tree.child < 0).sum())}")
    log.info(f"  Total effective mass: {mass.grid / kappa:.4e} Msun")
    cells = f"{mass.cells / kappa:.4e} +- {mass.error / kappa:.1e} Msun"
    log.info(f"  Mass of dust in the Voronoi cells, from random points: {cells}")
    # Not less: if neither the grid nor any point has met the dust, both are zero.
    if abs(mass.grid - mass.cells) >= TOLERANCE * mass.cells:
        raise InputError(
            f"{folder / ski.medium.filename}: the dust grid has {mass.grid / kappa:.3e} Msun, the"
            f" Voronoi cells have {cells}; the embedded engine cannot mesh this gas, use a SKIRT"
            " executable."
        )
    return tree
