"""Which test galaxies have their rotation curves fitted, and in which realisation."""

import csv
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.geometry import guess_geometry, main_body, read_moments
from umbra.dataset.reading import read_split_table
from umbra.errors import InputError, Rejected
from umbra.files import atomic
from umbra.seeds import Stage, generator

logger = logging.getLogger(__name__)

KEY = "rotation_curve.galaxies"
ALL = "all"
COLUMNS = ("galaxy", "realisation", "inclination_deg", "chosen", "reason")


@dataclass(frozen=True)
class Candidate:
    """A test galaxy as its velocity field shows it.

    Attributes
    ----------
    galaxy : int
        Subhalo id.
    inclination_deg : float
        0 is face-on; NaN where it cannot be measured.
    reason : str
        Why a draw passes it over, else empty.
    """

    galaxy: int
    inclination_deg: float
    reason: str = ""


def write_selection(
    *,
    dataset: Path,
    moments: Mapping[int, Path],
    wanted: Sequence[int] | int | str,
    realisation: int,
    min_inclination_deg: float,
    max_inclination_deg: float,
    seed: int,
    output: Path,
) -> None:
    """Choose the galaxies of the rotation curves and write what speaks for and against each.

    Parameters
    ----------
    dataset : path
        ``dataset.hdf5``, which knows the test split and the realisations.
    moments : mapping of int to path
        Moment maps of at least the test galaxies.
    wanted : sequence of int, int or "all"
        Subhalo ids, how many to draw, or the whole test split.
    realisation : int
        The realisation.
    min_inclination_deg, max_inclination_deg : float
        Between which a galaxy may be drawn; ids that are given and ``all`` take no account of it.
    seed : int
        The run's seed.
    output : path
        ``galaxies.csv`` with columns `COLUMNS`, one row a test galaxy.

    Raises
    ------
    InputError
        If a given galaxy is not in the test split, the realisation does not exist, or a file is not
        what it should be.
    """
    test = read_split_table(dataset, "test")
    if realisation not in test.realisation:
        raise InputError(
            f"rotation_curve.realisation: {realisation} is no realisation of {dataset}; "
            "choose from "
            f"{', '.join(map(str, np.unique(test.realisation)))}."
        )
    galaxies = np.unique(test.galaxy).tolist()
    check_wanted(wanted, galaxies)
    limits = min_inclination_deg, max_inclination_deg
    candidates = [
        look_at(moments[galaxy], galaxy=galaxy, realisation=realisation, limits_deg=limits)
        for galaxy in galaxies
    ]
    chosen = choose(candidates, wanted=wanted, seed=seed)
    if isinstance(wanted, int) and len(chosen) < wanted:
        count = len(chosen), wanted, *limits
        logger.warning("%d of %d galaxies drawn: no others inclined by %g to %g degrees", *count)
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for candidate in candidates:
            taken = candidate.galaxy in chosen
            angle = candidate.inclination_deg
            writer.writerow(
                [
                    *(candidate.galaxy, realisation),
                    f"{angle:.2f}" if np.isfinite(angle) else "",
                    "yes" if taken else "no",
                    _reason(candidate, taken=taken, wanted=wanted),
                ]
            )


def _reason(candidate: Candidate, *, taken: bool, wanted: Sequence[int] | int | str) -> str:
    if wanted == ALL:
        return "the whole test split"
    if not isinstance(wanted, int):
        return "given" if taken else "not given"
    return "drawn" if taken else candidate.reason or "not drawn"


def check_wanted(wanted: Sequence[int] | int | str, galaxies: Sequence[int]) -> None:
    """Raise InputError if a given galaxy is not one of the test split's `galaxies`."""
    if isinstance(wanted, int) or wanted == ALL:
        return
    for galaxy in wanted:
        if galaxy not in galaxies:
            raise InputError(
                f"{KEY}: {galaxy} is not a test galaxy; choose from "
                f"{', '.join(map(str, galaxies))}, give a number to draw, or {ALL}."
            )


def look_at(
    moments: Path, *, galaxy: int, realisation: int, limits_deg: tuple[float, float]
) -> Candidate:
    """Measure the inclination of a galaxy's gas, as the fit of its rings will start from.

    Parameters
    ----------
    moments : path
        Its moment maps.
    galaxy, realisation : int
        Subhalo id and realisation.
    limits_deg : pair of float
        Inclinations between which it may be drawn [deg].

    Returns
    -------
    Candidate

    Raises
    ------
    InputError
        If the file has no moment maps of this realisation.
    """
    intensity, velocity = read_moments(moments, realisation)
    try:
        body = main_body(intensity)
    except Rejected as rejected:
        return Candidate(galaxy, np.nan, str(rejected))
    disc = guess_geometry(intensity=intensity, velocity_km_s=velocity, body=body)
    low, high = limits_deg
    inside = low <= disc.inclination_deg <= high
    reason = f"inclination of {disc.inclination_deg:.1f} degrees, outside {low:g} to {high:g}"
    return Candidate(galaxy, disc.inclination_deg, "" if inside else reason)


def choose(
    candidates: Sequence[Candidate], *, wanted: Sequence[int] | int | str, seed: int
) -> list[int]:
    """Return the galaxies that are wanted, or drawn.

    Parameters
    ----------
    candidates : sequence of Candidate
        The test split.
    wanted : sequence of int, int or "all"
        As in `write_selection`.
    seed : int
        The run's seed. A galaxy's place in the draw does not depend on the others.

    Returns
    -------
    list of int
        Ascending; fewer than wanted if fewer can be drawn.
    """
    if wanted == ALL:
        return sorted(candidate.galaxy for candidate in candidates)
    if not isinstance(wanted, int):
        return sorted(set(wanted))
    place = {
        candidate.galaxy: generator(seed, Stage.ROTATION_CURVE_GALAXIES, candidate.galaxy).random()
        for candidate in candidates
        if not candidate.reason
    }
    return sorted(sorted(place, key=place.__getitem__)[:wanted])


def read_selection(path: Path) -> list[int]:
    """Return the chosen galaxies of ``galaxies.csv``, ascending."""
    with open(path, newline="") as file:
        return [int(row["galaxy"]) for row in csv.DictReader(file) if row["chosen"] == "yes"]
