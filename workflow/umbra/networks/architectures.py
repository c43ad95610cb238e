"""The architectures: A, B, C (de los Rios et al. 2023, Tables 3-5) and ResNet50 (He et al. 2015).

Every network is ``images -> scaling -> layers -> head``. It takes images in physical units and
returns log10 masses, or their distribution. Only the layers between scaling and head have trainable
weights.
"""

from collections.abc import Callable, Sequence
from typing import get_args

import keras
from keras import layers

from umbra.config.networks import MIN_PIXELS, Architecture
from umbra.errors import InputError
from umbra.networks.scaling import ImageScaling

ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)


def build_network(
    architecture: Architecture,
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
    pixels : int
        Side of the images.
    image_scaling : ImageScaling
        First layer; its number of channels is that of the images.
    head : keras.layers.Layer
        Last layer, of an `umbra.networks.losses.Objective`; its `units` is the width of the
        dense layer before it.
    batch_norm_momentum : float
        Memory of the running mean and variance of batch normalisation, per training step.

    Returns
    -------
    keras.Model
        Takes images (n, pixels, pixels, channels) in physical units. The weights of its last dense
        layer start at zero, so that the untrained network predicts the mean profile for every
        galaxy.

    Raises
    ------
    InputError
        If the images are too small for the architecture.
    """
    if pixels < MIN_PIXELS[architecture]:
        raise InputError(
            f"Architecture {architecture} needs images of {MIN_PIXELS[architecture]} pixels "
            f"or more, not {pixels}; raise observation.pixels or leave {architecture} out of "
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


_BODIES: dict[Architecture, Callable] = {
    "A": _body_a,
    "B": _body_b,
    "C": _body_c,
    "ResNet50": _body_resnet50,
}


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
