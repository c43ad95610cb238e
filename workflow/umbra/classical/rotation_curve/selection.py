"""Which test galaxies have their rotation curves fitted."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.gas_maps import read_gas_maps
from umbra.classical.rotation_curve.selection_table import SELECTION_COLUMNS
from umbra.classical.rotation_curve.velocity_field import guess_geometry, main_body
from umbra.config.rotation_curve import ChoiceSettings
from umbra.dataset.reading import read_split_table
from umbra.errors import InputError, Rejected
from umbra.seeds import Stage, generator
from umbra.tables import write_table

logger = logging.getLogger(__name__)

KEY = "rotation_curve.galaxies"
ALL = "all"


@dataclass(frozen=True)
class Candidate:
    """A test galaxy and the inclination of its gas.

    Parameters
    ----------
    galaxy : int
        Subhalo id.
    inclination_deg : float
        Inclination [deg], 0 is face-on; NaN where it cannot be measured.
    reason : str
        Why the galaxy may not be drawn; empty if it may.
    """

    galaxy: int
    inclination_deg: float
    reason: str = ""


def write_selection(
    *,
    dataset: Path,
    moments: Mapping[int, Path],
    choice: ChoiceSettings,
    seed: int,
    output: Path,
) -> None:
    """Choose the galaxies, and write for each test galaxy whether it is chosen and why.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5``, for the test split and the realisations.
    moments : mapping of int to Path
        Moment maps of at least the test galaxies.
    choice : ChoiceSettings
        Which galaxies are wanted. The limits of the inclination apply to galaxies that are drawn,
        not to ids and ``all``.
    seed : int
        The run's seed.
    output : Path
        ``galaxies.csv`` with columns `SELECTION_COLUMNS`, one row for each test galaxy.

    Raises
    ------
    InputError
        If a wanted galaxy is not in the test split, the realisation does not exist, or a file is
        not what its stage writes.
    """
    test = read_split_table(dataset, "test")
    if choice.realisation not in test.realisation:
        raise InputError(
            f"rotation_curve.realisation: {choice.realisation} does not exist in {dataset};"
            f" choose from {', '.join(map(str, np.unique(test.realisation)))}."
        )
    galaxies = np.unique(test.galaxy).tolist()
    check_wanted(choice.galaxies, galaxies)
    candidates = [
        measure_candidate(moments[galaxy], galaxy=galaxy, choice=choice) for galaxy in galaxies
    ]
    chosen = choose_galaxies(candidates, wanted=choice.galaxies, seed=seed)
    if isinstance(choice.galaxies, int) and len(chosen) < choice.galaxies:
        logger.warning(
            "%d of %d galaxies drawn: no others inclined by %g to %g degrees",
            len(chosen),
            choice.galaxies,
            choice.min_inclination_deg,
            choice.max_inclination_deg,
        )
    taken = [candidate.galaxy in chosen for candidate in candidates]
    table = pd.DataFrame(
        {
            "galaxy": galaxies,
            "realisation": choice.realisation,
            "inclination_deg": [candidate.inclination_deg for candidate in candidates],
            "chosen": ["yes" if one else "no" for one in taken],
            "reason": [
                _reason(candidate, taken=one, wanted=choice.galaxies)
                for candidate, one in zip(candidates, taken, strict=True)
            ],
        }
    )
    write_table(table[list(SELECTION_COLUMNS)], output, formats={"inclination_deg": ".2f"})


def _reason(candidate: Candidate, *, taken: bool, wanted: Sequence[int] | int | str) -> str:
    if wanted == ALL:
        return "the whole test split"
    if not isinstance(wanted, int):
        return "given" if taken else "not given"
    return "drawn" if taken else candidate.reason or "not drawn"


def check_wanted(wanted: Sequence[int] | int | str, galaxies: Sequence[int]) -> None:
    """Raise InputError if a wanted id is not one of `galaxies`, the test split."""
    if isinstance(wanted, int) or wanted == ALL:
        return
    for galaxy in wanted:
        if galaxy not in galaxies:
            raise InputError(
                f"{KEY}: {galaxy} is not a test galaxy; choose from "
                f"{', '.join(map(str, galaxies))}, give a number to draw, or {ALL}."
            )


def measure_candidate(moments: Path, *, galaxy: int, choice: ChoiceSettings) -> Candidate:
    """Measure the inclination of a galaxy's gas, in the same way as the first guess of its rings.

    Parameters
    ----------
    moments : Path
        Moment maps of the galaxy.
    galaxy : int
        Subhalo id.
    choice : ChoiceSettings
        Realisation, and limits of the inclination.

    Returns
    -------
    Candidate

    Raises
    ------
    InputError
        If the file has no moment maps of this realisation.
    """
    maps = read_gas_maps(moments, choice.realisation)
    try:
        body = main_body(maps.intensity)
    except Rejected as rejected:
        return Candidate(galaxy, np.nan, str(rejected))
    disc = guess_geometry(intensity=maps.intensity, velocity_km_s=maps.velocity_km_s, body=body)
    low, high = choice.min_inclination_deg, choice.max_inclination_deg
    if low <= disc.inclination_deg <= high:
        return Candidate(galaxy, disc.inclination_deg)
    reason = f"inclination of {disc.inclination_deg:.1f} degrees, outside {low:g} to {high:g}"
    return Candidate(galaxy, disc.inclination_deg, reason)


def choose_galaxies(
    candidates: Sequence[Candidate], *, wanted: Sequence[int] | int | str, seed: int
) -> list[int]:
    """Return the galaxies that are wanted by id, or drawn.

    Parameters
    ----------
    candidates : sequence of Candidate
        The test split.
    wanted : sequence of int, int or "all"
        Subhalo ids, the number to draw, or the whole test split.
    seed : int
        The run's seed. A galaxy's place in the draw does not depend on the other galaxies.

    Returns
    -------
    list of int
        Subhalo ids, ascending; fewer than wanted if there are too few candidates.
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
