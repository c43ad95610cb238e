"""Convolutional networks that predict dark-matter profiles from images.

Nothing outside this folder imports Keras, because the import takes seconds. TensorFlow writes notes
about its build to standard error while it is imported, whatever its log level; this module imports
Keras with standard error closed, so that the notes do not appear. What a user has set for Keras and
its backends is left out before, but for the choice of the backend.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from umbra.environment import prepare_environment

# Keras and TensorFlow load these, if they are installed, for what umbra does not use of them: a
# third of the time of their import.
_OPTIONAL = {"jax", "matplotlib", "sklearn"} - {os.environ.get("KERAS_BACKEND")}


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


@contextmanager
def _as_if_not_installed(packages: set[str]) -> Iterator[None]:
    """Let the import of packages fail, unless they are imported already."""
    absent = packages - set(sys.modules)
    sys.modules.update(dict.fromkeys(absent))  # an import that finds None here fails
    try:
        yield
    finally:
        for package in absent:
            del sys.modules[package]


prepare_environment()
with _silent_standard_error(), _as_if_not_installed(_OPTIONAL):
    import keras  # noqa: F401
