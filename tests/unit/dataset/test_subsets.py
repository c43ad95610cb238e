"""Shares of galaxies: whole galaxies, nested, and independent of each other."""

import numpy as np
import pytest

from network_case import split
from umbra.dataset.subsets import galaxies_in_share, share_of
from umbra.errors import InputError

GALAXY = np.repeat(np.arange(40) * 7, 3)


def test_each_share_contains_the_smaller_ones():
    shares = [galaxies_in_share(GALAXY, percent=percent, seed=1) for percent in (5, 25, 50, 100)]
    assert [len(share) for share in shares] == [2, 10, 20, 40]
    for smaller, larger in zip(shares, shares[1:], strict=False):
        assert set(smaller) < set(larger)
    assert set(shares[1]) != set(galaxies_in_share(GALAXY, percent=25, seed=2))


def test_a_further_galaxy_moves_no_other():
    before = galaxies_in_share(GALAXY, percent=50, seed=1)
    after = galaxies_in_share(np.append(GALAXY, 1000), percent=50, seed=1)
    assert len(set(before) - set(after)) <= 1


def test_galaxies_keep_all_of_their_images():
    rows = split(np.arange(60.0).reshape(60, 1, 1, 1), np.arange(60.0), realisations=3)
    share = share_of(rows, percent=40, seed=1)
    assert len(share.galaxy) == 24 and len(np.unique(share.galaxy)) == 8
    assert np.array_equal(share.images[:, 0, 0, 0], share.log10_mass_dm[:, 0])
    assert np.array_equal(share.galaxy, 100 + share.images[:, 0, 0, 0] // 3)
    assert share_of(rows, percent=100, seed=1) is rows


def test_a_share_without_dark_matter_at_a_radius_is_refused():
    rows = split(np.zeros((40, 1, 1, 1)), np.full(40, 11.0))
    lost = galaxies_in_share(rows.galaxy, percent=10, seed=1)
    rows.log10_mass_dm[np.isin(rows.galaxy, lost), 0] = np.nan
    message = f"within {rows.radius_kpc[0]:.3g} kpc; raise learning_curve.percents"
    with pytest.raises(InputError, match=f"among 10 % .* {message}"):
        share_of(rows, percent=10, seed=1)
    assert len(share_of(rows, percent=20, seed=1).galaxy) == 8
