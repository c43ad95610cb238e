"""Spectra and bands of the embedded engine against published numbers."""

import numpy as np
import pytest

from umbra.skirt_engine import dust, spectra
from umbra.skirt_engine.sampling import make_sampler, sample
from umbra.skirt_engine.ski import WavelengthGrid

EVERYTHING = (0.09, 100.0)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def test_pivot_wavelengths():
    """The survey's own average wavelengths (sdss.org, camera page), not pivots, but close."""
    sampler = make_sampler(WavelengthGrid(), EVERYTHING)
    np.testing.assert_allclose(
        sampler.wavelength_micron, [0.3551, 0.4686, 0.6166, 0.7480, 0.8932], rtol=0.012
    )


def test_flat_spectrum_has_its_own_ab_flux():
    """A source of constant F_nu has that F_nu in every band."""
    wavelength = np.geomspace(2000, 20000, 20000)
    sampler = make_sampler(WavelengthGrid(), EVERYTHING)
    mean = sample(sampler, wavelength, wavelength[None] ** -2.0)[0]
    np.testing.assert_allclose(mean * (1e4 * sampler.wavelength_micron) ** 2, 1, rtol=1e-3)


def test_log_bins_keep_the_integral_and_stop_at_the_sources():
    wavelength = np.linspace(1000, 20000, 3000)
    line = np.exp(-0.5 * ((wavelength - 6563) / 30) ** 2)
    sampler = make_sampler(WavelengthGrid(0.2, 1.5, 400), (0.25, 1.2))
    mean = sample(sampler, wavelength, np.stack([line, np.ones_like(line)]))
    assert np.trapezoid(line, wavelength) == pytest.approx(
        np.sum(mean[0] * 1e4 * np.gradient(sampler.wavelength_micron)), rel=1e-3
    )
    inside = (sampler.wavelength_micron > 0.251) & (sampler.wavelength_micron < 1.19)
    np.testing.assert_allclose(mean[1][inside], 1, rtol=1e-9)
    assert not mean[1][sampler.wavelength_micron < 0.249].any()


def test_interpolation_returns_the_nodes():
    ages = np.array([1e6, 1e7, 1e8])
    rows, weights = spectra.population_weights(
        ages_yr=ages,
        mass_msun=np.array([2.0, 3.0]),
        metallicity=np.array([0.008, 0.9]),
        age_yr=np.array([1e7, 1e12]),
    )
    dense = np.zeros((2, 6, 3))
    for star in range(2):
        np.add.at(dense[star].reshape(-1), rows[star], weights[star])
    assert dense[0, 3, 1] == pytest.approx(2)
    assert dense[1, 5, 2] == pytest.approx(3)
    np.testing.assert_allclose(dense.sum(axis=(1, 2)), [2, 3])


def test_imf_factor():
    """Light per mass formed, Chabrier 2003 to Kroupa 2001: massive stars per unit mass, 0.1-100."""
    mass = np.geomspace(0.1, 100, 100001)
    kroupa = np.where(mass < 0.5, mass**-1.3, 0.5 * mass**-2.3)
    low = np.exp(-(np.log10(mass / 0.08) ** 2) / (2 * 0.69**2)) / mass
    edge = np.exp(-(np.log10(1 / 0.08) ** 2) / (2 * 0.69**2))
    chabrier = np.where(mass < 1, low, edge * mass**-2.3)
    per_mass = [f[mass > 1][10] / np.trapezoid(f * mass, mass) for f in (chabrier, kroupa)]
    assert per_mass[0] / per_mass[1] == pytest.approx(spectra.CHABRIER_PER_KROUPA, rel=1e-3)


def test_shell_of_a_region_absorbs():
    table = spectra.packaged_spectral_table(make_sampler(WavelengthGrid(), EVERYTHING))
    regions = table.rows[-12:].reshape(6, 2, 5)
    covered = regions[:, 1] / regions[:, 0]
    assert ((covered > 0) & (covered < 1)).all()
    assert (np.diff(covered, axis=1) > 0).all()  # redder bands suffer less
    assert (np.diff(covered, axis=0) < 0).all()  # and metal-rich shells absorb more


def test_dust_mix_against_skirts(shared_reference, capsys):
    """Zubko's mix next to SKIRT's in the optical: extinction, albedo, mean cosine."""
    skirt = np.loadtxt(shared_reference / "skirt" / "zubko_optical_properties.dat")
    x = np.array([0.3557, 0.4702, 0.55, 0.6176, 0.7490, 0.8947])
    albedo, asymmetry = dust.albedo_and_asymmetry(x)
    ours = dust.EXTINCTION_V_M2_KG * dust.extinction_ratio(x), albedo, asymmetry
    theirs = [np.interp(x, skirt[:, 0], skirt[:, column]) for column in (4, 7, 8)]
    with capsys.disabled():
        for name, a, b in zip(("extinction", "albedo", "<cos>"), ours, theirs, strict=True):
            print(f"\n{name}: ours / SKIRT - 1 = {(a / b - 1).round(4)}", end="")
        print()
    np.testing.assert_allclose(ours[0], theirs[0], rtol=0.02)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=0.035)
    np.testing.assert_allclose(ours[2], theirs[2], rtol=0.02)


def test_a_broken_cache_is_made_again(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    sampler = make_sampler(WavelengthGrid(), EVERYTHING)
    first = spectra.packaged_spectral_table(sampler)
    (cached,) = (tmp_path / "umbra").iterdir()
    cached.write_bytes(cached.read_bytes()[:100])
    second = spectra.packaged_spectral_table(sampler)
    np.testing.assert_array_equal(first.rows, second.rows)
    third = spectra.packaged_spectral_table(sampler)
    np.testing.assert_array_equal(first.rows, third.rows)
