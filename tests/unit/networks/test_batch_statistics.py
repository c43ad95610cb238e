"""Batch normalisation predicts with what it gets from the training images without dropout."""

import keras
import numpy as np
import pytest
from keras import layers

from umbra.networks import architectures, batch_statistics
from umbra.networks.batch_statistics import BatchStatistics, measured_rows
from umbra.networks.inference import behind_scaling
from umbra.networks.losses import masked_mse
from umbra.networks.scaling import LAST_DENSE, DistanceScaling, ImageScaling, ProfileScaling

DROPPED = 0.5


def _dense_network():
    """Return layers in the order of the paper: dense, dropout, normalisation, twice."""
    keras.utils.set_random_seed(0)
    inputs = x = keras.Input((4,))
    for width in (6, 5):
        x = layers.Dense(width, activation="relu")(x)
        x = layers.BatchNormalization()(layers.Dropout(DROPPED)(x))
    return keras.Model(inputs, x)


def _normalised(values, epsilon=1e-3):
    return (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + epsilon)


def _relu_of(layer, values):
    kernel, bias = layer.get_weights()
    return np.maximum(values @ kernel + bias, 0)


def test_a_prediction_normalises_by_the_features_without_dropout():
    model = _dense_network()
    images = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)
    first, second = (one for one in model.layers if isinstance(one, layers.Dense))
    expected = _normalised(_relu_of(second, _normalised(_relu_of(first, images))))
    BatchStatistics(model).measure(images)
    np.testing.assert_allclose(model(images, training=False), expected, atol=1e-5)


def test_many_batches_have_the_moments_of_all_images(monkeypatch):
    monkeypatch.setattr(batch_statistics, "INFERENCE_BATCH", 16)
    model = _dense_network()
    images = np.random.default_rng(2).normal(size=(48, 4)) + np.arange(48)[:, None]
    statistics = BatchStatistics(model)
    statistics.measure(images.astype(np.float32))
    dense = next(one for one in model.layers if isinstance(one, layers.Dense))
    features = _relu_of(dense, images)
    first = statistics.normalisations[0]
    np.testing.assert_allclose(first.moving_mean, features.mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(first.moving_variance, features.var(axis=0), rtol=1e-4, atol=1e-6)


def test_the_predictions_of_the_measured_images_spread_as_their_truths_do():
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4,))
    x = layers.Dropout(DROPPED)(layers.Dense(6, activation="relu")(inputs))
    model = keras.Model(inputs, layers.Dense(3, name=LAST_DENSE)(layers.BatchNormalization()(x)))
    rng = np.random.default_rng(4)
    images = rng.normal(size=(50, 4)).astype(np.float32)
    BatchStatistics(model).measure(images)
    before = np.asarray(model(images))
    truth = before.mean(axis=0) + 0.6 * (before - before.mean(axis=0)) + rng.normal(size=(50, 3))
    truth[::7, 0] = np.nan
    BatchStatistics(model, masked_mse).measure(images, truth.astype(np.float32))
    offset = before - before.mean(axis=0)
    weight = np.isfinite(truth) / np.isfinite(truth).sum(axis=1, keepdims=True)
    wanted = np.nan_to_num(truth - before.mean(axis=0))
    factor = (weight * offset * wanted).sum() / (weight * offset**2).sum()
    assert 0.4 < factor < 0.8
    expected = before.mean(axis=0) + factor * offset
    np.testing.assert_allclose(model(images), expected, atol=2e-5)


def test_an_untrained_network_keeps_predicting_the_mean_profile():
    model = _dense_network()
    profile = layers.Dense(3, kernel_initializer="zeros", name=LAST_DENSE)(model.output)
    network = keras.Model(model.input, profile)
    rng = np.random.default_rng(5)
    images, truth = (rng.normal(size=(40, width)).astype(np.float32) for width in (4, 3))
    statistics = BatchStatistics(network, masked_mse)
    statistics.measure(images, truth)
    assert statistics.sets_spread
    found = np.asarray(statistics.normalisations[-1].moving_variance)
    BatchStatistics(network).measure(images)
    np.testing.assert_allclose(found, statistics.normalisations[-1].moving_variance, rtol=1e-4)


@pytest.mark.parametrize("images", [1, 63, 65, 108, 511, 5000])
def test_measured_images_are_distinct_and_of_all_galaxies(images):
    rows = measured_rows(images)
    assert len(np.unique(rows)) == rows.size
    assert rows.size <= min(images, batch_statistics.MEASURED_IMAGES)
    assert rows.size > 0.85 * min(images, batch_statistics.MEASURED_IMAGES)
    assert rows.max() >= images - max(2, 2 * images / rows.size)
    for batch in rows:  # each reaches from the first galaxies to the last
        assert np.ptp(batch) >= (images - 1) * 0.9 - 2 * images / len(batch)


@pytest.mark.parametrize("architecture", architectures.ARCHITECTURES)
def test_every_normalisation_of_an_architecture_gives_unit_features(architecture):
    keras.utils.set_random_seed(0)
    scaling = ImageScaling(softening=[0], mean=[0], spread=[1], channel_names=["HI1"])
    distance = DistanceScaling(mean=1.0, spread=1.0) if architecture == "SymmetricResNet" else None
    model = architectures.build_network(
        architecture,
        pixels=128,
        image_scaling=scaling,
        head=ProfileScaling(mean=[11.0], spread=[0.3]),
        distance_scaling=distance,
    )
    images = np.random.default_rng(3).normal(0, 0.5, (12, 128, 128, 1)).astype(np.float32)
    if distance is not None:
        # All eight versions of an image are one batch, and have its moments if it has the symmetry.
        quadrant = images[:1, :64, :64] + images[:1, :64, :64].swapaxes(1, 2)
        half = np.concatenate([quadrant, quadrant[:, :, ::-1]], axis=2)
        images = np.concatenate([half, half[:, ::-1]], axis=1)
    inputs = [images, np.full((len(images), 1), 12.0)] if distance is not None else images
    statistics = BatchStatistics(behind_scaling(model))
    statistics.measure(inputs)
    found = [one for one in model.layers if isinstance(one, layers.BatchNormalization)]
    assert statistics.normalisations == found
    ends_with_one = BatchStatistics(behind_scaling(model), masked_mse).sets_spread
    assert ends_with_one == (architecture in ("A", "B", "C"))
    outputs = keras.Model(model.input, [one.output for one in found])(inputs, training=False)
    for layer, output in zip(found, outputs, strict=True):
        output = np.asarray(output).reshape(-1, output.shape[-1])
        variance = np.asarray(layer.moving_variance)
        np.testing.assert_allclose(output.mean(axis=0), 0, atol=2e-3)
        np.testing.assert_allclose(
            output.var(axis=0), variance / (variance + layer.epsilon), atol=0.02
        )
