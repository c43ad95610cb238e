"""The files of a group catalogue on disk: found, and checked before illustris_python reads them.

It leaves zeros where rows are missing, and does not name a damaged file.
"""

import math
from pathlib import Path

import h5py
from illustris_python import groupcat

from umbra.errors import InputError
from umbra.hdf5 import find, find_dataset, open_file, reading
from umbra.simulation.attributes import whole_numbers
from umbra.simulation.fields import CATALOGUE_FIELDS, DM_TYPE, PARTICLE_TYPES, type_number
from umbra.simulation.header import Header
from umbra.simulation.numbers import wrong_type
from umbra.simulation.run_numbers import CATALOGUE_COUNTS, RunNumbers, read_run_numbers

# table -> what its rows are called in the header and in illustris_python
CATALOGUE_ROWS = {"Subhalo": "subgroups", "Group": "groups"}
CATALOGUE_AGAIN = "fetch or make the catalogue again"
# what a header of a catalogue must tell of its run
_REQUIRED = ("BoxSize", "HubbleParam", "Time")
# Rows from which the mass of a particle is taken.
_SOME_ROWS = 1000
# The sums of masses in a catalogue may be rounded; the masses of sister runs differ by 8.
_MASS_ROUNDING = 1e-3


def catalogue_paths(*, path: Path, snapshot: int) -> list[Path]:
    """Return the files of the group catalogue, in order.

    Raises
    ------
    InputError
        If a file is missing.
    """
    files = _numbered_files(path, snapshot)
    if not files:
        first = _of_number(path, snapshot, 0)
        raise InputError(
            f"simulation.path {path} holds no group catalogue ({first.parent.name}/{first.name}"
            " does not exist); set it to the run's `output` folder, or name centres of your own in"
            " sample.table."
        )
    missing = [number for number, file in enumerate(files) if not file.is_file()]
    if missing:
        raise InputError(
            f"{files[0].parent}: file {missing[0]} of the group catalogue's {len(files)} is missing"
            f" ({len(missing)} in all); fetch it."
        )
    return files


def _of_number(path: Path, snapshot: int, number: int) -> Path:
    return Path(groupcat.gcPath(str(path), snapshot, number))


def _numbered_files(path: Path, snapshot: int) -> list[Path]:
    """Return the files that a catalogue should have; none if the first one does not exist."""
    first = _of_number(path, snapshot, 0)
    if not first.is_file():
        return []
    with open_file(first) as file:
        (count,) = whole_numbers(file, first, "NumFiles")
    return [_of_number(path, snapshot, number) for number in range(count)]


def catalogue_rows(*, path: Path, snapshot: int) -> dict[str, int]:
    """Return how many subhaloes and groups a group catalogue has, by the column of their ids.

    Returns
    -------
    dict
        ``subhalo_id`` and ``group_id`` -> number of rows. Empty if there is no catalogue: a table
        of centres needs none.

    Raises
    ------
    InputError
        If the first file is damaged.
    """
    first = _of_number(path, snapshot, 0)
    if not first.is_file():
        return {}
    with open_file(first) as file:
        return {
            column: whole_numbers(file, first, f"N{CATALOGUE_ROWS[table]}_Total")[0]
            for column, table in (("subhalo_id", "Subhalo"), ("group_id", "Group"))
        }


def check_files(files: list[Path]) -> RunNumbers:
    """Check that all files are of one run and have all rows that their headers promise.

    Parameters
    ----------
    files : list of Path
        All files of the catalogue.

    Returns
    -------
    RunNumbers
        What the first file tells of the run.

    Raises
    ------
    InputError
        If they are not.
    """
    first, filled = None, dict.fromkeys(CATALOGUE_FIELDS, 0)
    for path in files:
        with open_file(path) as file, reading(path):
            run = read_run_numbers(file, path, required=_REQUIRED, further=CATALOGUE_COUNTS)
            first = first or run
            run.check_same(first, remedy=CATALOGUE_AGAIN)
            for table in filled:
                filled[table] += _check_rows(file, path, table)
    with open_file(files[0]) as file:
        for table, rows in filled.items():
            (total,) = whole_numbers(file, files[0], name := f"N{CATALOGUE_ROWS[table]}_Total")
            if rows != total or not total:
                raise InputError(
                    f"{files[0].parent}: {table} has {rows} rows in all files but Header/{name} is"
                    f" {total}; {CATALOGUE_AGAIN}."
                )
    return first


def check_of_snapshot(*, path: Path, snapshot: int, header: Header) -> None:
    """Check that a group catalogue is of the run and the epoch of a snapshot.

    TNG100-1, TNG100-2 and TNG100-3 share box, cosmology and epochs, and differ in the mass of a
    particle of dark matter: that of a catalogue is its mass of dark matter over the number of
    particles, in some rows of the first file that has them.

    Parameters
    ----------
    path : Path
        The run's `output` folder. Without a catalogue in it, nothing is checked.
    snapshot : int
        Number of the snapshot.
    header : Header
        The snapshot's.

    Raises
    ------
    InputError
        If it is not.
    """
    number = type_number(DM_TYPE)
    expected = header.mass_table[number]
    for file_path in filter(Path.is_file, _numbered_files(path, snapshot)):
        with open_file(file_path) as file, reading(file_path):
            read_run_numbers(file, file_path, required=_REQUIRED).check_same(header.run)
            found = _particle_mass(file, file_path, number)
        if not expected:
            return
        if found is None:
            continue
        if not math.isclose(found, expected, rel_tol=_MASS_ROUNDING):
            raise InputError(
                f"{file_path} and {header.run.source} are not of one run (a particle of dark matter"
                f" has a mass of {found:.5g} by SubhaloMassType and SubhaloLenType of the first,"
                f" {expected:.5g} by Header/MassTable of the second); check simulation.path."
            )
        return


def _particle_mass(file: h5py.File, path: Path, number: int) -> float | None:
    """Return the mass of a particle of a type, or None if the file does not tell it."""
    fields = [find(file, path, f"Subhalo/Subhalo{name}Type") for name in ("Mass", "Len")]
    if any(getattr(field, "shape", ())[1:] != (PARTICLE_TYPES,) for field in fields):
        return None
    mass, particles = (float(field[:_SOME_ROWS, number].sum(dtype=float)) for field in fields)
    return mass / particles if particles else None


def _check_rows(file: h5py.File, path: Path, table: str) -> int:
    """Check the fields of a table in one file, and return how many rows it has."""
    (rows,) = whole_numbers(file, path, name := f"N{CATALOGUE_ROWS[table]}_ThisFile")
    for field in CATALOGUE_FIELDS[table] if rows else ():
        found = find_dataset(file, path, f"{table}/{field}")
        if wrong := wrong_type(found, field):
            raise InputError(f"{path}: {table}/{field} {wrong}; {CATALOGUE_AGAIN}.")
        if len(found) != rows:
            raise InputError(
                f"{path}: {table}/{field} has {len(found)} rows but Header/{name} is {rows};"
                f" {CATALOGUE_AGAIN}."
            )
    return rows


def name_damaged_file(files: list[Path], field: str) -> None:
    """Raise InputError that names the first file in which a field cannot be read."""
    for path in files:
        with open_file(path) as file, reading(path):
            if found := find(file, path, field):
                found[...]
