"""The list of rejected galaxies, and the limit on how many there may be."""

import csv
from pathlib import Path

from umbra.errors import InputError
from umbra.files import atomic, rejection


def collect(*, products: dict[int, list[Path]], max_fraction: float, output: Path) -> None:
    """Write which galaxies were rejected and why.

    Parameters
    ----------
    products : dict of int to list of pathlib.Path
        Each galaxy's last files; a marker among them means that it was rejected.
    max_fraction : float
        Greatest acceptable fraction of rejected galaxies.
    output : pathlib.Path
        CSV with columns galaxy, reason.

    Raises
    ------
    InputError
        If more than `max_fraction` of the galaxies are rejected; the reasons are named.
    """
    reasons = {}
    for galaxy, paths in products.items():
        reason = next(filter(None, map(rejection, paths)), None)
        if reason is not None:
            reasons[galaxy] = reason
    if len(reasons) > max_fraction * len(products):
        shown = "; ".join(f"{galaxy}: {reason}" for galaxy, reason in list(reasons.items())[:5])
        raise InputError(
            f"{len(reasons)} of {len(products)} galaxies are rejected, more than "
            f"sample.max_rejected_fraction = {max_fraction} allows ({shown})."
        )
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["galaxy", "reason"])
        writer.writerows(sorted(reasons.items()))
