"""Relations of stellar and halo mass, against their known values."""

import numpy as np
import pytest

from umbra.physics.halo import m200_of_velocity_msun, nfw_enclosed_fraction, r200_of_mass_kpc
from umbra.physics.stellar_to_halo import (
    draw_dark_matter,
    draw_halo_masses,
    moster_stellar_mass,
    nfw_concentration,
)

HUBBLE = 0.6774


def test_galaxies_are_most_efficient_in_haloes_like_that_of_the_milky_way():
    """Moster et al. 2013: at most 0.035 of the halo are stars, near log M200 = 11.8."""
    masses = 10 ** np.linspace(10.5, 14.5, 401)
    ratio = moster_stellar_mass(masses) / masses
    assert ratio.max() == pytest.approx(0.0351, rel=0.1)
    assert np.log10(masses[np.argmax(ratio)]) == pytest.approx(11.8, abs=0.15)


def test_the_concentration_is_that_of_dark_haloes():
    """Dutton & Maccio 2014: 10^0.905 at 10^12 Msun/h, and a tenth of a dex less per decade."""
    assert nfw_concentration(np.array(1e12 / HUBBLE), hubble=HUBBLE) == pytest.approx(
        8.035, rel=1e-3
    )
    fall = nfw_concentration(1e13, hubble=HUBBLE) / nfw_concentration(1e12, hubble=HUBBLE)
    assert np.log10(fall) == pytest.approx(-0.101)


def test_drawn_haloes_have_the_stellar_mass_and_are_lighter_than_the_inverted_mean():
    rng = np.random.default_rng(1)
    masses = draw_halo_masses(10.7, 0.1, number=20_000, rng=rng)
    stars = np.log10(moster_stellar_mass(masses))
    assert np.median(stars) == pytest.approx(10.7, abs=0.1)
    grid = np.linspace(11, 14, 3001)
    inverted = np.interp(10.7, np.log10(moster_stellar_mass(10**grid)), grid)
    # Rising counts toward small haloes move the median by a tenth of a dex (Eddington's bias).
    assert -0.25 < np.median(np.log10(masses)) - inverted < -0.02
    sharp = draw_halo_masses(9.5, 0.1, number=20_000, rng=rng)
    assert np.std(np.log10(sharp)) < np.std(np.log10(masses))


def test_the_dark_matter_within_r200_is_the_halo_less_its_baryons():
    rng = np.random.default_rng(2)
    masses = np.full(2000, 1e12)
    r200 = r200_of_mass_kpc(1e12, hubble=HUBBLE)
    within = draw_dark_matter(masses, np.array([10.0, r200]), hubble=HUBBLE, rng=rng)
    np.testing.assert_allclose(within[:, 1], 1e12 * (1 - 0.0486 / 0.3089), rtol=1e-6)
    expected = nfw_enclosed_fraction(np.array([10.0]), r200_kpc=r200, c200=8.4)[0]
    median = np.median(within[:, 0]) / within[0, 1]
    assert median == pytest.approx(expected, rel=0.1)
    assert np.std(np.log10(within[:, 0])) > 0.05


def test_v200_and_m200_are_those_of_one_radius():
    mass = m200_of_velocity_msun(160.0, hubble=HUBBLE)
    r200 = r200_of_mass_kpc(mass, hubble=HUBBLE)
    assert 4.30091e-6 * mass / r200 == pytest.approx(160.0**2, rel=1e-4)
