"""Architectures: their layers, their size, and what they predict before training."""

import math

import keras
import numpy as np
import pytest

from umbra.config.networks import MIN_PIXELS
from umbra.errors import InputError
from umbra.networks import architectures, scaling
from umbra.networks.inference import predict_images

WEIGHTS = {"A": 701_332, "B": 1_340_692, "C": 2_234_004}


def _scalings(channels: int, radii: int = 20):
    image = scaling.ImageScaling(
        softening=[1] * channels,
        mean=[0] * channels,
        spread=[1] * channels,
        channel_names=[f"channel {number}" for number in range(channels)],
    )
    return image, scaling.ProfileScaling(mean=np.linspace(8, 12, radii), spread=[0.2] * radii)


def _build(architecture: str, channels: int, pixels: int = 128):
    image, profile = _scalings(channels)
    return architectures.build_network(
        architecture, pixels=pixels, image_scaling=image, head=profile
    )


def _trainable_weights(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_variables)


@pytest.mark.parametrize("architecture", ["A", "B", "C"])
def test_trainable_weights_are_those_of_the_paper(architecture):
    for channels in (1, 2, 3, 6):
        model = _build(architecture, channels)
        missing = (6 - channels) * 5 * 5 * 64  # of the 64 kernels of 5 x 5 in the first layer
        assert _trainable_weights(model) == WEIGHTS[architecture] - missing


def test_resnet50_has_its_published_weights():
    # Keras documents 25,636,712 parameters: 53,120 are running statistics, 2,049,000 the classifier
    # of 1000 classes; the first layer has 64 kernels of 7 x 7 for each of 3 colours
    body = 25_636_712 - 53_120 - 2_049_000
    counted = _trainable_weights(_build("ResNet50", 6))
    assert counted == body + 3 * 7 * 7 * 64 + 20 * (2048 + 1)


def _layer(layer):
    """Return the kind of a layer and the numbers of the paper's tables."""
    kind = type(layer).__name__
    match layer:
        case keras.layers.Conv2D():
            numbers = (layer.filters, layer.kernel_size, layer.strides)
            return kind, *numbers, layer.padding, layer.activation.__name__
        case keras.layers.MaxPooling2D():
            return kind, layer.pool_size, layer.strides, layer.padding
        case keras.layers.Dropout():
            return kind, layer.rate
        case keras.layers.Dense():
            return kind, layer.units, layer.activation.__name__
    return (kind,)


def _convolution(kernels, size=5, stride=2):
    numbers = (kernels, (size, size), (stride, stride))
    return ("Conv2D", *numbers, "valid", "relu")


def _dense(units):
    return ("Dense", units, "relu")


POOL = ("MaxPooling2D", (2, 2), (2, 2), "valid")
NORM, FLAT, LAST = ("BatchNormalization",), ("Flatten",), ("Dense", 20, "linear")
QUARTER, HALF = ("Dropout", 0.25), ("Dropout", 0.5)
# de los Rios et al. 2023, Tables 3 to 5; that of B lacks the first convolution in print
TABLES = {
    "A": [
        *(_convolution(64), POOL, QUARTER, NORM),
        *(_convolution(128), POOL, QUARTER, NORM),
        *(_convolution(128), POOL, QUARTER, NORM),
        FLAT,
        *(_dense(256), QUARTER, NORM),
        *(_dense(128), QUARTER, NORM),
        *(_dense(64), QUARTER, NORM),
        LAST,
    ],
    "B": [
        *(_convolution(64), POOL, HALF, NORM),
        *(_convolution(128), POOL, HALF, NORM),
        *(_convolution(256), NORM),
        FLAT,
        *(_dense(256), HALF, NORM),
        *(_dense(128), HALF, NORM),
        *(_dense(64), HALF, NORM),
        LAST,
    ],
    "C": [
        *(_convolution(64), POOL, HALF, NORM),
        *(_convolution(128), HALF, NORM),
        *(_convolution(256), HALF, NORM),
        *(_convolution(256, size=3, stride=1), HALF, NORM),
        FLAT,
        *(_dense(256), HALF, NORM),
        *(_dense(64), HALF, NORM),
        LAST,
    ],
}


@pytest.mark.parametrize("architecture", TABLES)
def test_layers_stand_in_the_order_of_the_table_of_the_paper(architecture):
    layers = [_layer(layer) for layer in _build(architecture, 6).layers]
    assert layers == [
        ("InputLayer",),
        ("ImageScaling",),
        *TABLES[architecture],
        ("ProfileScaling",),
    ]


def test_resnet50_ends_in_pooling_and_one_dense_layer():
    layers = [_layer(layer) for layer in _build("ResNet50", 6).layers]
    assert layers[:2] == [("InputLayer",), ("ImageScaling",)]
    assert layers[-3:] == [("GlobalAveragePooling2D",), LAST, ("ProfileScaling",)]
    bare = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(128, 128, 6))
    assert layers[2:-3] == [_layer(layer) for layer in bare.layers[1:]]


@pytest.mark.parametrize("architecture", ["A", "B", "C"])
def test_least_number_of_pixels_is_what_keras_can_build(architecture, monkeypatch):
    pixels = MIN_PIXELS[architecture]
    _build(architecture, 1, pixels=pixels)
    with pytest.raises(InputError, match=rf"{pixels} pixels.*raise observation\.pixels"):
        _build(architecture, 1, pixels=pixels - 1)
    monkeypatch.setitem(MIN_PIXELS, architecture, 1)
    with pytest.raises(ValueError, match="output"):
        _build(architecture, 1, pixels=pixels - 1)


def test_least_number_of_pixels_of_resnet50_is_that_of_keras():
    pixels = MIN_PIXELS["ResNet50"]
    _build("ResNet50", 1, pixels=pixels)
    with pytest.raises(InputError, match=rf"{pixels} pixels.*raise observation\.pixels"):
        _build("ResNet50", 1, pixels=pixels - 1)
    shape = (pixels - 1, pixels - 1, 3)
    with pytest.raises(ValueError, match=f"at least {pixels}"):
        keras.applications.ResNet50(weights=None, include_top=False, input_shape=shape)


def test_every_architecture_of_the_configuration_is_built():
    assert set(architectures.ARCHITECTURES) == set(MIN_PIXELS)
    for architecture in architectures.ARCHITECTURES:
        assert _build(architecture, 1).name == architecture


@pytest.mark.parametrize("architecture", ["A", "ResNet50"])
def test_untrained_network_predicts_the_mean_profile(architecture):
    images = np.random.default_rng(0).normal(size=(2, 128, 128, 1)).astype(np.float32)
    predicted = predict_images(_build(architecture, 1), images)
    np.testing.assert_allclose(predicted, np.tile(np.linspace(8, 12, 20), (2, 1)), rtol=1e-6)
