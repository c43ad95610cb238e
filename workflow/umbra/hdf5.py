"""HDF5 files: the one place that opens and writes them, without locks.

umbra writes each file once, under a temporary name, so that no lock is needed. Many file systems of
clusters grant none.
"""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from umbra.errors import Damaged
from umbra.faults import plain_reason, system_fault, unreadable
from umbra.files import atomic

# Files that stay open because HDF5 crashes when it closes them: one of their datasets is lost.
_GIVEN_UP: list[h5py.File] = []
_FAULT = "cannot be read as HDF5"
# What HDF5 has to say of a damaged chunk as well as of one for which there is no memory.
_OF_CHUNK = ("filter returned failure", "memory allocation failed for raw data chunk")
_COPIES = 4  # of a chunk, which filters hold at the same time
_REMEDY = "it is damaged, incomplete or of another format, so fetch or make it again"


@contextmanager
def reading(path: Path, *, fault: str = _FAULT, remedy: str = _REMEDY) -> Iterator[None]:
    """Raise an InputError that names the file in place of HDF5's own errors.

    Parameters
    ----------
    path : Path
        The file.
    fault, remedy : str
        What the sentence states of a damaged file.

    Raises
    ------
    Damaged
        If the content cannot be read.
    InputError
        If the system does not let the file be read.
    """
    try:
        yield
    # h5py raises KeyError for an object whose name is there but whose description is damaged, and
    # ValueError for a damaged type of numbers
    except (OSError, RuntimeError, KeyError, ValueError, MemoryError) as error:
        damaged = f"{path} {fault} ({plain_reason(error)}); {remedy}."
        of_chunk = any(text in str(error) for text in _OF_CHUNK)
        cause = _cause_of_chunk(path) if of_chunk else error
        raise unreadable(cause, path, damaged) from error


def _cause_of_chunk(path: Path) -> Exception:
    """Return why a chunk could not be unpacked: HDF5's text is the same for damage and for memory.

    If all chunks can be unpacked one at a time, none is damaged, and memory was too short.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            file.visititems(_unpack)
    except Exception as error:  # of whatever kind, as in `reading`
        return error
    return MemoryError()


def _unpack(_: str, item: h5py.HLObject) -> None:
    """Read a dataset chunk by chunk; raise MemoryError if there is no memory for one chunk."""
    if isinstance(item, h5py.Dataset) and item.chunks and item.size:
        chunk_bytes = item.dtype.itemsize * math.prod(item.chunks)
        np.empty(_COPIES * chunk_bytes, dtype=np.uint8)
        for piece in item.iter_chunks():
            item[piece]


@contextmanager
def open_file(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading.

    Raises
    ------
    Damaged
        If it is truncated or no HDF5.
    InputError
        If it is absent, or the system does not let it be read.
    """
    with reading(path):
        file = h5py.File(path, "r", locking=False)
    with file:
        yield file


@contextmanager
def open_content(path: Path, *, fault: str, remedy: str) -> Iterator[h5py.File]:
    """Open a file in a block that only reads it, with the errors of `reading`."""
    with reading(path, fault=fault, remedy=remedy):
        with h5py.File(path, "r", locking=False) as file:
            yield file


@contextmanager
def create(path: Path) -> Iterator[h5py.File]:
    """Write a file that appears whole or not at all.

    Raises
    ------
    InputError
        If the system does not let it be written, for example on a full disk. No partial file
        remains. Other errors of the caller's are raised as they are.
    """
    with atomic(path) as temporary:
        file = h5py.File(temporary, "w", locking=False)
        lost: list[BaseException] = []
        try:
            with _unprinted(lost):
                yield file
        finally:
            if lost:
                _GIVEN_UP.append(file)
            else:
                file.close()
        if lost:
            raise lost[0]


@contextmanager
def _unprinted(lost: list[BaseException]) -> Iterator[None]:
    """Collect what h5py only prints: that a dataset could not be written when it was closed."""
    printing, reporting = sys.excepthook, sys.unraisablehook

    def collect(report: "sys.UnraisableHookArgs") -> None:
        if system_fault(report.exc_value):
            lost.append(report.exc_value)
        else:
            reporting(report)

    sys.excepthook, sys.unraisablehook = (lambda *_: None), collect
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = printing, reporting


def read_field(
    file: h5py.File, path: Path, name: str, rows: slice | int = slice(None)
) -> np.ndarray:
    """Return some rows of a dataset, or all of them, with the errors of `reading`."""
    with reading(path):
        return file[name][rows]


def find(file: h5py.File, path: Path, name: str) -> h5py.HLObject | None:
    """Return a group or dataset, or None if there is none of that name.

    `h5py.Group.get` would also return None if the file cannot be read.

    Raises
    ------
    InputError
        As in `reading`.
    """
    with reading(path):
        return file[name] if name in file else None


def find_dataset(file: h5py.File, path: Path, name: str) -> h5py.Dataset:
    """Return a dataset, or raise Damaged with file and field."""
    found = find(file, path, name)
    if not isinstance(found, h5py.Dataset):
        raise Damaged(
            f"{path} has no field {name}, which the workflow needs; fetch or make the file again "
            "with that field."
        )
    return found
