"""``ensemble/.../predictions.hdf5``: predictions of every member for validation and test images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np

from umbra.hdf5 import create, open_content
from umbra.predictions.members import Outcome, read_weights, write_weights
from umbra.predictions.profile_space import ProfileSpace
from umbra.tables import MAKE_AGAIN

EnsembleKind = Literal["bootstrap", "gaussian"]


@dataclass(frozen=True)
class Ensemble:
    """Predictions of an ensemble for the images of one split.

    Attributes
    ----------
    member : ndarray of int, shape (members,)
        Numbers of the members; those that failed are absent.
    galaxy, realisation : ndarray of int, shape (n,)
    radius_kpc : ndarray, shape (radii,)
    truth : ndarray, shape (n, radii)
        log10(M/Msun); NaN where masked.
    """

    member: np.ndarray
    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class BootstrapEnsemble(Ensemble):
    """Networks that predict a profile, each trained on a resample of the galaxies.

    Attributes
    ----------
    predicted : ndarray, shape (members, n, radii)
        log10(M/Msun).
    """

    predicted: np.ndarray


@dataclass(frozen=True)
class GaussianEnsemble(Ensemble):
    """Networks that predict a Gaussian in the whitened coordinates of `ProfileSpace`.

    Attributes
    ----------
    mean : ndarray, shape (members, n, radii)
    precision_factor : ndarray, shape (members, n, radii, radii)
        Lower triangular P such that P (w - mean) is standard normal.
    space_mean, space_factor : ndarray
        Mean and factor of `space`.
    """

    mean: np.ndarray
    precision_factor: np.ndarray
    space_mean: np.ndarray
    space_factor: np.ndarray

    @property
    def space(self) -> ProfileSpace:
        """The space of the profiles."""
        return ProfileSpace(mean=self.space_mean, factor=self.space_factor)


ENSEMBLE_KINDS: dict[EnsembleKind, type[Ensemble]] = {
    "bootstrap": BootstrapEnsemble,
    "gaussian": GaussianEnsemble,
}
# fields with an entry for each member
PER_MEMBER = frozenset({"member", "predicted", "mean", "precision_factor"})


def write_ensemble(
    *,
    splits: Mapping[str, Ensemble],
    outcomes: Sequence[Outcome],
    output: Path,
    weights: Mapping[int, Sequence[np.ndarray]] | None = None,
) -> None:
    """Write an ensemble, or a part of one.

    Parameters
    ----------
    splits : mapping
        Split, of `umbra.predictions.points.PREDICTED_SPLITS` -> predictions.
    outcomes : sequence of Outcome
        How each training ended.
    output : Path
        ``predictions.hdf5``.
    weights : mapping, optional
        Member -> the weights of its network, for those that are to be saved.
    """
    with create(output) as file:
        for member, arrays in (weights or {}).items():
            write_weights(file, f"weights/{member}", arrays)
        for split, ensemble in splits.items():
            for field in fields(ensemble):
                file[f"{split}/{field.name}"] = getattr(ensemble, field.name)
        for field in fields(Outcome):
            column = [getattr(outcome, field.name) for outcome in outcomes]
            file[f"outcomes/{field.name}"] = np.array(column, dtype=field.type)


def read_ensemble(*, path: Path, kind: EnsembleKind, split: str) -> Ensemble:
    """Read the predictions for one split.

    Parameters
    ----------
    path : Path
        ``predictions.hdf5``, or a part of it.
    kind : {"bootstrap", "gaussian"}
    split : {"val", "test"}

    Returns
    -------
    BootstrapEnsemble or GaussianEnsemble

    Raises
    ------
    Damaged
        If the file is not one of that kind.
    InputError
        If the system does not let it be read.
    """
    ensemble = ENSEMBLE_KINDS[kind]
    names = [field.name for field in fields(ensemble)]
    fault = f"does not hold the predictions of a {kind} ensemble"
    with open_content(path, fault=fault, remedy=MAKE_AGAIN) as file:
        arrays = {name: file[split][name][()] for name in names}
    return ensemble(**arrays)


def read_member_outcomes(path: Path) -> list[Outcome]:
    """Read how the trainings of an ensemble, or of a part of it, ended."""
    fault = "does not hold the outcomes of an ensemble"
    with open_content(path, fault=fault, remedy=MAKE_AGAIN) as file:
        columns = [file[f"outcomes/{field.name}"][()].tolist() for field in fields(Outcome)]
    return [Outcome(*row) for row in zip(*columns, strict=True)]


def read_member_weights(path: Path) -> dict[int, tuple[np.ndarray, ...]]:
    """Read the weights of the networks of a part of a Gaussian ensemble, by member."""
    fault = "does not hold the networks of a gaussian ensemble"
    with open_content(path, fault=fault, remedy=MAKE_AGAIN) as file:
        members = file["weights"] if "weights" in file else {}
        return {member: read_weights(members[str(member)]) for member in sorted(map(int, members))}
