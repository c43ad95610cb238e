"""The user's own table of centres, in place of the group catalogue."""

from pathlib import Path

import numpy as np
import pandas as pd

from umbra.errors import InputError
from umbra.simulation.galaxies import CENTRE_COLUMNS, VELOCITY_COLUMNS
from umbra.tables import read_table

# column of the table -> column of the sample
_NUMBERS = dict(
    zip(("x", "y", "z", "vx", "vy", "vz"), CENTRE_COLUMNS + VELOCITY_COLUMNS, strict=True)
)
_IDS = {"id": "subhalo_id", "group": "group_id"}


def read_centres(path: Path, *, box_size_ckpc_h: float, needs_group: bool = False) -> pd.DataFrame:
    """Read a user's table of centres: id, x, y, z, vx, vy, vz in the units of the group catalogue.

    Parameters
    ----------
    path : Path
        CSV with a header line. The column ``group``, the number of the galaxy's friends-of-friends
        group, is read if it is there; other columns are ignored.
    box_size_ckpc_h : float
        Side of the box, in which the centres must lie [ckpc/h].
    needs_group : bool
        Whether the group must be given, since particles are fetched group by group.

    Returns
    -------
    pandas.DataFrame
        Columns of the sample file, by id.

    Raises
    ------
    InputError
        If the file or a column is missing, if there is no row, or if a row is not usable.
    """
    names = ("id", *_NUMBERS)
    text = read_table(
        path,
        dict.fromkeys((*names, "group"), str),
        optional=("group",),
        remedy=f"sample.table must be a CSV whose first line names {', '.join(names)}, or null",
    )
    if needs_group and "group" not in text:
        raise InputError(
            f"sample.table {path} lacks column group: with simulation.source api, particles come"
            " group by group, so give the number of each galaxy's friends-of-friends group"
            " (SubhaloGrNr)."
        )
    if text.empty:
        raise InputError(f"sample.table {path} has no rows; give at least one centre.")
    table = _numbers(text, path)
    _check(table, path=path, box_size_ckpc_h=box_size_ckpc_h)
    return table.sort_values("subhalo_id", ignore_index=True)


def _numbers(text: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Convert cells to numbers, or raise InputError that names the first row that has another."""
    ids = text[[name for name in _IDS if name in text]].map(_whole)
    numbers = text[list(_NUMBERS)].map(_number)
    (bad,) = np.nonzero((ids < 0).any(axis=1) | ~np.isfinite(numbers).all(axis=1))
    if bad.size:
        raise InputError(
            f"sample.table {path}, row {bad[0] + 1} below the header: id must be a whole number, 0"
            " or more, as must group if it is there, and x, y, z, vx, vy, vz finite numbers."
        )
    return ids.join(numbers).rename(columns=_IDS | _NUMBERS)


def _whole(cell: str) -> int:
    """Return a whole number, or -1 for a cell that is none or is negative."""
    try:
        value = int(cell)
    except ValueError:
        return -1
    return value if 0 <= value <= np.iinfo(np.int64).max else -1


def _number(cell: str) -> float:
    """Return a number, or NaN for a cell that is none."""
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _check(table: pd.DataFrame, *, path: Path, box_size_ckpc_h: float) -> None:
    repeated = table.loc[table["subhalo_id"].duplicated(), "subhalo_id"]
    if repeated.size:
        raise InputError(
            f"sample.table {path} has id {repeated.iloc[0]} twice; give every centre its own."
        )
    inside = table[list(CENTRE_COLUMNS)].apply(lambda x: x.between(0, box_size_ckpc_h))
    outside = table.loc[~inside.all(axis=1), "subhalo_id"]
    if outside.size:
        raise InputError(
            f"sample.table {path}: the centre of id {outside.iloc[0]} is outside of the box (0 to"
            f" {box_size_ckpc_h:g} ckpc/h); x, y, z must be in code units."
        )
