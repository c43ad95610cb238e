"""The group catalogue: the fields that select galaxies.

illustris_python reads the files of a run on disk. The files are checked here first, because it
leaves zeros where rows are missing, and does not name a damaged file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from illustris_python import groupcat

from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.hdf5 import find, open_file, reading
from umbra.simulation.fields import CATALOGUE_FIELDS, DM_TYPE, GAS_TYPE, STAR_TYPE, type_number
from umbra.simulation.hdf5 import find_dataset, header_number
from umbra.simulation.run import Run
from umbra.units import CodeUnits

# table -> what its rows are called in the header and in illustris_python
_ROWS = {"Subhalo": "subgroups", "Group": "groups"}


@dataclass(frozen=True)
class GroupCatalogue:
    """Subhaloes of a snapshot, one row each, in the order of their ids.

    Parameters
    ----------
    flag, parent, group : ndarray, shape (n,)
        SubhaloFlag, SubhaloParent and SubhaloGrNr.
    first_of_group : ndarray of bool, shape (n,)
        Whether GroupFirstSub of the subhalo's group is the subhalo.
    sfr_msun_yr : ndarray, shape (n,)
        Star formation rate of the subhalo [Msun/yr].
    position_ckpc_h : ndarray, shape (n, 3)
        Most bound particle [ckpc/h].
    velocity_km_s : ndarray, shape (n, 3)
        Peculiar velocity [km/s].
    gas_mass_msun, dm_mass_msun, stellar_mass_msun : ndarray, shape (n,)
        Masses of the whole subhalo [Msun].
    stellar_mass_in_radius_msun : ndarray, shape (n,)
        Stellar mass within twice the stellar half-mass radius [Msun].
    gas_half_mass_radius_kpc, dm_half_mass_radius_kpc, stellar_half_mass_radius_kpc : ndarray
        Half-mass radii, shape (n,) [kpc].
    """

    flag: np.ndarray
    parent: np.ndarray
    group: np.ndarray
    first_of_group: np.ndarray
    sfr_msun_yr: np.ndarray
    position_ckpc_h: np.ndarray
    velocity_km_s: np.ndarray
    gas_mass_msun: np.ndarray
    dm_mass_msun: np.ndarray
    stellar_mass_msun: np.ndarray
    stellar_mass_in_radius_msun: np.ndarray
    gas_half_mass_radius_kpc: np.ndarray
    dm_half_mass_radius_kpc: np.ndarray
    stellar_half_mass_radius_kpc: np.ndarray

    def __len__(self) -> int:
        return len(self.flag)


def read_group_catalogue(*, path: Path, snapshot: int) -> GroupCatalogue:
    """Read the group catalogue of a TNG run.

    Parameters
    ----------
    path : Path
        The run's `output` folder, with ``groups_099/fof_subhalo_tab_099.{i}.hdf5``.
    snapshot : int
        Number of the snapshot.

    Returns
    -------
    GroupCatalogue

    Raises
    ------
    InputError
        If a file or field is missing or damaged, or counts disagree.
    """
    files = catalogue_paths(path=path, snapshot=snapshot)
    for table in CATALOGUE_FIELDS:
        _check_rows(files, table)
    with open_file(files[0]) as file:
        units = CodeUnits(
            hubble=header_number(file, files[0], "HubbleParam"),
            scale_factor=header_number(file, files[0], "Time"),
        )

    def read(table: str, field: str) -> np.ndarray:
        try:
            # without nThreads, OMP_NUM_THREADS would decide how many processes read
            return groupcat.loadObjects(
                str(path), snapshot, table, _ROWS[table], [field], nThreads=1
            )
        except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
            _name_damaged_file(files, f"{table}/{field}")
            damaged = (
                f"{files[0].parent}: illustris_python cannot read {table}/{field}"
                f" ({plain_reason(error)}); fetch or make the catalogue again."
            )
            raise unreadable(error, files[0].parent, damaged) from error

    return _assemble(read, where=files[0], units=units)


def read_downloaded(*, folder: Path, run: Run) -> GroupCatalogue:
    """Read the group catalogue from fields that were downloaded one by one.

    Parameters
    ----------
    folder : Path
        Holds ``{table}/{field}.hdf5`` with the dataset ``{table}/{field}`` for each of
        `CATALOGUE_FIELDS`.
    run : Run
        The numbers of the run from TNG's web API.

    Returns
    -------
    GroupCatalogue

    Raises
    ------
    InputError
        If a file is missing or damaged, or is of another length than the run's catalogue.
    """
    rows = {"Subhalo": run.subhaloes, "Group": run.groups}

    def read(table: str, field: str) -> np.ndarray:
        path = folder / table / f"{field}.hdf5"
        with open_file(path) as file, reading(path):
            values = find_dataset(file, path, f"{table}/{field}")[...]
        if len(values) != rows[table]:
            raise InputError(
                f"{path} has {len(values)} rows but the catalogue {rows[table]}; delete it and run"
                " again."
            )
        return values

    return _assemble(read, where=folder, units=run.units)


def catalogue_paths(*, path: Path, snapshot: int) -> list[Path]:
    """Return the files of the group catalogue, in order.

    Raises
    ------
    InputError
        If a file is missing.
    """
    first = Path(groupcat.gcPath(str(path), snapshot))
    if not first.is_file():
        raise InputError(
            f"simulation.path {path} holds no group catalogue ({first.parent.name}/{first.name}"
            " does not exist); set it to the run's `output` folder, or name centres of your own in"
            " sample.table."
        )
    with open_file(first) as file:
        count = int(header_number(file, first, "NumFiles"))
    files = [Path(groupcat.gcPath(str(path), snapshot, number)) for number in range(count)]
    missing = [number for number, file in enumerate(files) if not file.is_file()]
    if missing:
        raise InputError(
            f"{first.parent}: file {missing[0]} of the group catalogue's {count} is missing"
            f" ({len(missing)} in all); fetch it."
        )
    return files


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
    first = Path(groupcat.gcPath(str(path), snapshot))
    if not first.is_file():
        return {}
    with open_file(first) as file:
        return {
            column: int(header_number(file, first, f"N{_ROWS[table]}_Total"))
            for column, table in (("subhalo_id", "Subhalo"), ("group_id", "Group"))
        }


def _check_rows(files: list[Path], table: str) -> None:
    """Check that all fields of a table are there, with as many rows as the headers promise."""
    name = f"N{_ROWS[table]}"
    with open_file(files[0]) as file:
        total = int(header_number(file, files[0], f"{name}_Total"))
    filled = 0
    for path in files:
        with open_file(path) as file, reading(path):
            rows = int(header_number(file, path, f"{name}_ThisFile"))
            filled += rows
            for field in CATALOGUE_FIELDS[table] if rows else ():
                length = len(find_dataset(file, path, f"{table}/{field}"))
                if length != rows:
                    raise InputError(
                        f"{path}: {table}/{field} has {length} rows but Header/{name}_ThisFile is"
                        f" {rows}; fetch or make the catalogue again."
                    )
    if filled != total or not total:
        raise InputError(
            f"{files[0].parent}: {table} has {filled} rows in all files but Header/{name}_Total is"
            f" {total}; fetch or make the catalogue again."
        )


def _name_damaged_file(files: list[Path], field: str) -> None:
    """Raise InputError that names the first file in which a field cannot be read."""
    for path in files:
        with open_file(path) as file, reading(path):
            if found := find(file, path, field):
                found[...]


def _assemble(
    read: Callable[[str, str], np.ndarray], *, where: Path, units: CodeUnits
) -> GroupCatalogue:
    """Return the catalogue in physical units, given a function that reads a field of a table.

    A field is cut down to the columns that are needed before the next one is read.
    """
    gas, dm, stars = (type_number(name) for name in (GAS_TYPE, DM_TYPE, STAR_TYPE))
    group = read("Subhalo", "SubhaloGrNr")
    mass = read("Subhalo", "SubhaloMassType")[:, [gas, dm, stars]] * np.float32(units.msun)
    mass_in_radius = read("Subhalo", "SubhaloMassInRadType")[:, stars] * np.float32(units.msun)
    radius = read("Subhalo", "SubhaloHalfmassRadType")[:, [gas, dm, stars]] * np.float32(units.kpc)
    return GroupCatalogue(
        flag=read("Subhalo", "SubhaloFlag"),
        parent=read("Subhalo", "SubhaloParent"),
        group=group,
        first_of_group=_first_of_group(group, read("Group", "GroupFirstSub"), where),
        sfr_msun_yr=read("Subhalo", "SubhaloSFR"),
        position_ckpc_h=read("Subhalo", "SubhaloPos"),
        velocity_km_s=read("Subhalo", "SubhaloVel"),
        gas_mass_msun=mass[:, 0],
        dm_mass_msun=mass[:, 1],
        stellar_mass_msun=mass[:, 2],
        stellar_mass_in_radius_msun=mass_in_radius,
        gas_half_mass_radius_kpc=radius[:, 0],
        dm_half_mass_radius_kpc=radius[:, 1],
        stellar_half_mass_radius_kpc=radius[:, 2],
    )


def _first_of_group(group: np.ndarray, first: np.ndarray, where: Path) -> np.ndarray:
    """Return whether each subhalo is the first of its group."""
    if group.min() < 0 or group.max() >= len(first):
        raise InputError(
            f"{where}: Subhalo/SubhaloGrNr names a group beyond the {len(first)} in the catalogue;"
            " fetch or make the catalogue again."
        )
    return first[group] == np.arange(len(group))
