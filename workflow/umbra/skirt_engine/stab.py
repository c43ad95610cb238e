"""SKIRT's stored tables (``.stab``), read from a SKIRT resource folder if there is one."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.skirt_engine import RESOURCES_VARIABLE

_TAG, _ORDER, _END = b"SKIRT X\n", 0x010203040A0BFEFF, b"STABEND\n"
_ITEM = 8  # bytes
_SETTING = f"{RESOURCES_VARIABLE} (photometry.skirt_resources in a configuration of umbra)"


@dataclass(frozen=True)
class Scaled:
    """Values, and the scale on which SKIRT interpolates them.

    Parameters
    ----------
    values : ndarray
        Values in SI units.
    logarithmic : bool
        Whether their logarithms are interpolated, or the values themselves.
    """

    values: np.ndarray
    logarithmic: bool


@dataclass(frozen=True)
class StoredTable:
    """Quantities on a grid.

    Parameters
    ----------
    axes : dict of str to Scaled
        Names and rising grid points, in order.
    quantities : dict of str to Scaled
        Names and values, with one dimension for each axis, in the order of `axes`.
    """

    axes: dict[str, Scaled]
    quantities: dict[str, Scaled]


@dataclass(frozen=True)
class Expected:
    """A table of SKIRT's, as the engine expects it.

    Parameters
    ----------
    name : str
        Name of the file.
    axes : tuple of str
        Axes that it has, in order.
    quantities : tuple of str
        Quantities that it has, among others.
    """

    name: str
    axes: tuple[str, ...]
    quantities: tuple[str, ...]


def folder() -> Path | None:
    """Return the SKIRT resource folder.

    Returns
    -------
    Path or None
        None if the environment variable is empty or not set.

    Raises
    ------
    InputError
        If the environment variable names something that is not a folder.
    """
    value = os.environ.get(RESOURCES_VARIABLE)
    if not value:
        return None
    path = Path(value).expanduser()
    if not path.is_dir():
        raise InputError(
            f"{path} is not a folder; {_SETTING} must name SKIRT's resource folder, or be empty."
        )
    return path


class _Items:
    """The 8-byte items of a file, read one after the other."""

    def __init__(self, path: Path):
        self._path, self._data, self._next = path, path.read_bytes(), 0

    def fail(self, why: str) -> InputError:
        return InputError(
            f"{self._path} {why}; download SKIRT's resource pack again, or leave {_SETTING} empty."
        )

    def take(self, count: int) -> bytes:
        end = self._next + _ITEM * count
        if end > len(self._data):
            raise self.fail("is a truncated stored table")
        part = self._data[self._next : end]
        self._next = end
        return part

    def number(self) -> int:
        return int.from_bytes(self.take(1), "little")

    def texts(self, count: int) -> list[str]:
        return [self.take(1).decode("ascii", "replace").strip() for _ in range(count)]

    def logarithmic(self, scale: str) -> bool:
        if scale not in ("log", "lin"):
            raise self.fail(f"states the scale {scale!r} in its header")
        return scale == "log"

    def values(self, count: int) -> np.ndarray:
        return np.frombuffer(self.take(count), dtype="<f8")


def read_stab(path: Path) -> StoredTable:
    """Read a stored table.

    The file is a sequence of little-endian 8-byte items: a tag; a number that shows the byte order;
    the number of axes; their names, units and scales; each grid after its length; the number of
    quantities; their names, units and scales; the values, in which the quantity runs fastest, then
    the first axis; and an end tag.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    StoredTable

    Raises
    ------
    InputError
        If the file cannot be read, is not one of SKIRT's tables or is damaged.
    """
    try:
        items = _Items(path)
    except OSError as error:
        damaged = f"{path} cannot be read ({plain_reason(error)}); download it again."
        raise unreadable(error, path, damaged) from error
    if items.take(1) != _TAG or items.number() != _ORDER:
        raise items.fail("is not a stored table of SKIRT 9")
    count = items.number()
    if not 1 <= count <= 9:
        raise items.fail(f"states {count} axes in its header")
    names, _, scales = (items.texts(count) for _ in range(3))
    axes = {
        name: Scaled(items.values(items.number()), items.logarithmic(scale))
        for name, scale in zip(names, scales, strict=True)
    }
    for name, grid in axes.items():
        if not (len(grid.values) and (np.diff(grid.values) > 0).all()):
            raise items.fail(f"has an axis {name} that does not rise")
    kinds = items.number()
    if not 1 <= kinds <= 99:
        raise items.fail(f"states {kinds} quantities in its header")
    quantities, _, scales = (items.texts(kinds) for _ in range(3))
    shape = [len(grid.values) for grid in axes.values()]
    values = items.values(kinds * int(np.prod(shape))).reshape(*shape[::-1], kinds)
    if items.take(1) != _END:
        raise items.fail("does not end as a stored table should")
    return StoredTable(
        axes=axes,
        quantities={
            name: Scaled(values[..., k].T, items.logarithmic(scale))
            for k, (name, scale) in enumerate(zip(quantities, scales, strict=True))
        },
    )


def stored(expected: Expected, top: Path | None = None) -> StoredTable:
    """Return a table of a resource folder; it may be at any depth.

    Parameters
    ----------
    expected : Expected
        The table.
    top : Path, optional
        The folder; by default that of the environment variable, which must be set.

    Returns
    -------
    StoredTable

    Raises
    ------
    InputError
        If no file has that name, or it cannot be read, or lacks an axis or a quantity.
    """
    return _stored(top or folder(), expected)


@cache
def locate(top: Path, name: str) -> tuple[Path, ...]:
    """Return the paths of all files of a name at any depth below a folder, sorted."""
    return tuple(sorted(top.rglob(name)))


@cache
def _stored(top: Path, expected: Expected) -> StoredTable:
    found = locate(top, expected.name)
    if not found:
        raise InputError(
            f"{top}: no {expected.name} below this folder; {_SETTING} must name a folder with"
            " SKIRT's resource packs, or be empty."
        )
    table = read_stab(found[0])
    if tuple(table.axes) != expected.axes or not set(expected.quantities) <= set(table.quantities):
        raise InputError(
            f"{found[0]} has axes {', '.join(table.axes)} and quantities"
            f" {', '.join(table.quantities)} instead of {', '.join(expected.axes)} and"
            f" {', '.join(expected.quantities)}; it belongs to another version of SKIRT."
        )
    return table


def bracket(axis: Scaled, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return between which points of an axis values are; the ends hold beyond it.

    Parameters
    ----------
    axis : Scaled
        Rising points, which are positive if the axis is logarithmic.
    at : ndarray, shape (n,)
        Values.

    Returns
    -------
    low, high : ndarray of int, shape (n,)
        Indices of the points below and above.
    fraction : ndarray, shape (n,)
        0 at the lower point, 1 at the upper.
    """
    grid = axis.values
    if len(grid) == 1:
        none = np.zeros(len(at), dtype=int)
        return none, none, none.astype(float)
    low = np.clip(np.searchsorted(grid, at, side="right") - 1, 0, len(grid) - 2)
    scale = np.log if axis.logarithmic else np.asarray
    first, last, x = (
        scale(one) for one in (grid[low], grid[low + 1], np.clip(at, grid[0], grid[-1]))
    )
    return low, low + 1, (x - first) / (last - first)


