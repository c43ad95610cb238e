"""Attributes of the header of TNG's HDF5 files, with errors that name them."""

from pathlib import Path

import h5py
import numpy as np

from umbra.errors import Damaged
from umbra.hdf5 import reading


def header_values(file: h5py.File, path: Path, name: str) -> np.ndarray:
    """Return an attribute of the header as a flat array, or raise Damaged with its name."""
    with reading(path):
        attributes = file["Header"].attrs if "Header" in file else {}
        values = np.ravel(attributes[name]) if name in attributes else None
    if values is None:
        raise Damaged(
            f"{path} has no attribute Header/{name}, so it is no TNG file; check simulation.path."
        )
    return values


def finite_numbers(file: h5py.File, path: Path, name: str, *, size: int) -> tuple[float, ...]:
    """Return an attribute of the header that holds finite numbers.

    Parameters
    ----------
    file, path, name
        As in `header_values`.
    size : int
        How many there must be.

    Raises
    ------
    Damaged
        If it is missing, has another size or holds something else.
    """
    values = header_values(file, path, name)
    if values.size != size:
        raise Damaged(
            f"{path}: Header/{name} holds {values.size} values where {size} should be; the file is"
            " no TNG file."
        )
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise Damaged(
            f"{path}: Header/{name} is {', '.join(map(str, values))} where finite numbers are"
            " expected; fetch or make the file again."
        )
    return tuple(values.tolist())


def whole_numbers(file: h5py.File, path: Path, name: str, *, size: int = 1) -> tuple[int, ...]:
    """Return an attribute of the header that holds whole numbers, 0 or more.

    Raises
    ------
    Damaged
        If it is missing, has another size or holds another number.
    """
    values = finite_numbers(file, path, name, size=size)
    if any(value < 0 or value != int(value) for value in values):
        raise Damaged(
            f"{path}: Header/{name} is {', '.join(map(str, values))} where whole numbers, 0 or"
            " more, are expected; fetch or make the file again."
        )
    return tuple(map(int, values))
