"""Which galaxies a figure shows: the ids that were asked for, or a draw from the seed."""

from collections.abc import Iterable
from pathlib import Path

from umbra.errors import InputError
from umbra.files import rejection
from umbra.seeds import Stage, generator


def choose(*, wanted: list[int] | int, available: Iterable[int], seed: int, key: str) -> list[int]:
    """Return the galaxies to show.

    Parameters
    ----------
    wanted : list of int, or int
        Subhalo ids, or how many to draw.
    available : iterable of int
        Galaxies that can be shown.
    seed : int
        The run's seed. A galaxy's place in the draw does not depend on the others.
    key : str
        The configuration key of `wanted`, for the message.

    Returns
    -------
    list of int
        As many as wanted, or all that there are.

    Raises
    ------
    InputError
        If a wanted id cannot be shown.
    """
    available = sorted(set(available))
    if isinstance(wanted, int):
        place = {galaxy: generator(seed, Stage.EXAMPLES, galaxy).random() for galaxy in available}
        return sorted(available, key=place.get)[:wanted]
    missing = [galaxy for galaxy in wanted if galaxy not in available]
    if missing:
        raise InputError(
            f"{key} names {', '.join(map(str, missing))}, not among the galaxies that can be shown:"
            f" {', '.join(map(str, available))}."
        )
    return list(wanted)


def example_files(*, paths: list[Path], wanted: list[int] | int, seed: int) -> list[Path]:
    """Return the files of the example galaxies, out of one file a galaxy named by its id."""
    by_galaxy = {int(path.stem): path for path in paths if rejection(path) is None}
    chosen = choose(wanted=wanted, available=by_galaxy, seed=seed, key="figures.example_galaxies")
    return [by_galaxy[galaxy] for galaxy in chosen]
