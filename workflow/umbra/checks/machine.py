"""Checks of the machine: names and state of folders, Python, and what is installed."""

import os
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from umbra.errors import InputError
from umbra.files import check_room

# Where a run writes, below the folder in which it runs.
WRITTEN = (".", "results", "logs", "benchmarks", ".snakemake")
# All packages that jobs import or read tables of. Some are imported only after hours.
PACKAGES = (
    "astropy corner docutils dust_extinction emcee h5py illustris_python jinja2 keras martini"
    " matplotlib numba numpy pandas photutils psutil pydantic reproject requests scipy sklearn"
    " speclite tenacity threadpoolctl tqdm urllib3 yaml"
).split()
# Those with which the networks and their sensitivity maps can be computed.
BACKENDS = ("tensorflow", "jax")
_NUMBA_FILE = ".numba_config.yaml"
# The shell takes these for something else than a part of a name, Snakemake braces for a wildcard,
# and a colon separates folders on a search path. envs/check_folder.sh has the same characters.
# The last range is of bytes that are no UTF-8, which cannot be written into a log or a table.
_NOT_IN_A_NAME = re.compile(r"""[][ "'`$&;|<>()*?{}!#^\\:\x00-\x1f\x7f\udc80-\udcff]""")


def check_name(path: str | os.PathLike, *, what: str, remedy: str) -> None:
    """Raise InputError if a path has a character that must not be in it.

    Snakemake 9.27 calls scripts as ``PYTHON 'script'``, without quotes around its own Python, and
    submits jobs to a cluster as text that two shells read. It takes braces in the names of inputs
    for wildcards.

    Parameters
    ----------
    path : str or path-like
    what : str
        What the path is of, for the message.
    remedy : str
        What to do about it, for the message.
    """
    found = _NOT_IN_A_NAME.search(os.fspath(path))
    if found:
        raise InputError(
            f"{what} is {os.fspath(path)!r}, and Snakemake cannot work with {found[0]!r} in that"
            f" path: {remedy}."
        )


def check_input_name(path: Path | None, *, option: str) -> None:
    """Raise InputError if Snakemake would find a wildcard in the path of an option, if any."""
    if path is not None and re.search("[{}]", str(path)):
        raise InputError(
            f"{option} is {str(path)!r}, and Snakemake takes braces in the path of an input for a"
            " wildcard: rename the file or folder."
        )


def check_folders(folder: Path) -> None:
    """Raise InputError if a run cannot write into a folder, or into one that it writes below it.

    A folder in ``results`` may be another's that is only read, but no link to nowhere. Links may
    lead to other disks; each disk that the run can write must have room.

    Parameters
    ----------
    folder : Path
        Where the run is.
    """
    disks: dict[int, Path] = {}
    for path in _written(folder):
        if not path.is_dir():
            kind = f"a link to {os.readlink(path)}, which is no folder" if path.is_symlink() else ""
            raise InputError(
                f"{path.absolute()} is {kind or 'no folder'}, but the run writes below it: remove"
                f"{' the link or make its target' if kind else ' or rename it'}."
            )
        if os.access(path, os.W_OK):  # a disk that is only read may be full
            disks.setdefault(path.stat().st_dev, path)
    check_permissions(folder / name for name in WRITTEN)
    for path in disks.values():
        check_room(path)


def check_permissions(folders: Iterable[str | os.PathLike]) -> None:
    """Raise InputError if a folder cannot be written, or cannot be made where it is missing."""
    looked = set()
    for folder in folders:
        path = Path(folder).absolute()
        while not path.exists():
            path = path.parent
        if path in looked:
            continue
        looked.add(path)
        if not os.access(path, os.W_OK | os.X_OK):
            raise InputError(
                f"{path} cannot be written by you: change its permissions, or run in another"
                " folder (snakemake --directory)."
            )


def _written(folder: Path) -> Iterable[Path]:
    """Yield the folders that a run writes to and that are there, whatever they are.

    No rule writes to a hidden one; editors make hidden links to nowhere as locks.
    """
    for name in WRITTEN:
        if os.path.lexists(folder / name):
            yield folder / name
    if (folder / "results").is_dir():
        with os.scandir(folder / "results") as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir() or (entry.is_symlink() and not os.path.exists(entry.path)):
                    yield Path(entry.path)


def check_no_numba_file(folder: Path) -> None:
    """Raise InputError if numba would read options from the folder of the run."""
    if (folder / _NUMBA_FILE).exists():
        raise InputError(
            f"{folder.absolute() / _NUMBA_FILE} changes what numba compiles, and so the results:"
            " remove it."
        )


def check_packages(names: Iterable[str] = PACKAGES) -> None:
    """Raise InputError if packages are not installed that jobs import."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise InputError(
            f"the Python that runs Snakemake lacks {', '.join(missing)}: run `make setup` and"
            " `. .venv/bin/activate`, then run again."
        )


def check_backend() -> None:
    """Raise InputError if the user's backend of Keras cannot compute the networks."""
    backend = os.environ.get("KERAS_BACKEND") or BACKENDS[0]
    if backend not in BACKENDS:
        raise InputError(
            f"KERAS_BACKEND is {backend!r}: set it to {' or '.join(BACKENDS)}, because sensitivity"
            " maps need one of them."
        )
    if find_spec(backend) is None:
        raise InputError(
            f"KERAS_BACKEND is {backend!r}, which is not installed: run `make setup`, or set"
            f" KERAS_BACKEND to {' or '.join(other for other in BACKENDS if other != backend)}."
        )
