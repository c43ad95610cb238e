"""The populations of the synthetic universe against those of the real TNG100-1."""

import numpy as np
import pandas as pd
import pytest

from umbra.universe.morphology import draw_morphology
from umbra.universe.plan import plan_groups
from umbra.universe.relations import draw_properties, draw_stellar_masses


@pytest.fixture(scope="module")
def relations(shared_reference):
    """Relations of the galaxies of TNG100-1 that pass the cuts, in physical units."""
    return pd.read_csv(shared_reference / "tng100" / "relations.csv", comment="#")


@pytest.fixture(scope="module")
def population():
    # ten times the real sample, so that the comparison is limited by the reference alone
    rng = np.random.default_rng(1)
    masses = draw_stellar_masses(30000, rng)
    return draw_properties(log10_stellar_mass=masses, rng=rng)


@pytest.mark.parametrize(
    ("column", "field", "scatter"),
    [
        ("log10_mdm", "dm_mass_msun", 0.1),
        ("log10_sfr", "sfr_msun_yr", 0.15),  # the lowest rates are moved above the cut
        ("log10_mgas", "gas_mass_msun", 0.1),
        ("r_half", "half_mass_radius_kpc", 0.1),
    ],
)
def test_medians_and_scatter_are_those_of_tng100(relations, population, column, field, scatter):
    mass = np.log10(population.stellar_mass_msun)
    for _, row in relations.iterrows():
        low, median, high = (row[f"{column}_{percent}"] for percent in (16, 50, 84))
        if column == "r_half":
            low, median, high = np.log10([low, median, high])
        chosen = (mass >= row["log10_mstar_lo"]) & (mass < row["log10_mstar_hi"])
        values = np.log10(getattr(population, field)[chosen])
        found = np.percentile(values, [16, 50, 84])
        # three standard errors of a median, and a little: far less than log10(1/h) = 0.17
        error = 3 * 1.25 * 0.5 * (high - low) / np.sqrt(chosen.sum())
        bin_name = (column, row["log10_mstar_lo"])
        assert found[1] == pytest.approx(median, abs=0.01 + error), bin_name
        assert (found[2] - found[0]) / (high - low) == pytest.approx(1.0, abs=scatter), bin_name


def test_stellar_masses_follow_the_number_counts(relations):
    edges = np.append(relations["log10_mstar_lo"], relations["log10_mstar_hi"].iloc[-1])
    masses = draw_stellar_masses(2974, np.random.default_rng(5))
    counts, _ = np.histogram(masses, edges)
    # the draw is systematic: a count is off by one where a slice lies across the edge of a bin
    assert counts == pytest.approx(relations["n"], abs=1)
    assert masses.min() > 10.0 and masses.max() < 12.0
    # the same counts in the masses of the galaxies that become particles
    plans = plan_groups(seed=1, galaxies=297, extent_kpc=150.0)[:297]
    planned = np.log10([plan.properties.stellar_mass_msun for plan in plans])
    counts, _ = np.histogram(planned, edges)
    assert counts == pytest.approx(relations["n"] * 297 / 2974, abs=1.5)


def test_stellar_masses_of_haloes_are_those_of_abundance_matching(population):
    """Moster, Naab & White 2013, MNRAS 428, 3121, equation 2 and table 1, z = 0 [Msun]."""
    halo = np.log10(population.m200_msun)
    stars = np.log10(population.stellar_mass_msun)
    differences = []
    for mass in (12.0, 12.1, 12.2):
        x = 10 ** (mass - 11.590)
        published = mass + np.log10(2 * 0.0351 / (x**-1.376 + x**0.608))
        differences.append(np.median(stars[np.abs(halo - mass) < 0.05]) - published)
    # a factor h in either mass would move the mean by 0.17 dex or more
    assert np.mean(differences) == pytest.approx(0.0, abs=0.08)


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
    table = pd.read_csv(shared_reference / "tng100" / "concentration.csv", comment="#")
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


def test_mass_within_two_half_mass_radii_is_that_of_tng100(relations, population):
    rng = np.random.default_rng(2)
    mass = np.log10(population.stellar_mass_msun)
    # far out, where the halo of stars is not yet cut by the extent of the universe
    for low, high, wanted in zip(
        relations["log10_mstar_lo"],
        relations["log10_mstar_hi"],
        relations["mstar_2rhalf_over_mstar_50"],
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
