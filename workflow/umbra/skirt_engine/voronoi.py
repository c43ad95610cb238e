"""The Voronoi cells of the gas: a point belongs to the cell of its nearest site."""

from collections.abc import Iterator

import numpy as np

# The thinnest dust, up to this part of the mass, does not count as dust where the mesh is refined.
NEGLIGIBLE_SHARE = 1e-4
# Ratio of the opacities from which the layers of the mesh begin.
LAYER_RATIO = 100.0


class Mesh:
    """Voronoi cells with dust, in a box.

    Parameters
    ----------
    sites_pc : ndarray, shape (n, 3)
        Sites of all cells, also of those without dust [pc].
    opacity_per_pc : ndarray, shape (n,)
        Extinction at 0.55 micron per pc in each cell.
    box_pc : ndarray, shape (3, 2)
        Lower and upper limits of the domain [pc]. Sites outside are left out, as in SKIRT.
    threads : int
        Number of threads of the look-ups; the result does not depend on it.

    Attributes
    ----------
    position : ndarray, shape (cells, 3)
        Sites inside the box [pc].
    opacity : ndarray, shape (cells,)
        Their opacities.
    extent_pc : float
        Largest distance between any two sites, or more [pc].
    layers : list of ndarray of int
        Indices of the cells with dust, first of all, then of those from higher and higher opacities
        on. The thinnest, which may be many but have `NEGLIGIBLE_SHARE` of the mass, are left out.
        There are no layers without dust, and then no other attributes than the first two.
    """

    def __init__(
        self,
        sites_pc: np.ndarray,
        opacity_per_pc: np.ndarray,
        box_pc: np.ndarray,
        threads: int = 1,
    ):
        self.box_pc = np.asarray(box_pc, dtype=float)
        inside = ((sites_pc >= self.box_pc[:, 0]) & (sites_pc <= self.box_pc[:, 1])).all(axis=1)
        self.position, self.opacity = sites_pc[inside], opacity_per_pc[inside]
        self.layers: list[np.ndarray] = []
        dusty = np.flatnonzero(self.opacity > np.finfo(np.float32).tiny)  # less is zero in a tree
        if not len(dusty):
            return
        self.extent_pc = float(np.linalg.norm(np.ptp(self.position, axis=0)))
        from scipy.spatial import cKDTree  # 0.3 s, needed only where there is dust

        self._threads = threads
        self._tree = cKDTree(self.position, balanced_tree=False, compact_nodes=False)
        self._spacing = np.full(len(self.position), np.nan)
        rising = dusty[np.argsort(self.opacity[dusty], kind="stable")]
        share = np.cumsum(self.opacity[rising] * self.spacing(rising) ** 3)
        rising = rising[share >= NEGLIGIBLE_SHARE * share[-1]]
        while len(rising):
            self.layers.append(rising)
            rising = rising[self.opacity[rising] > LAYER_RATIO * self.opacity[rising[0]]]
        self._layer_trees = [cKDTree(self.position[layer]) for layer in self.layers]

    def nearest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the distance [pc] and the index of the site nearest to each point."""
        return self._tree.query(points, workers=self._threads)

    def nearest_in_layers(self, points: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield, for each layer, the distance [pc] and the index of its nearest site."""
        for layer, tree in zip(self.layers, self._layer_trees, strict=True):
            distance, index = tree.query(points, workers=self._threads)
            yield distance, layer[index]

    def spacing(self, sites: np.ndarray) -> np.ndarray:
        """Return the distance between sites around each of some sites [pc].

        This is the distance to the fourth neighbour: one mean spacing in a random set of points.
        """
        unknown = np.unique(sites[np.isnan(self._spacing[sites])])
        if len(unknown):
            neighbours = min(5, len(self.position))  # the first is the site itself
            distance, _ = self._tree.query(
                self.position[unknown], k=[neighbours], workers=self._threads
            )
            self._spacing[unknown] = distance[:, 0] if neighbours > 1 else np.inf
        return self._spacing[sites]
