"""Random numbers that depend on seed, stage, galaxy and realisation, and on nothing else."""

import hashlib
from enum import IntEnum

import numpy as np


class Stage(IntEnum):
    """Stages that draw random numbers; the values are part of the results, so never renumber."""

    UNIVERSE = 1
    OBSERVATION = 2
    RADIATIVE_TRANSFER = 3
    SKY = 4
    HI_NOISE = 5
    SPLIT = 6
    TRAINING = 7
    BASELINES = 8
    EXAMPLES = 9
    ENSEMBLE = 10
    PREDICTIVE = 11
    SENSITIVITY = 12
    IMPORTANCE = 13
    ROTATION_CURVE = 15
    ROTATION_CURVE_GALAXIES = 16


def generator(
    seed: int, stage: Stage, galaxy: int = 0, realisation: int = 0
) -> np.random.Generator:
    """Return the generator of one draw.

    Parameters
    ----------
    seed : int
        The run's seed (configuration key ``seed``).
    stage : Stage
        Which stage draws.
    galaxy : int
        Subhalo id, or any other non-negative index the stage enumerates.
    realisation : int
        Realisation of the galaxy.

    Returns
    -------
    numpy.random.Generator
        Independent of the number of cores, the order of jobs and partial reruns.
    """
    return np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=(stage, galaxy, realisation))
    )


def named(*names: str) -> int:
    """Return the number that stands for names in a draw, such as those of a network.

    A place in a list would not do: whatever is added to the list would change the other draws.

    Parameters
    ----------
    *names : str

    Returns
    -------
    int
        64 bits of a digest, the same on every machine.
    """
    digest = hashlib.blake2b("/".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
