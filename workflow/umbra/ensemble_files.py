"""``ensemble/.../predictions.hdf5``: what every member says of the validation and test images."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np

from umbra import files
from umbra.errors import InputError
from umbra.profile_space import ProfileSpace


@dataclass(frozen=True)
class Ensemble:
    """Predictions of an ensemble for the images of one split.

    Attributes
    ----------
    member : ndarray of int, shape (members,)
        Numbers of the members; those that failed are absent.
    galaxy, realisation : ndarray of int, shape (N,)
    radius_kpc : ndarray, shape (radii,)
    truth : ndarray, shape (N, radii)
        log10(M/Msun); NaN where masked.
    """

    member: np.ndarray
    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Bootstrap(Ensemble):
    """Networks that predict a profile, each trained on a resample of the galaxies.

    Attributes
    ----------
    predicted : ndarray, shape (members, N, radii)
        log10(M/Msun).
    """

    predicted: np.ndarray


@dataclass(frozen=True)
class Gaussian(Ensemble):
    """Networks that predict a Gaussian in the whitened coordinates of `ProfileSpace`.

    Attributes
    ----------
    mean : ndarray, shape (members, N, radii)
    precision_factor : ndarray, shape (members, N, radii, radii)
        Lower triangular P: P (w - mean) is standard normal.
    space_mean, space_factor : ndarray
        The `space`.
    """

    mean: np.ndarray
    precision_factor: np.ndarray
    space_mean: np.ndarray
    space_factor: np.ndarray

    @property
    def space(self) -> ProfileSpace:
        """The space of the profiles."""
        return ProfileSpace(mean=self.space_mean, factor=self.space_factor)


KINDS: dict[str, type[Ensemble]] = {"bootstrap": Bootstrap, "gaussian": Gaussian}


def write_ensemble(*, splits: Mapping[str, Ensemble], output: Path) -> None:
    """Write the predictions for each split ("val", "test")."""
    with files.atomic(output) as temporary, h5py.File(temporary, "w", track_order=True) as file:
        for split, ensemble in splits.items():
            group = file.create_group(split)
            for field in fields(ensemble):
                group[field.name] = getattr(ensemble, field.name)


def read_ensemble(*, path: Path, kind: str, split: str) -> Ensemble:
    """Read the predictions for one split.

    Parameters
    ----------
    path : path
        ``predictions.hdf5``.
    kind : {"bootstrap", "gaussian"}
    split : {"val", "test"}

    Returns
    -------
    Bootstrap or Gaussian

    Raises
    ------
    InputError
        If the file is not one of that kind.
    """
    try:
        with h5py.File(path) as file:
            return KINDS[kind](
                **{field.name: file[split][field.name][()] for field in fields(KINDS[kind])}
            )
    except (OSError, KeyError) as error:
        raise InputError(
            f"{path}: not the predictions of a {kind} ensemble ({error}); delete it and make it "
            "again."
        ) from error
