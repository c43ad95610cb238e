"""The list of rejected galaxies, and the limit on how many there may be."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from umbra.errors import InputError
from umbra.files import rejection
from umbra.tables import write_table

SHOWN = 5  # rejected galaxies that the error names


def write_rejected(*, files: Iterable[Path], max_fraction: float, output: Path) -> None:
    """Write which galaxies were rejected and why.

    Parameters
    ----------
    files : iterable of Path
        The last files of all galaxies of the sample, named by subhalo id. A rejected galaxy has a
        marker among them.
    max_fraction : float
        Greatest acceptable fraction of rejected galaxies.
    output : Path
        CSV with columns galaxy, reason: the rejected galaxies alone.

    Raises
    ------
    InputError
        If more than `max_fraction` of the galaxies are rejected. The sentence names some of them
        with their reasons.
    """
    reasons = defaultdict(str)
    for path in files:
        reasons[int(path.stem)] = reasons[int(path.stem)] or rejection(path) or ""
    rejected = sorted((galaxy, reason) for galaxy, reason in reasons.items() if reason)
    if len(rejected) > max_fraction * len(reasons):
        shown = "; ".join(f"{galaxy}: {reason}" for galaxy, reason in rejected[:SHOWN])
        raise InputError(
            f"{len(rejected)} of {len(reasons)} galaxies are rejected, more than"
            f" sample.max_rejected_fraction = {max_fraction} allows ({shown})."
        )
    write_table(pd.DataFrame(rejected, columns=["galaxy", "reason"]), output)
