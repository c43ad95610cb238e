"""Checks of the data that a configuration names."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from umbra.config.simulation import SourceSettings
from umbra.errors import InputError
from umbra.simulation.snapshot import FULL_SNAPSHOTS


def check_readable(paths: Iterable[Path]) -> None:
    """Raise InputError if you may not read a file, or if it is empty or no file."""
    for path in paths:
        if not path.is_file():
            fault, remedy = "is no file", "fetch it again or give another path"
        elif not os.access(path, os.R_OK):
            fault, remedy = "cannot be read by you", "change its permissions"
        elif not path.stat().st_size:
            fault, remedy = "is empty", "fetch or make it again"
        else:
            continue
        raise InputError(f"{path} {fault}: {remedy}.")


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
