"""Losses: their values against an independent library, and what masked radii must not do."""

import keras
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from umbra.networks import losses
from umbra.predictions.profile_space import measure_profile_space

RADII = 5


def said(seed=0, images=7):
    """Return what the head makes of random numbers, and targets."""
    rng = np.random.default_rng(seed)
    head = losses.GaussianProfile(radii=RADII)
    raw = rng.normal(0, 0.5, (images, head.units)).astype(np.float32)
    return keras.ops.convert_to_numpy(head(raw)), rng.normal(size=(images, RADII))


def nll(truth, predicted):
    loss = losses.masked_gaussian_nll(truth.astype(np.float32), predicted)
    return keras.ops.convert_to_numpy(loss)


def covariances(predicted):
    factor = predicted[..., 1:].astype(float)
    return np.linalg.inv(np.swapaxes(factor, -1, -2) @ factor)


def test_likelihood_is_that_of_a_multivariate_normal():
    predicted, truth = said()
    expected = [
        -multivariate_normal(mean[:, 0], covariance).logpdf(true) / RADII - 0.5 * np.log(2 * np.pi)
        for mean, covariance, true in zip(predicted, covariances(predicted), truth, strict=True)
    ]
    np.testing.assert_allclose(nll(truth, predicted), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("missing", [1, 3])
def test_masked_coordinates_are_integrated_over(missing):
    predicted, truth = said()
    truth[:, -missing:] = np.nan
    kept = RADII - missing
    expected = [
        -multivariate_normal(mean[:kept, 0], covariance[:kept, :kept]).logpdf(true[:kept]) / kept
        - 0.5 * np.log(2 * np.pi)
        for mean, covariance, true in zip(predicted, covariances(predicted), truth, strict=True)
    ]
    np.testing.assert_allclose(nll(truth, predicted), expected, rtol=1e-4, atol=1e-5)


def test_untrained_head_is_the_standard_normal():
    head = losses.GaussianProfile(radii=RADII)
    out = keras.ops.convert_to_numpy(head(np.zeros((2, head.units), dtype=np.float32)))
    np.testing.assert_array_equal(out[..., 0], 0)
    np.testing.assert_array_equal(out[..., 1:], np.broadcast_to(np.eye(RADII), (2, RADII, RADII)))


def test_covariance_is_learnt():
    """Fitted to draws of one Gaussian, the head finds its mean and its covariance."""
    rng = np.random.default_rng(1)
    factor = np.tril(rng.normal(0, 0.4, (RADII, RADII)), -1) + np.diag([1, 0.5, 2, 1, 0.3])
    draws = (1 + rng.standard_normal((4000, RADII)) @ factor.T).astype(np.float32)
    head = losses.GaussianProfile(radii=RADII)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(head.units, kernel_initializer="zeros"), head]
    )
    optimizer = keras.optimizers.Adam(0.02)
    model.compile(optimizer=optimizer, loss=losses.masked_gaussian_nll, jit_compile=False)
    ones = np.ones((len(draws), 1), dtype=np.float32)
    model.fit(ones, draws, batch_size=500, epochs=100, verbose=0)
    out = keras.ops.convert_to_numpy(model(ones[:1]))
    np.testing.assert_allclose(out[0, :, 0], draws.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(covariances(out)[0], np.cov(draws.T), rtol=0.1, atol=0.1)


def test_covariance_reaches_its_place_in_a_short_training():
    """In 300 steps of the learning rate of the default, from that of the profiles alone."""
    rng = np.random.default_rng(2)
    draws = (0.2 * rng.standard_normal((512, RADII))).astype(np.float32)
    head = losses.GaussianProfile(radii=RADII)
    model = keras.Sequential([keras.Input((head.units,)), head])
    optimizer = keras.optimizers.Adam(2e-3)
    loss = losses.gaussian_objective(_space()).loss
    model.compile(optimizer=optimizer, loss=loss, jit_compile=False)
    means = np.zeros_like(draws)
    model.fit(means, draws, batch_size=32, epochs=19, verbose=0)
    out = keras.ops.convert_to_numpy(model(means[:1]))
    np.testing.assert_allclose(np.sqrt(np.diag(covariances(out)[0])), 0.2, rtol=0.15)


def _space():
    rng = np.random.default_rng(3)
    steps = rng.uniform(0.1, 0.6, (40, RADII))
    return measure_profile_space(11.5 + rng.normal(0, 0.3, (40, 1)) + np.cumsum(steps, axis=1))


def test_mean_is_judged_by_the_error_of_its_profile():
    """Near the mean profile, where the error of a profile is linear in its coordinates."""
    space, (predicted, whitened) = _space(), said()
    objective = losses.gaussian_objective(space)
    predicted[..., 0] *= 1e-2
    truth = space.log10_mass(1e-2 * whitened)
    truth[0, :2] = np.nan  # no dark matter within the two innermost radii
    whitened = space.whiten(truth)
    assert np.isnan(whitened[0, -2:]).all() and np.isfinite(whitened[0, :-2]).all()
    error = np.nanmean((space.log10_mass(predicted[..., 0]) - truth) ** 2, axis=1)
    found = keras.ops.convert_to_numpy(objective.loss(whitened.astype(np.float32), predicted))
    found = found - losses.LIKELIHOOD_WEIGHT * nll(whitened, predicted)
    np.testing.assert_allclose(found, error, rtol=0.03, atol=1e-7)


def test_a_mean_far_away_is_called_back():
    """Steps whose logarithms are huge have a slope, and the larger the further they are off."""
    space = _space()
    loss = losses.gaussian_objective(space).loss
    far = np.zeros((3, RADII, RADII + 1), dtype=np.float32)
    far[..., 1:] = np.eye(RADII)
    far[:, 1:, 0] = np.array([[10], [100], [1000]])
    found = keras.ops.convert_to_numpy(loss(np.zeros((3, RADII), np.float32), far))
    np.testing.assert_allclose(found[1:] / found[:-1], 100, rtol=0.01)


def test_likelihood_does_not_move_the_mean():
    """A mean whose profile is right stays, though the covariance is far from its own."""
    space = _space()
    keras.utils.set_random_seed(0)
    head = losses.GaussianProfile(radii=RADII)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(head.units), head])
    loss = losses.gaussian_objective(space).loss
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss, jit_compile=False)
    ones = np.ones((64, 1), dtype=np.float32)
    right = keras.ops.convert_to_numpy(model(ones[:1]))[0, :, 0]
    noise = np.random.default_rng(0).normal(0, 0.01, (32, RADII))
    draws = np.concatenate([right + noise, right - noise]).astype(np.float32)
    model.fit(ones, draws, batch_size=64, epochs=60, verbose=0)
    out = keras.ops.convert_to_numpy(model(ones[:1]))[0]
    np.testing.assert_allclose(out[:, 0], right, atol=0.01)
    assert (np.diag(out[:, 1:]) > 1.5).all()  # and the covariance has shrunk


def test_loss_leaves_masked_radii_out():
    truth = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, 1.0], [np.nan] * 3], dtype=np.float32)
    predicted = np.array([[2.0, 9.0, 1.0], [9.0, 9.0, 1.5], [9.0] * 3], dtype=np.float32)
    loss = keras.ops.convert_to_numpy(losses.masked_mse(truth, predicted))
    np.testing.assert_allclose(loss, [(1 + 4) / 2, 0.25, 0])


def test_masked_radius_teaches_nothing():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=losses.masked_mse, jit_compile=False)
    before = model.layers[0].get_weights()[0]
    truth = np.array([[5.0, np.nan]] * 4, dtype=np.float32)
    model.fit(np.ones((4, 2), dtype=np.float32), truth, verbose=0)
    after = model.layers[0].get_weights()[0]
    assert np.isfinite(after).all()
    assert (after[:, 0] != before[:, 0]).all()
    np.testing.assert_array_equal(after[:, 1], before[:, 1])
