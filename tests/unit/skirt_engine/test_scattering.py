"""Scattering in the embedded engine against analytic and published results."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expn

from engine_case import instrument, ski, table
from umbra.skirt_engine import dust, light, scatter, walk
from umbra.skirt_engine.octree import Octree
from umbra.skirt_engine.refine import build_octree
from umbra.skirt_engine.ski import read_ski
from umbra.skirt_engine.voronoi import Mesh

BALL_STEP = 50.0
_AXIS = np.arange(-1175, 1176, BALL_STEP)
BALL_SITES = np.stack(np.meshgrid(_AXIS, _AXIS, _AXIS), axis=-1).reshape(-1, 3)
MICRON = np.array([0.36, 0.48, 0.62, 0.75, 0.89])


def emitters(positions, radius=1.0):
    """Return particles of equal, flat spectrum."""
    n = len(positions)
    return light.Emitters(
        np.asarray(positions, float),
        np.full(n, radius),
        np.zeros((n, 4), np.int32),
        np.tile([1.0, 0, 0, 0], (n, 1)),
    )


def scene(sources, tree, *, packets, seed=5, micron=MICRON, threads=2):
    flat = np.ones((1, len(micron)))
    events = scatter.scattering_events(
        emitters=sources,
        spectra=flat,
        wavelength_micron=micron,
        tree=tree,
        packets=packets,
        seed=seed,
        threads=threads,
    )
    return light.Scene(sources, flat, micron, tree, events, threads)


def frame_of(folder, **kwargs):
    return read_ski(ski(folder, [instrument(**kwargs)])).instruments[0]


def use_mix(monkeypatch, *, albedo, asymmetry):
    """Replace the dust by a grey one."""
    monkeypatch.setattr(dust, "extinction_ratio", lambda x: np.ones(len(x)))
    monkeypatch.setattr(
        dust,
        "albedo_and_asymmetry",
        lambda x: (np.full(len(x), albedo), np.full(len(x), asymmetry)),
    )


def layer(thickness_pc, opacity, width_pc=40000.0):
    """Return dust between z = -thickness and 0: the lower half of a box."""
    values = np.array([0, *[opacity] * 4, 0, 0, 0, 0], np.float32)
    return Octree(
        low_pc=np.array([-width_pc / 2, -width_pc / 2, -thickness_pc]),
        size_pc=np.array([width_pc, width_pc, 2 * thickness_pc]),
        child=np.array([1, *[-1] * 8], np.int32),
        opacity=values,
        highest=values,
    )


@pytest.fixture(scope="module")
def ball():
    """Return a function that makes a uniform sphere of radius 1 kpc and given optical depth."""
    sites = BALL_SITES
    inside = (np.linalg.norm(sites, axis=1) < 1000).astype(float)
    mesh = Mesh(sites, inside, np.array([[-1200, 1200]] * 3))
    unit = build_octree(mesh=mesh, floor_pc=20).merged()
    # the radius of the sphere with the same volume
    radius = (unit.integral_pc2() * 3 / (4 * np.pi)) ** (1 / 3)

    def make(tau):
        return dataclasses.replace(unit, opacity=unit.opacity * np.float32(tau / radius))

    return make


def uniform_ball(n, seed=2):
    """Return particles evenly mixed with the dust of the ball, whose surface is one of cubes."""
    rng = np.random.default_rng(seed)
    inside = BALL_SITES[np.linalg.norm(BALL_SITES, axis=1) < 1000]
    cube = rng.uniform(-BALL_STEP / 2, BALL_STEP / 2, (n, 3))
    return emitters(inside[rng.integers(len(inside), size=n)] + cube, radius=1e-3)


@pytest.mark.parametrize("g", [-0.3, 0.0, 0.5])
def test_phase_function_is_normalised_and_sampled(g):
    cosine = np.linspace(-1, 1, 20001)
    phase = np.array([walk.henyey_greenstein(g, c) for c in cosine])
    assert 0.5 * np.trapezoid(phase, cosine) == pytest.approx(1, abs=1e-4)
    assert 0.5 * np.trapezoid(phase * cosine, cosine) == pytest.approx(g, abs=1e-4)
    u = (np.arange(5000) + 0.5) / 5000
    assert np.mean([walk._scattering_cosine(g, x) for x in u]) == pytest.approx(g, abs=1e-3)


@pytest.mark.parametrize(("angles", "side"), [((0, 0, 90), -1), ((180, 0, 90), 1)])
def test_thin_slab_scatters_once(tmp_path, monkeypatch, angles, side):
    """A lamp above a thin layer: L / (4 pi r^2) kappa_sca d P(angle), seen from both sides."""
    monkeypatch.setattr(scatter, "QUANTUM", 5e-5)  # so little light is scattered
    height, thickness, opacity = 2000.0, 100.0, 2e-5
    above = scene(emitters([[0, 0, height]]), layer(thickness, opacity), packets=30000)
    frame = frame_of(tmp_path, angles=angles, field=16000, pixels=32)
    found = light.image(frame, above).scattered
    edge = (np.arange(32 * 8) + 0.5) / 8 * 500 - 8000
    b2 = edge[:, None] ** 2 + edge[None, :] ** 2
    r2 = b2 + (height + thickness / 2) ** 2
    albedo, g = dust.albedo_and_asymmetry(MICRON)
    for k, kappa in enumerate(dust.extinction_ratio(MICRON)):
        cosine = side * (height + thickness / 2) / np.sqrt(r2)
        phase = (1 - g[k] ** 2) / (1 + g[k] ** 2 - 2 * g[k] * cosine) ** 1.5
        per_area = opacity * kappa * albedo[k] * thickness * phase / (4 * np.pi * r2)
        expected = per_area.reshape(32, 8, 32, 8).mean(axis=(1, 3)) * 500**2
        assert found[:, :, k].sum() == pytest.approx(expected.sum(), rel=0.02)
        centre = np.hypot(*np.meshgrid(*[np.arange(32) - 15.5] * 2))
        for low, high in ((0, 4), (4, 8), (8, 15)):
            ring = (centre >= low) & (centre < high)
            assert found[ring, k].sum() == pytest.approx(expected[ring].sum(), rel=0.04)


def escape_formula(tau, albedo):
    """Return P = p / (1 - albedo (1 - p)), p that of Osterbrock 1974 (exact for albedo 0)."""
    p = 0.75 / tau * (1 - 0.5 / tau**2 + (1 / tau + 0.5 / tau**2) * np.exp(-2 * tau))
    return p / (1 - albedo * (1 - p))


def escape_exact(tau, albedo, cells=400):
    """Return the escape from Peierls' equation (Case and Zweifel 1967, Linear Transport Theory).

    r J(r) = 1/2 int r' [1 + albedo J(r')] [E1(|r - r'|) - E1(r + r')] dr', lengths in mean free
    paths, emission 1.
    """
    edge = np.linspace(0, tau, cells + 1)
    r = 0.5 * (edge[1:] + edge[:-1])
    near = np.abs(r[:, None] - edge)  # int E1 = -E2
    primitive = np.where(r[:, None] > edge, expn(2, near), 2 - expn(2, near))
    kernel = 0.5 * (np.diff(primitive, axis=1) + np.diff(expn(2, r[:, None] + edge), axis=1))
    rj = np.linalg.solve(np.eye(cells) - albedo * kernel, kernel @ r)
    return 1 - (1 - albedo) * (rj * r).sum() / (r**2).sum()


@pytest.mark.parametrize(("tau", "albedo"), [(1.0, 0.0), (5.0, 0.0), (1.0, 0.6), (3.0, 0.6)])
def test_escape_from_a_uniform_sphere(tmp_path, monkeypatch, ball, capsys, tau, albedo):
    """Isotropic scatterers and sources, evenly mixed.

    Against the escape probability of Lucy et al. (1991, in Supernovae, ed. Woosley), as tested by
    Varosi and Dwek (1999, ApJ 523, 265), which is an approximation for albedo > 0, and against
    the integral equation that is exact.
    """
    use_mix(monkeypatch, albedo=albedo, asymmetry=0.0)
    made = scene(uniform_ball(20000), ball(tau), packets=40000)
    formula, exact = escape_formula(tau, albedo), escape_exact(tau, albedo)
    with capsys.disabled():
        found = made.events.escaped[0]
        print(
            f"\nsphere tau {tau} albedo {albedo}: {found:.4f} exact {exact:.4f} Lucy {formula:.4f}"
        )
    assert made.events.escaped == pytest.approx(exact, rel=0.02)
    assert made.events.escaped == pytest.approx(formula, rel=0.05 if albedo else 0.02)
    # what an observer sees of it is the same, as nothing distinguishes directions
    frame = frame_of(tmp_path, angles=(50, 20, 0), field=3000, pixels=30)
    seen = light.image(frame, made)
    ratio = seen.total.sum(axis=(0, 1)) / seen.transparent.sum(axis=(0, 1))
    assert ratio == pytest.approx(exact, rel=0.03)


def test_energy_is_conserved(ball):
    """Escaped and absorbed light is all that was emitted, thick dust and many scatterings."""
    made = scene(uniform_ball(2000), ball(4.0), packets=40000)
    total = made.events.escaped + made.events.absorbed
    np.testing.assert_allclose(total, 1, atol=3e-3)
    assert (made.events.absorbed > 0.1).all()


def test_light_seen_from_all_sides_is_what_escapes(tmp_path):
    """Peel-off, summed over directions, against the packets' own account (a tilted layer)."""
    lamp = emitters([[0, 0, -300.0]], radius=200)
    made = scene(lamp, layer(600, 2e-3, width_pc=5000), packets=20000)
    seen = []
    cosines = (np.arange(12) + 0.5) / 6 - 1
    for cosine in cosines:
        for azimuth in (15, 75):
            angles = (np.degrees(np.arccos(cosine)), azimuth, 0)
            frame = frame_of(tmp_path, angles=angles, field=16000, pixels=32)
            image = light.image(frame, made)
            seen.append(image.total.sum(axis=(0, 1)))
    np.testing.assert_allclose(np.mean(seen, axis=0), made.events.escaped, rtol=0.02)


