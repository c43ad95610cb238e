"""Rows of a chunk that lie close together, read together."""

from dataclasses import dataclass

import h5py
import numpy as np

# If fewer rows lie between two kept ones, reading them costs less than skipping them.
GAP_ROWS = 4096


@dataclass(frozen=True)
class Stretch:
    """Rows of a chunk that are read together.

    Parameters
    ----------
    begin, end : int
        First row, and the row after the last one.
    picked : ndarray of int, shape (n,), or None
        Rows that are kept, counted from `begin`; None if all are kept.
    to : ndarray of int, shape (n,), or slice
        Rows of the output that they become; a slice if they stay together.
    """

    begin: int
    end: int
    picked: np.ndarray | None
    to: np.ndarray | slice


def stretches_of(row: np.ndarray, *, to: np.ndarray, slab_rows: int) -> list[Stretch]:
    """Join ascending rows that lie close together into stretches.

    Parameters
    ----------
    row : ndarray of int, shape (n,)
        Rows of a chunk.
    to : ndarray of int, shape (n,)
        Row of the output that each becomes.
    slab_rows : int
        No stretch reaches across a multiple of this number of rows.

    Returns
    -------
    list of Stretch
    """
    apart = (np.diff(row) > GAP_ROWS) | (np.diff(row // slab_rows) != 0)
    edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(row)]
    return [_stretch(row[a:b], to[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def read_stretches(source: h5py.Dataset, stretches: list[Stretch], *, rows: int) -> np.ndarray:
    """Read the kept rows of a field into the order of the output, with few copies.

    Parameters
    ----------
    source : h5py.Dataset
        The field.
    stretches : list of Stretch
    rows : int
        How many rows are kept.

    Returns
    -------
    ndarray, shape (rows, ...)
        In the order of bytes of this machine.
    """
    values = np.empty((rows, *source.shape[1:]), dtype=source.dtype.newbyteorder("="))
    for stretch in stretches:
        if stretch.picked is None and isinstance(stretch.to, slice):
            source.read_direct(values, np.s_[stretch.begin : stretch.end], stretch.to)
            continue
        block = source[stretch.begin : stretch.end]
        if stretch.picked is None:
            values[stretch.to] = block
        elif isinstance(stretch.to, slice):
            # every index is valid; with "clip", numpy writes to `out` without a copy in between
            block.take(stretch.picked, axis=0, out=values[stretch.to], mode="clip")
        else:
            values[stretch.to] = block.take(stretch.picked, axis=0)
    return values


def _stretch(row: np.ndarray, to: np.ndarray) -> Stretch:
    together = bool((np.diff(to) == 1).all())
    return Stretch(
        begin=int(row[0]),
        end=int(row[-1]) + 1,
        picked=None if (np.diff(row) == 1).all() else row - row[0],
        to=slice(int(to[0]), int(to[-1]) + 1) if together else to,
    )
