"""The dust on an adaptive grid: an octree over the Voronoi cells of the gas.

A point belongs to the cell of its nearest site. Nodes are split until they are smaller than the
local distance between sites, or than `floor_pc`, or until their optical depth is negligible. A leaf
has the mean opacity of the cells at the centres of its eight octants.
"""

from dataclasses import dataclass

import numpy as np

# A leaf is at most this fraction of the local distance between sites ...
RESOLUTION = 1.0
# ... unless its optical depth is below THIN: then it is at most THIN_RESOLUTION of that distance.
THIN = 2e-3
THIN_RESOLUTION = 2.0
MAX_LEVEL = 14
# A level is not split if that would make more nodes than this.
MAX_NODES = 3_000_000
# Number of nodes that are refined together, because their children need much memory.
_BLOCK = 50_000
_OCTANTS = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)], dtype=np.int32)


@dataclass(frozen=True)
class Octree:
    """Dust in a box.

    Parameters
    ----------
    low_pc, size_pc : ndarray, shape (3,)
        Lower corner and widths of the box [pc].
    child : ndarray of int32, shape (nodes,)
        Index of the first of a node's eight children (x fastest), -1 for a leaf.
    opacity : ndarray of float32, shape (nodes,)
        Extinction at 0.55 micron per pc in leaves, zero in other nodes.
    dusty_low_pc, dusty_high_pc : ndarray, shape (3,)
        Corners of the box around all leaves with dust [pc].
    integral_pc2 : float
        Integral of the opacity over the volume [pc^2]: dust mass times kappa.
    """

    low_pc: np.ndarray
    size_pc: np.ndarray
    child: np.ndarray
    opacity: np.ndarray
    dusty_low_pc: np.ndarray
    dusty_high_pc: np.ndarray
    integral_pc2: float


