"""The group catalogue: the fields that select galaxies.

illustris_python reads the files of a run on disk, once `umbra.simulation.catalogue_files` has
checked them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from illustris_python import groupcat

from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.hdf5 import find_dataset, open_file, reading
from umbra.simulation.catalogue_files import (
    CATALOGUE_AGAIN,
    CATALOGUE_ROWS,
    catalogue_paths,
    check_files,
    name_damaged_file,
)
from umbra.simulation.fields import DM_TYPE, GAS_TYPE, STAR_TYPE, type_number
from umbra.simulation.numbers import native, wrong_type
from umbra.simulation.run import Run
from umbra.simulation.run_numbers import RunNumbers, read_run_numbers
from umbra.units import CodeUnits


@dataclass(frozen=True)
class GroupCatalogue:
    """Subhaloes of a snapshot, one row each, in the order of their ids.

    Parameters
    ----------
    where : Path
        The folder of its files.
    run : RunNumbers
        The run and the epoch that it is of.
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

    where: Path
    run: RunNumbers
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
        If a file or field is missing or damaged, if counts disagree, or if the files are not of one
        run and epoch.
    """
    files = catalogue_paths(path=path, snapshot=snapshot)
    run = check_files(files)

    def read(table: str, field: str) -> np.ndarray:
        try:
            # without nThreads, OMP_NUM_THREADS would decide how many processes read
            return groupcat.loadObjects(
                str(path), snapshot, table, CATALOGUE_ROWS[table], [field], nThreads=1
            )
        except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
            name_damaged_file(files, f"{table}/{field}")
            damaged = (
                f"{files[0].parent}: illustris_python cannot read {table}/{field}"
                f" ({plain_reason(error)}); fetch or make the catalogue again."
            )
            raise unreadable(error, files[0].parent, damaged) from error

    return _assemble(read, where=files[0].parent, run=run)


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
    numbers = run.numbers(f"{run.name}, snapshot {run.snapshot},")

    def read(table: str, field: str) -> np.ndarray:
        path = folder / table / f"{field}.hdf5"
        with open_file(path) as file, reading(path):
            read_run_numbers(file, path, required=()).check_same(
                numbers, remedy="delete the file and run again"
            )
            values = find_dataset(file, path, f"{table}/{field}")[...]
        if wrong := wrong_type(values, field):
            raise InputError(f"{path}: {table}/{field} {wrong}; delete it and run again.")
        if len(values) != rows[table]:
            raise InputError(
                f"{path} has {len(values)} rows but the catalogue {rows[table]}; delete it and run"
                " again."
            )
        return values

    return _assemble(read, where=folder, run=numbers)


def _assemble(
    read: Callable[[str, str], np.ndarray], *, where: Path, run: RunNumbers
) -> GroupCatalogue:
    """Return the catalogue in physical units, given a function that reads a field of a table.

    A field is cut down to the columns that are needed before the next one is read.
    """
    units = CodeUnits(hubble=run.values["HubbleParam"][0], scale_factor=run.values["Time"][0])
    gas, dm, stars = (type_number(name) for name in (GAS_TYPE, DM_TYPE, STAR_TYPE))

    def field(table: str, name: str) -> np.ndarray:
        return native(read(table, name))

    group = field("Subhalo", "SubhaloGrNr")
    mass = field("Subhalo", "SubhaloMassType")[:, [gas, dm, stars]] * np.float32(units.msun)
    mass_in_radius = field("Subhalo", "SubhaloMassInRadType")[:, stars] * np.float32(units.msun)
    radius = field("Subhalo", "SubhaloHalfmassRadType")[:, [gas, dm, stars]] * np.float32(units.kpc)
    return GroupCatalogue(
        where=where,
        run=run,
        flag=field("Subhalo", "SubhaloFlag"),
        parent=field("Subhalo", "SubhaloParent"),
        group=group,
        first_of_group=_first_of_group(group, field("Group", "GroupFirstSub"), where),
        sfr_msun_yr=field("Subhalo", "SubhaloSFR"),
        position_ckpc_h=field("Subhalo", "SubhaloPos"),
        velocity_km_s=field("Subhalo", "SubhaloVel"),
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
            f" {CATALOGUE_AGAIN}."
        )
    (filled,) = np.nonzero(first >= 0)
    known = first[filled] < len(group)
    # not so if a file of the catalogue stands in place of another one
    wrong = int((~known).sum() + (group[first[filled[known]]] != filled[known]).sum())
    if wrong:
        raise InputError(
            f"{where}: Group/GroupFirstSub names a subhalo of another group, or none, for {wrong}"
            f" of {len(first)} groups; {CATALOGUE_AGAIN}."
        )
    return first[group] == np.arange(len(group))
