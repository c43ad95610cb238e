"""Evaluation of networks in batches."""

import keras
import numpy as np

from network_case import linear
from umbra.networks import inference
from umbra.networks.scaling import measure_image_scaling


def test_batches_are_joined_in_order():
    model, _ = linear("i", pixels=8)
    images = np.random.default_rng(0).normal(size=(150, 8, 8, 1)).astype(np.float32)
    expected = keras.ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(inference.predict_images(model, images), expected, rtol=1e-5)


def test_scaling_in_place_scales_every_image_once():
    images = np.random.default_rng(0).lognormal(size=(150, 8, 8, 2)).astype(np.float32)
    scaling = measure_image_scaling(images=images, channels=("i", "HI1"))
    expected = keras.ops.convert_to_numpy(scaling(images))
    scaled = inference.scale_in_place(scaling, images)
    assert scaled is images
    np.testing.assert_allclose(scaled, expected, rtol=1e-6)
