"""Objectives: the last layer of a network and the loss that trains it.

With the point objective a network predicts log10 masses. With the Gaussian objective it predicts
the mean of the whole profile and learns its covariance, in the whitened coordinates of
`umbra.predictions.profile_space`, in which the mass of every profile grows with radius.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from umbra.networks.scaling import measure_profile_scaling
from umbra.predictions.profile_space import ProfileSpace

# Logarithms of standard deviations are limited to +- this, so that no sample overflows.
LARGEST_LOGARITHM = 5.0
# Of the likelihood in the loss of a Gaussian. It trains the covariance alone, and the steps of Adam
# do not depend on it; so small, it leaves the choice of the best epoch to the error of the mean.
LIKELIHOOD_WEIGHT = 1e-4
# A step of Adam changes a weight by the learning rate at most. The covariance starts as that of the
# profiles without an image, which is far too wide: its weights count so many times, or a few
# hundred steps would not bring it to its place.
COVARIANCE_GAIN = 10.0


@dataclass(frozen=True)
class Objective:
    """The last layer of a network and the loss of its output.

    Attributes
    ----------
    head : keras.layers.Layer
        Last layer; its `units` is the width of the dense layer before it.
    loss : callable
        (targets, output of `head`) -> loss of each image.
    targets : callable
        log10 masses (n, radii) -> targets (n, radii); NaN where masked.
    """

    head: keras.layers.Layer
    loss: Callable
    targets: Callable[[np.ndarray], np.ndarray]


def point_objective(log10_mass: np.ndarray) -> Objective:
    """Return the objective of a network that predicts log10 masses.

    Parameters
    ----------
    log10_mass : ndarray, shape (n, radii)
        Training profiles, whose mean and spread scale the output; NaN where masked.

    Returns
    -------
    Objective
    """
    return Objective(head=measure_profile_scaling(log10_mass), loss=masked_mse, targets=_same)


def gaussian_objective(space: ProfileSpace) -> Objective:
    """Return the objective of a network that predicts a Gaussian.

    Parameters
    ----------
    space : ProfileSpace
        The Gaussian is one in its whitened coordinates.

    Returns
    -------
    Objective
    """
    return Objective(
        head=GaussianProfile(radii=len(space.mean)),
        loss=_gaussian_loss(space),
        targets=space.whiten,
    )


def _gaussian_loss(space: ProfileSpace) -> Callable:
    """Return the loss of a Gaussian in the coordinates of a space.

    The mean is trained by the squared error of the profile, the covariance by the likelihood around
    this mean: by the likelihood of few galaxies, the mean would first learn what is certain in
    them, and not what is large (Stirn et al. 2023, AISTATS, "faithful" regression).
    """
    metric = profile_metric(space).astype(np.float32)

    def loss(truth, predicted):
        mean = predicted[..., 0]
        fixed = ops.expand_dims(ops.stop_gradient(mean), -1)
        likelihood = masked_gaussian_nll(
            truth, ops.concatenate([fixed, predicted[..., 1:]], axis=-1)
        )
        known = ops.isfinite(truth)
        offset = ops.where(known, mean - truth, ops.zeros_like(mean))
        error = ops.matmul(offset, ops.transpose(metric))
        # radii and coordinates both begin with the outermost
        return masked_mse(ops.where(known, 0.0, np.nan), error) + LIKELIHOOD_WEIGHT * likelihood

    return loss


def profile_metric(space: ProfileSpace) -> np.ndarray:
    """Return by how much the profile changes with its coordinates, at the mean profile.

    The squared error that follows is quadratic. That of the profiles themselves is exponential in
    the logarithms of the steps, and training could run away.

    Parameters
    ----------
    space : ProfileSpace

    Returns
    -------
    ndarray, shape (radii, coordinates)
        log10 mass [dex] within each radius, from the outermost inwards, per whitened coordinate.
    """
    slopes = np.concatenate([[1.0], -np.exp(space.mean[1:])])
    return np.tril(np.ones_like(space.factor)) @ (slopes[:, None] * space.factor)


def _same(log10_mass: np.ndarray) -> np.ndarray:
    return log10_mass


@keras.saving.register_keras_serializable(package="umbra")
def masked_mse(truth, predicted):
    """Return the mean squared error of each image over the radii whose truth is not NaN."""
    valid = ops.isfinite(truth)
    # NaN is replaced before the difference: its gradient would be NaN even with weight zero
    difference = predicted - ops.where(valid, truth, ops.zeros_like(truth))
    weight = ops.cast(valid, predicted.dtype)
    count = ops.maximum(ops.sum(weight, axis=-1), 1.0)
    return ops.sum(weight * ops.square(difference), axis=-1) / count


@keras.saving.register_keras_serializable(package="umbra")
def masked_gaussian_nll(truth, predicted):
    """Return the negative log likelihood of each image, without its constant term.

    Parameters
    ----------
    truth : tensor, shape (n, radii)
        Whitened coordinates; NaN in the last ones of a masked profile, which are integrated over.
    predicted : tensor, shape (n, radii, radii + 1)
        Output of `GaussianProfile`.

    Returns
    -------
    tensor, shape (n,)
        Mean over the coordinates that are not NaN.
    """
    valid = ops.isfinite(truth)
    weight = ops.cast(valid, predicted.dtype)
    mean, precision_factor = predicted[..., 0], predicted[..., 1:]
    offset = ops.where(valid, truth, ops.zeros_like(truth)) - mean
    # the factor is lower triangular: a missing coordinate does not enter those before it
    standard = ops.squeeze(ops.matmul(precision_factor, ops.expand_dims(offset, -1)), -1)
    logarithm = ops.log(ops.diagonal(precision_factor, axis1=-2, axis2=-1))
    count = ops.maximum(ops.sum(weight, axis=-1), 1.0)
    return ops.sum(weight * (0.5 * ops.square(standard) - logarithm), axis=-1) / count


@keras.saving.register_keras_serializable(package="umbra")
class GaussianProfile(keras.layers.Layer):
    """Turn the output of the last dense layer into a mean, and add a precision factor.

    The result (n, radii, radii + 1) has the mean w0 in its first column and then P, a lower
    triangular matrix with a positive diagonal, such that P (w - w0) is standard normal. P is learnt
    and is the same for all images: networks that predict it from the image learn the errors of the
    training galaxies by heart (docs/uncertainty.md). An untrained network predicts the standard
    normal distribution, which is that of the training profiles.

    Parameters
    ----------
    radii : int
        Number of coordinates.
    """

    def __init__(self, *, radii: int, name: str = "gaussian_profile", **options):
        super().__init__(name=name, **options)
        self.radii = int(radii)
        rows, columns = np.tril_indices(self.radii, -1)
        places = np.zeros((len(rows), self.radii**2), dtype=np.float32)
        places[np.arange(len(rows)), rows * self.radii + columns] = 1
        self._places = places

    @property
    def units(self) -> int:
        """Width of the dense layer before this one: the mean."""
        return self.radii

    def build(self, input_shape):
        """Make the weights of the precision factor."""
        self._logarithm = self.add_weight(shape=(self.radii,), initializer="zeros", name="diagonal")
        self._below = self.add_weight(
            shape=(len(self._places),), initializer="zeros", name="below_diagonal"
        )

    def call(self, mean):
        """Put the factor behind the mean (n, radii)."""
        logarithm = COVARIANCE_GAIN * self._logarithm
        scale = ops.exp(ops.clip(logarithm, -LARGEST_LOGARITHM, LARGEST_LOGARITHM))
        places = ops.convert_to_tensor(self._places, dtype=self.compute_dtype)
        below = ops.matmul(COVARIANCE_GAIN * self._below, places)
        below = ops.reshape(below, (self.radii, self.radii))
        factor = ops.diag(scale) + below
        mean = ops.expand_dims(mean, -1)
        return ops.concatenate([mean, ops.zeros_like(mean) + factor], axis=-1)

    def compute_output_shape(self, input_shape):
        """Return the shape of the mean and the factor together."""
        return (*input_shape[:-1], self.radii, self.radii + 1)

    def get_config(self) -> dict:
        """Return the arguments that make this layer again."""
        return super().get_config() | {"radii": self.radii}