def interpolate(table: StoredTable, quantity: str, at: dict[str, np.ndarray]) -> np.ndarray:
    """Return a quantity at points on its last axes.

    As in SKIRT (its class ``StoredTable``), the table states for each axis and for the quantity
    whether values or logarithms are interpolated linearly. Points outside the grid are moved to
    its ends. A logarithmic quantity is zero where one of the values it lies between is not
    positive.

    Parameters
    ----------
    table : StoredTable
        The table.
    quantity : str
        Name of the quantity.
    at : dict of str to ndarray, shape (points,)
        Coordinates on all axes, or on all except the first.

    Returns
    -------
    ndarray, shape (points,) or (points, length of the first axis)
    """
    names = list(table.axes)[len(table.axes) - len(at) :]
    wanted = table.quantities[quantity]
    count = len(at[names[0]])
    corners = [(np.ones(count), ())]
    for name in names:
        low, high, fraction = bracket(table.axes[name], np.asarray(at[name]))
        corners = [
            (weight * part, (*index, end))
            for weight, index in corners
            for part, end in ((1 - fraction, low), (fraction, high))
        ]
    values = wanted.values
    if wanted.logarithmic:
        values = np.log(values, where=values > 0, out=np.full(values.shape, -np.inf))
    result = np.zeros((count, *values.shape[: values.ndim - len(at)]))
    for weight, index in corners:
        used = weight > 0  # a value without weight may be minus infinity
        part = values[(..., *(one[used] for one in index))].T
        result[used] += (weight[used] * part.T).T
    return np.exp(result) if wanted.logarithmic else result