def test_many_bins_scatter_as_few(tmp_path):
    """Between the nodes of a fine wavelength grid light scatters as at bins of its own."""
    lamp, slab = emitters([[0, 0, -300.0]], radius=100), layer(600, 2e-3)
    frame = frame_of(tmp_path, angles=(40, 0, 0))
    fine = np.geomspace(0.3, 1.0, 80)
    pick = [3, 20, 40, 61, 79]
    many = light.image(frame, scene(lamp, slab, packets=20000, micron=fine)).scattered
    few = light.image(frame, scene(lamp, slab, packets=20000, micron=fine[pick])).scattered
    np.testing.assert_allclose(many.sum(axis=(0, 1))[pick], few.sum(axis=(0, 1)), rtol=0.03)


def test_noise_falls_with_the_square_root_of_the_packets(tmp_path):
    lamp, slab = emitters([[0, 0, -300.0]], radius=100), layer(600, 2e-3)
    frame = frame_of(tmp_path, field=4000, pixels=16)
    noise = []
    for packets in (2000, 32000):
        a, b = (
            light.image(frame, scene(lamp, slab, packets=packets, seed=seed)).scattered
            for seed in (1, 2)
        )
        noise.append(np.sqrt(np.mean((a - b) ** 2)) / np.mean(a + b))
    assert noise[0] / noise[1] == pytest.approx(4, rel=0.25)


