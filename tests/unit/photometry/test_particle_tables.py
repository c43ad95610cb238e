"""SKIRT's tables of stars and gas: their units, and the masses that they conserve."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import ski_case
from ski_case import read_ski, read_skirt_table, write
from umbra.photometry.particle_tables import smoothing_length, star_tables, write_skirt_table

PARTICLE = ["x-coordinate (pc)", "y-coordinate (pc)", "z-coordinate (pc)", "smoothing length (pc)"]


@pytest.fixture
def galaxy():
    return ski_case.galaxy()


def test_stars_table(galaxy, tmp_path):
    names, rows = read_skirt_table(write(galaxy, tmp_path) / "stars.txt")
    assert names == [*PARTICLE, "initial mass (Msun)", "metallicity (1)", "age (yr)"]
    stars = galaxy.stars
    np.testing.assert_allclose(rows[:, :3], 1e3 * stars.position_kpc[20:], rtol=1e-6)
    np.testing.assert_allclose(
        rows[:, 4:],
        np.column_stack([stars.initial_mass_msun, stars.metallicity, stars.age_yr])[20:],
        rtol=1e-6,
    )
    neighbours = np.sort(cdist(stars.position_kpc, stars.position_kpc), axis=1)
    np.testing.assert_allclose(rows[:, 3], 1e3 * neighbours[20:, 32], rtol=1e-6)


def test_young_stars_table(galaxy, tmp_path):
    names, rows = read_skirt_table(write(galaxy, tmp_path) / "young_stars.txt")
    assert names == [
        *PARTICLE,
        "star formation rate (Msun/yr)",
        "metallicity (1)",
        "logC compactness (1)",
        "ISM pressure (Pa)",
        "PDR covering factor (1)",
    ]
    # 1e5 K/cm3 times k, as in the reference ski's table
    np.testing.assert_allclose(rows[:, 6:], np.tile([5, 1.380649e-12, 0.2], (20, 1)), rtol=1e-6)
    stars = galaxy.stars
    np.testing.assert_allclose(rows[:, 5], stars.metallicity[:20], rtol=1e-6)


@pytest.mark.parametrize("crowding", [1.0, 0.05])
def test_a_star_forming_region_is_no_wider_than_a_complex(galaxy, crowding):
    stars = replace(galaxy.stars, position_kpc=crowding * galaxy.stars.position_kpc)
    neighbours = np.sort(cdist(stars.position_kpc, stars.position_kpc), axis=1)
    _, regions = star_tables(stars)
    assert regions[:, 3] == pytest.approx(np.minimum(1e3 * neighbours[:20, 32], 800.0))


def test_all_mass_that_formed_is_in_one_table_or_the_other(galaxy, tmp_path):
    folder = write(galaxy, tmp_path)
    old_msun = read_skirt_table(folder / "stars.txt")[1][:, 4].sum()
    young_msun = 1e7 * read_skirt_table(folder / "young_stars.txt")[1][:, 4].sum()
    initial_mass_msun = galaxy.stars.initial_mass_msun
    assert old_msun + young_msun == pytest.approx(initial_mass_msun.sum(), rel=1e-7)
    assert young_msun == pytest.approx(initial_mass_msun[galaxy.stars.age_yr < 1e7].sum(), rel=1e-7)


def test_gas_table_keeps_every_cell_and_the_dust_mass(galaxy, tmp_path):
    names, rows = read_skirt_table(write(galaxy, tmp_path) / "gas.txt")
    assert names == [
        *PARTICLE[:3],
        "gas mass density (Msun/pc3)",
        "metallicity (1)",
        "temperature (K)",
    ]
    gas = galaxy.gas
    np.testing.assert_allclose(rows[:, :3], 1e3 * gas.position_kpc, rtol=1e-6)
    assert np.all(rows[100:, 3] == 0) and np.all(rows[:100, 3] > 0)
    # No cell with dust may be hotter than where SKIRT drops it.
    limit_k = read_ski(tmp_path).find(".//VoronoiMeshMedium").get("maxTemperature")
    assert rows[:100, 5].max() < float(limit_k.split()[0])
    np.testing.assert_allclose(rows[100:, 5], gas.temperature_k[100:], rtol=1e-6)
    dust_msun = 0.3 * np.sum(rows[:, 3] * rows[:, 4] * 1e9 * gas.volume_kpc3)
    metals_msun = np.sum((gas.mass_msun * gas.metallicity)[:100])
    assert dust_msun == pytest.approx(0.3 * metals_msun, rel=1e-6)


def test_smoothing_of_few_particles_reaches_the_farthest():
    line = np.column_stack([np.arange(5.0), np.zeros(5), np.zeros(5)])
    np.testing.assert_array_equal(smoothing_length(line), [4, 3, 2, 3, 4])
    assert smoothing_length(line[:1]).tolist() == [0]
    assert smoothing_length(line[:0]).shape == (0,)


def test_long_tables_lose_no_row(tmp_path):
    rows = np.random.default_rng(0).normal(size=(10_001, 3)) * 10.0 ** np.arange(-10, 11, 10)
    write_skirt_table(tmp_path / "table.txt", "three columns", ["a (1)", "b (1)", "c (1)"], rows)
    np.testing.assert_allclose(read_skirt_table(tmp_path / "table.txt")[1], rows, rtol=1e-7)
