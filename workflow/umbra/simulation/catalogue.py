"""The group catalogue: the fields that select galaxies, read chunk by chunk."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.simulation.hdf5 import dataset, open_file, reading, scalar
from umbra.simulation.run import Run
from umbra.units import CodeUnits

GAS, DARK_MATTER, STARS = 0, 1, 4
# what is kept of a field: a column per particle type, or everything
_SUBHALO_FIELDS = {
    "SubhaloFlag": None,
    "SubhaloParent": None,
    "SubhaloGrNr": None,
    "SubhaloSFR": None,
    "SubhaloPos": None,
    "SubhaloVel": None,
    "SubhaloMassType": (GAS, DARK_MATTER, STARS),
    "SubhaloMassInRadType": (STARS,),
    "SubhaloHalfmassRadType": (GAS, DARK_MATTER, STARS),
}
# every field that is needed, for a catalogue that is downloaded field by field
NEEDED = {"Subhalo": tuple(_SUBHALO_FIELDS), "Group": ("GroupFirstSub",)}


@dataclass(frozen=True)
class GroupCatalogue:
    """Subhaloes of a snapshot, one row each, in the order of their ids.

    Parameters
    ----------
    flag, parent, group : ndarray, shape (N,)
        SubhaloFlag, SubhaloParent and SubhaloGrNr.
    first_of_group : ndarray of bool, shape (N,)
        Whether GroupFirstSub of the subhalo's group is the subhalo.
    sfr_msun_yr : ndarray, shape (N,)
        Star formation rate of the subhalo [Msun/yr].
    position_ckpc_h, velocity_km_s : ndarray, shape (N, 3)
        Most bound particle, and peculiar velocity [km/s].
    gas_mass_msun, dm_mass_msun, stellar_mass_msun : ndarray, shape (N,)
        Masses of the whole subhalo [Msun].
    stellar_mass_in_radius_msun : ndarray, shape (N,)
        Stellar mass within twice the stellar half-mass radius [Msun].
    gas_half_mass_radius_kpc, dm_half_mass_radius_kpc, stellar_half_mass_radius_kpc : ndarray
        Half-mass radii, shape (N,) [kpc].
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
    Catalogue

    Raises
    ------
    InputError
        If a file or field is missing or damaged, or counts disagree.
    """
    files = catalogue_paths(path=path, snapshot=snapshot)
    with open_file(files[0]) as file:
        units = CodeUnits(
            hubble=float(scalar(file, files[0], "HubbleParam")),
            scale_factor=float(scalar(file, files[0], "Time")),
        )
        counts = {
            "Subhalo": ("Nsubgroups", int(scalar(file, files[0], "Nsubgroups_Total"))),
            "Group": ("Ngroups", int(scalar(file, files[0], "Ngroups_Total"))),
        }

    def read(table: str, name: str, columns: tuple[int, ...] | None) -> np.ndarray:
        count, total = counts[table]
        return _read(files, f"{table}/{name}", count=count, total=total, columns=columns)

    return _assemble(read, where=files[0], units=units)


def read_downloaded(*, folder: Path, run: Run) -> GroupCatalogue:
    """Read the group catalogue from fields that were downloaded one by one.

    Parameters
    ----------
    folder : Path
        Holds ``{table}/{field}.hdf5`` with ``{table}/{field}`` for each of `NEEDED`.
    run : Run
        What the API says of the run.

    Returns
    -------
    Catalogue

    Raises
    ------
    InputError
        If a file is missing or damaged, or is of another length than the run's catalogue.
    """
    rows = {"Subhalo": run.subhaloes, "Group": run.groups}

    def read(table: str, name: str, columns: tuple[int, ...] | None) -> np.ndarray:
        path = Path(folder) / table / f"{name}.hdf5"
        with open_file(path) as file, reading(path):
            values = dataset(file, path, f"{table}/{name}")[...]
        if len(values) != rows[table]:
            raise InputError(
                f"{path} has {len(values)} rows but the catalogue {rows[table]}; delete it and run "
                "again."
            )
        return values if columns is None else values[:, columns]

    return _assemble(read, where=folder, units=run.units)


def catalogue_paths(*, path: Path, snapshot: int) -> list[Path]:
    """Find the files of the group catalogue, in order; InputError if one is missing."""
    folder = Path(path) / f"groups_{snapshot:03d}"
    pattern = re.compile(rf"(?:fof_subhalo_tab|groups)_{snapshot:03d}\.(\d+)\.hdf5")
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    found = {int(match[1]): file for file in files if (match := pattern.fullmatch(file.name))}
    if not found:
        raise InputError(
            f"simulation.path {path} holds no group catalogue (groups_{snapshot:03d}/"
            f"fof_subhalo_tab_{snapshot:03d}.0.hdf5 and so on); set it to the run's `output` "
            "folder, or name centres of your own in sample.table."
        )
    first = found[min(found)]
    with open_file(first) as file:
        expected = int(scalar(file, first, "NumFiles"))
    missing = sorted(set(range(expected)) - set(found))
    if missing:
        raise InputError(
            f"{folder}: file {missing[0]} of the group catalogue's {expected} is missing "
            f"({len(missing)} in all); fetch it."
        )
    return [found[number] for number in range(expected)]


def _read(
    files: list[Path], name: str, *, count: str, total: int, columns: tuple[int, ...] | None
) -> np.ndarray:
    """Read one field of all files into one array of the rows that the header promises."""
    values, filled = None, 0
    for path in files:
        with open_file(path) as file:
            rows = int(scalar(file, path, f"{count}_ThisFile"))
            if not rows:
                continue
            field = dataset(file, path, name)
            if len(field) != rows or filled + rows > total:
                raise InputError(
                    f"{path}: {name} has {len(field)} rows but Header/{count}_ThisFile is {rows} "
                    f"and Header/{count}_Total {total}; fetch or make the catalogue again."
                )
            with reading(path):
                block = field[...]
        block = block if columns is None else block[:, columns]
        if values is None:
            values = np.empty((total, *block.shape[1:]), dtype=block.dtype)
        values[filled : filled + rows] = block
        filled += rows
    if filled != total:
        raise InputError(
            f"{files[0].parent}: {name} has {filled} rows in all files but Header/{count}_Total is "
            f"{total}; fetch or make the catalogue again."
        )
    return np.empty((0, len(columns or ())) if columns else 0) if values is None else values


def _assemble(
    read: Callable[[str, str, tuple[int, ...] | None], np.ndarray], *, where: Path, units: CodeUnits
) -> GroupCatalogue:
    """Return the catalogue, given how (table, field, kept columns) is read."""
    columns = {name: read("Subhalo", name, kept) for name, kept in _SUBHALO_FIELDS.items()}
    first = read("Group", "GroupFirstSub", None)
    return _physical(columns, first_of_group=_first_of_group(columns, first, where), units=units)


def _first_of_group(columns: dict, first: np.ndarray, path: Path) -> np.ndarray:
    group = columns["SubhaloGrNr"].astype(np.int64)
    if group.size and not (0 <= group.min() and group.max() < len(first)):
        raise InputError(
            f"{path}: Subhalo/SubhaloGrNr names a group beyond the {len(first)} in the catalogue; "
            "fetch or make the catalogue again."
        )
    return first[group].astype(np.int64) == np.arange(len(group))


def _physical(columns: dict, *, first_of_group: np.ndarray, units: CodeUnits) -> GroupCatalogue:
    gas, dark, stars = range(3)
    mass = columns["SubhaloMassType"] * np.float32(units.msun)
    radius = columns["SubhaloHalfmassRadType"] * np.float32(units.kpc)
    return GroupCatalogue(
        flag=columns["SubhaloFlag"],
        parent=columns["SubhaloParent"],
        group=columns["SubhaloGrNr"],
        first_of_group=first_of_group,
        sfr_msun_yr=columns["SubhaloSFR"],
        position_ckpc_h=columns["SubhaloPos"],
        velocity_km_s=columns["SubhaloVel"],
        gas_mass_msun=mass[:, gas],
        dm_mass_msun=mass[:, dark],
        stellar_mass_msun=mass[:, stars],
        stellar_mass_in_radius_msun=columns["SubhaloMassInRadType"][:, 0] * np.float32(units.msun),
        gas_half_mass_radius_kpc=radius[:, gas],
        dm_half_mass_radius_kpc=radius[:, dark],
        stellar_half_mass_radius_kpc=radius[:, stars],
    )
