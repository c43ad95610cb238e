"""The list of rejected galaxies, and the limit on how many there may be."""

import csv
from pathlib import Path

from umbra.errors import InputError
from umbra.files import atomic, rejection


def examine(*, products: dict[int, list[Path]], output: Path) -> None:
    """Write of some galaxies which are rejected and why.

    Parameters
    ----------
    products : dict of int to list of pathlib.Path
        Each galaxy's last files; a marker among them means that it was rejected.
    output : pathlib.Path
        CSV with columns galaxy, reason; without a reason, a galaxy is usable.
    """
    rows = [
        (galaxy, next(filter(None, map(rejection, paths)), ""))
        for galaxy, paths in products.items()
    ]
    _write(rows, output)


def collect(*, parts: list[Path], max_fraction: float, output: Path) -> None:
    """Write which galaxies of all were rejected and why.

    Parameters
    ----------
    parts : list of pathlib.Path
        What `examine` wrote, together of every galaxy.
    max_fraction : float
        Greatest acceptable fraction of rejected galaxies.
    output : pathlib.Path
        CSV with columns galaxy, reason: the rejected galaxies alone.

    Raises
    ------
    InputError
        If more than `max_fraction` of the galaxies are rejected; the reasons are named.
    """
    rows = []
    for part in parts:
        with open(part, newline="") as file:
            rows += [(int(row["galaxy"]), row["reason"]) for row in csv.DictReader(file)]
    rejected = [row for row in rows if row[1]]
    if len(rejected) > max_fraction * len(rows):
        shown = "; ".join(f"{galaxy}: {reason}" for galaxy, reason in rejected[:5])
        raise InputError(
            f"{len(rejected)} of {len(rows)} galaxies are rejected, more than "
            f"sample.max_rejected_fraction = {max_fraction} allows ({shown})."
        )
    _write(sorted(rejected), output)


def _write(rows: list[tuple[int, str]], output: Path) -> None:
    """Write galaxies and reasons."""
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["galaxy", "reason"])
        writer.writerows(rows)
