"""Functions that numba compiles, kept compiled from one process to the next."""

from collections.abc import Callable
from pathlib import Path

import numba

from umbra.code_fingerprint import function_fingerprint

# Where numba itself would keep them, unless the user has given a folder.
_FOLDER = Path(__file__).parent / "__pycache__" / "numba"


def compiled(**options) -> Callable[[Callable], Callable]:
    """Return a decorator like `numba.njit` that keeps the compiled function on disk.

    numba compiles a function again when its own file has changed. It does not notice a change of a
    function or constant in another file that was compiled into it. Here the folder of the kept code
    has the fingerprint of all of them in its name.

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
        numba.config.CACHE_DIR = str(Path(before or _FOLDER) / function_fingerprint(function))
        try:
            return numba.njit(cache=True, **options)(function)
        finally:
            numba.config.CACHE_DIR = before

    return decorate
