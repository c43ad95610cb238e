"""Batches of images for Keras's own loop."""

import keras


def batches_of(arrays: tuple, *, size: int, order_seed: int | None = None):
    """Return inputs and targets in batches, as `keras.Model.fit` takes them.

    Keras would do the same with the arrays, but TensorFlow would then look for better sizes of its
    buffers while it trains. The thread that does so sleeps ever longer, and an epoch cannot end
    before it wakes up: trainings of seconds waited for a tenth of their time. All images are in
    memory, so that there is nothing to look for.

    Parameters
    ----------
    arrays : tuple
        Inputs, or a list of them, and targets, all of shape (n, ...).
    size : int
        Images in a batch; the last one may have fewer.
    order_seed : int, optional
        Seed of the order, which is another one in each epoch. By default that of the arrays.

    Returns
    -------
    tf.data.Dataset
    """
    import tensorflow as tf

    inputs, targets = arrays
    inputs = tuple(inputs) if isinstance(inputs, list) else inputs  # not one tensor of both
    tensors = keras.tree.map_structure(tf.convert_to_tensor, (inputs, targets))
    rows = tf.data.Dataset.range(len(targets))
    if order_seed is not None:
        rows = rows.shuffle(len(targets), seed=order_seed)
    # An argument of the function: tensors that it refers to would stay when the dataset is gone.
    everything = tf.data.Dataset.from_tensors(tensors).repeat()
    batches = tf.data.Dataset.zip((rows.batch(size), everything)).map(
        lambda chosen, whole: keras.tree.map_structure(lambda one: tf.gather(one, chosen), whole)
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    # TensorFlow would copy the images for it. Keras does without, too.
    options.experimental_optimization.apply_default_optimizations = False
    return batches.prefetch(1).with_options(options)
