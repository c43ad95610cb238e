"""SmoothGrad (Smilkov et al. 2017): gradients of enclosed masses, averaged over noisy images."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from umbra.errors import InputError
from umbra.networks.inference import INFERENCE_BATCH, network_inputs


def smooth_gradients(
    trunk: keras.Model,
    *,
    image: np.ndarray,
    masked: np.ndarray,
    distance_mpc: float | None = None,
    outputs: Sequence[int],
    samples: int,
    noise: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the mean gradient of some outputs over noisy copies of an image.

    Parameters
    ----------
    trunk : keras.Model
        Takes scaled images.
    image : ndarray, shape (pixels, pixels, channels)
        Scaled.
    masked : ndarray of bool, same shape
        Pixels without data; they get no noise, and their sensitivity is 0.
    distance_mpc : float, optional
        Measured distance [Mpc], for a network that takes it; others leave it out.
    outputs : sequence of int
        Indices of the outputs.
    samples : int
        Number of copies.
    noise : float
        Standard deviation of the noise, in units of the range of each channel's unmasked pixels.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (outputs, pixels, pixels, channels)

    References
    ----------
    Smilkov et al. (2017), arXiv:1706.03825, section 3.
    """
    highest = np.where(masked, -np.inf, image).max(axis=(0, 1))
    lowest = np.where(masked, np.inf, image).min(axis=(0, 1))
    level = noise * np.maximum(highest - lowest, 0)  # the range is 0 where all are masked
    level = np.where(masked, 0, level).astype(np.float32)
    total = np.zeros((len(outputs), *image.shape))
    for start in range(0, samples, INFERENCE_BATCH):
        copies = min(INFERENCE_BATCH, samples - start)
        offsets = rng.standard_normal((copies, *image.shape), dtype=np.float32)
        distances = None if distance_mpc is None else np.full(copies, distance_mpc)
        found = gradients(trunk, image + level * offsets, outputs, distances)
        for index, values in enumerate(found):
            total[index] += values.sum(axis=0, dtype=float)
    return np.where(masked, 0, total / samples).astype(np.float32)


def gradients(
    trunk: keras.Model,
    images: np.ndarray,
    outputs: Sequence[int],
    distance_mpc: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Return the gradients of some outputs with respect to the images.

    Parameters
    ----------
    trunk : keras.Model
        Takes scaled images.
    images : ndarray of float32, shape (n, pixels, pixels, channels)
        Scaled.
    outputs : sequence of int
        Indices of the outputs.
    distance_mpc : ndarray, shape (n,), optional
        Measured distances [Mpc], for a network that takes them; others leave them out.

    Returns
    -------
    list of ndarray, shape (n, pixels, pixels, channels)
        One for each output; all share one forward pass.

    Raises
    ------
    InputError
        If the backend of Keras is neither TensorFlow nor JAX.
    """
    backend = keras.backend.backend()
    if backend not in _GRADIENTS:
        raise InputError(
            f"KERAS_BACKEND={backend}: sensitivity maps need {' or '.join(_GRADIENTS)}; set "
            "KERAS_BACKEND to one of them."
        )

    def forward(images):
        # A network takes tensors or arrays, and not both.
        inputs = network_inputs(trunk, images, distance_mpc)
        return trunk(keras.tree.map_structure(ops.convert_to_tensor, inputs), training=False)

    return _GRADIENTS[backend](forward, images, outputs)


def _gradients_tensorflow(forward, images, outputs):
    import tensorflow as tf

    images = tf.convert_to_tensor(images)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(images)
        predicted = forward(images)
        chosen = [predicted[:, output] for output in outputs]
    return [tape.gradient(values, images).numpy() for values in chosen]


def _gradients_jax(forward, images, outputs):
    import jax

    predicted, pull = jax.vjp(forward, images)
    weights = np.zeros(predicted.shape, dtype=predicted.dtype)
    found = []
    for output in outputs:
        weights[:] = 0
        weights[:, output] = 1
        found.append(np.asarray(pull(weights)[0]))
    return found


_GRADIENTS = {"tensorflow": _gradients_tensorflow, "jax": _gradients_jax}
