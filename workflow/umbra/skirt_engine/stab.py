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
class StoredTable:
    """Quantities on a grid.

    Parameters
    ----------
    axes : dict of str to ndarray
        Names and rising grid points in SI units, in order.
    logarithmic : tuple of bool
        Whether SKIRT interpolates logarithmically along each axis.
    quantities : dict of str to ndarray
        Names and values, with one dimension for each axis, in the order of `axes`.
    """

    axes: dict[str, np.ndarray]
    logarithmic: tuple[bool, ...]
    quantities: dict[str, np.ndarray]


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
        If the file cannot be read, is not one of SKIRT's tables or is truncated.
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
    axes = {name: items.values(items.number()) for name in names}
    kinds = items.number()
    if not 1 <= kinds <= 99:
        raise items.fail(f"states {kinds} quantities in its header")
    quantities, *_ = (items.texts(kinds) for _ in range(3))
    shape = [len(grid) for grid in axes.values()]
    values = items.values(kinds * int(np.prod(shape))).reshape(*shape[::-1], kinds)
    if items.take(1) != _END:
        raise items.fail("does not end as a stored table should")
    return StoredTable(
        axes=axes,
        logarithmic=tuple(scale == "log" for scale in scales),
        quantities={name: values[..., k].T for k, name in enumerate(quantities)},
    )


def stored(
    name: str, *, axes: tuple[str, ...], quantities: tuple[str, ...], top: Path | None = None
) -> StoredTable:
    """Return a table of a resource folder; it may be at any depth.

    Parameters
    ----------
    name : str
        Name of the file.
    axes : tuple of str
        Axes that it must have, in order.
    quantities : tuple of str
        Quantities that it must have, among others.
    top : Path, optional
        The folder; by default that of the environment variable, which must be set.

    Returns
    -------
    StoredTable

    Raises
    ------
    InputError
        If no file has that name, or it lacks an axis or a quantity.
    """
    return _stored(top or folder(), name, axes, quantities)


@cache
def find(top: Path, name: str) -> Path:
    """Return the path of a file at any depth below a folder, or raise InputError."""
    found = sorted(top.rglob(name))
    if not found:
        raise InputError(
            f"{top}: no {name} below this folder; {_SETTING} must name a folder with SKIRT's"
            " resource packs, or be empty."
        )
    return found[0]


@cache
def _stored(
    top: Path, name: str, axes: tuple[str, ...], quantities: tuple[str, ...]
) -> StoredTable:
    path = find(top, name)
    table = read_stab(path)
    if tuple(table.axes) != axes or not set(quantities) <= set(table.quantities):
        raise InputError(
            f"{path} has axes {', '.join(table.axes)} and quantities"
            f" {', '.join(table.quantities)} instead of {', '.join(axes)} and"
            f" {', '.join(quantities)}; it belongs to another version of SKIRT."
        )
    return table


def interpolate(table: StoredTable, quantity: str, at: dict[str, np.ndarray]) -> np.ndarray:
    """Return a positive quantity along the first axis at points on all other axes.

    As in SKIRT, interpolation is linear in the logarithm of the quantity, and in the logarithm of
    an axis with a logarithmic scale. Points outside the grid are moved to its ends.

    Parameters
    ----------
    table : StoredTable
        The table.
    quantity : str
        Name of the quantity.
    at : dict of str to ndarray, shape (points,)
        Coordinates on all axes except the first.

    Returns
    -------
    ndarray, shape (points, length of the first axis)
    """
    names = list(table.axes)[1:]
    n = len(at[names[0]])
    values = np.log(np.maximum(table.quantities[quantity], 1e-300))
    corners = [(np.ones(n), ())]
    for name, logarithmic in zip(names, table.logarithmic[1:], strict=True):
        grid, x = table.axes[name], np.clip(at[name], table.axes[name][0], table.axes[name][-1])
        if logarithmic and grid[0] > 0:
            grid, x = np.log(grid), np.log(x)
        low = np.clip(np.searchsorted(grid, x, side="right") - 1, 0, max(len(grid) - 2, 0))
        high = np.minimum(low + 1, len(grid) - 1)
        f = np.where(
            high > low, (x - grid[low]) / np.where(high > low, grid[high] - grid[low], 1), 0
        )
        corners = [
            (weight * part, (*index, end))
            for weight, index in corners
            for part, end in ((1 - f, low), (f, high))
        ]
    result = np.zeros((n, values.shape[0]))
    for weight, index in corners:
        result += weight[:, None] * values[(slice(None), *index)].T
    return np.exp(result)
