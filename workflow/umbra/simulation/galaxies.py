"""The galaxies of the sample, as a CSV file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.tables import read_table, write_table

CENTRE_COLUMNS = ("x_ckpc_h", "y_ckpc_h", "z_ckpc_h")
VELOCITY_COLUMNS = ("vx_km_s", "vy_km_s", "vz_km_s")
MEASURED_COLUMNS = (
    "stellar_mass_msun",
    "gas_mass_msun",
    "dm_mass_msun",
    "sfr_msun_yr",
    "stellar_half_mass_radius_kpc",
    "gas_half_mass_radius_kpc",
    "dm_half_mass_radius_kpc",
)
SAMPLE_COLUMNS = (
    "subhalo_id",
    "group_id",
    *CENTRE_COLUMNS,
    *VELOCITY_COLUMNS,
    *MEASURED_COLUMNS,
)


@dataclass(frozen=True)
class Galaxies:
    """Ids, centres and velocities of the sample.

    Parameters
    ----------
    subhalo_id : ndarray of int, shape (n,)
    centre_ckpc_h : ndarray, shape (n, 3)
        Position of the most bound particle [ckpc/h].
    velocity_km_s : ndarray, shape (n, 3)
        Peculiar velocity, as in the group catalogue [km/s].
    """

    subhalo_id: np.ndarray
    centre_ckpc_h: np.ndarray
    velocity_km_s: np.ndarray

    def index(self, subhalo_id: int) -> int:
        """Return the row of a galaxy, or raise KeyError if it is not in the sample."""
        (rows,) = np.nonzero(self.subhalo_id == subhalo_id)
        if not rows.size:
            raise KeyError(subhalo_id)
        return int(rows[0])


def read_sample(path: Path, columns: Sequence[str] = ("subhalo_id", "group_id")) -> pd.DataFrame:
    """Read columns of a sample file, a row for each galaxy.

    Parameters
    ----------
    path : Path
        The sample, ``results/sample/galaxies.csv``.
    columns : sequence of str
        Some of `SAMPLE_COLUMNS`.

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
    table = read_table(
        path, {column: int if column == "subhalo_id" else float for column in columns}
    )
    if "group_id" in table:
        table["group_id"] = table["group_id"].astype("Int64")
    return table


def read_galaxies(path: Path) -> Galaxies:
    """Read ids, centres and velocities from a sample file; see `read_sample`."""
    table = read_sample(path, ("subhalo_id", *CENTRE_COLUMNS, *VELOCITY_COLUMNS))
    return Galaxies(
        subhalo_id=table["subhalo_id"].to_numpy(),
        centre_ckpc_h=table[list(CENTRE_COLUMNS)].to_numpy(),
        velocity_km_s=table[list(VELOCITY_COLUMNS)].to_numpy(),
    )


def write_galaxies(path: Path, table: pd.DataFrame) -> None:
    """Write a sample file.

    Parameters
    ----------
    path : Path
        The CSV file to appear.
    table : pandas.DataFrame
        Some of `SAMPLE_COLUMNS`; the others are written as not known.
    """
    table = table.reindex(columns=list(SAMPLE_COLUMNS)).astype({"group_id": "Int64"})
    write_table(table, path, formats=dict.fromkeys(MEASURED_COLUMNS, ".7g"))
