"""What a network's last layer says of a profile, and the loss that teaches it to.

A point objective predicts log10 masses; a Gaussian one predicts mean and covariance of the whole
profile in the whitened coordinates of `umbra.predictions.profile_space`, where every sample grows
with radius.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from umbra.networks.scaling import measure_profiles
from umbra.predictions.profile_space import ProfileSpace

# Logarithms of standard deviations stay within this, so that no sample overflows.
LARGEST_LOGARITHM = 5.0


@dataclass(frozen=True)
class Objective:
    """How a network speaks and is judged.

    Attributes
    ----------
    head : keras.layers.Layer
        Last layer; its `units` is the width of the dense layer before it.
    loss : callable
        (targets, what the head gives) -> loss of each image.
    targets : callable
        log10 masses (N, radii) -> targets (N, radii); NaN where masked.
    """

    head: keras.layers.Layer
    loss: Callable
    targets: Callable[[np.ndarray], np.ndarray]


def point(log10_mass: np.ndarray) -> Objective:
    """Return the objective of predicting log10 masses, scaled with the training profiles."""
    return Objective(head=measure_profiles(log10_mass=log10_mass), loss=masked_mse, targets=_same)


def gaussian(space: ProfileSpace) -> Objective:
    """Return the objective of predicting a Gaussian in the whitened coordinates of `space`."""
    return Objective(
        head=GaussianProfile(radii=len(space.mean)),
        loss=masked_gaussian_nll,
        targets=space.whiten,
    )


def _same(log10_mass: np.ndarray) -> np.ndarray:
    return log10_mass


@keras.saving.register_keras_serializable(package="umbra")
def masked_mse(truth, predicted):
    """Return the mean squared error of each image over the radii whose truth is not NaN."""
    valid = ops.isfinite(truth)
    # replaced before the difference: the gradient of a discarded NaN would still be NaN
    difference = predicted - ops.where(valid, truth, ops.zeros_like(truth))
    weight = ops.cast(valid, predicted.dtype)
    count = ops.maximum(ops.sum(weight, axis=-1), 1.0)
    return ops.sum(weight * ops.square(difference), axis=-1) / count


@keras.saving.register_keras_serializable(package="umbra")
def masked_gaussian_nll(truth, predicted):
    """Return the negative log likelihood a coordinate of each image, less a constant.

    Parameters
    ----------
    truth : tensor, shape (N, radii)
        Whitened coordinates; NaN in the last ones of a masked profile, which are integrated over.
    predicted : tensor, shape (N, radii, radii + 1)
        What `GaussianProfile` gives.

    Returns
    -------
    tensor, shape (N,)
    """
    valid = ops.isfinite(truth)
    weight = ops.cast(valid, predicted.dtype)
    mean, precision_factor = predicted[..., 0], predicted[..., 1:]
    offset = ops.where(valid, truth, ops.zeros_like(truth)) - mean
    # lower triangular: a missing coordinate enters none before it
    standard = ops.squeeze(ops.matmul(precision_factor, ops.expand_dims(offset, -1)), -1)
    logarithm = ops.log(ops.diagonal(precision_factor, axis1=-2, axis2=-1))
    count = ops.maximum(ops.sum(weight, axis=-1), 1.0)
    return ops.sum(weight * (0.5 * ops.square(standard) - logarithm), axis=-1) / count


@keras.saving.register_keras_serializable(package="umbra")
class GaussianProfile(keras.layers.Layer):
    """Turn what the last dense layer gives into mean and precision factor.

    The output (N, radii, radii + 1) holds the mean w0 in its first column and then P, lower
    triangular with a positive diagonal, so that P (w - w0) is standard normal. An untrained
    network, whose last dense layer is zero, gives the standard normal: the distribution of the
    training profiles.

    Parameters
    ----------
    radii : int
        Number of coordinates.
    """

    def __init__(self, *, radii: int, name: str = "gaussian_profile", **options):
        super().__init__(name=name, trainable=False, **options)
        self.radii = int(radii)
        rows, columns = np.tril_indices(self.radii, -1)
        places = np.zeros((len(rows), self.radii**2), dtype=np.float32)
        places[np.arange(len(rows)), rows * self.radii + columns] = 1
        self._places = places

    @property
    def units(self) -> int:
        """Numbers that the layer takes."""
        return 2 * self.radii + len(self._places)

    def call(self, raw):
        """Arrange `raw` (N, units)."""
        mean, logarithm, below = ops.split(raw, [self.radii, 2 * self.radii], axis=-1)
        scale = ops.exp(ops.clip(logarithm, -LARGEST_LOGARITHM, LARGEST_LOGARITHM))
        places = ops.convert_to_tensor(self._places, dtype=self.compute_dtype)
        below = ops.reshape(ops.matmul(below, places), (-1, self.radii, self.radii))
        diagonal = ops.expand_dims(scale, -1) * ops.eye(self.radii, dtype=self.compute_dtype)
        return ops.concatenate([ops.expand_dims(mean, -1), diagonal + below], axis=-1)

    def compute_output_shape(self, input_shape):
        """Return the shape of mean and factor together."""
        return (*input_shape[:-1], self.radii, self.radii + 1)

    def get_config(self) -> dict:
        """Return what it takes to make this layer again."""
        config = super().get_config() | {"radii": self.radii}
        config.pop("trainable")
        return config
