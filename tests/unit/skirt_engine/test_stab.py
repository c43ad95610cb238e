"""SKIRT's own tables in place of the packaged ones."""

from itertools import product

import numpy as np
import pytest
from astropy.io import fits

from engine_case import BANDS as BAND_GRID
from engine_case import LOG_GRID, instrument, ski, table
from stab_files import BANDS, DUST, STARS, region_light, stellar_light, write_resources, write_stab
from umbra.errors import InputError
from umbra.photometry.sdss import band_averages
from umbra.skirt_engine import RESOURCES_VARIABLE, dust, spectra, spectra_stored, stab
from umbra.skirt_engine.cli import main
from umbra.skirt_engine.sampling import make_sampler, sample
from umbra.skirt_engine.ski import WavelengthGrid

SCALES = ("log", "lin")


@pytest.fixture
def resources(tmp_path, monkeypatch):
    """Make a resource folder with simple spectra and dust; return it."""
    write_resources(tmp_path / "resources")
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path / "resources"))
    return tmp_path / "resources"


def test_a_table_is_read_back(tmp_path):
    axes = {"lambda": np.array([1.0, 2, 3]), "a": np.array([5.0, 6])}
    values = np.arange(6.0).reshape(3, 2)
    quantities = {"p": values, "q": -values}
    write_stab(tmp_path / "x.stab", axes, quantities, ["log", "lin"], ["lin", "log"])
    found = stab.read_stab(tmp_path / "x.stab")
    assert [axis.logarithmic for axis in found.axes.values()] == [True, False]
    assert [one.logarithmic for one in found.quantities.values()] == [False, True]
    assert list(found.axes) == ["lambda", "a"]
    np.testing.assert_array_equal(found.axes["a"].values, axes["a"])
    np.testing.assert_array_equal(found.quantities["p"].values, values)
    np.testing.assert_array_equal(found.quantities["q"].values, -values)


def mean(a, b, scale):
    return np.sqrt(a * b) if scale == "log" else 0.5 * (a + b)


@pytest.mark.parametrize(("first", "second", "quantity"), [*product(SCALES, repeat=3)])
def test_a_midpoint_is_the_mean_that_the_table_states(tmp_path, first, second, quantity):
    """On each axis alone, and on both: the mean of all four corners."""
    x, a, b = np.array([1.0, 10]), np.array([1.0, 100]), np.array([2.0, 8])
    values = np.random.default_rng(0).uniform(1, 9, (2, 2, 2))
    axes, scales = {"x": x, "a": a, "b": b}, ["lin", first, second]
    write_stab(tmp_path / "x.stab", axes, {"q": values}, scales, [quantity])
    at = {"a": np.array([mean(*a, first), 100]), "b": np.array([mean(*b, second)] * 2)}
    made = stab.interpolate(stab.read_stab(tmp_path / "x.stab"), "q", at)
    along_b = mean(values[..., 0], values[..., 1], quantity)
    np.testing.assert_allclose(made[0], mean(along_b[:, 0], along_b[:, 1], quantity))
    np.testing.assert_allclose(made[1], along_b[:, 1])


@pytest.mark.parametrize(("axis", "quantity"), [*product(SCALES, repeat=2)])
def test_a_table_of_one_axis(tmp_path, axis, quantity):
    x, y = np.array([1.0, 4.0, 9.0]), np.array([2.0, 32.0, 5.0])
    write_stab(tmp_path / "x.stab", {"x": x}, {"q": y}, [axis], [quantity])
    at = {"x": np.array([mean(1, 4, axis), 4, 0.5, 10])}
    made = stab.interpolate(stab.read_stab(tmp_path / "x.stab"), "q", at)
    np.testing.assert_allclose(made, [mean(2, 32, quantity), 32, 2, 5])  # the ends hold beyond


def test_no_light_between_no_light_and_some(tmp_path):
    """A logarithm cannot pass zero: SKIRT returns zero there, and the values at the points."""
    axes = {"x": np.array([1.0, 2.0]), "a": np.array([1.0, 2, 3])}
    values = np.array([[0.0, 4.0, 16.0], [1.0, 1.0, 4.0]])
    write_stab(tmp_path / "x.stab", axes, {"q": values}, ["lin", "lin"])
    at = {"a": np.array([1.0, 1.5, 2.0, 2.5])}
    made = stab.interpolate(stab.read_stab(tmp_path / "x.stab"), "q", at)
    np.testing.assert_allclose(made, [[0, 1], [0, 1], [4, 1], [8, 2]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"FITS" + data, "is not a stored table"),
        (lambda data: data[:-16], "truncated"),
        (lambda data: data[:-8] + b"12345678", "does not end"),
        (lambda data: data.replace(b"log     ", b"ln      "), "states the scale 'ln'"),
    ],
)
def test_a_broken_table_is_named(tmp_path, change, message):
    path = tmp_path / "x.stab"
    write_stab(path, {"x": np.array([1.0, 2.0])}, {"q": np.array([1.0, 2.0])})
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=message) as error:
        stab.read_stab(path)
    assert "x.stab" in str(error.value)


