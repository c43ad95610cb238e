"""Open, read and write HDF5 files, with errors that a user understands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from umbra.errors import InputError
from umbra.files import atomic


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise an InputError that names the file in place of HDF5's own errors."""
    try:
        yield
    # h5py raises KeyError for an object whose name is there but whose description is damaged
    except (OSError, RuntimeError, KeyError) as error:
        raise InputError(
            f"{path} cannot be read as HDF5 ({_reason(error)}); it is damaged, incomplete or of "
            "another format, so fetch or make it again."
        ) from error


@contextmanager
def open_file(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading.

    Raises
    ------
    InputError
        If it is absent, truncated or no HDF5.
    """
    with reading(path):
        file = h5py.File(path, "r")
    with file:
        yield file


@contextmanager
def create(path: Path) -> Iterator[h5py.File]:
    """Write a file that appears whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written, for example on a full disk. No partial file remains.
    """
    try:
        with atomic(path) as temporary, h5py.File(temporary, "w") as file:
            yield file
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"{path} cannot be written ({_reason(error)}); make room or give another folder, and "
            "run again."
        ) from error


def find_dataset(file: h5py.File, path: Path, name: str) -> h5py.Dataset:
    """Return a dataset, or raise an InputError that names file and field."""
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        raise InputError(
            f"{path} has no field {name}, which the workflow needs; fetch or make the file again "
            "with that field."
        )
    return found


def header_values(file: h5py.File, path: Path, name: str) -> np.ndarray:
    """Return an attribute of the header as a flat array, or raise an InputError that names it."""
    attributes = file["Header"].attrs if "Header" in file else {}
    if name not in attributes:
        raise InputError(
            f"{path} has no attribute Header/{name}, so it is no TNG file; check simulation.path."
        )
    return np.ravel(attributes[name])


def header_number(file: h5py.File, path: Path, name: str) -> float:
    """Return a header attribute that is one number, whether a scalar or an array of length 1."""
    values = header_values(file, path, name)
    if values.size != 1:
        raise InputError(
            f"{path}: Header/{name} holds {values.size} values where one is expected; the file is "
            "no TNG file."
        )
    return values[0].item()


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    for opening, closing in (("error message = '", "'"), ("(", ")")):
        _, found, rest = text.partition(opening)
        if found:
            return rest.split(closing)[0]
    return text
