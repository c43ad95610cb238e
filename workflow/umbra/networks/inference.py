"""Evaluation of networks on many images, a batch at a time."""

import keras
import numpy as np
from keras import ops

from umbra.networks.scaling import IMAGE_SCALING, LAST_DENSE, MEASURED_DISTANCE, ImageScaling
from umbra.networks.symmetry import MeanOverSymmetries

INFERENCE_BATCH = 64


def predict_images(
    model: keras.Model, images: np.ndarray, distance_mpc: np.ndarray | None = None
) -> np.ndarray:
    """Return the output of a network for each image.

    Parameters
    ----------
    model : keras.Model
    images : ndarray, shape (n, pixels, pixels, channels)
        Physical or scaled, as the model takes them.
    distance_mpc : ndarray, shape (n,), optional
        Measured distances [Mpc], for a network that takes them; others leave them out.

    Returns
    -------
    ndarray, shape (n, ...)
    """
    return predict(model, network_inputs(model, images, distance_mpc))


def predict(model: keras.Model, inputs: np.ndarray | list[np.ndarray]) -> np.ndarray:
    """Return the output of a network (n, ...) for its inputs, a batch at a time."""
    starts = range(0, len(keras.tree.flatten(inputs)[0]), INFERENCE_BATCH)
    batches = (rows_of(inputs, slice(start, start + INFERENCE_BATCH)) for start in starts)
    parts = [model(batch, training=False) for batch in batches]
    return np.concatenate([ops.convert_to_numpy(part) for part in parts])


def takes_distance(model: keras.Model) -> bool:
    """Return whether a network takes the measured distance beside the images."""
    return len(model.inputs) > 1


def network_inputs(
    model: keras.Model, images: np.ndarray, distance_mpc: np.ndarray | None
) -> np.ndarray | list[np.ndarray]:
    """Return what a network takes: the images, or these and the distances as a column."""
    return with_distance(images, distance_mpc) if takes_distance(model) else images


def with_distance(images: np.ndarray, distance_mpc: np.ndarray) -> list[np.ndarray]:
    """Return images and distances (n,) [Mpc] as a network takes them together."""
    return [images, np.asarray(distance_mpc, dtype=np.float32)[:, None]]


def rows_of(arrays, rows):
    """Return some rows of an array, or of each array in lists or tuples."""
    return keras.tree.map_structure(lambda one: one[rows], arrays)


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
    return keras.Model(_scaled_inputs(model), model.output)


def until_features(model: keras.Model) -> keras.Model:
    """Return the part of a network from scaled images to what its last dense layer takes.

    Its output (n, width) is the mean over the symmetries of the sky, if the network averages over
    them. It shares the weights.
    """
    features = model.get_layer(LAST_DENSE).input
    if any(isinstance(layer, MeanOverSymmetries) for layer in model.layers):
        features = MeanOverSymmetries()(features)
    return keras.Model(_scaled_inputs(model), features)


def _scaled_inputs(model: keras.Model) -> keras.KerasTensor | list[keras.KerasTensor]:
    images = model.get_layer(IMAGE_SCALING).output
    if takes_distance(model):
        return [images, model.get_layer(MEASURED_DISTANCE).output]
    return images
