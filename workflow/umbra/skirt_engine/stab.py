"""SKIRT's stored tables (``.stab``), read from a SKIRT resource folder if one is configured."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.skirt_engine import RESOURCES_VARIABLE

_TAG, _ORDER, _END = b"SKIRT X\n", 0x010203040A0BFEFF, b"STABEND\n"
_ITEM = 8


@dataclass(frozen=True)
class StoredTable:
    """Quantities on a grid.

    Attributes
    ----------
    axes : dict of str to numpy.ndarray
        Names and rising grid points, SI units, in order.
    logarithmic : tuple of bool
        Which axes SKIRT interpolates logarithmically.
    quantities : dict of str to numpy.ndarray
        Values, one dimension per axis, in the order of `axes`.
    """

    axes: dict[str, np.ndarray]
    logarithmic: tuple[bool, ...]
    quantities: dict[str, np.ndarray]


def folder() -> Path | None:
    """Return the SKIRT resource folder, None if the environment variable names none.

    Raises
    ------
    InputError
        If it names something that is no folder.
    """
    value = os.environ.get(RESOURCES_VARIABLE)
    if not value:
        return None
    path = Path(value).expanduser()
    if not path.is_dir():
        raise InputError(
            f"{path}: is no folder; {RESOURCES_VARIABLE} (photometry.skirt_resources) must name"
            " SKIRT's resource folder, or be empty."
        )
    return path


class _Items:
    """The 8-byte items of a file, one after the other."""

    def __init__(self, path: Path):
        self._path, self._data, self._next = path, path.read_bytes(), 0

    def fail(self, why: str) -> InputError:
        return InputError(
            f"{self._path}: {why}; download SKIRT's resource pack again or leave"
            " photometry.skirt_resources empty."
        )

    def take(self, count: int) -> bytes:
        end = self._next + _ITEM * count
        if end > len(self._data):
            raise self.fail("is a stored table cut short")
        part = self._data[self._next : end]
        self._next = end
        return part

    def number(self) -> int:
        return int.from_bytes(self.take(1), "little")

    def texts(self, count: int) -> list[str]:
        return [self.take(1).decode("ascii", "replace").strip() for _ in range(count)]

    def values(self, count: int) -> np.ndarray:
        return np.frombuffer(self.take(count), dtype="<f8")


def read_stab(path: str | Path) -> StoredTable:
    """Read a stored table.

    The file is a row of little-endian 8-byte items: a tag, a number that shows the byte order, the
    number of axes, their names, units and scales, each grid with its length before it, the number
    of quantities, their names, units and scales, the values with the quantity running fastest, then
    the first axis, and an end tag.

    Raises
    ------
    InputError
        If the file cannot be read, is none of SKIRT's tables or is cut short.
    """
    path = Path(path)
    try:
        items = _Items(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    if items.take(1) != _TAG or items.number() != _ORDER:
        raise items.fail("is no stored table of SKIRT 9")
    count = items.number()
    if not 1 <= count <= 9:
        raise items.fail(f"says it has {count} axes")
    names, _, scales = (items.texts(count) for _ in range(3))
    axes = {name: items.values(items.number()) for name in names}
    kinds = items.number()
    if not 1 <= kinds <= 99:
        raise items.fail(f"says it has {kinds} quantities")
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


def stored(name: str, *, axes: tuple[str, ...], quantities: tuple[str, ...]) -> StoredTable:
    """Return a table of the resource folder, which must be configured; looked for at any depth.

    Raises
    ------
    InputError
        If no file has that name, or it lacks an axis or a quantity.
    """
    return _stored(folder(), name, axes, quantities)


@cache
def _find(top: Path, name: str) -> Path:
    found = sorted(top.rglob(name))
    if not found:
        raise InputError(
            f"{top}: no {name} below this folder; photometry.skirt_resources must hold SKIRT's"
            " resource packs, or be empty."
        )
    return found[0]


@cache
def _stored(
    top: Path, name: str, axes: tuple[str, ...], quantities: tuple[str, ...]
) -> StoredTable:
    path = _find(top, name)
    table = read_stab(path)
    if tuple(table.axes) != axes or not set(quantities) <= set(table.quantities):
        raise InputError(
            f"{path}: has axes {', '.join(table.axes)} and quantities"
            f" {', '.join(table.quantities)}, needed are {', '.join(axes)} and"
            f" {', '.join(quantities)}; it belongs to another version of SKIRT."
        )
    return table


def interpolate(table: StoredTable, quantity: str, at: dict[str, np.ndarray]) -> np.ndarray:
    """Return a positive quantity along the first axis at points of all others, (points, first).

    As SKIRT does: in the logarithm of the quantity, and of an axis where its scale says so; values
    outside the grid take its ends.
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