@pytest.mark.parametrize("grid", [[], [1.0, 1.0], [2.0, 1.0], [1.0, np.nan]])
def test_an_axis_that_does_not_rise_is_named(tmp_path, grid):
    path = tmp_path / "x.stab"
    write_stab(path, {"t": np.array(grid)}, {"q": np.ones(len(grid))})
    with pytest.raises(InputError, match="x.stab has an axis t that does not rise"):
        stab.read_stab(path)


def test_a_wrong_folder_and_a_missing_table_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(InputError, match="none is not a folder; UMBRA_SKIRT_RESOURCES"):
        stab.folder()
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match="no SLOAN_SDSS_U_BroadBand.stab below"):
        make_sampler(WavelengthGrid(), (0.1, 10))


def test_dust_and_bands_come_from_the_folder(resources):
    np.testing.assert_allclose(dust.extinction_ratio(np.array([0.3, 0.9])), 1)
    albedo, cosine = dust.albedo_and_asymmetry(np.array([0.3, 0.9]))
    np.testing.assert_allclose(albedo, 0.2)
    np.testing.assert_allclose(cosine, 0.25)
    assert dust.extinction_v_m2_kg() == pytest.approx(5000)
    pivot = make_sampler(WavelengthGrid(), (0.1, 10)).wavelength_micron[0]
    assert pivot == pytest.approx(np.sqrt(0.4 * 0.5), rel=1e-3)


def test_spectra_are_averaged_with_the_responses_of_the_folder(resources):
    """The configuration names the folder; the environment of the job does not matter."""
    wavelength = np.geomspace(0.3, 1.2, 5000)
    averages = band_averages(wavelength**2, wavelength, skirt_resources=resources)
    pivots = make_sampler(WavelengthGrid(), (0.1, 10)).wavelength_micron
    np.testing.assert_allclose(averages**0.5, pivots, rtol=1e-3)
    default = band_averages(wavelength**2, wavelength)
    np.testing.assert_allclose(default**0.5, [0.358, 0.470, 0.618, 0.750, 0.890], rtol=1e-3)


def test_spectra_come_from_the_folder(resources, tmp_path):
    """A particle and a region have the luminosity that the tables' formulas say."""
    table(tmp_path, "stars.txt", [0, 0, 0, 100, 1e6, 0.01, 3e8])
    table(tmp_path, "young.txt", [[0, 0, 0, 100, 2.0, 0.005, 5.2, 3e-12, 0.3]])
    instruments = [instrument("s", kind="SEDInstrument", grid=LOG_GRID)]
    expected = {
        "stars": lambda x: 1e6 * stellar_light(x, 0.01, 3e8),
        "young": lambda x: 2 * region_light(x, 0.005, 5.2, 3e-12, 0.3),
    }
    for name, luminosity in expected.items():
        path = ski(tmp_path, instruments, stars=name == "stars", young=name == "young")
        assert main(["-t", "1", "-i", str(tmp_path), "-o", str(tmp_path), str(path)]) == 0
        micron, flux = np.loadtxt(tmp_path / "galaxy_s_sed.dat")[:, :2].T
        metres = 1e-6 * micron
        per_metre = flux * 1e-26 * 299792458.0 / metres**2
        found = per_metre * 4 * np.pi * (1e7 * 3.0856775814913673e16) ** 2
        inside = (micron > 0.2) & (micron < 5)
        np.testing.assert_allclose(found[inside], luminosity(metres[inside]), rtol=2e-3)


def stored_populations(resources, scale):
    """Write a table in which neighbours differ as much as in SKIRT's; return its light and bands.

    From Z = 0.02 to 0.05 old populations lose half their u, and ages lose a quarter in a step.
    """
    (path,) = resources.rglob(STARS)
    wavelength = np.geomspace(1e-7, 1e-5, 200)
    z, t = np.array([0.02, 0.05]), np.array([1e9, 1.15e9])
    corners = np.array([[1.0, 0.8], [0.5, 0.4]])
    values = corners ** (0.5e-6 / wavelength[:, None, None])
    write_stab(path, {"lambda": wavelength, "Z": z, "t": t}, {"Llambda": values}, None, [scale])
    return wavelength, values


