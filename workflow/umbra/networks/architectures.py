"""The architectures: of de los Rios et al. 2023 (A, B, C: Tables 3-5; ResNet50), and our own.

`SymmetricResNet` is a small residual network that respects the symmetry of the sky
(`umbra.networks.symmetry`) and sees which pixels are masked.

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
from umbra.networks.scaling import (
    LAST_DENSE,
    MEASURED_DISTANCE,
    DistanceScaling,
    ImageScaling,
    MaskPlane,
)
from umbra.networks.symmetry import MeanOverSymmetries, RepeatForSymmetries, Symmetries

ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)
# Those whose prediction is a mean over the symmetries of the sky, and that see masks.
SYMMETRIC: frozenset[Architecture] = frozenset({"SymmetricResNet"})


def build_network(
    architecture: Architecture,
    *,
    pixels: int,
    image_scaling: ImageScaling,
    head: layers.Layer,
    distance_scaling: DistanceScaling | None = None,
) -> keras.Model:
    """Build an untrained network.

    Parameters
    ----------
    architecture : str
        One of `ARCHITECTURES`.
    pixels : int
        Side of the images.
    image_scaling : ImageScaling
        First layer; its number of channels is that of the images.
    head : keras.layers.Layer
        Last layer, of an `umbra.networks.losses.Objective`; its `units` is the width of the
        dense layer before it.
    distance_scaling : DistanceScaling, optional
        Given, the network takes the measured distance too; for an architecture of `TAKE_DISTANCE`.

    Returns
    -------
    keras.Model
        Takes images (n, pixels, pixels, channels) in physical units, and distances (n, 1) [Mpc] if
        it was asked for. The weights of its last dense
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
    inputs, body = images, _BODIES[architecture]
    if distance_scaling is None:
        features = body(image_scaling(images))
    else:
        inputs = [images, keras.Input((1,), name="distance_mpc")]
        # Keras cannot save a network that shares an input with a part of it: see `behind_scaling`.
        distance_mpc = layers.Identity(name=MEASURED_DISTANCE)(inputs[1])
        features = body(image_scaling(images), distance_scaling(distance_mpc))
    profile = layers.Dense(head.units, kernel_initializer="zeros", name=LAST_DENSE)(features)
    if architecture in SYMMETRIC:
        profile = MeanOverSymmetries()(profile)
    return keras.Model(inputs, head(profile), name=architecture)


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


def _body_symmetric_resnet(x, distance=None):
    x = Symmetries()(MaskPlane()(x))
    x = _normalised(x, 24, size=7, stride=4)
    for kernels in (32, 48, 64):
        shortcut = layers.Conv2D(kernels, 1, strides=2, use_bias=False)(x)
        x = _normalised(x, kernels, size=3, stride=2)
        x = layers.Conv2D(kernels, 3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x) + shortcut)
    x = layers.GlobalAveragePooling2D()(x)
    if distance is not None:
        x = layers.Concatenate()([x, RepeatForSymmetries()(distance)])
    return layers.Dropout(0.2)(layers.Dense(64, activation="relu")(x))


def _normalised(x, kernels: int, *, size: int, stride: int):
    x = layers.Conv2D(kernels, size, strides=stride, padding="same", use_bias=False)(x)
    return layers.Activation("relu")(layers.BatchNormalization()(x))


_BODIES: dict[Architecture, Callable] = {
    "A": _body_a,
    "B": _body_b,
    "C": _body_c,
    "ResNet50": _body_resnet50,
    "SymmetricResNet": _body_symmetric_resnet,
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
