"""Packaged star-forming regions against published numbers and SKIRT's images."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from engine_case import BANDS, instrument, ski
from umbra.skirt_engine import mappings, regions, spectra
from umbra.skirt_engine.cli import main
from umbra.skirt_engine.sampling import make_sampler
from umbra.skirt_engine.ski import WavelengthGrid

FIVE, TWO = len(mappings.REGION_METALLICITIES), 2
SOLAR = 3  # index of the metallicity 0.0122


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def rows(grid):
    """Return the sampler, and the populations and regions of the packaged table on a grid."""
    sampler = make_sampler(grid, (0.001, 100))
    table = spectra.packaged_spectral_table(sampler)
    stars, made = np.split(table.rows, [-FIVE * TWO])
    populations = stars.reshape(len(table.metallicities), len(table.ages_yr), -1)
    return sampler, table, populations, made.reshape(FIVE, TWO, -1)


def test_bands_are_those_of_mappings():
    *_, made = rows(WavelengthGrid())
    difference_mag = 2.5 * np.log10(made / mappings.BAND_LUMINOSITIES_W_M)
    np.testing.assert_allclose(difference_mag, 0, atol=0.001)


def test_what_the_level_stands_for(monkeypatch, tmp_path, capsys):
    """Without it, regions are MAPPINGS' where there are few metals, hence little dust.

    With more metals dust in the ionised gas takes more, and more of the blue light.
    """
    watt_per_m = 1e10 * spectra.LSUN_BC03_W
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(regions, "at_the_level_of_mappings", lambda _, shapes: shapes * watt_per_m)
    *_, made = rows(WavelengthGrid())
    factors = mappings.BAND_LUMINOSITIES_W_M / made
    with capsys.disabled():
        print("\nMAPPINGS over packaged regions, Z by u g r i z, f_PDR = 0, then 1")
        print(factors[:, 0].round(2), factors[:, 1].round(2), sep="\n")
    bare = factors[:, 0]
    np.testing.assert_allclose(bare[0], 1, atol=0.06)
    assert (bare < 1.03).all() and (bare > 0.6).all()
    assert (np.diff(bare[:, 0]) < 0).all()  # u
    assert (bare[2:, 0] < bare[2:, 4]).all()


# L_lambda [1e42 W/m] of MAPPINGS at Z = 0.0122, f_PDR = 0, from the file that mappings.py names,
# at wavelengths [micron] without strong lines.
ULTRAVIOLET = {
    0.13028: 12.309,
    0.14045: 9.7770,
    0.15045: 7.9602,
    0.16020: 7.4190,
    0.17048: 6.6153,
    0.18048: 5.9090,
    0.20017: 4.5812,
    0.22007: 3.6651,
    0.25113: 2.5025,
}


def test_ultraviolet_where_nothing_is_calibrated(capsys):
    sampler, *_, made = rows(WavelengthGrid(0.12, 0.3, 60))
    micron = np.array(list(ULTRAVIOLET))
    found = np.interp(micron, sampler.wavelength_micron, made[SOLAR, 0])
    ratio = found / (1e42 * np.array(list(ULTRAVIOLET.values())))
    with capsys.disabled():
        print(f"\nregions over MAPPINGS at {micron} micron: {ratio.round(2)}")
    np.testing.assert_allclose(ratio, 1, atol=0.22)


def test_between_metallicities_and_covering_factors_light_is_linear():
    z = mappings.REGION_METALLICITIES
    metallicity = np.array([np.sqrt(z[1] * z[2]), z[3], 1e-6, 0.08])
    covering = np.array([0.2, 0.5, 0, 1])
    at, weights = regions.region_weights(
        first_row=0, sfr_msun_yr=np.full(4, 2.0), metallicity=metallicity, f_pdr=covering
    )
    bare, covered = mappings.BAND_LUMINOSITIES_W_M.transpose(1, 0, 2)
    light = mappings.BAND_LUMINOSITIES_W_M.reshape(FIVE * TWO, -1)
    found = (weights[..., None] * light[at]).sum(axis=1)
    middle = 0.8 * (bare[1] + bare[2]) + 0.2 * (covered[1] + covered[2])
    np.testing.assert_allclose(found, [middle, bare[3] + covered[3], 2 * bare[0], 2 * covered[4]])


def test_a_photodissociation_region_absorbs():
    """More with more metals and at bluer wavelengths; its own gas adds 2 % where it has few."""
    sampler, *_, made = rows(WavelengthGrid(0.12, 0.95, 200))
    passed = made[:, 1] / made[:, 0]
    assert (passed > 0).all() and (passed < 1.02).all()
    assert (np.diff(passed, axis=0)[1:] < 0).all()
    optical = passed[SOLAR:, sampler.wavelength_micron > 0.3]
    assert (np.diff(optical[:, ::10], axis=1) > 0).all()


def test_regions_emit_less_than_their_stars():
    """All light of 10 Myr of stars, ionising light included, pays for it."""
    grid = WavelengthGrid(0.006, 90, 3000)
    sampler, table, populations, made = rows(grid)
    width = np.gradient(sampler.wavelength_micron)
    young = table.ages_yr <= 1e7
    age = np.append(0, table.ages_yr[young])
    bolometric = (populations[:, young] * width).sum(axis=2) / spectra.CHABRIER_PER_KROUPA
    stars = np.trapezoid(np.insert(bolometric, 0, bolometric[:, 0], axis=1), age, axis=1)
    log_z = np.log(mappings.REGION_METALLICITIES)
    paid = np.interp(log_z, np.log(table.metallicities), stars)
    emitted = (made * width).sum(axis=2)
    assert (emitted < paid[:, None]).all()
    assert (emitted[:, 0] > 0.4 * paid).all()
    assert (emitted[:, 1] < 1.01 * emitted[:, 0]).all()


def test_line_of_hydrogen_per_star_formation_rate():
    """H alpha of 1 Msun/yr without dust: 10^34.27 W (Murphy et al. 2011, ApJ 737, 67).

    [N II], in the same bins, adds a tenth to a half; dust inside the gas takes 10 to 40 %.
    """
    sampler, _, _, made = rows(WavelengthGrid(0.60, 0.72, 300))
    micron, light = sampler.wavelength_micron, made[SOLAR, 0]
    line = np.abs(micron - 0.6563) < 0.006
    width_m = 1e-6 * np.gradient(micron)
    found = ((light - np.median(light)) * width_m)[line].sum()
    assert found == pytest.approx(10**34.27, rel=0.6)


def components(folder, view):
    """Return the cubes without dust of all stars and of all regions in a folder's tables."""
    cubes = []
    for stars in (True, False):
        path = ski(folder, [view], stars=stars, young=not stars)
        assert main(["-t", "2", "-i", str(folder), "-o", str(folder), str(path)]) == 0
        cubes.append(fits.getdata(folder / "galaxy_v_total.fits").astype(float))
    return cubes