@pytest.mark.parametrize("scale", SCALES)
def test_stars_are_interpolated_at_each_wavelength_before_the_bands(resources, scale):
    """Halfway between metallicities and a third of the way between ages, within 0.005 mag."""
    wavelength, values = stored_populations(resources, scale)
    sampler = make_sampler(WavelengthGrid(), (0.1, 10))
    made = spectra_stored.stored_spectral_table(sampler, fine=False)
    z, age = np.sqrt(0.02 * 0.05), 1e9 * 1.15 ** (1 / 3)
    rows, weights = spectra.population_weights(
        ages_yr=made.ages_yr,
        metallicities=made.metallicities,
        mass_msun=np.ones(1),
        metallicity=np.array([z]),
        age_yr=np.array([age]),
    )
    found = weights[0] @ made.rows[rows[0]]
    parts = np.array([[2, 1], [2, 1]]) / 6
    if scale == "log":
        expected = np.exp((np.log(values) * parts).sum(axis=(1, 2)))
    else:
        expected = (values * parts).sum(axis=(1, 2))
    expected = sample(sampler, 1e10 * wavelength, expected[None], power_law=scale == "log")[0]
    np.testing.assert_allclose(-2.5 * np.log10(found / expected), 0, atol=0.005)


@pytest.mark.parametrize("grid", [WavelengthGrid(), WavelengthGrid(0.38, 0.95, 40)])
@pytest.mark.parametrize("power_law", [True, False])
def test_between_the_wavelengths_of_a_table(resources, grid, power_law):
    """One interval from 0.3 to 1.2 micron, over which light falls by 64."""
    x, y = np.array([3000.0, 12000.0]), np.array([[64.0, 1.0]])
    sampler = make_sampler(grid, (0.1, 10))
    made = sample(sampler, x, y, power_law=power_law)[0]
    fine = np.linspace(3000, 12000, 100000)
    light = (fine / 12000) ** -3 if power_law else np.interp(fine, x, y[0])
    np.testing.assert_allclose(made, sample(sampler, fine, light[None])[0], rtol=2e-3)


def test_images_with_dust_from_the_folder(resources, tmp_path):
    total, clear, scattered = dusty_image(tmp_path)
    assert (total < clear).all() and (scattered > 0).all()
    np.testing.assert_allclose(total / clear, total[0] / clear[0], rtol=0.02)  # grey dust
    assert "Spectra, bands and dust are those of" in (tmp_path / "galaxy_log.txt").read_text()


def dusty_image(folder):
    """Return the total, transparent and scattered light per band of a star, a region and dust."""
    table(folder, "stars.txt", [0, 0, -500, 300, 1e6, 0.02, 1e8])
    table(folder, "young.txt", [[0, 0, -500, 300, 2.0, 0.005, 5, 3e-12, 0.3]])
    table(folder, "gas.txt", [[0, 0, 0, 0.003, 0.02, 1e3], [0, 0, 9000, 0, 0.02, 1e3]])
    path = ski(folder, [instrument(grid=BAND_GRID)], young=True, dust=True)
    assert main(["-t", "1", "-i", str(folder), "-o", str(folder), str(path)]) == 0
    kinds = ("total", "transparent", "primaryscattered")
    return [fits.getdata(folder / f"galaxy_v_{kind}.fits").sum(axis=(1, 2)) for kind in kinds]


def test_without_a_table_of_the_dust_the_packaged_dust_serves(resources, tmp_path):
    packaged = dust.EXTINCTION_V_M2_KG
    assert dust.extinction_v_m2_kg() != packaged
    for path in resources.rglob(DUST):
        path.unlink()
    stab.locate.cache_clear()
    assert dust.extinction_v_m2_kg() == packaged
    total, clear, _ = dusty_image(tmp_path)
    assert (np.diff(total / clear) > 0).all()  # redder bands suffer less, unlike in grey dust
    log = (tmp_path / "galaxy_log.txt").read_text()
    assert f"those of {resources}; without {DUST}, dust is packaged" in log


def test_the_bands_of_the_folder_are_needed(resources):
    for path in resources.rglob(BANDS[2]):
        path.unlink()
    with pytest.raises(InputError, match=f"no {BANDS[2]} below"):
        make_sampler(WavelengthGrid(), (0.1, 10))
