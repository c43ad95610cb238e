"""The user's own table of centres, in place of the group catalogue."""

from collections.abc import Mapping
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


def read_centres(
    path: Path,
    *,
    box_size_ckpc_h: float,
    needs_group: bool = False,
    catalogue_rows: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Read a user's table of centres: id, x, y, z, vx, vy, vz in the units of the group catalogue.

    Parameters
    ----------
    path : Path
        CSV with a header line. Rows without any cell filled are left out.
    box_size_ckpc_h : float
        Side of the box, in which the centres must lie [ckpc/h].
    needs_group : bool
        Whether the column ``group``, the number of each galaxy's friends-of-friends group, is read
        too, since particles are fetched group by group. All other columns are ignored.
    catalogue_rows : mapping, optional
        How many subhaloes (``subhalo_id``) and groups (``group_id``) the group catalogue has, if
        there is one: a row of it is what an id names.

    Returns
    -------
    pandas.DataFrame
        Columns of the sample file, by id.

    Raises
    ------
    InputError
        If the file or a column is missing, if there is no row, or if a row is not usable.
    """
    kinds = dict.fromkeys(_IDS, int) | dict.fromkeys(_NUMBERS, float)
    if not needs_group:
        del kinds["group"]
    table = read_table(
        path,
        kinds,
        optional=("group",),
        separator=None,
        remedy="sample.table must be a CSV with decimal points whose first line names"
        f" {', '.join(('id', *_NUMBERS))}, or null",
    )
    if needs_group and "group" not in table:
        raise InputError(
            f"sample.table {path} lacks column group: with simulation.source api, particles come"
            " group by group, so give the number of each galaxy's friends-of-friends group"
            " (SubhaloGrNr)."
        )
    if table.empty:
        raise InputError(f"sample.table {path} has no rows; give at least one centre.")
    _check_numbers(table, path)
    table = table.rename(columns=_IDS | _NUMBERS)
    _check_ids(table, path, catalogue_rows or {})
    _check_places(table, path, box_size_ckpc_h)
    return table.sort_values("subhalo_id", ignore_index=True)


def _check_numbers(table: pd.DataFrame, path: Path) -> None:
    for name, column in table.items():
        good = column >= 0 if name in _IDS else np.isfinite(column)
        if not good.all():
            row, wanted = good.idxmin(), "0 or more" if name in _IDS else "a finite number"
            raise InputError(
                f"sample.table {path}, row {row + 1} below the header: {name} is {column[row]}, but"
                f" must be {wanted}."
            )


def _check_ids(table: pd.DataFrame, path: Path, catalogue_rows: Mapping[str, int]) -> None:
    ids = table["subhalo_id"]
    if ids.duplicated().any():
        raise InputError(
            f"sample.table {path} has id {ids[ids.duplicated()].iloc[0]} twice; give every centre"
            " its own."
        )
    for name, column in _IDS.items():
        rows = catalogue_rows.get(column)
        if rows is not None and column in table and table[column].max() >= rows:
            raise InputError(
                f"sample.table {path} has {name} {table[column].max()}, but the group catalogue"
                f" numbers its {rows} from 0; give the numbers of this run and snapshot."
            )


def _check_places(table: pd.DataFrame, path: Path, box_size_ckpc_h: float) -> None:
    inside = table[list(CENTRE_COLUMNS)].apply(lambda x: x.between(0, box_size_ckpc_h))
    outside = table.loc[~inside.all(axis=1), "subhalo_id"]
    if outside.size:
        raise InputError(
            f"sample.table {path}: the centre of id {outside.iloc[0]} is outside of the box (0 to"
            f" {box_size_ckpc_h:g} ckpc/h); x, y, z must be in code units."
        )
