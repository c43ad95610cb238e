"""Convolutions as products of matrices: the numbers that Keras's own have."""

import keras
import numpy as np
import pytest

from umbra.config.networks import MIN_PIXELS, TAKE_DISTANCE
from umbra.networks.architectures import ARCHITECTURES, build_network
from umbra.networks.convolutions import MatrixConvolution, with_matrix_products
from umbra.networks.inference import behind_scaling
from umbra.networks.scaling import DistanceScaling, ImageScaling, ProfileScaling


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("window", [(1, 1), (3, 3), (5, 4), (2, 7)])
def test_a_convolution_is_that_of_keras(window, strides, padding):
    rng = np.random.default_rng(1)
    images = rng.normal(size=(2, 11, 14, 3)).astype(np.float32)
    options = {"kernel_size": window, "strides": strides, "padding": padding}
    ours, of_keras = MatrixConvolution(4, **options), keras.layers.Conv2D(4, **options)
    for layer in (ours, of_keras):
        layer.build(images.shape)
    ours.set_weights(of_keras.get_weights())
    np.testing.assert_allclose(ours(images), of_keras(images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_network_is_the_same_with_products(architecture):
    pixels, distance = max(MIN_PIXELS[architecture], 40), architecture in TAKE_DISTANCE
    rng = np.random.default_rng(2)
    keras.utils.set_random_seed(2)
    whole = build_network(
        architecture,
        pixels=pixels,
        image_scaling=ImageScaling(
            softening=[0, 0], mean=[0, 0], spread=[1, 1], channel_names=("i", "HI1")
        ),
        head=ProfileScaling(mean=[11] * 3, spread=[1] * 3),
        distance_scaling=DistanceScaling(mean=1, spread=0.2) if distance else None,
    )
    dense = whole.get_layer("profile")
    dense.set_weights([rng.normal(size=own.shape) for own in dense.get_weights()])
    trunk = behind_scaling(whole)
    ours = with_matrix_products(trunk)
    for own, other in zip(ours.variables, trunk.variables, strict=True):
        own.assign(other)
    kinds = [type(layer) for layer in ours.layers]
    assert MatrixConvolution in kinds and keras.layers.Conv2D not in kinds
    inputs = rng.normal(size=(2, pixels, pixels, 2)).astype(np.float32)
    inputs = [inputs, np.array([[8.0], [15.0]], np.float32)] if distance else inputs
    expected = np.asarray(trunk(inputs, training=False))
    assert np.ptp(expected, axis=0).min() > 1e-3
    np.testing.assert_allclose(ours(inputs, training=False), expected, rtol=1e-4, atol=1e-4)
