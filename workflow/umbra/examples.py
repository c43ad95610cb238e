"""Which galaxies the figures of images show: the ids that were asked for, or a draw."""

from collections.abc import Iterable

from umbra.errors import InputError
from umbra.seeds import Stage, generator


def choose_examples(*, wanted: list[int] | int, sample: Iterable[int], seed: int) -> list[int]:
    """Return the galaxies to show.

    The choice depends on the sample alone, so that all figures show the same galaxies and wait for
    no others.

    Parameters
    ----------
    wanted : list of int, or int
        Subhalo ids, or how many to draw (configuration key ``figures.example_galaxies``).
    sample : iterable of int
        Ids of all galaxies.
    seed : int
        The run's seed. A galaxy's place in the draw does not depend on the others.

    Returns
    -------
    list of int
        As many as wanted, or all that there are.

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
            " galaxies of results/sample/galaxies.csv."
        )
    return list(wanted)
