"""The Voronoi cells of the gas, against Qhull's own."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull, Voronoi
from scipy.special import polygamma

from umbra.universe.mesh import cell_volumes_kpc3, relaxed


def test_volumes_are_those_of_qhull():
    points = np.random.default_rng(3).standard_normal((400, 3)) * [5.0, 5.0, 0.4]
    mesh = Voronoi(points)
    regions = [mesh.regions[region] for region in mesh.point_region]
    exact = [
        np.inf if -1 in region else ConvexHull(mesh.vertices[region]).volume for region in regions
    ]
    assert cell_volumes_kpc3(points) == pytest.approx(np.array(exact), rel=1e-9)


@pytest.mark.parametrize("number", [0, 1, 4])
def test_too_few_points_have_open_cells(number):
    points = np.random.default_rng(1).standard_normal((number, 3))
    assert cell_volumes_kpc3(points) == pytest.approx(np.full(number, np.inf))
    assert relaxed(points, 2) == pytest.approx(points)


def test_relaxed_cells_are_of_more_even_volume_and_where_they_were():
    points = np.random.default_rng(2).random((3000, 3))
    moved = relaxed(points, 3)

    def scatter(place):
        inner = ((place > 0.15) & (place < 0.85)).all(axis=1)
        return np.log(cell_volumes_kpc3(place)[inner]).std(), inner.mean()

    random, share = scatter(points)
    regular, share_after = scatter(moved)
    # The cells of random points have volumes of a gamma distribution of shape 5.6 (Ferenc & Neda
    # 2007, Physica A 385, 518; unverified).
    assert random == pytest.approx(np.sqrt(polygamma(1, 5.6)), abs=0.04)
    assert regular < 0.6 * random
    assert share_after == pytest.approx(share, rel=0.03)
