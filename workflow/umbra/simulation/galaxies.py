"""The galaxies of the sample, as a CSV file."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from umbra.errors import InputError
from umbra.simulation.fields import DM_TYPE, GAS_TYPE, PARTICLE_TYPES, STAR_TYPE, type_number
from umbra.simulation.numbers import wrong_numbers, wrong_rows
from umbra.simulation.run_numbers import (
    COUNTS,
    RUN_FIELDS,
    SNAPSHOT_TOTAL,
    RunNumbers,
    check_one_run,
)
from umbra.tables import MAKE_AGAIN, read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

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
# (attribute of a snapshot's header, particle type) -> column
_PARTICLE_COLUMNS = {
    ("MassTable", type_number(DM_TYPE)): "dm_particle_mass_1e10_msun_h",
    ("NumPart_Total", type_number(GAS_TYPE)): "gas_cells_in_snapshot",
    ("NumPart_Total", type_number(DM_TYPE)): "dm_particles_in_snapshot",
    ("NumPart_Total", type_number(STAR_TYPE)): "star_particles_in_snapshot",
}
RUN_COLUMNS = (*RUN_FIELDS.values(), *_PARTICLE_COLUMNS.values())
SAMPLE_COLUMNS = (
    "subhalo_id",
    "group_id",
    *CENTRE_COLUMNS,
    *VELOCITY_COLUMNS,
    *MEASURED_COLUMNS,
    *RUN_COLUMNS,
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
    run : RunNumbers
        The run that the sample is from, as far as the file tells it.
    """

    subhalo_id: np.ndarray
    centre_ckpc_h: np.ndarray
    velocity_km_s: np.ndarray
    run: RunNumbers

    def index(self, subhalo_id: int) -> int:
        """Return the row of a galaxy, or raise KeyError if it is not in the sample."""
        (rows,) = np.nonzero(self.subhalo_id == subhalo_id)
        if not rows.size:
            raise KeyError(subhalo_id)
        return int(rows[0])

    def check_run(self, run: RunNumbers) -> None:
        """Check that the sample can be of the run of particles.

        Raises
        ------
        InputError
            If it is of another run or epoch, or has a centre outside of the box or a velocity that
            cannot be.
        """
        remedy = "check simulation.path, or delete the sample and run again"
        self.run.check_same(run, remedy=remedy)
        limits = {name: run.values[name][0] for name in ("BoxSize", "Time")}
        for columns, values, field in (
            (CENTRE_COLUMNS, self.centre_ckpc_h, "SubhaloPos"),
            (VELOCITY_COLUMNS, self.velocity_km_s, "SubhaloVel"),
        ):
            wrong = wrong_rows(values, field, limits)
            if fault := wrong_numbers(wrong, field, limits, rows=len(values)):
                raise InputError(f"{self.run.source}: {', '.join(columns)} {fault}; {remedy}.")


def read_sample(path: Path, columns: Sequence[str] = ("subhalo_id", "group_id")) -> "pd.DataFrame":
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


