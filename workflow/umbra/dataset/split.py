"""The split of the galaxies into training, validation and test sets."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np

from umbra import seeds
from umbra.config.dataset import DatasetSettings
from umbra.errors import InputError

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "val", "test")


def split_galaxies(
    *, galaxies: Sequence[int], seed: int, settings: DatasetSettings
) -> dict[int, SplitName]:
    """Draw the split of each galaxy.

    Parameters
    ----------
    galaxies : sequence of int
        Subhalo ids.
    seed : int
        The run's seed.
    settings : DatasetSettings
        Fractions of the galaxies in the training and the validation split. Each of the three splits
        gets at least one galaxy.

    Returns
    -------
    dict of int to str
        Subhalo id -> "train", "val" or "test".

    Raises
    ------
    InputError
        If there are fewer than three galaxies.
    """
    if len(galaxies) < 3:
        raise InputError(
            f"Dataset: {len(galaxies)} galaxies are left, and three splits need at least 3; "
            "widen the cuts under sample, or read rejected.csv for why galaxies were left out."
        )
    draws = {g: seeds.generator(seed, seeds.Stage.SPLIT, g).random() for g in galaxies}
    ordered = sorted(draws, key=draws.get)
    train = min(max(round(settings.train_fraction * len(ordered)), 1), len(ordered) - 2)
    val = min(max(round(settings.val_fraction * len(ordered)), 1), len(ordered) - train - 1)
    names = ["train"] * train + ["val"] * val + ["test"] * (len(ordered) - train - val)
    return dict(zip(ordered, names, strict=True))


def check_split(*, galaxy: np.ndarray, split: np.ndarray) -> None:
    """Raise InputError if a galaxy is in two splits or a split is empty.

    Parameters
    ----------
    galaxy, split : ndarray, shape (n,)
        Subhalo id and name of the split of each image.
    """
    members = {name: set(galaxy[split == name].tolist()) for name in SPLITS}
    for first, second in combinations(SPLITS, 2):
        if shared := members[first] & members[second]:
            raise InputError(
                f"Dataset: galaxy {min(shared)} is in both {first} and {second}; "
                "delete dataset.hdf5 and make it again."
            )
    for name, ids in members.items():
        if not ids:
            raise InputError(f"Dataset: no galaxy is in the {name} split; make it again.")
