"""The populations of the synthetic universe against those of the real TNG100-1."""

import csv

import numpy as np
import pytest

from umbra.universe.morphology import draw_morphology
from umbra.universe.relations import draw_properties, draw_stellar_masses


def read_table(path):
    with open(path) as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def population():
    # ten times the real sample, so that the comparison is limited by the reference alone
    rng = np.random.default_rng(1)
    masses = draw_stellar_masses(30000, rng)
    return draw_properties(log10_stellar_mass=masses, rng=rng)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("log10_mdm", "dm_mass_msun"),
        ("log10_sfr", "sfr_msun_yr"),
        ("log10_mgas", "gas_mass_msun"),
        ("r_half", "half_mass_radius_kpc"),
    ],
)
def test_medians_and_scatter_are_those_of_tng100(shared_reference, population, column, field):
    table = read_table(shared_reference / "tng100" / "relations.csv")
    wanted = np.stack([table[f"{column}_{p}"] for p in (16, 50, 84)], axis=1)
    if column == "r_half":
        wanted = np.log10(wanted)
    mass = np.log10(population.stellar_mass_msun)
    for row, low, high in zip(
        wanted, table["log10_mstar_lo"], table["log10_mstar_hi"], strict=True
    ):
        chosen = (mass >= low) & (mass < high)
        found = np.percentile(np.log10(getattr(population, field)[chosen]), [16, 50, 84])
        assert found[1] == pytest.approx(row[1], abs=0.1), (column, low)
        assert (found[2] - found[0]) / (row[2] - row[0]) == pytest.approx(1.0, abs=0.3), (
            column,
            low,
        )


def test_stellar_masses_follow_the_number_counts(shared_reference):
    table = read_table(shared_reference / "tng100" / "relations.csv")
    edges = np.append(table["log10_mstar_lo"], table["log10_mstar_hi"][-1])
    masses = draw_stellar_masses(2974, np.random.default_rng(5))
    counts, _ = np.histogram(masses, edges)
    assert counts == pytest.approx(table["n"], abs=2)
    assert masses.min() > 10.0 and masses.max() < 12.0


def test_every_drawn_galaxy_forms_enough_stars(population):
    assert population.sfr_msun_yr.min() >= 0.1


@pytest.mark.parametrize(("low", "high"), [(10.0, 10.3), (10.4, 10.7), (10.8, 11.0)])
def test_atomic_hydrogen_is_that_of_star_forming_galaxies(population, low, high):
    """Between 10^9.5 and 10^10.2 Msun (Diemer et al. 2019), less per stellar mass in large ones."""
    mass = np.log10(population.stellar_mass_msun)
    hi = np.log10(population.hi_mass_msun)
    chosen = (mass >= low) & (mass < high)
    assert 9.5 < np.median(hi[chosen]) < 10.2
    assert 0.2 < hi[chosen].std() < 0.35
    assert np.polyfit(mass, hi, 1)[0] < 0.6
    assert np.all(
        population.hi_mass_msun + population.molecular_mass_msun < population.gas_mass_msun
    )


def test_concentrations_are_those_of_tng100(shared_reference, population):
    table = read_table(shared_reference / "tng100" / "concentration.csv")
    mass = np.log10(population.m200_msun)
    for centre in (11.8, 12.0, 12.5, 13.0):
        chosen = np.abs(mass - centre) < 0.05
        found = np.log(population.concentration[chosen])
        wanted = np.interp(centre, table["log10_m200c"], table["c200c"])
        scatter = np.interp(centre, table["log10_m200c"], table["scatter_ln_c200c"])
        assert np.median(found) == pytest.approx(np.log(wanted), abs=0.15)
        assert found.std() == pytest.approx(scatter, rel=0.2)


def test_concentrated_haloes_hold_more_stars_at_their_mass(population):
    mass = np.log10(population.dm_mass_msun)
    chosen = np.abs(mass - 12.0) < 0.05
    stars = np.log10(population.stellar_mass_msun[chosen])
    c = np.log(population.concentration[chosen])
    # Matthee et al. 2017: positive, and far from one to one
    assert 0.1 < np.corrcoef(stars, c)[0, 1] < 0.6


def test_mass_within_two_half_mass_radii_is_that_of_tng100(shared_reference, population):
    table = read_table(shared_reference / "tng100" / "relations.csv")
    rng = np.random.default_rng(2)
    mass = np.log10(population.stellar_mass_msun)
    # far out, where the halo of stars is not yet cut by the extent of the universe
    for low, high, wanted in zip(
        table["log10_mstar_lo"],
        table["log10_mstar_hi"],
        table["mstar_2rhalf_over_mstar_50"],
        strict=True,
    ):
        chosen = np.flatnonzero((mass >= low) & (mass < high))[:60]
        found = []
        for index in chosen:
            one = population[index]
            shape = draw_morphology(properties=one, outer_kpc=400.0, rng=rng)
            found.append(shape.stellar_enclosed_fraction(2.0 * one.half_mass_radius_kpc))
        assert np.median(found) == pytest.approx(wanted, abs=0.08), low


def test_the_same_seed_gives_the_same_population():
    first, second = (
        draw_properties(log10_stellar_mass=np.full(5, 10.5), rng=np.random.default_rng(3))
        for _ in range(2)
    )
    assert np.array_equal(first.dm_mass_msun, second.dm_mass_msun)
    assert len(set(first.dm_mass_msun)) == 5
