"""Which galaxies the figures show: the ids that the configuration names, or a choice."""

from collections.abc import Iterable

import numpy as np

from umbra.errors import InputError
from umbra.seeds import Stage, generator


def choose_examples(*, wanted: list[int] | int, sample: Iterable[int], seed: int) -> list[int]:
    """Return the galaxies that the figures of images show.

    The choice depends on the sample alone. All figures therefore show the same galaxies, and wait
    for no others.

    Parameters
    ----------
    wanted : list of int, or int
        Subhalo ids, or the number of galaxies to draw (configuration key
        ``figures.example_galaxies``).
    sample : iterable of int
        Ids of all galaxies.
    seed : int
        The run's seed. The number that is drawn for a galaxy does not depend on the others.

    Returns
    -------
    list of int
        As many as wanted, or all that exist.

    Raises
    ------
    InputError
        If a wanted id is not in the sample.
    """
    sample = sorted(set(sample))
    if isinstance(wanted, int):
        place = {galaxy: generator(seed, Stage.EXAMPLES, galaxy).random() for galaxy in sample}
        return sorted(sample, key=place.get)[:wanted]
    missing = [galaxy for galaxy in wanted if galaxy not in sample]
    if missing:
        raise InputError(
            f"figures.example_galaxies names {', '.join(map(str, missing))}, not among the"
            " galaxies of results/sample/galaxies.csv; choose from that file."
        )
    return list(wanted)


def choose_over_masses(
    *, wanted: list[int] | int, galaxy: np.ndarray, log10_mass: np.ndarray, key: str
) -> list[int]:
    """Return galaxies to show: the named ones, or some in equal steps of the rank by mass.

    Parameters
    ----------
    wanted : list of int, or int
        Subhalo ids, or the number of galaxies.
    galaxy, log10_mass : ndarray, shape (n,)
        Subhalo id and mass for each image; realisations of a galaxy have the same mass.
    key : str
        The configuration key of `wanted`, for the error message.

    Returns
    -------
    list of int
        As many as wanted, or all that exist.

    Raises
    ------
    InputError
        If a named galaxy is not among them.
    """
    masses = dict(zip(galaxy.tolist(), log10_mass, strict=True))
    if isinstance(wanted, int):
        ranked = sorted(masses, key=masses.__getitem__)
        places = np.linspace(0, len(ranked) - 1, min(wanted, len(ranked)))
        return [ranked[place] for place in np.round(places).astype(int)]
    for one in wanted:
        if one not in masses:
            raise InputError(
                f"{key}: {one} is not a test galaxy; choose from "
                f"{', '.join(map(str, sorted(masses)))}."
            )
    return list(wanted)
