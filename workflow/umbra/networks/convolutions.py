"""Convolutions as products of two matrices, for many networks at a time.

A convolution whose weights differ from network to network becomes a grouped convolution under
`jax.vmap`, which the libraries of GPUs compute slowly. A product of matrices becomes a batch of
products, which they compute fast: the pixels under the kernel are gathered into the rows of one
matrix, and the kernel is the other.
"""

import keras
from keras import layers, ops


class MatrixConvolution(layers.Conv2D):
    """A convolution in two dimensions, computed as one product of matrices.

    It takes what `keras.layers.Conv2D` takes, but for dilation, groups and channels first, which no
    architecture has.
    """

    def convolution_op(self, inputs, kernel):
        """Convolve `inputs` (n, rows, columns, channels) with `kernel`."""
        matrix = ops.reshape(ops.transpose(kernel, (1, 0, 2, 3)), (-1, kernel.shape[-1]))
        # first the rows under the kernel, then the columns: fewer pieces than pixels under it
        return ops.matmul(self._shifted(self._shifted(inputs, axis=1), axis=2), matrix)

    def _shifted(self, images, *, axis: int):
        """Return the pixels under the kernel along an axis, as channels."""
        window, stride = self.kernel_size[axis - 1], self.strides[axis - 1]
        length, before, after = self._extent(images.shape[axis], window, stride)
        padding = [(0, 0)] * 4
        padding[axis] = before, after
        padded = ops.pad(images, padding)
        pieces = []
        for first in range(window):
            where = [slice(None)] * 4
            where[axis] = slice(first, first + stride * (length - 1) + 1, stride)
            pieces.append(padded[tuple(where)])
        return ops.concatenate(pieces, axis=-1)

    def _extent(self, size: int, window: int, stride: int) -> tuple[int, int, int]:
        """Return the length of the output along an axis, and the padding on both sides."""
        if self.padding == "valid":
            return (size - window) // stride + 1, 0, 0
        length = -(-size // stride)
        padding = max((length - 1) * stride + window - size, 0)
        return length, padding // 2, padding - padding // 2


def with_matrix_products(model: keras.Model) -> keras.Model:
    """Return a network that computes the same with `MatrixConvolution`.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    keras.Model
        Its variables are in the order of those of `model`. Those of convolutions are new ones; the
        others are shared.
    """

    def same(layer: layers.Layer) -> layers.Layer:
        if type(layer) is layers.Conv2D:
            return MatrixConvolution.from_config(layer.get_config())
        return layer

    # A compiled model would compile its clone with the loss by name, which a loss need not have.
    bare = keras.Model(model.input, model.output)
    return keras.models.clone_model(bare, clone_function=same)
