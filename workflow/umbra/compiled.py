"""Functions that numba compiles, kept compiled from one process to the next."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numba

from umbra.code_fingerprint import function_fingerprint
from umbra.files import cache_folder

# Where numba itself would keep them.
_BESIDE = Path(__file__).parent / "__pycache__"


def compiled(**options) -> Callable[[Callable], Callable]:
    """Return a decorator like `numba.njit` that keeps the compiled function on disk.

    numba compiles a function again when its own file has changed. It does not notice a change of a
    function or constant in another file that was compiled into it. Here the folder of the kept code
    has the fingerprint of all of them in its name. It is in the folder that the user gave numba,
    beside the package, or in the user's cache. Where none can be written, nothing is kept.

    Parameters
    ----------
    **options
        Options of `numba.njit`.

    Returns
    -------
    callable
    """

    def decorate(function: Callable) -> Callable:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = _kept_in(Path("numba", function_fingerprint(function)))
        try:
            return numba.njit(cache=bool(numba.config.CACHE_DIR), **options)(function)
        finally:
            numba.config.CACHE_DIR = before

    return decorate


def _kept_in(name: Path) -> str:
    """Return the first folder of that name that can be written, or an empty text."""
    for base in (numba.config.CACHE_DIR, _BESIDE, cache_folder()):
        with suppress(OSError):
            if base:
                (folder := Path(base) / name).mkdir(parents=True, exist_ok=True)
                if os.access(folder, os.W_OK | os.X_OK):
                    return str(folder)
    return ""
