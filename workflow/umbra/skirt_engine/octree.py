"""Dust on an octree: each leaf has one opacity."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# Eight leaves become one if the optical depths across them differ by less. Their mass remains.
CONTRAST = 5e-4
# Places of a node's children in it, x fastest.
OCTANTS = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)], dtype=np.int32)


@dataclass
class Level:
    """One level of an octree: whether its nodes are split; `opacity` and `highest` of leaves."""

    split: np.ndarray
    opacity: np.ndarray
    highest: np.ndarray

    def merge(self, children: "Level", width_pc: float) -> "Level":
        """Make leaves of the nodes whose children are alike; return the children that remain."""
        opacity = children.opacity.reshape(-1, 8)
        unlike = width_pc * (opacity.max(axis=1) - opacity.min(axis=1)) > CONTRAST
        kept = unlike | children.split.reshape(-1, 8).any(axis=1)
        parents = np.flatnonzero(self.split)
        self.split[parents] = kept
        merged = parents[~kept]
        self.opacity[merged] = opacity[~kept].mean(axis=1)
        self.highest[merged] = children.highest.reshape(-1, 8)[~kept].max(axis=1)
        return Level(*(values[np.repeat(kept, 8)] for values in vars(children).values()))


def joined(levels: list[Level], low_pc: np.ndarray, size_pc: np.ndarray) -> "Octree":
    """Return the tree with these levels."""
    split, opacity, highest = (
        np.concatenate([getattr(level, name) for level in levels])
        for name in ("split", "opacity", "highest")
    )
    child = np.where(split, 1 + 8 * (np.cumsum(split) - 1), -1).astype(np.int32)
    return Octree(low_pc, size_pc, child, opacity, highest)


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
    highest : ndarray of float32, shape (nodes,)
        Highest opacity that was found in or near a leaf, zero where there cannot be dust.
    """

    low_pc: np.ndarray
    size_pc: np.ndarray
    child: np.ndarray
    opacity: np.ndarray
    highest: np.ndarray

    def _levels(self) -> list[Level]:
        """Return copies of the levels."""
        levels, first, count = [], 0, 1
        while count:
            part = slice(first, first + count)
            split = self.child[part] >= 0
            levels.append(Level(split, self.opacity[part].copy(), self.highest[part].copy()))
            first, count = first + count, 8 * int(split.sum())
        return levels

    def merged(self) -> "Octree":
        """Return the same dust in as few leaves as rays need: its mass does not change."""
        levels = self._levels()
        for k in range(len(levels) - 1, 0, -1):
            levels[k] = levels[k - 1].merge(levels[k], self.size_pc.max() / 2**k)
        return joined(levels, self.low_pc, self.size_pc)

    def leaves(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the leaves.

        Returns
        -------
        node : ndarray of int, shape (leaves,)
            Their indices.
        low_pc : ndarray, shape (leaves, 3)
            Their lower corners [pc].
        size_pc : ndarray, shape (leaves, 3)
            Their widths [pc].
        """
        index, first, found = np.zeros((1, 3), np.int64), 0, []
        for k, level in enumerate(self._levels()):
            leaf, width = ~level.split, self.size_pc / 2**k
            found.append((first + np.flatnonzero(leaf), self.low_pc + index[leaf] * width, width))
            first += len(index)
            index = (2 * index[level.split, None] + OCTANTS).reshape(-1, 3)
        return (
            np.concatenate([one[0] for one in found]),
            np.concatenate([one[1] for one in found]),
            np.concatenate([np.broadcast_to(one[2], one[1].shape) for one in found]),
        )

    @cached_property
    def dusty_box_pc(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper corner of the box around all leaves with dust [pc]."""
        node, low, size = self.leaves()
        dusty = self.opacity[node] > 0
        return low[dusty].min(axis=0), (low + size)[dusty].max(axis=0)

    def integral_pc2(self) -> float:
        """Return the integral of the opacity over the volume [pc^2]: dust mass times kappa."""
        node, _, size = self.leaves()
        return float((self.opacity[node].astype(float) * size.prod(axis=1)).sum())
