"""Scaling of images: stretch, units of velocities, masked pixels."""

import keras
import numpy as np
import pytest

from umbra.channels import CHANNELS
from umbra.networks import scaling


def test_stretch_is_linear_in_the_noise_and_logarithmic_above_it():
    layer = scaling.ImageScaling(softening=[0.5], mean=[0], spread=[1], channel_names=["i"])
    flux = np.array([1e-4, -1e-4, 500.0, 5000.0], dtype=np.float32).reshape(1, 2, 2, 1)
    faint, negative, bright, brighter = keras.ops.convert_to_numpy(layer(flux)).ravel()
    assert faint == pytest.approx(2e-4) == -negative
    assert brighter - bright == pytest.approx(np.log(10), rel=1e-5)


def test_training_images_become_standard_and_velocities_200_km_s():
    rng = np.random.default_rng(0)
    images = np.stack(
        [rng.lognormal(0, 2, (9, 16, 16)), rng.normal(0, 100, (9, 16, 16))], axis=-1
    ).astype(np.float32)
    layer = scaling.measure_image_scaling(images=images, channels=("HI0", "HI1"))
    scaled = keras.ops.convert_to_numpy(layer(images))
    assert scaled[..., 0].mean() == pytest.approx(0, abs=1e-4)
    assert scaled[..., 0].std() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(scaled[..., 1], images[..., 1] / 200, atol=1e-6)


def test_velocities_and_dispersions_are_not_stretched_and_everything_else_is():
    images = np.random.default_rng(0).lognormal(size=(4, 8, 8, 8)).astype(np.float32)
    layer = scaling.measure_image_scaling(images=images, channels=tuple(CHANNELS))
    linear = [
        name for name, softening in zip(CHANNELS, layer.softening, strict=True) if softening == 0
    ]
    assert linear == ["HI1", "HI2"]
    scaled = keras.ops.convert_to_numpy(layer(images))
    np.testing.assert_allclose(scaled[..., 6:], images[..., 6:] / 200, rtol=1e-6)


def test_masked_pixels_count_as_zero():
    rng = np.random.default_rng(0)
    images = rng.lognormal(0, 1, (4, 16, 16, 3)).astype(np.float32)
    masked = np.where(rng.random(images.shape) < 0.3, np.nan, images)
    filled = np.nan_to_num(masked, nan=0.0)
    channels = ("HI0", "HI1", "HI2")
    layer = scaling.measure_image_scaling(images=masked, channels=channels)
    assert (
        layer.get_config()
        == scaling.measure_image_scaling(images=filled, channels=channels).get_config()
    )
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(layer(x)) for x in (masked, filled)))


def test_image_without_light_can_be_scaled():
    images = np.full((2, 16, 16, 1), np.nan, dtype=np.float32)
    layer = scaling.measure_image_scaling(images=images, channels=("HI0",))
    assert np.all(keras.ops.convert_to_numpy(layer(images)) == 0)
