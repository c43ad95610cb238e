"""From the Voronoi cells of the gas to an octree of their dust.

A point belongs to the cell of its nearest site. A leaf has the mean opacity of the cells at the
centres of its eight octants. Nodes are split until they are

- smaller than the local distance between sites, or than `floor_pc`, or so thin that they hardly
  absorb; around each site with dust too, so that no cell is passed over; and
- so light that the error of the eight look-ups does not count: a few large cells can have most of
  the dust, and their borders matter then.

Whether a node is split is decided without the look-ups that give it its opacity. If they decided,
then nodes in which they miss the dust by chance would stay leaves, those in which they hit it would
be split and measured again, and dust would be lost.
"""

from dataclasses import dataclass

import numpy as np

from umbra.skirt_engine.octree import OCTANTS, Level, Octree, joined
from umbra.skirt_engine.voronoi import Mesh

# A leaf is at most this many local distances between sites wide ...
RESOLUTION = 1.3
# ... or THIN_RESOLUTION of them, if its optical depth is below THIN.
THIN = 2e-3
THIN_RESOLUTION = 2.0
# A leaf can contain at most this part of the dust (measured in docs/engine.md).
LARGEST_SHARE = 4e-4
# The mass of all dust is known from a level in which no node has more than this part of it.
TRUSTED_SHARE = 0.01
MAX_LEVEL = 16
# A level is not split if that would make more nodes than this.
MAX_NODES = 3_000_000
# Number of nodes that are refined together, because their children need much memory.
_BLOCK = 50_000


@dataclass
class _Nodes:
    """Nodes of one level, and what the look-ups of their parents tell.

    Parameters
    ----------
    index : ndarray of int32, shape (n, 3)
        Coordinates in widths of a node.
    distance : ndarray, shape (n,)
        Distance from the centre to the nearest site [pc].
    spacing : ndarray, shape (n,)
        Least distance between sites there [pc].
    highest : ndarray, shape (n,)
        Highest opacity there.
    """

    index: np.ndarray
    distance: np.ndarray
    spacing: np.ndarray
    highest: np.ndarray

    def part(self, chosen) -> "_Nodes":
        return _Nodes(*(values[chosen] for values in vars(self).values()))

    @staticmethod
    def join(parts: list["_Nodes"]) -> "_Nodes":
        return _Nodes(
            *map(np.concatenate, zip(*(vars(one).values() for one in parts), strict=True))
        )


