"""The properties that are drawn, before there are particles (`test_population.py` has those)."""

import numpy as np
import pytest

import tng100
from umbra.universe.plan import plan_groups
from umbra.universe.relations import draw_properties, draw_stellar_masses


@pytest.fixture(scope="module")
def relations():
    """Relations of the galaxies of TNG100-1 that pass the cuts, in physical units."""
    return tng100.relations()


@pytest.fixture(scope="module")
def population():
    # ten times the real sample, so that the comparison is limited by the reference alone
    rng = np.random.default_rng(1)
    masses = draw_stellar_masses(30000, rng)
    return draw_properties(log10_stellar_mass=masses, rng=rng)


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


def test_cold_gas_is_part_of_all_gas(population):
    cold = population.hi_mass_msun + population.molecular_mass_msun
    assert np.all(cold < population.gas_mass_msun)


def test_concentrated_haloes_hold_more_stars_at_their_mass(population):
    mass = np.log10(population.dm_mass_msun)
    chosen = np.abs(mass - 12.0) < 0.05
    stars = np.log10(population.stellar_mass_msun[chosen])
    c = np.log(population.concentration[chosen])
    # Matthee et al. 2017: positive, and far from one to one
    assert 0.1 < np.corrcoef(stars, c)[0, 1] < 0.6


def test_the_same_seed_gives_the_same_population():
    first, second = (
        draw_properties(log10_stellar_mass=np.full(5, 10.5), rng=np.random.default_rng(3))
        for _ in range(2)
    )
    assert np.array_equal(first.dm_mass_msun, second.dm_mass_msun)
    assert len(set(first.dm_mass_msun)) == 5