def part_of_sample(galaxies: Sequence[int], *, part: int, parts: int) -> Sequence[int]:
    """Return one of several parts of the sample: galaxies that follow each other.

    Parameters
    ----------
    galaxies : sequence of int, shape (n,)
        The sample.
    part, parts : int
        Number of the part, from 1, and how many parts there are.

    Returns
    -------
    sequence of int
        n / parts galaxies, rounded up or down.

    Raises
    ------
    InputError
        If there is no such part, or there are more parts than galaxies.
    """
    if not 1 <= part <= parts <= len(galaxies):
        raise InputError(
            f"the sample of {len(galaxies)} galaxies has no part {part} of {parts}; ask for parts"
            " 1 to n of n, each with at least one galaxy."
        )
    first, end = (len(galaxies) * number // parts for number in (part - 1, part))
    return galaxies[first:end]


def read_galaxies(path: Path) -> Galaxies:
    """Read ids, centres, velocities and the numbers of the run from a sample file.

    Parameters
    ----------
    path : Path
        The sample. It may lack `RUN_COLUMNS`.

    Returns
    -------
    Galaxies

    Raises
    ------
    InputError
        If the file is missing or damaged, lacks a column, or its rows are not of one run.
    """
    needed = (*CENTRE_COLUMNS, *VELOCITY_COLUMNS)
    columns = {"subhalo_id": int} | dict.fromkeys((*needed, *RUN_COLUMNS), float)
    table = read_table(path, columns, optional=RUN_COLUMNS)
    for name in needed:
        if infinite := int((~np.isfinite(table[name])).sum()):
            raise InputError(
                f"{path}: column {name} holds numbers that are not finite ({infinite} of"
                f" {len(table)} rows); {MAKE_AGAIN}."
            )
    return Galaxies(
        subhalo_id=table["subhalo_id"].to_numpy(),
        centre_ckpc_h=table[list(CENTRE_COLUMNS)].to_numpy(),
        velocity_km_s=table[list(VELOCITY_COLUMNS)].to_numpy(),
        run=_run_numbers(table, path),
    )


def check_cutouts(*, galaxies_csv: Path, folder: Path) -> None:
    """Check that a sample and its cutouts are of one run and one epoch.

    Parameters
    ----------
    galaxies_csv : Path
        The sample.
    folder : Path
        Folder of the cutouts, ``{galaxy}.hdf5``; see `check_one_run`.

    Raises
    ------
    InputError
        If they are not, or the sample cannot be read.
    """
    sample = read_galaxies(galaxies_csv)
    cutouts = (folder / f"{galaxy}.hdf5" for galaxy in sample.subhalo_id.tolist())
    check_one_run(cutouts, sample=sample.run)


def _run_numbers(table: "pd.DataFrame", path: Path) -> RunNumbers:
    found_in = {}
    for name in RUN_COLUMNS:
        found = table[name].dropna().unique() if name in table else ()
        if len(found) > 1:
            raise InputError(
                f"{path}: column {name} holds {found[0]:g} and {found[1]:g}, so its rows are of"
                f" more than one run; {MAKE_AGAIN}."
            )
        if len(found):
            found_in[name] = float(found[0])
    values = {key: (found_in[name],) for key, name in RUN_FIELDS.items() if name in found_in}
    for (attribute, number), name in _PARTICLE_COLUMNS.items():
        if name in found_in:
            of_types = list(values.get(attribute, [math.nan] * PARTICLE_TYPES))
            of_types[number] = found_in[name]
            values[attribute] = tuple(of_types)
    if "NumPart_Total" in values:
        values[SNAPSHOT_TOTAL] = values["NumPart_Total"]  # what cutouts have
    return RunNumbers(source=str(path), values=values)


def write_galaxies(path: Path, table: "pd.DataFrame", *, run: RunNumbers | None = None) -> None:
    """Write a sample file.

    Parameters
    ----------
    path : Path
        The CSV file to appear.
    table : pandas.DataFrame
        Some of `SAMPLE_COLUMNS`; the others are written as not known.
    run : RunNumbers, optional
        The run that the galaxies are from, for `RUN_COLUMNS`; those that it does not tell are
        written as not known.
    """
    if run:
        places = {(key, 0): name for key, name in RUN_FIELDS.items()} | _PARTICLE_COLUMNS
        numbers = {
            name: float(run.values[attribute][number])
            for (attribute, number), name in places.items()
            if attribute in run.values
        }
        table = table.assign(**numbers)
    whole = ["group_id", *(name for (key, _), name in _PARTICLE_COLUMNS.items() if key in COUNTS)]
    table = table.reindex(columns=list(SAMPLE_COLUMNS)).astype(dict.fromkeys(whole, "Int64"))
    write_table(table, path, formats=dict.fromkeys(MEASURED_COLUMNS, ".7g"))
