"""The split of the galaxies: a galaxy is never in two parts."""

from collections.abc import Sequence

import numpy as np

from umbra import seeds
from umbra.errors import InputError

SPLITS = ("train", "val", "test")


def split_galaxies(
    *, galaxies: Sequence[int], seed: int, train_fraction: float, val_fraction: float
) -> dict[int, str]:
    """Draw the split of each galaxy.

    Parameters
    ----------
    galaxies : sequence of int
        Subhalo ids.
    seed : int
        The run's seed.
    train_fraction, val_fraction : float
        Shares of the galaxies; the rest is the test split. Each split gets at least one.

    Returns
    -------
    dict
        Subhalo id -> "train", "val" or "test".

    Raises
    ------
    InputError
        If there are fewer than three galaxies.
    """
    if len(galaxies) < 3:
        raise InputError(
            f"Dataset: {len(galaxies)} galaxies are left, and three splits need at least 3; "
            "widen the cuts under sample, or see rejected.csv for why galaxies were left out."
        )
    draws = {g: seeds.generator(seed, seeds.Stage.SPLIT, g).random() for g in galaxies}
    ordered = sorted(draws, key=draws.get)
    train = min(max(round(train_fraction * len(ordered)), 1), len(ordered) - 2)
    val = min(max(round(val_fraction * len(ordered)), 1), len(ordered) - train - 1)
    names = ["train"] * train + ["val"] * val + ["test"] * (len(ordered) - train - val)
    return dict(zip(ordered, names, strict=True))


def check_split(*, galaxy: np.ndarray, split: np.ndarray) -> None:
    """Raise InputError if a galaxy is in two splits or a split is empty."""
    members = {name: set(galaxy[split == name].tolist()) for name in SPLITS}
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        if shared := members[first] & members[second]:
            raise InputError(
                f"Dataset: galaxy {min(shared)} is in both {first} and {second}; "
                "delete dataset.hdf5 and make it again."
            )
    for name, ids in members.items():
        if not ids:
            raise InputError(f"Dataset: no galaxy is in the {name} split; make it again.")
