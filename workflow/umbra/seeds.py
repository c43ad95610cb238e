"""Random numbers that depend on seed, stage, galaxy and realisation alone."""

import hashlib
from enum import IntEnum

import numpy as np


class Stage(IntEnum):
    """Stages that draw random numbers.

    The results depend on the values, so a value must never change.
    """

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
    METRICS = 17
    DISTANCE = 18
    LEARNING_CURVE = 19
    OBSERVED = 20
    OBSERVED_SAMPLES = 21
    OBSERVED_ROTATION = 22
    STELLAR_HALO = 23


def generator(
    seed: int, stage: Stage, galaxy: int = 0, realisation: int = 0
) -> np.random.Generator:
    """Return the generator of random numbers for one draw.

    The numbers do not depend on the number of cores, the order of jobs or partial reruns.

    Parameters
    ----------
    seed : int
        The run's seed (configuration key ``seed``).
    stage : Stage
        The stage that draws.
    galaxy : int
        Subhalo id, or another number that is not negative and that the stage counts by.
    realisation : int
        Number of the realisation.

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=(stage, galaxy, realisation))
    )


def named(*names: str) -> int:
    """Return a number for some names, such as those of a network, to seed a draw with.

    The number does not change when other names are added, unlike the place of a name in a list.

    Parameters
    ----------
    *names : str
        The names.

    Returns
    -------
    int
        64 bits of a digest, the same on every machine.
    """
    digest = hashlib.blake2b("/".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
