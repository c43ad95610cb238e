"""Checks of the data that a configuration names."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from umbra.checks.machine import check_input_name
from umbra.config.photometry import PhotometrySettings
from umbra.config.simulation import SourceSettings
from umbra.errors import InputError
from umbra.observed.table import ObservedGalaxy, read_observed_table
from umbra.photometry.radiative_transfer import (
    EMBEDDED,
    check_resources,
    executable,
    resource_folder,
)
from umbra.photometry.ski_template import STAR_FAMILY
from umbra.simulation.galaxies import check_cutouts, read_sample
from umbra.simulation.snapshot import FULL_SNAPSHOTS
from umbra.skirt_engine import dust, sampling, spectra, spectra_stored, stab

SAMPLE = Path("results/sample/galaxies.csv")
CUTOUTS = Path("results/cutouts")


def check_readable(paths: Iterable[Path], option: str = "") -> None:
    """Raise InputError if a file that an option names is not there, is empty or not readable."""
    for path in paths:
        if not path.exists():
            fault, remedy = "does not exist", "give the path of one that does"
        elif not path.is_file():
            fault, remedy = "is no file", "fetch it again or give another path"
        elif not os.access(path, os.R_OK):
            fault, remedy = "cannot be read by you", "change its permissions"
        elif not path.stat().st_size:
            fault, remedy = "is empty", "fetch or make it again"
        else:
            continue
        raise InputError(f"{option} {path} {fault}: {remedy}.".lstrip())


def check_served_run(simulation: SourceSettings) -> None:
    """Raise InputError if a run of the web API lacks what the workflow needs, by its name.

    Parameters
    ----------
    simulation : SourceSettings
        The name of the run, and the number of the snapshot.
    """
    if re.search(r"[-_](Dark|DM)$", simulation.name, re.IGNORECASE):
        raise InputError(
            f"simulation.name is {simulation.name}, a run of dark matter only, which has no light"
            " and no gas to observe: name the full run."
        )
    if (
        re.fullmatch(r"TNG(\d+-\d|-Cluster)", simulation.name)
        and simulation.snapshot not in FULL_SNAPSHOTS
    ):
        raise InputError(
            f"simulation.snapshot is {simulation.snapshot}, a mini snapshot of {simulation.name},"
            " which lacks fields that the workflow needs: choose one of"
            f" {', '.join(map(str, FULL_SNAPSHOTS))}."
        )


def check_engine_tables(photometry: PhotometrySettings) -> None:
    """Raise InputError if a table that images are computed with is missing, broken or not used.

    Parameters
    ----------
    photometry : PhotometrySettings
    """
    top, embedded = resource_folder(photometry.skirt_resources), photometry.engine == EMBEDDED
    if top is None:
        if embedded:
            check_readable(spectra.grid_files())
        return
    if not embedded:
        check_resources(executable(photometry.engine), top)
    tables = []
    if embedded:
        tables += [
            spectra_stored.stars_table(fine='"High"' in STAR_FAMILY),
            spectra_stored.REGIONS_TABLE,
        ]
        dust.stored_mix(top)  # raises if the table is there and broken; it may be absent
    if embedded or photometry.instrument_grid == "log":
        tables += map(sampling.band_table, sampling.SDSS_BANDS)
    for expected in tables:
        stab.stored(expected, top)


def every_cutout_is_there() -> bool:
    """Return whether the sample and all its cutouts are there."""
    if not SAMPLE.exists():
        return False
    return all((CUTOUTS / f"{galaxy}.hdf5").exists() for galaxy in read_sample(SAMPLE).subhalo_id)


def check_kept_cutouts() -> None:
    """Raise InputError if all cutouts are there, but not all are of one run and one epoch.

    They may have been brought from another machine.
    """
    if every_cutout_is_there():
        check_cutouts(galaxies_csv=SAMPLE, folder=CUTOUTS)


def checked_galaxies(table: Path) -> dict[str, ObservedGalaxy]:
    """Return the galaxies of the user's table by their names, if all their files are there.

    Parameters
    ----------
    table : Path
        ``observed.table``.

    Raises
    ------
    InputError
        If a row is not complete, or a file cannot be read.
    """
    check_readable([table], option="observed.table")
    galaxies = read_observed_table(table)
    for galaxy in galaxies:
        for column, path in galaxy.files.items():
            where = f"{table}, {galaxy.name}: {column}"
            check_input_name(path, option=where)
            check_readable([path], option=where)
    return {galaxy.name: galaxy for galaxy in galaxies}