def test_seed_decides_and_threads_do_not(tmp_path):
    lamp, slab = emitters([[0, 0, -300.0]], radius=100), layer(600, 2e-3)
    frame = frame_of(tmp_path)
    one, three, other = (
        light.image(frame, scene(lamp, slab, packets=3000, seed=seed, threads=threads)).scattered
        for seed, threads in ((1, 1), (1, 3), (2, 1))
    )
    np.testing.assert_array_equal(one, three)
    assert (one != other).any()


def test_packets_of_a_ski_are_read(tmp_path):
    path = ski(tmp_path, [instrument()])
    path.write_text(path.read_text().replace('numPackets="1e6"', 'numPackets="4e6"'))
    found = read_ski(path)
    assert found.packets == 4e6
    assert scatter.packets_of(found.packets) == 4e6 / scatter.PACKETS_PER_PACKET
    assert scatter.packets_of(1e3) > 0
    assert scatter.packets_of(1e12) == scatter.MAX_PACKETS  # or memory would run out


def test_sources_without_light_make_an_empty_image(tmp_path):
    """Dust and no particle at all is a dark picture, not an error."""
    from umbra.skirt_engine.cli import main

    (tmp_path / "stars.txt").write_text("# nobody\n")
    table(tmp_path, "gas.txt", [[0, 0, 0, 0.1, 0.02, 1e3], [3000, 0, 0, 0.0, 0.02, 1e3]])
    path = ski(tmp_path, [instrument()], dust=True)
    assert main(["-t", "1", "-i", str(tmp_path), "-o", str(tmp_path / "o"), str(path)]) == 0
