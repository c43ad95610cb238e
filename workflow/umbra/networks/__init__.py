"""Convolutional networks that predict dark-matter profiles from images.

Nothing outside this folder imports Keras, because the import takes seconds. TensorFlow writes notes
about its build to standard error while it is imported, whatever its log level; this module imports
Keras with standard error closed, so that the notes do not appear. What a user has set for Keras and
its backends is left out before, but for the choice of the backend.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from umbra.environment import prepare_environment


@contextmanager
def _silent_standard_error() -> Iterator[None]:
    """Discard what compiled code writes to file descriptor 2; exceptions are still raised."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


prepare_environment()
with _silent_standard_error():
    import keras  # noqa: F401
