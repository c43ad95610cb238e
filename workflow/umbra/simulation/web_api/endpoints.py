"""TNG's web API: download the numbers of a run, fields of the group catalogue and haloes."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from umbra.config.simulation import DownloadSettings
from umbra.errors import Damaged, InputError
from umbra.files import atomic
from umbra.hdf5 import find, open_file, reading
from umbra.simulation.fields import FIELDS, PARTICLE_TYPES, fields_of, type_number
from umbra.simulation.numbers import wrong_type
from umbra.simulation.run import Run
from umbra.simulation.web_api.attempt import BrokenAnswer
from umbra.simulation.web_api.download import Access, download, get_json
from umbra.simulation.web_api.interface import (
    field_address,
    halo_address,
    run_address,
    run_of_answers,
    snapshot_address,
)
from umbra.simulation.web_api.key import api_key

# the API's names of how many particles a snapshot has
_COUNTS = {"num_gas": "gas", "num_dm": "dark matter", "num_stars": "stars"}
_PER_TYPE = ("NumPart_ThisFile", "MassTable")


def fetch_run(*, settings: DownloadSettings, name: str, snapshot: int, output: Path) -> None:
    """Download the numbers of a run and its snapshot.

    Parameters
    ----------
    settings : DownloadSettings
        Address of the API, time-out and attempts.
    name : str
        The run, such as TNG100-1.
    snapshot : int
        Number of the snapshot.
    output : Path
        JSON file with the values of `Run`.

    Raises
    ------
    InputError
        If the API has no such run, refuses the key, does not answer or gives a number that cannot
        be, or if the snapshot has no gas, no dark matter or no stars.
    """
    numbers = _numbers(settings, name=name, snapshot=snapshot)
    with atomic(output) as temporary:
        temporary.write_text(json.dumps(asdict(numbers), indent=2) + "\n", encoding="utf-8")


def fetch_field(
    *,
    settings: DownloadSettings,
    name: str,
    snapshot: int,
    table: Literal["Subhalo", "Group"],
    field: str,
    output: Path,
) -> None:
    """Download one field of the group catalogue.

    Parameters
    ----------
    settings, name, snapshot
        As in `fetch_run`.
    table : {"Subhalo", "Group"}
        The table that has the field.
    field : str
        Its name, such as SubhaloPos.
    output : Path
        HDF5 file with ``{table}/{field}``.

    Raises
    ------
    InputError
        If it cannot be downloaded.
    """
    numbers = _numbers(settings, name=name, snapshot=snapshot)
    rows = numbers.subhaloes if table == "Subhalo" else numbers.groups

    def check(file: h5py.File, path: Path) -> None:
        found = find(file, path, f"{table}/{field}")
        if not isinstance(found, h5py.Dataset):
            raise BrokenAnswer(f"the answer has no field {table}/{field}")
        if wrong := wrong_type(found, field):
            raise BrokenAnswer(f"{table}/{field} {wrong}", final=True)
        if len(found) != rows:
            raise BrokenAnswer(
                f"{table}/{field} has {len(found)} rows where the snapshot's catalogue has {rows}"
            )
        _read_to_the_end(found)

    download(
        field_address(settings, name=name, snapshot=snapshot, table=table, field=field),
        output=output,
        check=_opened(check),
        **_arguments(settings, name=name, snapshot=snapshot),
    )


def fetch_halo(
    *, settings: DownloadSettings, name: str, snapshot: int, group: int, output: Path
) -> None:
    """Download gas, dark matter and stars of a friends-of-friends group.

    Parameters
    ----------
    settings, name, snapshot
        As in `fetch_run`.
    group : int
        Number of the group.
    output : Path
        HDF5 file in the layout of a snapshot, with the fields of `umbra.simulation.fields`.

    Raises
    ------
    InputError
        If it cannot be downloaded.
    """
    download(
        halo_address(settings, name=name, snapshot=snapshot, group=group),
        output=output,
        check=_opened(_check_halo),
        **_arguments(settings, name=name, snapshot=snapshot),
    )


def _numbers(settings: DownloadSettings, *, name: str, snapshot: int) -> Run:
    address = run_address(settings, name=name)
    snapshots = snapshot_address(settings, name=name, snapshot=snapshot)
    arguments = _arguments(settings, name=name, snapshot=snapshot)
    served = get_json(address, **arguments)
    epoch = get_json(snapshots, **arguments)
    for count, kind in _COUNTS.items():
        if epoch.get(count) == 0:
            raise InputError(
                f"{snapshots} gives {count} as 0, and without {kind} there is nothing to observe:"
                " set simulation.name and simulation.snapshot to a run with gas and stars."
            )
    try:
        run = run_of_answers(served, epoch, name=name, snapshot=snapshot)
        run.numbers(address)  # refuses numbers that cannot be
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise InputError(
            f"{address} lacks a number that describes the run ({error}); check simulation.api_url."
        ) from error
    return run


def _check_halo(file: h5py.File, path: Path) -> None:
    """Check that every field is there and whole."""
    header = dict(file["Header"].attrs) if "Header" in file else {}
    for name in _PER_TYPE:
        if np.size(header.get(name)) != PARTICLE_TYPES:
            raise BrokenAnswer(f"the answer has no Header/{name} for {PARTICLE_TYPES} types")
    mass_table = tuple(np.ravel(header["MassTable"]).tolist())
    for particle_type in FIELDS:
        count = int(np.ravel(header["NumPart_ThisFile"])[type_number(particle_type)])
        for field in fields_of(particle_type, mass_table) if count else ():
            found = find(file, path, f"{particle_type}/{field}")
            if not isinstance(found, h5py.Dataset):
                raise BrokenAnswer(
                    f"the answer has no field {particle_type}/{field}, which the workflow needs; "
                    "set simulation.snapshot to a full (not a mini) one of a run that recorded it",
                    final=True,
                )
            if wrong := wrong_type(found, field):
                raise BrokenAnswer(f"{particle_type}/{field} {wrong}", final=True)
            if len(found) != count:
                raise BrokenAnswer(
                    f"{particle_type}/{field} has {len(found)} rows but Header/NumPart_ThisFile is "
                    f"{count}"
                )
            _read_to_the_end(found)


def _read_to_the_end(found: h5py.Dataset) -> None:
    """Read the last row, since a damaged file may have the right length and still lack it."""
    if len(found):
        found[-1]


def _opened(check: Callable[[h5py.File, Path], None]) -> Callable[[Path], None]:
    """Return a check that opens a path and calls a check of the open file."""

    def check_path(path: Path) -> None:
        with open(path, "rb") as file:
            begins_as_page = file.read(256).lstrip()[:1] == b"<"
        if begins_as_page:
            raise BrokenAnswer("the answer is a web page where HDF5 was asked for")
        try:
            with open_file(path) as file, reading(path):
                check(file, path)
        except Damaged:
            raise BrokenAnswer("the answer is no HDF5, or a damaged one") from None

    return check_path


def _arguments(settings: DownloadSettings, *, name: str, snapshot: int) -> dict[str, Any]:
    """Return the arguments that every download has: access, and the remedy for an address."""
    return {
        "access": Access(
            key=api_key(),
            timeout_s=settings.api_timeout_s,
            attempts=settings.api_attempts,
        ),
        "not_found": f"check simulation.name ({name}), simulation.snapshot ({snapshot}) and "
        "simulation.api_url, and the column group of a sample.table",
    }