class _Sites:
    """Nearest-site look-ups."""

    def __init__(self, sites_pc: np.ndarray, opacity: np.ndarray, threads: int):
        from scipy.spatial import cKDTree  # 0.3 s, needed only where there is dust

        self._threads = threads
        self.opacity = opacity
        self._tree = cKDTree(sites_pc, balanced_tree=False, compact_nodes=False)
        self._dusty = np.flatnonzero(opacity > 0)
        self._dusty_tree = cKDTree(sites_pc[self._dusty])
        # The 4th neighbour of a random point set is one mean spacing away.
        neighbours = min(5, len(sites_pc))
        distance, _ = self._tree.query(sites_pc[self._dusty], k=[neighbours], workers=threads)
        self.spacing = np.full(len(sites_pc), np.inf)
        if neighbours > 1:
            self.spacing[self._dusty] = distance[:, 0]

    def nearest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._tree.query(points, workers=self._threads)

    def nearest_dusty(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distance, index = self._dusty_tree.query(points, workers=self._threads)
        return distance, self._dusty[index]


@dataclass
class _Level:
    """Nodes of one level: integer coordinates, and distances from centre to nearest site [pc]."""

    index: np.ndarray
    distance: np.ndarray


class _Refiner:
    """Makes the tree level by level."""

    def __init__(self, sites: _Sites, low: np.ndarray, size: np.ndarray, floor_pc: float):
        self.sites, self.low, self.size, self.floor_pc = sites, low, size, floor_pc
        self.dusty_low, self.dusty_high = np.full(3, np.inf), np.full(3, -np.inf)
        self.integral = 0.0

    def root(self) -> _Level:
        distance, _ = self.sites.nearest(self.low + 0.5 * self.size[None])
        return _Level(np.zeros((1, 3), dtype=np.int32), distance)

    def refine(self, level: int, nodes: _Level) -> tuple[np.ndarray, np.ndarray, _Level]:
        """Return which nodes split, the opacity of those that do not, and the children."""
        split, opacity, made = [np.empty(0, np.int64)], [], []
        for first in range(0, len(nodes.index), _BLOCK):
            block = slice(first, first + _BLOCK)
            some, values, children = self._refine(
                level, _Level(nodes.index[block], nodes.distance[block])
            )
            split.append(first + some)
            opacity.append(values)
            made.append(children)
        parents, values = np.concatenate(split), np.concatenate(opacity)
        if level == MAX_LEVEL or 8 * len(parents) > MAX_NODES:
            parents, made = parents[:0], [_Level(one.index[:0], one.distance[:0]) for one in made]
        values[parents] = 0
        self._record(nodes.index[values > 0], values, self.size / 2**level)
        index, distance = (
            np.concatenate([getattr(one, name) for one in made]) for name in ("index", "distance")
        )
        return parents, values, _Level(index, distance)

    def _refine(self, level: int, nodes: _Level) -> tuple[np.ndarray, np.ndarray, _Level]:
        """Return which of some nodes should split, the opacity of all, and the children."""
        cell = self.size / 2**level
        centre = self.low + (nodes.index + 0.5) * cell
        dusty_distance, dusty_site = self.sites.nearest_dusty(centre)
        # A node whose points are all nearer to another site than to any dusty one is empty.
        alive = np.flatnonzero(dusty_distance <= nodes.distance + np.linalg.norm(cell))
        dusty_site = dusty_site[alive]
        children = (2 * nodes.index[alive, None] + _OCTANTS).reshape(-1, 3)
        distance, site = self.sites.nearest(self.low + (children + 0.5) * 0.5 * cell)
        values = self.sites.opacity[site].reshape(-1, 8)
        # Beyond the outermost sites, a cell is as large as its points are far from its site.
        spacing = np.minimum(
            np.maximum(self.sites.spacing[site], distance).reshape(-1, 8).min(axis=1),
            np.maximum(self.sites.spacing[dusty_site], dusty_distance[alive]),
        )
        width = cell.max()
        depth = width * np.maximum(values.max(axis=1), self.sites.opacity[dusty_site])
        fine = width <= np.maximum(RESOLUTION * spacing, self.floor_pc)
        thin = (depth < THIN) & (width <= THIN_RESOLUTION * spacing)
        stop = fine | thin
        opacity = np.zeros(len(nodes.index), dtype=np.float32)
        opacity[alive] = values.mean(axis=1)
        keep = np.repeat(~stop, 8)
        return alive[~stop], opacity, _Level(children[keep], distance[keep])

    def _record(self, leaves: np.ndarray, opacity: np.ndarray, cell: np.ndarray) -> None:
        if not len(leaves):
            return
        self.integral += float(opacity.sum(dtype=float)) * float(cell.prod())
        self.dusty_low = np.minimum(self.dusty_low, self.low + leaves.min(axis=0) * cell)
        self.dusty_high = np.maximum(self.dusty_high, self.low + (leaves.max(axis=0) + 1) * cell)


def build_octree(
    *,
    sites_pc: np.ndarray,
    opacity_per_pc: np.ndarray,
    box_pc: np.ndarray,
    floor_pc: float,
    threads: int = 1,
) -> Octree | None:
    """Put the dust of Voronoi cells on an octree.

    Parameters
    ----------
    sites_pc : ndarray, shape (n, 3)
        Sites of all cells, also of those without dust [pc].
    opacity_per_pc : ndarray, shape (n,)
        Extinction at 0.55 micron per pc in each cell.
    box_pc : ndarray, shape (3, 2)
        Lower and upper limits of the domain [pc]. Sites outside are left out, as in SKIRT.
    floor_pc : float
        Nodes of this size are not split [pc].
    threads : int
        Number of threads of the look-ups; the result does not depend on it.

    Returns
    -------
    Octree or None
        None if there is no dust.
    """
    box_pc = np.asarray(box_pc, dtype=float)
    inside = ((sites_pc >= box_pc[:, 0]) & (sites_pc <= box_pc[:, 1])).all(axis=1)
    sites_pc, opacity_per_pc = sites_pc[inside], opacity_per_pc[inside]
    if not (opacity_per_pc > 0).any():
        return None
    low, size = box_pc[:, 0].copy(), box_pc[:, 1] - box_pc[:, 0]
    refiner = _Refiner(_Sites(sites_pc, opacity_per_pc, threads), low, size, floor_pc)
    nodes, child, opacity, count = refiner.root(), [], [], 1
    for level in range(MAX_LEVEL + 1):
        parents, values, children = refiner.refine(level, nodes)
        first = np.full(len(values), -1, dtype=np.int32)
        first[parents] = count + 8 * np.arange(len(parents), dtype=np.int32)
        child.append(first)
        opacity.append(values)
        nodes = children
        count += len(nodes.index)
        if not len(nodes.index):
            break
    return Octree(
        low_pc=low,
        size_pc=size,
        child=np.concatenate(child),
        opacity=np.concatenate(opacity),
        dusty_low_pc=refiner.dusty_low,
        dusty_high_pc=refiner.dusty_high,
        integral_pc2=refiner.integral,
    )
