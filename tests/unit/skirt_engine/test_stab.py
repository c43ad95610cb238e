"""SKIRT's own tables in place of the packaged ones."""

import struct

import numpy as np
import pytest
from astropy.io import fits

from engine_case import LOG_GRID, instrument, ski, table
from umbra.errors import InputError
from umbra.photometry.sdss import band_averages
from umbra.skirt_engine import RESOURCES_VARIABLE, dust, stab
from umbra.skirt_engine.cli import main
from umbra.skirt_engine.sampling import make_sampler
from umbra.skirt_engine.ski import WavelengthGrid


def write_stab(path, axes, quantities, scales=None):
    """Write a stored table item by item; `axes` and `quantities` map names to arrays."""
    scales = scales or ["log"] * len(axes)
    texts = lambda values: b"".join(f"{one:<8}".encode("ascii") for one in values)  # noqa: E731
    with open(path, "wb") as file:
        file.write(b"SKIRT X\n" + struct.pack("<QQ", 0x010203040A0BFEFF, len(axes)))
        file.write(texts(axes) + texts(["1"] * len(axes)) + texts(scales))
        for grid in axes.values():
            file.write(struct.pack("<Q", len(grid)) + np.asarray(grid, "<f8").tobytes())
        file.write(struct.pack("<Q", len(quantities)))
        file.write(texts(quantities) + texts(["1"] * len(quantities)))
        file.write(texts(["log"] * len(quantities)))
        for point in np.ndindex(*[len(grid) for grid in axes.values()][::-1]):
            for values in quantities.values():
                file.write(struct.pack("<d", values[point[::-1]]))
        file.write(b"STABEND\n")


@pytest.fixture
def resources(tmp_path, monkeypatch):
    """Make a resource folder with simple spectra and dust; return it."""
    top = tmp_path / "resources"
    folder = top / "SKIRT9_Resources_Core" / "deep"
    folder.mkdir(parents=True)
    wavelength = np.geomspace(1e-7, 1e-5, 200)
    ages, metals = np.array([0.0, 1e6, 1e8, 1e10]), np.array([1e-4, 0.004, 0.02, 0.05])
    # L_lambda = 1e30 (lambda / micron)^-1 (t / Gyr)^-0.5 Z
    shape = (1e6 * wavelength[:, None, None]) ** -1.0
    light = 1e30 * shape * np.maximum(ages[None, None] / 1e9, 1e-9) ** -0.5 * metals[None, :, None]
    write_stab(
        folder / "BruzualCharlotSEDFamily_Chabrier_lr.stab",
        {"lambda": wavelength, "Z": metals, "t": ages},
        {"Llambda": light},
    )
    grids = [np.array([0.001, 0.02]), np.array([4.0, 6.0]), np.array([1e-13, 1e-11])]
    grids.append(np.array([0.0, 1.0]))
    z, c, p, f = np.meshgrid(*grids, indexing="ij")
    regions = (z / 0.02) ** 0.5 * 10 ** (0.1 * (c - 5)) * (p / 1e-12) ** 0.2 * np.exp(-f)
    write_stab(
        folder / "MappingsSEDFamily.stab",
        {"lambda": wavelength, **dict(zip(("Z", "logC", "P", "fPDR"), grids, strict=True))},
        {"Llambda": 1e33 * (1e6 * wavelength[:, None, None, None, None]) ** -2.0 * regions},
        ["log", "log", "lin", "log", "lin"],
    )
    write_stab(
        folder / "MeanZubkoOpticalProps.stab",
        {"lambda": np.array([1e-8, 1e-4])},
        {
            "sigmaabs": np.full(2, 4e-26),
            "sigmasca": np.full(2, 1e-26),
            "g": np.full(2, 0.25),
            "mu": np.full(2, 1e-29),
        },
    )
    for k, band in enumerate("UGRIZ"):
        x = np.linspace(0.4, 0.5, 11) * 1e-6 + 1e-7 * k
        write_stab(
            folder / f"SLOAN_SDSS_{band}_BroadBand.stab", {"lambda": x}, {"T": np.ones(11)}, ["lin"]
        )
    monkeypatch.setenv(RESOURCES_VARIABLE, str(top))
    return top


