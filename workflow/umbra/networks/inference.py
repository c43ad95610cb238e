"""Evaluation of networks on many images, a batch at a time."""

import keras
import numpy as np
from keras import ops

from umbra.networks.scaling import IMAGE_SCALING, ImageScaling

INFERENCE_BATCH = 64


def predict_images(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the output of a network for each image.

    Parameters
    ----------
    model : keras.Model
    images : ndarray, shape (n, pixels, pixels, channels)
        Physical or scaled, as the model takes them.

    Returns
    -------
    ndarray, shape (n, ...)
    """
    starts = range(0, len(images), INFERENCE_BATCH)
    parts = [model(images[start : start + INFERENCE_BATCH], training=False) for start in starts]
    return np.concatenate([ops.convert_to_numpy(part) for part in parts])


def scale_in_place(scaling: ImageScaling, images: np.ndarray) -> np.ndarray:
    """Scale images in physical units in place, which saves the memory of a copy.

    Parameters
    ----------
    scaling : ImageScaling
    images : ndarray of float32, shape (n, pixels, pixels, channels)
        Overwritten.

    Returns
    -------
    ndarray
        `images`.
    """
    for start in range(0, len(images), INFERENCE_BATCH):
        part = slice(start, start + INFERENCE_BATCH)
        images[part] = ops.convert_to_numpy(scaling(images[part]))
    return images


def behind_scaling(model: keras.Model) -> keras.Model:
    """Return the part of a network that takes scaled images; it shares the weights."""
    return keras.Model(model.get_layer(IMAGE_SCALING).output, model.output)
