"""The library that Keras computes with: its threads, its repeatability, and its name."""

import logging

import keras

logger = logging.getLogger(__name__)


def prepare_backend(*, threads: int) -> None:
    """Limit the threads of TensorFlow and make its results repeatable.

    Other backends need neither: JAX is made repeatable on a GPU before it is imported
    (`umbra.environment`).

    Parameters
    ----------
    threads : int
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):  # operations on the CPU are repeatable anyway
        tf.config.experimental.enable_op_determinism()
    for limit, name in (
        (tf.config.threading.set_intra_op_parallelism_threads, "intra"),
        (tf.config.threading.set_inter_op_parallelism_threads, "inter"),
    ):
        try:
            limit(threads)
        except RuntimeError:
            logger.warning(
                "TensorFlow is running already: its %s-op threads stay as they are", name
            )


def backend_versions() -> dict[str, str]:
    """Return the version of Keras, and the name of the library that it computes with."""
    return {"keras": keras.__version__, "backend": keras.backend.backend()}
