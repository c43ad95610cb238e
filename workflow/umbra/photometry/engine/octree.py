"""The dust on an adaptive grid: an octree over the Voronoi cells of the gas.

A point belongs to the cell of its nearest site. Nodes are split until their leaves are smaller than
the local distance between sites, or than `floor_pc`, or so thin that their structure is invisible;
a leaf has the mean of the cells at the centres of its eight octants.
"""

from dataclasses import dataclass

import numpy as np

# A leaf is at most this fraction of the local distance between sites ...
RESOLUTION = 1.0
# ... unless its optical depth is below this and it is not larger than THIN_RESOLUTION of it.
THIN = 2e-3
THIN_RESOLUTION = 2.0
MAX_LEVEL = 14
_OCTANTS = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)])


@dataclass(frozen=True)
class Octree:
    """Dust in a box.

    Attributes
    ----------
    low_pc, size_pc : numpy.ndarray, shape (3,)
        The box.
    child : numpy.ndarray of int32, shape (nodes,)
        First of a node's eight children (x fastest), -1 for a leaf.
    opacity : numpy.ndarray of float32, shape (nodes,)
        Extinction at 0.55 micron per pc; meaningful in leaves.
    dusty_low_pc, dusty_high_pc : numpy.ndarray, shape (3,)
        The box around all leaves with dust (empty, low > high, if there are none).
    integral_pc2 : float
        Opacity integrated over the volume: dust mass times kappa.
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

        self.threads = threads
        self.opacity = opacity
        self.tree = cKDTree(sites_pc, balanced_tree=False, compact_nodes=False)
        dusty = np.flatnonzero(opacity > 0)
        self.dusty_tree = cKDTree(sites_pc[dusty])
        # The 4th neighbour of a random point set is one mean spacing away.
        neighbours = min(5, len(sites_pc))
        distance, _ = self.tree.query(sites_pc[dusty], k=[neighbours], workers=threads)
        self.spacing = np.full(len(sites_pc), np.inf)
        self.spacing[dusty] = distance[:, 0]
        self.dusty = dusty

    def nearest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.tree.query(points, workers=self.threads)

    def nearest_dusty(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distance, index = self.dusty_tree.query(points, workers=self.threads)
        return distance, self.dusty[index]


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
    sites_pc : numpy.ndarray, shape (n, 3)
        Sites of all cells, also of those without dust.
    opacity_per_pc : numpy.ndarray, shape (n,)
        Extinction at 0.55 micron per pc in each cell.
    box_pc : numpy.ndarray, shape (3, 2)
        The domain; sites outside are left out of the tessellation, as SKIRT does.
    floor_pc : float
        Leaves need not be smaller than this.
    threads : int
        Threads of the look-ups (the result does not depend on it).

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
    sites = _Sites(sites_pc, opacity_per_pc, threads)
    low, size = box_pc[:, 0], box_pc[:, 1] - box_pc[:, 0]
    child, opacity = [np.array([-1], dtype=np.int32)], [np.zeros(1, dtype=np.float32)]
    dusty_low, dusty_high, integral, count = np.full(3, np.inf), np.full(3, -np.inf), 0.0, 1
    index = np.zeros((1, 3), dtype=np.int64)
    distance, _ = sites.nearest(low + 0.5 * size[None])
    place = np.zeros(1, dtype=np.int64)
    for level in range(MAX_LEVEL + 1):
        cell = size / 2**level
        centre = low + (index + 0.5) * cell
        reach = distance + np.linalg.norm(cell)
        dusty_distance, dusty_site = sites.nearest_dusty(centre)
        alive = np.flatnonzero(dusty_distance <= reach)
        if not len(alive):
            break
        children = (2 * index[alive, None] + _OCTANTS).reshape(-1, 3)
        child_distance, site = sites.nearest(low + (children + 0.5) * 0.5 * cell)
        values = sites.opacity[site].reshape(-1, 8)
        spacing = np.minimum(
            sites.spacing[site].reshape(-1, 8).min(axis=1), sites.spacing[dusty_site[alive]]
        )
        depth = cell.max() * np.maximum(values.max(axis=1), sites.opacity[dusty_site[alive]])
        fine = cell.max() <= np.maximum(RESOLUTION * spacing, floor_pc)
        thin = (depth < THIN) & (cell.max() <= THIN_RESOLUTION * spacing)
        split = ~(fine | thin) & (level < MAX_LEVEL)
        mean = values.mean(axis=1)
        here = child[level], opacity[level]
        here[1][place[alive[~split]]] = mean[~split]
        leaves = alive[~split][mean[~split] > 0]
        integral += float(mean[~split].sum()) * float(cell.prod())
        if len(leaves):
            dusty_low = np.minimum(dusty_low, low + index[leaves].min(axis=0) * cell)
            dusty_high = np.maximum(dusty_high, low + (index[leaves].max(axis=0) + 1) * cell)
        parents = alive[split]
        here[0][place[parents]] = count + 8 * np.arange(len(parents), dtype=np.int32)
        keep = np.repeat(split, 8)
        index, distance = children[keep], child_distance[keep]
        place = np.arange(len(index))
        child.append(np.full(len(index), -1, dtype=np.int32))
        opacity.append(np.zeros(len(index), dtype=np.float32))
        count += len(index)
        if not len(index):
            break
    return Octree(
        low_pc=low,
        size_pc=size,
        child=np.concatenate(child),
        opacity=np.concatenate(opacity),
        dusty_low_pc=dusty_low,
        dusty_high_pc=dusty_high,
        integral_pc2=integral,
    )