REFERENCES = {
    "skirt": ("stars.txt", "sfr.txt", "ext_xy_transparent.fits", (0, 0, 90), 40000),
    "skirt_clumpy": (
        "stars.txt.gz",
        "young_stars.txt.gz",
        "skirt_r0_transparent.fits.gz",
        (18, 40, 25),
        60000,
    ),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_light_of_regions_in_skirts_images(shared_reference, tmp_path, capsys, name):
    """SKIRT's image is fitted by the regions' and the stars', whose level may vary with radius.

    No number of these images entered the calibration. Their noise leaves 2 to 5 %.
    """
    stars, young, image, angles, field = REFERENCES[name]
    for source, target in ((stars, "stars.txt"), (young, "young.txt")):
        content = (shared_reference / name / source).read_bytes()
        unpacked = gzip.decompress(content) if source.endswith(".gz") else content
        (tmp_path / target).write_bytes(unpacked)
    view = instrument(angles=angles, field=field, pixels=128, components=False, grid=BANDS)
    old, regions_cube = components(tmp_path, view)
    theirs = fits.getdata(shared_reference / name / image).astype(float)
    y, x = np.indices(theirs.shape[1:]) - 63.5
    radius = np.hypot(x, y) / 40
    found = []
    for a, b, seen in zip(old, regions_cube, theirs, strict=True):
        bright = a + b > 1e-3 * (a + b).max()
        weight = 1 / np.sqrt((a + b)[bright])
        parts = [a, a * np.exp(-radius), a * np.exp(-3 * radius), b]
        model = np.stack([part[bright] * weight for part in parts], axis=1)
        found.append(np.linalg.lstsq(model, seen[bright] * weight)[0][-1])
    with capsys.disabled():
        print(f"\n{name}: regions in SKIRT's image over these, u g r i z {np.round(found, 3)}")
    np.testing.assert_allclose(found, 1, atol=0.12)
