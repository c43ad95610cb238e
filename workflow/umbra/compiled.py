"""Functions that numba compiles, kept compiled from one process to the next."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numba
from numba.core.compiler_lock import global_compiler_lock

from umbra.code_fingerprint import function_fingerprint
from umbra.files import cache_folder

# Where numba itself would keep them.
_BESIDE = Path(__file__).parent / "__pycache__"


def compiled(**options) -> Callable[[Callable], Callable]:
    """Return a decorator like `numba.njit` that keeps the compiled function on disk.

    numba compiles a function again when its own file has changed. It does not notice a change of a
    function or constant in another file that was compiled into it. Here the folder of the kept code
    has the fingerprint of all of them in its name. It is in the folder that the user gave numba,
    beside the package, or in the user's cache. Where none can be written, nothing is kept. Of jobs
    that need a function at the same time, one compiles it and the others wait.

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
        numba.config.CACHE_DIR = folder = _kept_in(Path("numba", function_fingerprint(function)))
        try:
            made = numba.njit(cache=bool(folder), **options)(function)
        finally:
            numba.config.CACHE_DIR = before
        if folder and not numba.config.DISABLE_JIT:
            made.compile = _in_turn(made.compile, Path(folder, "lock"))
        return made

    return decorate


def _in_turn(compile: Callable, lock: Path) -> Callable:
    """Return `compile` so that one process at a time runs it; the next ones load what it saved."""

    def compile_in_turn(signature):
        # A nested compilation holds numba's lock already; the other order could deadlock threads.
        with global_compiler_lock, _held(lock):
            return compile(signature)

    return compile_in_turn


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold a lock among processes, unless the file system has none."""
    with ExitStack() as stack:
        with suppress(OSError):
            file = stack.enter_context(open(lock, "wb"))
            # Of the process, so that a nested compilation does not wait for itself.
            fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def _kept_in(name: Path) -> str:
    """Return the first folder of that name that can be written, or an empty text."""
    for base in (numba.config.CACHE_DIR, _BESIDE, cache_folder()):
        with suppress(OSError):
            if base:
                (folder := Path(base) / name).mkdir(parents=True, exist_ok=True)
                if os.access(folder, os.W_OK | os.X_OK):
                    return str(folder)
    return ""
