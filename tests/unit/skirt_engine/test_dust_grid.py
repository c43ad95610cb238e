"""The dust on the grid has the mass of the Voronoi cells, whatever their shapes are."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial import ConvexHull, Voronoi

import engine_case
from umbra.errors import InputError
from umbra.skirt_engine import dust_grid, refine
from umbra.skirt_engine.octree import Octree
from umbra.skirt_engine.rays import march
from umbra.skirt_engine.refine import build_octree
from umbra.skirt_engine.scatter import tree_tuple
from umbra.skirt_engine.ski import read_ski
from umbra.skirt_engine.voronoi import Mesh

HALF_PC = 10_000.0
BOX_PC = np.array([[-HALF_PC, HALF_PC]] * 3)
FLOOR_PC = 50.0


def even(rng):
    """Cells of one size, all with dust."""
    return rng.uniform(-HALF_PC, HALF_PC, (800, 3)), rng.uniform(0, 1e-3, 800)


def disc(rng):
    """A thin disc in a halo without dust."""
    radius, angle = rng.exponential(2000, 700), rng.uniform(0, 2 * np.pi, 700)
    thin = np.c_[radius * np.cos(angle), radius * np.sin(angle), rng.normal(0, 150, 700)]
    halo = rng.normal(0, 4000, (700, 3))
    return np.concatenate([thin, halo]), np.repeat([1e-3, 0], 700)


def few_large_cells(rng):
    """A disc without dust, and a few cells far out that have nearly all of it."""
    sites, _ = disc(rng)
    far = rng.normal(0, 1, (20, 3))
    far *= rng.uniform(6000, 9000, 20)[:, None] / np.linalg.norm(far, axis=1)[:, None]
    return np.concatenate([sites, far]), np.repeat([1e-7, 1e-3], [len(sites), 20])


def clumps(rng):
    """Tight knots of dust in wide surroundings with hardly any: densities of six decades."""
    centres = rng.uniform(-8000, 8000, (12, 3))
    knots = (centres[:, None] + rng.normal(0, 200, (12, 30, 3))).reshape(-1, 3)
    around = rng.uniform(-HALF_PC, HALF_PC, (500, 3))
    return np.concatenate([knots, around]), np.repeat([1e-1, 1e-7], [360, 500])


def beside_the_dust(rng):
    """One dense cell between sites without dust, which look-ups of large nodes miss."""
    sites = rng.normal(0, 3000, (600, 3))
    nearest = np.argsort(np.linalg.norm(sites - [2500, 0, 0], axis=1))[:3]
    opacity = np.zeros(600)
    opacity[nearest] = 1e-2
    return sites, opacity


CASES = [even, disc, few_large_cells, clumps, beside_the_dust]


def exact_volumes(sites):
    """Return the volumes of the cells in the box, by Qhull.

    Mirror images of the sites beyond the walls of the box make the walls faces of cells.
    """
    images = [sites]
    for axis in range(3):
        for wall in BOX_PC[axis]:
            image = sites.copy()
            image[:, axis] = 2 * wall - image[:, axis]
            images.append(image)
    diagram = Voronoi(np.concatenate(images))
    corners = (diagram.regions[k] for k in diagram.point_region[: len(sites)])
    return np.array([ConvexHull(diagram.vertices[one]).volume for one in corners])


@pytest.fixture(params=[(case, seed) for case in CASES for seed in (1, 2, 3)], scope="module")
def cells(request):
    """Return a mesh, its grid, and the exact integral of its opacity."""
    case, seed = request.param
    sites, opacity = case(np.random.default_rng(seed))
    inside = (np.abs(sites) < HALF_PC).all(axis=1)
    sites, opacity = sites[inside], opacity[inside]
    mesh = Mesh(sites, opacity, BOX_PC)
    tree = build_octree(mesh=mesh, floor_pc=FLOOR_PC)
    return mesh, tree, float(opacity @ exact_volumes(sites))


def test_the_grid_has_the_mass_of_the_cells(cells):
    _, tree, exact = cells
    assert tree.integral_pc2() == pytest.approx(exact, rel=0.01)
    assert tree.merged().integral_pc2() == pytest.approx(tree.integral_pc2(), rel=1e-5)


def test_random_points_measure_the_cells_whatever_is_on_the_grid(cells):
    mesh, tree, exact = cells
    for factor in (0, 0.5, 1, 2):
        changed = dataclasses.replace(tree, opacity=tree.opacity * np.float32(factor))
        found = dust_grid.compare(changed, mesh, seed=7)
        assert found.grid == pytest.approx(factor * tree.integral_pc2(), rel=1e-6)
        assert abs(found.cells - exact) < 4 * found.error
        assert found.error < 0.02 * exact


def test_random_points_find_dust_where_the_grid_has_nothing():
    """A grid of one empty leaf, which can have dust or should be empty."""
    sites, opacity = even(np.random.default_rng(4))
    exact = opacity @ exact_volumes(sites)
    for highest in (1e-6, 0):
        empty = Octree(
            low_pc=BOX_PC[:, 0],
            size_pc=np.full(3, 2 * HALF_PC),
            child=np.array([-1], np.int32),
            opacity=np.zeros(1, np.float32),
            highest=np.full(1, highest, np.float32),
        )
        found = dust_grid.compare(empty, Mesh(sites, opacity, BOX_PC), seed=1)
        assert found.cells == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("larger", [10, 100, 1000])
def test_a_galaxy_in_a_box_that_is_much_larger_has_its_dust(larger):
    """All of its sites are nearly as far from most nodes, none of which has dust."""
    sites = np.random.default_rng(3).normal(0, 2000, (1000, 3))
    opacity = np.zeros(len(sites))
    opacity[np.linalg.norm(sites - [1000, 0, 0], axis=1).argmin()] = 1e-3
    masses = []
    for factor in (1, larger):
        mesh = Mesh(sites, opacity, factor * BOX_PC)
        masses.append(build_octree(mesh=mesh, floor_pc=FLOOR_PC).integral_pc2())
    assert masses[1] == pytest.approx(masses[0], rel=0.01)


def test_random_points_are_added_until_the_error_is_small(monkeypatch):
    """Cells of very different densities, where one round leaves an error of several percent."""
    rng = np.random.default_rng(5)
    sites, opacity = rng.uniform(-HALF_PC, HALF_PC, (800, 3)), 10 ** rng.normal(-5, 1, 800)
    exact = opacity @ exact_volumes(sites)
    empty = Octree(
        low_pc=BOX_PC[:, 0],
        size_pc=np.full(3, 2 * HALF_PC),
        child=np.array([-1], np.int32),
        opacity=np.zeros(1, np.float32),
        highest=np.ones(1, np.float32),
    )
    mesh = Mesh(sites, opacity, BOX_PC)
    monkeypatch.setattr(dust_grid, "CHECK_ERROR", np.inf)
    assert (one := dust_grid.compare(empty, mesh, seed=1)).error > 0.02 * one.cells
    monkeypatch.undo()
    found = dust_grid.compare(empty, mesh, seed=1)
    assert found.error <= dust_grid.CHECK_ERROR * found.cells
    assert abs(found.cells - exact) < 4 * found.error


def test_rays_meet_the_same_dust_in_merged_leaves():
    """Merged leaves are few, and change the optical depth of no ray by more than they may."""
    mesh = Mesh(*few_large_cells(np.random.default_rng(1)), BOX_PC)
    tree = build_octree(mesh=mesh, floor_pc=FLOOR_PC)
    merged = tree.merged()
    assert len(merged.child) < 0.5 * len(tree.child)
    depths = []
    for one in (tree, merged):
        rng = np.random.default_rng(2)
        found = []
        for _ in range(200):
            direction = rng.normal(size=3)
            direction /= np.linalg.norm(direction)
            point = rng.uniform(-3000, 3000, 3)
            origin = point - 4 * HALF_PC * direction
            path, depth = np.empty(1024), np.empty(1024)
            path, depth, end = march(tree_tuple(one), origin, direction, -np.inf, path, depth, 0)
            found.append(depth[end - 1] if end else 0.0)
        depths.append(np.array(found))
    assert depths[0].max() > 1
    np.testing.assert_allclose(depths[1], depths[0], atol=5e-3, rtol=5e-3)


def test_threads_do_not_change_the_grid():
    sites, opacity = clumps(np.random.default_rng(1))
    one, two = (
        build_octree(mesh=Mesh(sites, opacity, BOX_PC, threads), floor_pc=FLOOR_PC)
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one.child, two.child)
    np.testing.assert_array_equal(one.opacity, two.opacity)


@pytest.mark.parametrize("count", [1, 2])
def test_one_site_fills_the_box(count):
    """Also if all sites are at one place, or none is outside of a corner."""
    sites = np.full((count, 3), 100.0)
    tree = build_octree(mesh=Mesh(sites, np.full(count, 1e-3), BOX_PC), floor_pc=FLOOR_PC)
    assert tree.integral_pc2() == pytest.approx(1e-3 * (2 * HALF_PC) ** 3, rel=1e-6)


def test_dust_too_thin_for_a_grid_is_none():
    """Single precision, in which leaves have their opacity, makes it zero."""
    sites, _ = even(np.random.default_rng(1))
    mesh = Mesh(sites, np.full(len(sites), 1e-46), BOX_PC)
    assert build_octree(mesh=mesh, floor_pc=FLOOR_PC) is None


def test_a_box_without_dust_has_no_grid():
    sites = np.array([[0.0, 0, 0], [3 * HALF_PC, 0, 0]])
    assert build_octree(mesh=Mesh(sites, np.array([0, 1.0]), BOX_PC), floor_pc=FLOOR_PC) is None


def test_dust_that_neither_the_grid_nor_any_point_meets_is_refused(tmp_path, monkeypatch):
    """A cell of a thousandth of a parsec, with all of the dust."""
    monkeypatch.setattr(refine, "MAX_NODES", 30_000)  # more would not meet it either
    sites, _ = even(np.random.default_rng(1))
    knot = np.array([[1000.0, 1000, 1000]]) + 1e-3 * np.r_[np.zeros((1, 3)), np.eye(3), -np.eye(3)]
    sites = np.concatenate([sites, knot])
    density = np.zeros(len(sites))
    density[-7] = 1e9
    engine_case.table(tmp_path, "gas.txt", np.c_[sites, density, np.full((len(sites), 2), 0.02)])
    ski = read_ski(engine_case.ski(tmp_path, [engine_case.instrument()], stars=False, dust=True))
    log = type("Log", (), {"info": lambda self, text, *_: None})()
    with pytest.raises(InputError, match=r"gas.txt: the dust grid has 0.*use a SKIRT executable"):
        dust_grid.build(ski, tmp_path, 1, log)


def test_a_grid_of_another_mass_is_refused(tmp_path, monkeypatch):
    """The message has both masses. Grids as coarse as this one lose dust."""
    sites, opacity = few_large_cells(np.random.default_rng(1))
    engine_case.table(tmp_path, "gas.txt", np.c_[sites, opacity, np.full((len(sites), 2), 0.02)])
    ski = read_ski(engine_case.ski(tmp_path, [engine_case.instrument()], stars=False, dust=True))
    for name in ("RESOLUTION", "THIN_RESOLUTION", "LARGEST_SHARE"):
        monkeypatch.setattr(refine, name, 100.0)
    lines = []
    log = type("Log", (), {"info": lambda self, text, *_: lines.append(text)})()
    with pytest.raises(InputError, match=r"gas.txt: the dust grid has .* use a SKIRT executable"):
        dust_grid.build(ski, tmp_path, 1, log)
    assert any("Voronoi cells, from random points" in line for line in lines)
