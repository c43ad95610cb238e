"""The coordinates of profiles: every point is one that grows, and the training set is standard."""

import numpy as np
import pytest

from umbra.predictions import profile_space

RADII = 20


def profiles(count, seed=0):
    """Return profiles of power laws whose slope and mass scatter, with steps that scatter too."""
    rng = np.random.default_rng(seed)
    radius = np.linspace(0, 2, RADII)
    slope = rng.uniform(1.2, 2.0, (count, 1))
    steps = slope * np.diff(radius) * np.exp(rng.normal(0, 0.2, (count, RADII - 1)))
    first = rng.normal(9, 0.3, (count, 1))
    return np.concatenate([first, first + np.cumsum(steps, axis=1)], axis=1)


@pytest.fixture(scope="module")
def space():
    return profile_space.measure_profile_space(profiles(4000))


def test_there_and_back(space):
    other = profiles(50, seed=1)
    np.testing.assert_allclose(space.log10_mass(space.whiten(other)), other, atol=1e-9)


def test_training_profiles_are_standard(space):
    whitened = space.whiten(profiles(4000))
    np.testing.assert_allclose(whitened.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.cov(whitened.T, ddof=0), np.eye(RADII), atol=0.05)


def test_every_point_is_a_profile_that_grows(space):
    rng = np.random.default_rng(2)
    for scale in (1, 10, 1e4):
        made = space.log10_mass(scale * rng.standard_normal((200, 3, RADII)))
        assert np.isfinite(made).all()
        assert (np.diff(made, axis=-1) >= 0).all()


def test_masked_radii_lack_the_last_coordinates_and_change_no_other(space):
    whole = profiles(5, seed=3)
    masked = whole.copy()
    masked[:, :4] = np.nan
    whitened = space.whiten(masked)
    assert np.isnan(whitened[:, -4:]).all()
    np.testing.assert_array_equal(whitened[:, :-4], space.whiten(whole)[:, :-4])


def test_radius_that_adds_no_particle_has_a_finite_coordinate(space):
    flat = profiles(2, seed=4)
    flat[:, 1] = flat[:, 0]
    whitened = space.whiten(flat)
    assert np.isfinite(whitened).all()
    np.testing.assert_allclose(space.log10_mass(whitened)[:, 1:], flat[:, 1:], atol=1e-9)


def test_few_galaxies_are_enough():
    few = profile_space.measure_profile_space(profiles(8))
    assert np.isfinite(few.factor).all()
    assert (np.diag(few.factor) > 0).all()
