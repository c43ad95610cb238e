"""Which galaxies the figures show."""

import numpy as np
import pytest

from umbra.dataset.examples import choose_examples, choose_over_masses
from umbra.errors import InputError

SAMPLE = range(0, 200, 7)


def test_named_galaxies_are_shown_in_the_order_of_their_naming():
    assert choose_examples(wanted=[14, 7], sample=SAMPLE, seed=1) == [14, 7]


def test_a_galaxy_outside_the_sample_is_named_with_its_key():
    with pytest.raises(InputError, match=r"figures\.example_galaxies names 3, 5, not among"):
        choose_examples(wanted=[3, 7, 5], sample=SAMPLE, seed=1)


def test_a_draw_depends_on_the_seed_and_not_on_the_order_of_the_sample():
    drawn = choose_examples(wanted=3, sample=SAMPLE, seed=1)
    assert len(set(drawn)) == 3 and set(drawn) <= set(SAMPLE)
    assert choose_examples(wanted=3, sample=reversed(SAMPLE), seed=1) == drawn
    others = [choose_examples(wanted=3, sample=SAMPLE, seed=seed) for seed in range(2, 8)]
    assert any(other != drawn for other in others)


def test_a_larger_draw_keeps_the_smaller_one_and_another_galaxy_moves_nobody():
    drawn = choose_examples(wanted=3, sample=SAMPLE, seed=1)
    assert choose_examples(wanted=5, sample=SAMPLE, seed=1)[:3] == drawn
    without = [galaxy for galaxy in SAMPLE if galaxy != drawn[1]]
    assert choose_examples(wanted=2, sample=without, seed=1) == [drawn[0], drawn[2]]


def test_a_small_sample_is_shown_whole():
    assert sorted(choose_examples(wanted=9, sample=[4, 1], seed=1)) == [1, 4]


def over_masses(wanted):
    galaxy = np.array([40, 40, 10, 10, 30, 30, 20, 20])  # two realisations of each, 10 the lightest
    return choose_over_masses(
        wanted=wanted, galaxy=galaxy, log10_mass=10 + galaxy / 40, key="figures.profile_galaxies"
    )


def test_a_number_of_test_galaxies_span_the_masses():
    assert over_masses(2) == [10, 40]
    assert over_masses(100) == [10, 20, 30, 40]


def test_test_galaxies_are_those_asked_for():
    assert over_masses([30, 20]) == [30, 20]
    message = "figures.profile_galaxies: 5 is not a test galaxy; choose from 10, 20, 30, 40"
    with pytest.raises(InputError, match=message):
        over_masses([10, 5])
