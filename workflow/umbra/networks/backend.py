"""Threads and repeatability of the library that Keras computes with."""

import logging

import keras

log = logging.getLogger(__name__)


def prepare_backend(*, threads: int) -> None:
    """Limit the threads of TensorFlow and make it repeat itself; other backends need neither."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):  # operations on the CPU repeat themselves anyway
        tf.config.experimental.enable_op_determinism()
    for limit, name in (
        (tf.config.threading.set_intra_op_parallelism_threads, "intra"),
        (tf.config.threading.set_inter_op_parallelism_threads, "inter"),
    ):
        try:
            limit(threads)
        except RuntimeError:
            log.warning("TensorFlow is running already: its %s-op threads stay as they are", name)
