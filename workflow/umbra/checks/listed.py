"""All checks, in the order in which they are made."""

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path

from umbra.checks.data import (
    SAMPLE,
    check_engine_tables,
    check_kept_cutouts,
    check_readable,
    check_served_run,
)
from umbra.checks.machine import (
    check_backend,
    check_folders,
    check_input_name,
    check_name,
    check_no_numba_file,
    check_packages,
    check_permissions,
)
from umbra.classical.rotation_curve.barolo_program import barolo_program
from umbra.classical.rotation_curve.light.autoprof_environment import check_interpreter
from umbra.config.model import Config
from umbra.errors import InputError
from umbra.figures.graphviz import check_graphviz
from umbra.photometry.radiative_transfer import executable
from umbra.simulation.catalogue_files import catalogue_paths
from umbra.simulation.snapshot import check_recorded

_OTHER_FOLDER = "move umbra to a path without it and run `make setup` there"
# The options whose paths become inputs of rules.
INPUTS = (
    *("simulation.path", "sample.table", "rotation_curve.autoprof_environment"),
    *("observed.table", "observed.networks"),
)
# The rules that need the key of the web API, and those of each galaxy that read its cutout.
DOWNLOADS = {"api_run", "catalogue_field", "halo"}
READ_CUTOUTS = {"ski", "hi_cubes", "profile"}


def check_before_jobs(
    settings: Config, *, not_found: Mapping[str, str], checkout: str, chunks: Sequence[Path]
) -> None:
    """Check what every run needs, when the workflow is loaded; this takes less than half a second.

    Parameters
    ----------
    settings : Config
    not_found : mapping
        Options whose relative paths were found nowhere -> a sentence about each.
    checkout : str
        The folder of umbra.
    chunks : sequence of Path
        The chunks of a snapshot on disk; empty for other sources.

    Raises
    ------
    InputError
        If a job would fail.
    """
    here = Path(os.curdir)
    check_name(sys.executable, what="the Python that runs Snakemake", remedy=_OTHER_FOLDER)
    check_name(checkout, what="the folder of umbra", remedy=_OTHER_FOLDER)
    check_folders(here)
    check_no_numba_file(here)
    check_packages()
    check_backend()
    for option in INPUTS:
        check_input_name(attrgetter(option)(settings), option=option)
    with _looked_for("photometry.engine", not_found):
        executable(settings.photometry.engine)
    with _looked_for("photometry.skirt_resources", not_found):
        check_engine_tables(settings.photometry)
    if settings.rotation_curve.light == "autoprof":
        check_interpreter(settings.rotation_curve.autoprof_environment)
    with _looked_for("sample.table", not_found):
        _check_data(settings, chunks)


@contextmanager
def _looked_for(option: str, not_found: Mapping[str, str]) -> Iterator[None]:
    """Raise a sentence with the places where an option's path was looked for, if a check fails."""
    try:
        yield
    except InputError as error:
        raise InputError(not_found.get(option, str(error))) from None


def _check_data(settings: Config, chunks: Sequence[Path]) -> None:
    simulation, table = settings.simulation, settings.sample.table
    if simulation.source == "api":
        check_served_run(simulation)
    if chunks:
        check_readable(chunks)
        check_recorded(chunks)  # a mini snapshot lacks fields
    if table:
        check_readable([table], option="sample.table")
    elif simulation.source == "local" and not SAMPLE.exists():
        check_readable(catalogue_paths(path=simulation.path, snapshot=simulation.snapshot))


def check_planned(rules: Set[str], *, folders: Collection[str], on_cluster: bool) -> None:
    """Check what only some rules need, when it is known which rules have jobs to run.

    Parameters
    ----------
    rules : set of str
        Names of the rules that have jobs to run.
    folders : collection of str
        The folders that these jobs write to.
    on_cluster : bool
        Whether jobs are submitted.

    Raises
    ------
    InputError
        If a job would fail.
    """
    check_permissions(folders)
    if on_cluster:
        remedy = "on a cluster, run in a path without it (--directory)"
        check_name(Path.cwd(), what="the folder of the run", remedy=remedy)
    if "figure_pipeline" in rules:
        check_graphviz()
    if {"rings", "rotation_curves"} & rules:
        barolo_program()
    if DOWNLOADS & rules:
        # Imported only here, because it imports requests, which other runs do not need.
        from umbra.simulation.web_api.key import api_key

        api_key()
    if READ_CUTOUTS & rules and not {"sample", "cutout"} & rules:
        check_kept_cutouts()
