"""The split of the galaxies: shares, seed, order."""

import numpy as np
import pytest

from dataset_case import FRACTIONS
from umbra.dataset.split import SPLITS, split_galaxies


@pytest.mark.parametrize("count", [3, 4, 5, 7, 10, 33, 60, 501])
@pytest.mark.parametrize("seed", [1, 2])
def test_split_has_the_stated_shares_and_no_galaxy_twice(count, seed):
    galaxies = np.random.default_rng(count).choice(10**6, count, replace=False).tolist()
    split = split_galaxies(galaxies=galaxies, seed=seed, settings=FRACTIONS)
    assert set(split) == set(galaxies)
    sizes = {name: list(split.values()).count(name) for name in SPLITS}
    assert min(sizes.values()) >= 1
    assert abs(sizes["train"] - 0.6 * count) <= 1
    assert abs(sizes["val"] - 0.2 * count) <= 1


def test_split_depends_on_the_seed_and_not_on_the_order():
    galaxies = list(range(50))
    split = split_galaxies(galaxies=galaxies, seed=1, settings=FRACTIONS)
    assert split == split_galaxies(galaxies=galaxies[::-1], seed=1, settings=FRACTIONS)
    assert split != split_galaxies(galaxies=galaxies, seed=2, settings=FRACTIONS)
