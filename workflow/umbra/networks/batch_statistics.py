"""The means and variances with which batch normalisation predicts.

Keras predicts with running averages over the steps of the training. These are wrong where dropout
comes before a normalisation, as in the paper's architectures: dropout adds to the variance of a
batch, and without it, in a prediction, the features come out of the normalisation too small (Li et
al. 2019, CVPR, "variance shift"). After a few steps they also still are what they began with. So
they are measured instead, on training images and without dropout (Wu & Johnson 2021,
arXiv:2105.07576, "precise" statistics).
"""

import math

import keras
import numpy as np
from keras import layers, ops

from umbra.networks.inference import INFERENCE_BATCH, rows_of
from umbra.networks.symmetry import MeanOverSymmetries, RepeatForSymmetries, Symmetries

# Training images that are measured; of more, every second, third ...
MEASURED_IMAGES = 512
# They change nothing in a measurement. The eight versions of an image have the same statistics.
_LEFT_OUT = (layers.Dropout, Symmetries, RepeatForSymmetries, MeanOverSymmetries)


class BatchStatistics:
    """The batch normalisations of a network, and the model that measures what they get.

    Parameters
    ----------
    trunk : keras.Model
        The network behind its image scaling, not compiled yet.

    Attributes
    ----------
    normalisations : list of keras.layers.BatchNormalization
    moments : keras.Model or None
        None if there is no normalisation. Takes what the trunk takes. Returns the mean and the
        variance of what each normalisation gets, in turn, if all before it normalise by the moments
        of this batch. It shares the weights of the trunk.
    """

    def __init__(self, trunk: keras.Model):
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
        self.moments = keras.Model(copy.input, outputs) if measured else None

    def measure(self, inputs: np.ndarray | list[np.ndarray]) -> None:
        """Set the statistics of all normalisations to those of training images.

        Parameters
        ----------
        inputs : ndarray or list of ndarray
            What the trunk takes.
        """
        if not self.normalisations:
            return
        batches = measured_rows(len(keras.tree.flatten(inputs)[0]))
        measured = [self.moments.predict_on_batch(rows_of(inputs, rows)) for rows in batches]
        # moments[k]: of all batches, shape (batches, features)
        moments = [np.stack(one) for one in zip(*measured, strict=True)]
        pairs = zip(moments[::2], moments[1::2], strict=True)
        for layer, (means, variances) in zip(self.normalisations, pairs, strict=True):
            mean, variance = of_all_batches(means, variances)
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)


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
