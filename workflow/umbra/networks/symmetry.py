"""The symmetry of the sky: a galaxy that is turned or mirrored has the same masses.

The square has eight symmetries: quarter turns, and these mirrored. In training each image gets one
of them at random; a prediction is the mean over all eight, and so is the same for a galaxy that is
turned or mirrored. Line-of-sight velocities keep their sign in all of them.
"""

import keras
from keras import ops

SYMMETRIES = 8


def symmetries(images) -> list:
    """Return the eight turned and mirrored versions of square images (n, pixels, pixels, channels).

    The first is the images as they are.
    """
    versions = []
    for one in (images, ops.transpose(images, (0, 2, 1, 3))):
        for other in (one, ops.flip(one, axis=1)):
            versions += [other, ops.flip(other, axis=2)]
    return versions


@keras.saving.register_keras_serializable(package="umbra")
class Symmetries(keras.layers.Layer):
    """Turn and mirror images: each at random in training, in all eight ways otherwise.

    In training the output has the shape of the input. Otherwise the eight versions of all images
    follow each other along the first axis, and `MeanOverSymmetries` must come after.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, images, training=False):
        """Turn and mirror `images` (n, pixels, pixels, channels)."""
        if not training:
            return ops.concatenate(symmetries(images), axis=0)
        heads = keras.random.uniform((ops.shape(images)[0], 3), seed=self.seed_generator) < 0.5
        heads = ops.reshape(heads, (-1, 3, 1, 1, 1))
        images = ops.where(heads[:, 0], ops.transpose(images, (0, 2, 1, 3)), images)
        images = ops.where(heads[:, 1], ops.flip(images, axis=1), images)
        return ops.where(heads[:, 2], ops.flip(images, axis=2), images)

    def compute_output_shape(self, input_shape):
        """Return the shape of the output, whose first length is not fixed."""
        return (None, *input_shape[1:])


@keras.saving.register_keras_serializable(package="umbra")
class RepeatForSymmetries(keras.layers.Layer):
    """Repeat what is the same for all eight versions that `Symmetries` makes; not in training."""

    def call(self, values, training=False):
        """Repeat `values` (n, width)."""
        return values if training else ops.tile(values, (SYMMETRIES, 1))

    def compute_output_shape(self, input_shape):
        """Return the shape of the output, whose first length is not fixed."""
        return (None, *input_shape[1:])


@keras.saving.register_keras_serializable(package="umbra")
class MeanOverSymmetries(keras.layers.Layer):
    """Return the mean over the eight versions that `Symmetries` makes; in training, the input."""

    def call(self, values, training=False):
        """Average `values` (8 n, width), or return `values` (n, width) in training."""
        if training:
            return values
        return ops.mean(ops.reshape(values, (SYMMETRIES, -1, values.shape[-1])), axis=0)

    def compute_output_shape(self, input_shape):
        """Return the shape of the output, whose first length is not fixed."""
        return (None, *input_shape[1:])
