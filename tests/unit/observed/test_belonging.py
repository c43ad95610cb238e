"""Distances from the training's galaxies, and how rare they are."""

import numpy as np
import pytest
from scipy.stats import kstest

from umbra.observed.belonging import (
    Neighbours,
    Ranking,
    distance_from_others,
    percentile,
    statistic_distance,
    statistic_points,
)


def test_distance_is_that_of_the_nearest_images_in_units_of_the_spread():
    grid = np.stack(np.meshgrid(np.arange(40.0), 100 * np.arange(40.0)), -1).reshape(-1, 2)
    spread = np.arange(40).std()
    inside = Neighbours(grid).log10_distance(np.array([[20.0, 2000.0]]))
    # itself and the four beside it
    assert 10 ** inside[0] == pytest.approx(0.8 / spread / np.sqrt(2))
    far = Neighbours(grid).log10_distance(np.array([[20.0, 3900.0 + 100 * 1000]]))
    assert 10 ** far[0] == pytest.approx(1000 / spread / np.sqrt(2), rel=1e-3)


def test_what_never_differs_does_not_decide_and_a_least_spread_forgives():
    points = np.random.default_rng(1).normal(size=(300, 12))
    points[:, 0] = 1.0
    new = points[:1] + 0.1
    new[:, 0] = 1.0
    same = Neighbours(points).log10_distance(new)[0]
    new[:, 0] = 1.05
    assert Neighbours(points).log10_distance(new)[0] > same + 0.3
    forgiving = Neighbours(points, least_spread=0.1).log10_distance(new)[0]
    assert forgiving == pytest.approx(same, abs=0.1)


@pytest.mark.parametrize("galaxies", [12, 80])
def test_one_in_two_hundred_galaxies_like_those_of_the_training_is_flagged(galaxies):
    """However few the validation galaxies are, whose distances have a spread of their own."""
    rng, trials, flagged = np.random.default_rng(galaxies), 400, []
    for _ in range(trials):
        own = rng.normal(0.1, 0.08, galaxies)
        ranking = Ranking.among(own.repeat(3), np.arange(galaxies).repeat(3))
        flagged.append(percentile(ranking.beyond(rng.normal(0.1, 0.08, 500))) > 99.5)
    assert np.mean(flagged) == pytest.approx(0.005, rel=0.2)


def test_percentile_of_two_distances_is_even_and_rises_with_the_larger():
    rng = np.random.default_rng(3)
    found = percentile(*rng.uniform(size=(2, 5000)))
    assert kstest(found / 100, "uniform").pvalue > 0.01
    low, high = percentile(np.array([0.5, 0.5]), np.array([0.4, 0.001]))
    assert low < 50 and high > 99.5


def test_a_galaxy_counts_once_however_many_its_images():
    values = np.array([0.0, 1.0, 2.0])
    once = Ranking.among(values, np.array([1, 2, 3]))
    often = Ranking.among(np.repeat(values, [1, 5, 2]), np.repeat([1, 2, 3], [1, 5, 2]))
    assert (often.mean, often.galaxies) == (pytest.approx(once.mean), 3)
    assert often.spread == pytest.approx(once.spread) == pytest.approx(1.0)


def test_statistics_that_are_missing_are_known_as_missing():
    distance = np.array([10.0])
    points = statistic_points(np.array([[100.0, np.nan]]), distance, np.array([1.0, 3.0]))
    np.testing.assert_allclose(points, [[2.0, 3.0, 1.0, 0.0, 1.0]])


def galaxies_of_a_kind(number, rng, *, nearer=1.0):
    """Return points of galaxies that differ in luminosity and size, which go together.

    The distance that is stated for them is `nearer` times as large as their own.
    """
    luminosity, distance = rng.normal(9.5, 0.5, number), rng.uniform(10, 20, number)
    size = 0.4 * luminosity + rng.normal(0, 0.1, number)
    statistics = np.stack([luminosity - 2 * np.log10(distance), size - np.log10(distance)], axis=1)
    return statistic_points(10**statistics, nearer * distance, np.zeros(2))


def test_galaxies_of_the_same_kind_are_flagged_as_often_as_stated():
    """Each known galaxy is compared with the others, since it is at no distance from itself."""
    rng, flagged = np.random.default_rng(5), []
    for _ in range(30):
        known = galaxies_of_a_kind(48, rng)
        images, galaxy = known.repeat(2, axis=0), np.arange(48).repeat(2)
        ranking = Ranking.among(distance_from_others(images, galaxy), galaxy)
        distance = statistic_distance(images, galaxies_of_a_kind(300, rng))
        flagged.append(100 * (1 - ranking.beyond(distance)) > 99.5)
    assert 0.001 < np.mean(flagged) < 0.03  # the tail is not quite that of a normal distribution


def test_a_galaxy_may_be_too_faint_for_its_distance():
    rng = np.random.default_rng(6)
    known = galaxies_of_a_kind(60, rng)
    ranking = Ranking.among(distance_from_others(known, np.arange(60)), np.arange(60))
    rates = {
        nearer: np.mean(
            ranking.beyond(statistic_distance(known, galaxies_of_a_kind(300, rng, nearer=nearer)))
            < 0.005
        )
        for nearer in (1.0, 5.0)
    }
    assert rates[1.0] < 0.03 and rates[5.0] > 0.9, rates
