"""The means and variances with which batch normalisation predicts.

Keras predicts with running averages over the steps of the training. These are wrong where dropout
comes before a normalisation, as in the paper's architectures: dropout adds to the variance of a
batch, and without it, in a prediction, the features come out of the normalisation too small (Li et
al. 2019, CVPR, "variance shift"). After a few steps they also still are what they began with. So
they are measured instead, on training images and without dropout (Wu & Johnson 2021,
arXiv:2105.07576, "precise" statistics).

Behind normalisations by these statistics, features are larger than in training, where the variance
was that of dropout too, and predictions may spread too far. Where a normalisation is the last layer
before the profile, its variance is therefore multiplied such that the predictions of the measured
images have the least error. The trained weights stay what they are.
"""

import math
from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

from umbra.networks.inference import INFERENCE_BATCH, rows_of
from umbra.networks.scaling import LAST_DENSE
from umbra.networks.symmetry import MeanOverSymmetries, RepeatForSymmetries, Symmetries

# Training images that are measured; of more, every second, third ...
MEASURED_IMAGES = 512
# They change nothing in a measurement. The eight versions of an image have the same statistics.
_LEFT_OUT = (layers.Dropout, Symmetries, RepeatForSymmetries, MeanOverSymmetries)
# Limits of the factor by which the spread of the predictions changes.
_LEAST_SPREAD, _LARGEST_SPREAD = 0.1, 10.0


class BatchStatistics:
    """The batch normalisations of a network, and the model that measures what they get.

    Parameters
    ----------
    trunk : keras.Model
        The network behind its image scaling, not compiled yet.
    loss : callable, optional
        (targets, output of the trunk) -> loss of each image, quadratic in the output. Without it,
        the spread of the predictions is left as it is.

    Attributes
    ----------
    normalisations : list of keras.layers.BatchNormalization
    sets_spread : bool
        Whether the last of them decides how far the predictions spread.
    moments : keras.Model or None
        None if there is no normalisation. Takes what the trunk takes. Returns the mean and the
        variance of what each normalisation gets, in turn, if all before it normalise by the moments
        of this batch; then, if `sets_spread`, the output. It shares the weights of the trunk.
    """

    def __init__(self, trunk: keras.Model, loss: Callable | None = None):
        measured: list[_NormalisedByBatch] = []

        def replaced(layer: layers.Layer) -> layers.Layer:
            if isinstance(layer, _LEFT_OUT):
                return layers.Identity()
            if isinstance(layer, layers.BatchNormalization):
                measured.append(_NormalisedByBatch(layer))
                return measured[-1]
            return layer

        copy = keras.models.clone_model(trunk, clone_function=replaced)
        self.normalisations = [one.normalisation for one in measured]
        outputs = [moment for one in measured for moment in _moments(one.input)]
        self._loss = loss
        self.sets_spread = loss is not None and _normalised_at_the_end(trunk)
        if self.sets_spread:
            outputs.append(copy.output)
        self.moments = keras.Model(copy.input, outputs) if measured else None

    def measure(
        self, inputs: np.ndarray | list[np.ndarray], targets: np.ndarray | None = None
    ) -> None:
        """Set the statistics of all normalisations to those of training images.

        Parameters
        ----------
        inputs : ndarray or list of ndarray
            What the trunk takes.
        targets : ndarray, optional
            Targets of the loss, if there is one.
        """
        if not self.normalisations:
            return
        batches = measured_rows(len(keras.tree.flatten(inputs)[0]))
        measured = [self.moments.predict_on_batch(rows_of(inputs, rows)) for rows in batches]
        stacked = [np.stack(one) for one in zip(*measured, strict=True)]
        if self.sets_spread:
            targets = targets[batches]
        for layer, (mean, variance) in self.of_measured(stacked, targets):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)

    def of_measured(self, measured: list, targets) -> list[tuple]:
        """Return each normalisation with its mean and variance.

        Parameters
        ----------
        measured : list
            What `moments` returns, of all batches, each of shape (batches, ...).
        targets : tensor, shape (batches, batch, ...)
            Targets of the loss; not used unless `sets_spread`.
        """
        pairs = zip(measured[0::2], measured[1::2], strict=False)
        found = [of_all_batches(means, variances) for means, variances in pairs]
        if self.sets_spread:
            mean, variance = found[-1]
            squared = _best_spread(self._loss, targets, measured[-1]) ** 2
            # what is divided by the spread is the standard deviation, epsilon included
            epsilon = self.normalisations[-1].epsilon
            found[-1] = mean, (variance + epsilon) / squared - epsilon
        return list(zip(self.normalisations, found, strict=True))


def measured_rows(images: int) -> np.ndarray:
    """Return the training images that are measured, shape (batches, images of a batch)."""
    count = min(images, MEASURED_IMAGES)
    batches = math.ceil(count / INFERENCE_BATCH)
    size = count // batches
    # Rows of a galaxy follow each other, and come into different batches.
    rows = np.linspace(0, images, batches * size, endpoint=False).astype(int)
    return rows.reshape(size, batches).T


def of_all_batches(means, variances) -> tuple:
    """Return mean and variance of the union of batches of one size, from theirs (batches, ...)."""
    mean = ops.mean(means, axis=0)
    return mean, ops.mean(variances, axis=0) + ops.var(means, axis=0)


def _normalised_at_the_end(trunk: keras.Model) -> bool:
    """Return whether the last dense layer takes what a normalisation gives."""
    last = next((one for one in trunk.layers if one.name == LAST_DENSE), None)
    if last is None:
        return False
    return isinstance(last.input._keras_history.operation, layers.BatchNormalization)


def _best_spread(loss: Callable, targets, output):
    """Return the factor of the deviations from the mean output with the least loss.

    The output and the targets have shapes (batches, batch, ...). The loss is a parabola of the
    factor, so that three points tell where it is least.
    """
    centre = ops.mean(output, axis=(0, 1), keepdims=True)
    none, once, twice = (
        ops.mean(loss(targets, centre + factor * (output - centre))) for factor in (0.0, 1.0, 2.0)
    )
    bend = none - 2 * once + twice
    known = bend > 0  # an untrained network predicts the same for all
    best = (3 * none - 4 * once + twice) / (2 * ops.where(known, bend, 1.0))
    return ops.where(known, ops.clip(best, _LEAST_SPREAD, _LARGEST_SPREAD), 1.0)


class _NormalisedByBatch(layers.Layer):
    """A batch normalisation that always takes the moments of its batch."""

    def __init__(self, normalisation: layers.BatchNormalization):
        super().__init__()
        self.normalisation = normalisation

    def call(self, x, mask=None):
        mean, variance = _moments(x)
        layer = self.normalisation
        return ops.batch_normalization(
            x,
            mean,
            variance,
            axis=-1,
            offset=layer.beta,
            scale=layer.gamma,
            epsilon=layer.epsilon,
        )

    def compute_output_shape(self, input_shape):
        return input_shape


def _moments(x) -> tuple:
    return ops.moments(x, axes=list(range(len(x.shape) - 1)))