class _Refiner:
    """Makes the tree level by level."""

    def __init__(self, mesh: Mesh, low: np.ndarray, size: np.ndarray, floor_pc: float):
        self.mesh, self.low, self.size, self.floor_pc = mesh, low, size, floor_pc
        # The sites with dust, and the node of each, -1 where it is a leaf of an earlier level.
        self.sites = mesh.layers[0]
        self.node_of_site = np.zeros(len(self.sites), dtype=np.int64)
        # Integral of the opacity over all leaves so far, and over the box: a guess, then as the
        # look-ups of the last level have it.
        self.in_leaves = 0.0
        spacing = mesh.spacing(self.sites)
        self.guess = self.integral = float((mesh.opacity[self.sites] * spacing**3).sum())

    def root(self) -> _Nodes:
        distance, site = self.mesh.nearest(self.low + 0.5 * self.size[None])
        spacing = np.maximum(self.mesh.spacing(site), distance)
        return _Nodes(np.zeros((1, 3), np.int32), distance, spacing, self.mesh.opacity[site])

    def refine(self, level: int, nodes: _Nodes) -> tuple[Level, _Nodes]:
        """Return a level, and the nodes of the next one."""
        split = self._should_split(level, nodes)
        if level == MAX_LEVEL or 8 * int(split.sum()) > MAX_NODES:
            split[:] = False
        opacity, children = np.zeros(len(split), dtype=np.float32), [nodes.part(slice(0))]
        alive = np.flatnonzero(nodes.highest > 0)
        for first in range(0, len(alive), _BLOCK):
            block = alive[first : first + _BLOCK]
            opacity[block], made = self._look(level, nodes.part(block))
            children.append(made.part(np.repeat(split[block], 8)))
        volume = (self.size / 2**level).prod()
        found = self.in_leaves + volume * float(opacity.sum())
        trusted = volume * float(opacity.max(initial=0)) < TRUSTED_SHARE * found
        self.integral = found if trusted else min(self.guess, found)
        opacity[split] = 0
        self.in_leaves += volume * float(opacity.sum())
        self._follow_sites(level, nodes.index, split)
        highest = np.where(split, 0, nodes.highest).astype(np.float32)
        return Level(split, opacity, highest), _Nodes.join(children)

    def _should_split(self, level: int, nodes: _Nodes) -> np.ndarray:
        """Return which nodes to split. The sites in and near them are added to what they know."""
        cell = self.size / 2**level
        centre, spacing = self.low + (nodes.index + 0.5) * cell, nodes.spacing.copy()
        # All points of a node that is farther than this from a site are nearer to the site that is
        # nearest to its centre. The second bound is that of the planes between two sites, and the
        # smaller one far from all of them.
        diagonal = np.linalg.norm(cell)
        reach = np.minimum(
            nodes.distance + diagonal, np.sqrt(nodes.distance**2 + self.mesh.extent_pc * diagonal)
        )
        highest = np.zeros(len(centre))
        for distance, site in self.mesh.nearest_in_layers(centre):
            near = distance <= reach
            # Beyond the outermost sites, a cell is as large as its points are far from its site.
            spacing[near] = np.minimum(spacing, np.maximum(self.mesh.spacing(site), distance))[near]
            highest[near] = np.maximum(highest, self.mesh.opacity[site])[near]
        empty = highest == 0
        highest = np.maximum(highest, nodes.highest)
        inside = np.flatnonzero(self.node_of_site >= 0)
        owner, sites = self.node_of_site[inside], self.sites[inside]
        np.minimum.at(spacing, owner, self.mesh.spacing(sites))
        np.maximum.at(highest, owner, self.mesh.opacity[sites])
        highest[empty] = 0
        nodes.highest = highest
        width = cell.max()
        fine = width <= np.maximum(RESOLUTION * spacing, self.floor_pc)
        fine |= (width * highest < THIN) & (width <= THIN_RESOLUTION * spacing)
        light = highest * cell.prod() <= LARGEST_SHARE * self.integral
        return (highest > 0) & ~(fine & light)

    def _look(self, level: int, nodes: _Nodes) -> tuple[np.ndarray, _Nodes]:
        """Return the opacity of some nodes, and their children."""
        children = (2 * nodes.index[:, None] + OCTANTS).reshape(-1, 3)
        distance, site = self.mesh.nearest(
            self.low + (children + 0.5) * (self.size / 2 ** (level + 1))
        )
        opacity = self.mesh.opacity[site].reshape(-1, 8)
        spacing = np.maximum(self.mesh.spacing(site), distance).reshape(-1, 8).min(axis=1)
        return opacity.mean(axis=1), _Nodes(
            children, distance, np.repeat(spacing, 8), np.repeat(opacity.max(axis=1), 8)
        )

    def _follow_sites(self, level: int, index: np.ndarray, split: np.ndarray) -> None:
        """Move each site to its node of the next level."""
        place = np.where(split, np.cumsum(split) - 1, -1)
        inside = np.flatnonzero(self.node_of_site >= 0)
        owner = self.node_of_site[inside]
        middle = self.low + (index[owner] + 0.5) * (self.size / 2**level)
        octant = (self.mesh.position[self.sites[inside]] >= middle) @ [1, 2, 4]
        self.node_of_site[inside] = np.where(split[owner], 8 * place[owner] + octant, -1)


def build_octree(*, mesh: Mesh, floor_pc: float) -> Octree | None:
    """Put the dust of Voronoi cells on an octree.

    Parameters
    ----------
    mesh : Mesh
        The cells.
    floor_pc : float
        Nodes of this size are not split, unless they can contain much of the dust [pc].

    Returns
    -------
    Octree or None
        None if there is no dust.
    """
    if not mesh.layers:
        return None
    low, size = mesh.box_pc[:, 0], mesh.box_pc[:, 1] - mesh.box_pc[:, 0]
    refiner, levels = _Refiner(mesh, low, size, floor_pc), []
    nodes = refiner.root()
    while len(nodes.index):
        level, nodes = refiner.refine(len(levels), nodes)
        levels.append(level)
    return joined(levels, low, size)
