"""Fields and header of TNG's HDF5 files, with errors that name them."""

from pathlib import Path

import h5py
import numpy as np

from umbra.errors import Damaged
from umbra.hdf5 import find, reading


def find_dataset(file: h5py.File, path: Path, name: str) -> h5py.Dataset:
    """Return a dataset, or raise Damaged with file and field."""
    found = find(file, path, name)
    if not isinstance(found, h5py.Dataset):
        raise Damaged(
            f"{path} has no field {name}, which the workflow needs; fetch or make the file again "
            "with that field."
        )
    return found


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


def header_number(file: h5py.File, path: Path, name: str) -> float:
    """Return a header attribute that is one number, whether a scalar or an array of length 1."""
    values = header_values(file, path, name)
    if values.size != 1:
        raise Damaged(
            f"{path}: Header/{name} holds {values.size} values where one is expected; the file is "
            "no TNG file."
        )
    return values[0].item()
