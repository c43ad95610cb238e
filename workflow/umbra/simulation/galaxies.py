"""The sample as a CSV file, and the user's own table of centres."""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra import tables
from umbra.errors import InputError
from umbra.files import atomic

COLUMNS = (
    "subhalo_id",
    "group_id",
    "x_ckpc_h",
    "y_ckpc_h",
    "z_ckpc_h",
    "vx_km_s",
    "vy_km_s",
    "vz_km_s",
    "stellar_mass_msun",
    "gas_mass_msun",
    "dm_mass_msun",
    "sfr_msun_yr",
    "stellar_half_mass_radius_kpc",
    "gas_half_mass_radius_kpc",
    "dm_half_mass_radius_kpc",
)
TABLE_COLUMNS = {
    "id": "subhalo_id",
    "x": "x_ckpc_h",
    "y": "y_ckpc_h",
    "z": "z_ckpc_h",
    "vx": "vx_km_s",
    "vy": "vy_km_s",
    "vz": "vz_km_s",
}
GROUP_COLUMN = "group"


@dataclass(frozen=True)
class Galaxies:
    """Ids, centres and velocities of the sample.

    Parameters
    ----------
    subhalo_id : ndarray of int, shape (N,)
    centre_ckpc_h : ndarray, shape (N, 3)
    velocity_km_s : ndarray, shape (N, 3)
        Peculiar velocity, as in the group catalogue.
    """

    subhalo_id: np.ndarray
    centre_ckpc_h: np.ndarray
    velocity_km_s: np.ndarray

    def index(self, subhalo_id: int) -> int:
        """Return the row of a galaxy; KeyError if it is not in the sample."""
        (rows,) = np.nonzero(self.subhalo_id == subhalo_id)
        if not rows.size:
            raise KeyError(subhalo_id)
        return int(rows[0])


def read_sample(path: Path, columns: Sequence[str] = ("subhalo_id", "group_id")) -> pd.DataFrame:
    """Read columns of a sample file, one row a galaxy.

    Parameters
    ----------
    path : Path
        The sample, ``results/sample/galaxies.csv``.
    columns : sequence of str
        Some of `COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        ``subhalo_id`` is int64, ``group_id`` is Int64 (missing if a table of centres does not name
        it), and every other column is float (NaN if it is not known).

    Raises
    ------
    InputError
        If the file is missing or damaged, or lacks a column.
    """
    table = tables.read_table(
        path, {column: int if column == "subhalo_id" else float for column in columns}
    )
    if "group_id" in table:
        table["group_id"] = table["group_id"].astype("Int64")
    return table


def read_galaxies(path: Path) -> Galaxies:
    """Read ids, centres and velocities from a sample file."""
    with open(path, newline="") as file:
        names, *rows = csv.reader(file)
    wanted = [names.index(column) for column in COLUMNS[2:8]]
    numbers = np.array([[float(row[i]) for i in wanted] for row in rows]).reshape(-1, 6)
    ids = np.array([int(row[names.index("subhalo_id")]) for row in rows], dtype=np.int64)
    return Galaxies(subhalo_id=ids, centre_ckpc_h=numbers[:, :3], velocity_km_s=numbers[:, 3:])


def write_galaxies(path: Path, rows: Iterable[dict[str, float]]) -> None:
    """Write a sample file; a column that a row lacks stays empty."""
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_table(
    path: Path, *, box_size_ckpc_h: float, needs_group: bool = False
) -> list[dict[str, float]]:
    """Read a user's table of centres: id, x, y, z, vx, vy, vz in the units of the group catalogue.

    Parameters
    ----------
    path : Path
        CSV with a header line. A column ``group``, the number of the galaxy's friends-of-friends
        group, is read if it is there; others are ignored.
    box_size_ckpc_h : float
        Centres must lie in the box.
    needs_group : bool
        Whether the group must be given, since particles are fetched group by group.

    Returns
    -------
    list of dict
        Rows of the sample file, by id.

    Raises
    ------
    InputError
        If the file, a column or every row is missing, or a row is not usable.
    """
    if not Path(path).is_file():
        raise InputError(f"sample.table {path} does not exist; give a CSV of centres or null.")
    with open(path, newline="") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        names = [name.strip() for name in reader.fieldnames or []]
        missing = [name for name in TABLE_COLUMNS if name not in names]
        if missing:
            raise InputError(
                f"sample.table {path} lacks column {', '.join(missing)}; its first line must name "
                f"{', '.join(TABLE_COLUMNS)}."
            )
        if needs_group and GROUP_COLUMN not in names:
            raise InputError(
                f"sample.table {path} lacks column {GROUP_COLUMN}: with simulation.source api, "
                "particles come group by group, so give the number of each galaxy's "
                "friends-of-friends group (SubhaloGrNr)."
            )
        reader.fieldnames = names
        rows = [
            _table_row(row, where=f"sample.table {path} line {reader.line_num}") for row in reader
        ]
    if not rows:
        raise InputError(f"sample.table {path} has no rows; give at least one centre.")
    _check_rows(rows, path=path, box_size_ckpc_h=box_size_ckpc_h)
    return sorted(rows, key=lambda row: row["subhalo_id"])


def _table_row(row: dict[str, str], *, where: str) -> dict[str, float]:
    try:
        values = {name: float(row[column]) for column, name in TABLE_COLUMNS.items()}
        values["subhalo_id"] = int(row["id"])
        if GROUP_COLUMN in row:
            values["group_id"] = int(row[GROUP_COLUMN])
    except (TypeError, ValueError):
        raise InputError(
            f"{where}: id must be a whole number, as must group if it is there, and x, y, z, vx, "
            "vy, vz numbers."
        ) from None
    if min(values["subhalo_id"], values.get("group_id", 0)) < 0 or not all(
        map(math.isfinite, values.values())
    ):
        raise InputError(
            f"{where}: id must not be negative, nor group, and every value must be finite."
        )
    return values


def _check_rows(rows: list[dict], *, path: Path, box_size_ckpc_h: float) -> None:
    seen: set[float] = set()
    for row in rows:
        if row["subhalo_id"] in seen:
            raise InputError(
                f"sample.table {path} has id {row['subhalo_id']} twice; give every centre its own."
            )
        seen.add(row["subhalo_id"])
        centre = [row[name] for name in ("x_ckpc_h", "y_ckpc_h", "z_ckpc_h")]
        if not all(0 <= value <= box_size_ckpc_h for value in centre):
            raise InputError(
                f"sample.table {path}: the centre of id {row['subhalo_id']} is outside of the box "
                f"(0 to {box_size_ckpc_h:g} ckpc/h); x, y, z must be in code units."
            )
