"""The architectures: A, B, C (de los Rios et al. 2023, Tables 3-5) and ResNet50 (He et al. 2015).

Every network is ``images -> scaling -> layers -> head``: physical images in, log10 masses (or their
distribution) out. Only the layers between scaling and head have trainable weights.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from umbra.errors import InputError
from umbra.networks.scaling import ImageScaling

ARCHITECTURES = ("A", "B", "C", "ResNet50")
# smaller images have no pixel left after the last convolution or pooling
SMALLEST_PIXELS = {"A": 127, "B": 95, "C": 87, "ResNet50": 32}


def build_network(
    architecture: str,
    *,
    pixels: int,
    image_scaling: ImageScaling,
    head: layers.Layer,
    batch_norm_momentum: float = 0.99,
) -> keras.Model:
    """Build an untrained network.

    Parameters
    ----------
    architecture : {"A", "B", "C", "ResNet50"}
        Which one.
    pixels : int
        Side of the images.
    image_scaling : ImageScaling
        First layer; it also says how many channels there are.
    head : keras.layers.Layer
        Last layer, of an `umbra.networks.losses.Objective`; its `units` is the width of the
        dense layer before it.
    batch_norm_momentum : float
        Memory of the running mean and variance of batch normalisation, per training step.

    Returns
    -------
    keras.Model
        Takes images (N, pixels, pixels, channels) in physical units. Its last dense layer starts at
        zero, so that untrained it says what is true of every galaxy: the mean profile.

    Raises
    ------
    InputError
        If the images are too small for the architecture.
    """
    if pixels < SMALLEST_PIXELS[architecture]:
        raise InputError(
            f"Architecture {architecture} needs images of {SMALLEST_PIXELS[architecture]} pixels "
            f"or more, not {pixels}; raise observation.pixels or leave it out of "
            "networks.architectures."
        )
    images = keras.Input((pixels, pixels, image_scaling.channels), name="images")
    features = _BODIES[architecture](image_scaling(images))
    profile = layers.Dense(head.units, kernel_initializer="zeros", name="profile")
    model = keras.Model(images, head(profile(features)), name=architecture)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = batch_norm_momentum
    return model


def trainable_weights(model: keras.Model) -> int:
    """Count the trainable weights of a network."""
    return sum(math.prod(weight.shape) for weight in model.trainable_variables)


def _body_a(x):
    for kernels in (64, 128, 128):
        x = _convolution(x, kernels, size=5, stride=2, pool=True, dropout=0.25)
    return _dense(layers.Flatten()(x), units=(256, 128, 64), dropout=0.25)


def _body_b(x):
    for kernels in (64, 128):
        x = _convolution(x, kernels, size=5, stride=2, pool=True, dropout=0.5)
    x = _convolution(x, 256, size=5, stride=2)
    return _dense(layers.Flatten()(x), units=(256, 128, 64), dropout=0.5)


def _body_c(x):
    x = _convolution(x, 64, size=5, stride=2, pool=True, dropout=0.5)
    x = _convolution(x, 128, size=5, stride=2, dropout=0.5)
    x = _convolution(x, 256, size=5, stride=2, dropout=0.5)
    x = _convolution(x, 256, size=3, stride=1, dropout=0.5)
    return _dense(layers.Flatten()(x), units=(256, 64), dropout=0.5)


def _body_resnet50(x):
    network = keras.applications.ResNet50(
        weights=None, include_top=False, pooling="avg", input_tensor=x
    )
    return network.output


_BODIES = dict(zip(ARCHITECTURES, (_body_a, _body_b, _body_c, _body_resnet50), strict=True))


def _convolution(
    x, kernels: int, *, size: int, stride: int, pool: bool = False, dropout: float | None = None
):
    x = layers.Conv2D(kernels, size, strides=stride, padding="valid", activation="relu")(x)
    if pool:
        x = layers.MaxPooling2D(2)(x)
    if dropout is not None:
        x = layers.Dropout(dropout)(x)
    return layers.BatchNormalization()(x)


def _dense(x, *, units: Sequence[int], dropout: float):
    for width in units:
        x = layers.Dense(width, activation="relu")(x)
        x = layers.Dropout(dropout)(x)
        x = layers.BatchNormalization()(x)
    return x
