"""The search in cells against a search of all pairs."""

import numpy as np
import pytest

from sphere_search import all_pairs
from tng_files import BOX_CKPC_H as BOX
from umbra.simulation.spheres import Spheres


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("box", [75000.0, 300.0])
def test_spheres_find_what_a_brute_force_search_finds(dtype, box):
    rng = np.random.default_rng(4)
    centre = rng.uniform(0, box, (30, 3))
    centre[:3] = [[0, 0, 0], [box, box / 2, 0], [1e-9, box - 1e-9, box / 3]]
    radius = rng.uniform(20, 90, 30)
    near = centre[rng.integers(0, 30, 4000)] + rng.normal(0, 60, (4000, 3))
    position = (np.concatenate([near, rng.uniform(0, box, (1000, 3))]) % box).astype(dtype)
    spheres = Spheres.build(centre=centre, radius=radius, box_size=box)
    row, sphere = spheres.contents(position)
    found = list(zip(row.tolist(), sphere.tolist(), strict=True))
    assert len(found) == len(set(found)) > 500
    assert set(found) == all_pairs(position.astype(float), centre=centre, radius=radius, box=box)


def test_spheres_survive_positions_that_are_no_numbers():
    spheres = Spheres.build(centre=np.zeros((1, 3)), radius=np.array([70.0]), box_size=BOX)
    row, _ = spheres.contents(np.array([[np.nan, 0, 0], [1.0, 2.0, -3.0], [0, np.inf, -1e300]]))
    assert row.tolist() == [1]


def test_a_particle_in_more_spheres_than_the_slab_has_rows():
    spheres = Spheres.build(centre=np.full((500, 3), 9.0), radius=np.full(500, 5.0), box_size=BOX)
    row, sphere = spheres.contents(np.full((3, 3), 8.0))
    assert np.bincount(row).tolist() == [500] * 3
    assert sorted(sphere.tolist()) == sorted(list(range(500)) * 3)