def test_a_table_is_read_back(tmp_path):
    axes = {"lambda": np.array([1.0, 2, 3]), "a": np.array([5.0, 6])}
    values = np.arange(6.0).reshape(3, 2)
    write_stab(tmp_path / "x.stab", axes, {"p": values, "q": -values}, ["log", "lin"])
    found = stab.read_stab(tmp_path / "x.stab")
    assert found.logarithmic == (True, False)
    assert list(found.axes) == ["lambda", "a"]
    np.testing.assert_array_equal(found.axes["a"], axes["a"])
    np.testing.assert_array_equal(found.quantities["p"], values)
    np.testing.assert_array_equal(found.quantities["q"], -values)


def test_power_laws_are_interpolated_exactly(tmp_path):
    x, a, b = np.array([1.0, 10.0]), np.array([1.0, 100.0]), np.array([0.0, 2.0])
    values = x[:, None, None] * a[None, :, None] ** 1.5 * np.exp(b[None, None, :])
    write_stab(tmp_path / "x.stab", {"x": x, "a": a, "b": b}, {"q": values}, ["log", "log", "lin"])
    made = stab.interpolate(
        stab.read_stab(tmp_path / "x.stab"), "q", {"a": np.array([7.0]), "b": np.array([0.3])}
    )
    np.testing.assert_allclose(made, [x * 7**1.5 * np.exp(0.3)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"FITS" + data, "is not a stored table"),
        (lambda data: data[:-16], "truncated"),
        (lambda data: data[:-8] + b"12345678", "does not end"),
    ],
)
def test_a_broken_table_is_named(tmp_path, change, message):
    path = tmp_path / "x.stab"
    write_stab(path, {"x": np.array([1.0, 2.0])}, {"q": np.array([1.0, 2.0])})
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=message) as error:
        stab.read_stab(path)
    assert "x.stab" in str(error.value)


def test_a_wrong_folder_and_a_missing_table_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(InputError, match="none is not a folder; UMBRA_SKIRT_RESOURCES"):
        stab.folder()
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match="no MeanZubkoOpticalProps.stab below"):
        dust.extinction_ratio(np.array([0.5]))


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
    table(tmp_path, "stars.txt", [0, 0, 0, 100, 1e6, 0.02, 1e8])
    table(tmp_path, "young.txt", [[0, 0, 0, 100, 2.0, 0.005, 5, 3e-12, 0.3]])
    instruments = [instrument("s", kind="SEDInstrument", grid=LOG_GRID)]
    expected = {
        "stars": lambda x: 1e6 * 1e30 * x**-1 * 0.1**-0.5 * 0.02,
        "young": lambda x: 2 * 1e33 * x**-2 * 0.25**0.5 * 3**0.2 * np.exp(-0.3),
    }
    for name, luminosity in expected.items():
        path = ski(tmp_path, instruments, stars=name == "stars", young=name == "young")
        assert main(["-t", "1", "-i", str(tmp_path), "-o", str(tmp_path), str(path)]) == 0
        micron, flux = np.loadtxt(tmp_path / "galaxy_s_sed.dat")[:, :2].T
        metres = 1e-6 * micron
        per_metre = flux * 1e-26 * 299792458.0 / metres**2
        found = per_metre * 4 * np.pi * (1e7 * 3.0856775814913673e16) ** 2
        inside = (micron > 0.2) & (micron < 5)
        np.testing.assert_allclose(found[inside], luminosity(micron[inside]), rtol=2e-3)


def test_images_with_dust_from_the_folder(resources, tmp_path):
    table(tmp_path, "stars.txt", [0, 0, -500, 300, 1e6, 0.02, 1e8])
    table(tmp_path, "young.txt", [[0, 0, -500, 300, 2.0, 0.005, 5, 3e-12, 0.3]])
    table(tmp_path, "gas.txt", [[0, 0, 0, 0.003, 0.02, 1e3], [0, 0, 9000, 0, 0.02, 1e3]])
    path = ski(tmp_path, [instrument()], young=True, dust=True)
    assert main(["-t", "1", "-i", str(tmp_path), "-o", str(tmp_path), str(path)]) == 0
    total, clear, scattered = (
        fits.getdata(tmp_path / f"galaxy_v_{kind}.fits").sum(axis=(1, 2))
        for kind in ("total", "transparent", "primaryscattered")
    )
    assert (total < clear).all() and (scattered > 0).all()
    np.testing.assert_allclose(total / clear, total[0] / clear[0], rtol=0.02)  # grey dust
