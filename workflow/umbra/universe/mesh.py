"""Voronoi cells of the gas: their volumes, and their regular shape."""

import numpy as np
from scipy.spatial import Delaunay, cKDTree

# The vertices of a tetrahedron: an edge (i, j) and the other two, in an even permutation.
_EDGES = ((0, 1, 2, 3), (0, 2, 3, 1), (0, 3, 1, 2), (1, 2, 0, 3), (1, 3, 2, 0), (2, 3, 0, 1))
_NEIGHBOURS = 8


def cell_volumes_kpc3(position_kpc: np.ndarray) -> np.ndarray:
    """Return the volumes of the Voronoi cells of some points.

    A cell is the sum of pyramids from its point to the faces that it shares with its neighbours.
    Each tetrahedron of the Delaunay triangulation contains a part of the face between any two of
    its vertices: the quadrangle of the middle of their edge, the centres of the circles around the
    two triangles that share it, and the centre of the sphere around the tetrahedron.

    Parameters
    ----------
    position_kpc : ndarray, shape (n, 3)
        Points [kpc].

    Returns
    -------
    ndarray, shape (n,)
        Volumes [kpc^3]; infinite where a cell is open or there are too few points.
    """
    if len(position_kpc) < 5:
        return np.full(len(position_kpc), np.inf)
    mesh = Delaunay(position_kpc)
    corner = position_kpc[mesh.simplices].transpose(1, 2, 0)  # vertex, axis, tetrahedron
    u, v, w = corner[1:] - corner[0]
    normal = _cross(v, w)
    orientation = _dot(u, normal)
    with np.errstate(divide="ignore", invalid="ignore"):
        sphere = (_dot(u, u) * normal + _dot(v, v) * _cross(w, u) + _dot(w, w) * _cross(u, v)) / (
            2.0 * orientation
        ) + corner[0]
        circle = [_circle_centre(*np.delete(corner, k, axis=0)) for k in range(4)]
    volume = np.zeros(len(position_kpc))
    for i, j, k, m in _EDGES:
        edge = corner[j] - corner[i]
        middle = 0.5 * (corner[i] + corner[j])
        # The face has twice this area, and is half an edge away from both vertices.
        part = _dot(_cross(sphere - middle, circle[k] - circle[m]), edge) / 12.0
        part = np.where(np.isfinite(part), part * np.sign(orientation), 0.0)
        for vertex in (i, j):
            volume += np.bincount(mesh.simplices[:, vertex], part, len(volume))
    volume[mesh.convex_hull] = np.inf
    return volume


def relaxed(position_kpc: np.ndarray, rounds: int) -> np.ndarray:
    """Return points from which the closest neighbours have been pushed away.

    AREPO moves the points of its mesh such that cells stay round. Random points, in contrast, have
    cells whose volumes scatter by a factor of two.

    Parameters
    ----------
    position_kpc : ndarray, shape (n, 3)
        Points [kpc].
    rounds : int
        Number of times that each point is moved.

    Returns
    -------
    ndarray, shape (n, 3)
        The moved points [kpc].

    References
    ----------
    Springel 2010, MNRAS 401, 791 (unverified): how AREPO keeps its mesh regular.
    """
    if len(position_kpc) <= _NEIGHBOURS:
        return position_kpc
    for _ in range(rounds):
        distance, index = cKDTree(position_kpc).query(position_kpc, k=_NEIGHBOURS + 1)
        reach = distance[:, -1:]
        away = position_kpc[:, None] - position_kpc[index[:, 1:]]
        near = np.maximum(distance[:, 1:], 1e-3 * reach)
        push = (1.0 - near / reach)[..., None] * away / near[..., None]
        position_kpc = position_kpc + 0.15 * reach * push.sum(axis=1)
    return position_kpc


def _circle_centre(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the centres of the circles around triangles."""
    u, v = b - a, c - a
    normal = _cross(u, v)
    return a + _cross(_dot(u, u) * v - _dot(v, v) * u, normal) / (2.0 * _dot(normal, normal))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return cross products of vectors, shape (3, n)."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return scalar products of vectors, shape (3, n)."""
    return (a * b).sum(axis=0)
