"""Spectra and bands of the embedded engine against published numbers."""

import numpy as np
import pytest
from astropy import units as u

from umbra.skirt_engine import dust, regions, spectra
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


# Published SDSS magnitudes of the 2003 edition of the populations, Chabrier IMF, 1 Msun formed, at
# 10 pc: Z, log age, g, u-g, g-r, g-i, g-z (Bruzual and Charlot 2003, bc2003_lr_m*_chab_ssp.1ABmag).
EDITION_2003 = """
0.008   7.602060   1.9436   0.4103  -0.0695  -0.0801  -0.0370
0.008   8.506547   3.4509   1.0133   0.1055   0.1553   0.2226
0.008   9.006547   4.5585   1.2565   0.3587   0.5042   0.6142
0.008   9.602060   6.2241   1.4123   0.6263   0.9088   1.1376
0.008  10.000000   7.0129   1.5685   0.7224   1.0674   1.3583
0.02    7.477121   1.9129   0.2709  -0.0223   0.0711   0.2262
0.02    8.506547   3.5881   1.1347   0.1246   0.1805   0.2557
0.02    9.006547   4.7810   1.3908   0.4527   0.6234   0.7609
0.02    9.602060   6.4390   1.6109   0.7306   1.0332   1.3294
0.02    9.929419   7.1717   1.7559   0.8096   1.1463   1.4818
0.05    8.506547   3.7978   1.2374   0.1675   0.2442   0.3600
0.05    9.006547   5.1204   1.5184   0.5836   0.7843   0.9843
0.05    9.602060   6.8031   1.9129   0.8779   1.2375   1.6200
0.05   10.000000   7.7833   2.1272   0.9608   1.3522   1.7721
"""


def test_populations_next_to_the_2003_edition(capsys):
    """SKIRT has the edition of 2003, the package that of 2016, which has other stellar spectra."""
    published = np.array(EDITION_2003.split(), dtype=float).reshape(-1, 7)
    metallicity, log_age, g = published[:, :3].T
    theirs = g[:, None] + np.insert(-published[:, 4:], 0, [published[:, 3], 0 * g], axis=1)
    sampler = make_sampler(WavelengthGrid(), EVERYTHING)
    table = spectra.packaged_spectral_table(sampler)
    rows, weights = spectra.population_weights(
        ages_yr=table.ages_yr,
        mass_msun=np.ones(len(g)),
        metallicity=metallicity,
        age_yr=10**log_age,
    )
    per_m = (weights[..., None] * table.rows[rows]).sum(axis=1) * u.W / u.m
    pivot = sampler.wavelength_micron * u.micron
    density = (per_m / (4 * np.pi * (10 * u.pc) ** 2)).to(u.ABmag, u.spectral_density(pivot))
    difference = density.value - theirs
    with capsys.disabled():
        print("\n2016 minus 2003 edition: Z, log age, u g r i z [mag]")
        print(np.column_stack([metallicity, log_age, difference]).round(3))
    assert (np.abs(difference) < 0.12).all()
    old = log_age > 9
    assert (difference[old, 4] > 0.02).all()  # z is fainter: the edition, not this engine
    assert np.abs(np.median(difference, axis=0)).max() < 0.06


# Parts of the spectrum between the ends of the stellar libraries [micron].
PARTS = {"ultraviolet": (0.29, 0.37), "MILES, blue": (0.38, 0.55), "MILES, red": (0.55, 0.70)}
PARTS |= {"near infrared": (0.75, 0.90), "beyond 0.95": (0.95, 1.10)}


def test_spectrum_of_the_reference_galaxy_in_parts(shared_reference, capsys):
    """All light of SKIRT's galaxy without dust, next to the sum of the particles' spectra."""
    folder = shared_reference / "skirt"
    micron, _, clear = np.loadtxt(folder / "ext_xy_sed.dat")[:, :3].T
    sampler = make_sampler(WavelengthGrid(0.28, 1.2, 200), (0.28, 1.2))
    table = spectra.packaged_spectral_table(sampler)
    *_, mass, metallicity, age = np.loadtxt(folder / "stars.txt").T
    stars = spectra.population_weights(
        ages_yr=table.ages_yr, mass_msun=mass, metallicity=metallicity, age_yr=age
    )
    _, _, _, _, rate, metallicity, _, _, f_pdr = np.loadtxt(folder / "sfr.txt").T
    first = len(table.metallicities) * len(table.ages_yr)
    young = regions.region_weights(
        first_row=first, sfr_msun_yr=rate, metallicity=metallicity, f_pdr=f_pdr
    )
    light = sum(np.einsum("nk,nkb->b", w, table.rows[rows]) for rows, w in (stars, young))
    density = light * u.W / u.m / (4 * np.pi * (10 * u.Mpc) ** 2)
    made = density.to(u.Jy, u.spectral_density(micron * u.micron)).value
    fainter = -2.5 * np.log10(made / clear)
    parts = {
        name: np.median(fainter[(micron > low) & (micron < high)])
        for name, (low, high) in PARTS.items()
    }
    with capsys.disabled():
        print("\nfainter than SKIRT's spectrum by", {k: f"{v:.3f}" for k, v in parts.items()})
    assert max(abs(value) for value in parts.values()) < 0.06
    assert parts["MILES, blue"] < 0 < parts["ultraviolet"]  # the libraries meet at 0.36 micron


@pytest.mark.parametrize("stars", ["skirt/stars.txt", "skirt_clumpy/stars.txt.gz"])
def test_logarithms_would_matter_little(shared_reference, capsys, stars):
    """SKIRT interpolates the logarithm of the light between populations, the packaged table not."""
    *_, mass, metallicity, age = np.loadtxt(shared_reference / stars).T
    table = spectra.packaged_spectral_table(make_sampler(WavelengthGrid(), EVERYTHING))
    rows, weights = spectra.population_weights(
        ages_yr=table.ages_yr, mass_msun=mass, metallicity=metallicity, age_yr=age
    )
    linear = np.einsum("nk,nkb->b", weights, table.rows[rows])
    shares, logarithms = weights / mass[:, None], np.log(table.rows[rows])
    logarithmic = mass @ np.exp(np.einsum("nk,nkb->nb", shares, logarithms))
    fainter = -2.5 * np.log10(logarithmic / linear)
    with capsys.disabled():
        print(f"\n{stars}: with logarithms fainter by {fainter.round(4)} mag")
    assert (fainter > 0).all() and (fainter < 0.01).all()


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
