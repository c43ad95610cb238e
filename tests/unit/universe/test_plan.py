"""Satellites against those of TNG50 and the SDSS."""

import numpy as np
import pytest

from umbra.universe.plan import plan_groups


@pytest.fixture(scope="module")
def quiet():
    """Return groups without a merger, with satellites out to 300 kpc; the first one is special."""
    plans = plan_groups(seed=2, galaxies=1500, extent_kpc=300.0 / 0.9)[1:1500]
    return [plan for plan in plans if not plan.properties.merger]


def test_the_largest_satellites_are_those_of_tng50(quiet):
    hosts = [p for p in quiet if 10.5 < np.log10(p.properties.stellar_mass_msun) < 11.2]
    largest = [max([s.log10_stellar_mass for s in p.satellites], default=0.0) for p in hosts]
    # Engler et al. 2021, 10^8.5 Msun (10^7.4 to 10^9.4) within 300 kpc; here none is below 1e8
    low, median, high = np.percentile(largest, [16, 50, 84])
    assert low < 8.0
    assert median == pytest.approx(8.5, abs=0.3)
    assert high == pytest.approx(9.4, abs=0.3)


def test_satellites_are_as_many_as_the_halo_is_massive(quiet):
    halo = np.array([p.properties.m200_msun for p in quiet])
    number = np.array([len(p.satellites) for p in quiet])
    small, large = halo < 1e12, halo > 3e12
    per_mass = [number[some].sum() / halo[some].sum() for some in (small, large)]
    # Wang & White 2012: in proportion to the mass; the largest haloes reach beyond 300 kpc
    assert 0.3 < per_mass[1] / per_mass[0] < 1.2
    assert number[large].mean() > 4 * number[small].mean()
