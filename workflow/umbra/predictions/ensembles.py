"""``ensemble/.../predictions.hdf5``: what every member says of the validation and test images."""

import csv
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import h5py
import numpy as np

from umbra import files
from umbra.errors import InputError
from umbra.predictions.profile_space import ProfileSpace

log = logging.getLogger(__name__)


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
# A bootstrap is the difference of its networks; each of the others says a Gaussian of its own.
_FEWEST = {"bootstrap": 2, "gaussian": 1}
_NUMBER_KEY = {"bootstrap": "ensemble.members", "gaussian": "ensemble.gaussian_members"}


@dataclass(frozen=True)
class Outcome:
    """How the training of a member ended; losses are of its best epoch, NaN if it failed."""

    member: int
    epochs: int
    loss: float
    val_loss: float

    @property
    def failed(self) -> bool:
        """Whether the training diverged, or the network predicts what is not finite."""
        return not np.isfinite([self.loss, self.val_loss]).all()


def write_ensemble(
    *, splits: Mapping[str, Ensemble], outcomes: Sequence[Outcome], output: Path
) -> None:
    """Write the predictions for each split ("val", "test") and how each training ended."""
    with files.atomic(output) as temporary, h5py.File(temporary, "w") as file:
        for split, ensemble in splits.items():
            for field in fields(ensemble):
                file[f"{split}/{field.name}"] = getattr(ensemble, field.name)
        for field in fields(Outcome):
            column = [getattr(outcome, field.name) for outcome in outcomes]
            file[f"outcomes/{field.name}"] = np.array(column, dtype=field.type)


def read_ensemble(*, path: Path, kind: str, split: str) -> Ensemble:
    """Read the predictions for one split.

    Parameters
    ----------
    path : path
        ``predictions.hdf5``, or a part of it.
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
    names = [field.name for field in fields(KINDS[kind])]
    with _open(path) as file:
        try:
            return KINDS[kind](**{name: file[split][name][()] for name in names})
        except KeyError:
            raise InputError(
                f"{path}: not the predictions of a {kind} ensemble; delete it and make it again."
            ) from None


def read_outcomes(path: Path) -> list[Outcome]:
    """Read how the trainings of an ensemble, or of a part of it, ended."""
    with _open(path) as file:
        columns = [file[f"outcomes/{field.name}"][()].tolist() for field in fields(Outcome)]
    return [Outcome(*row) for row in zip(*columns, strict=True)]


def join_parts(
    *, parts: Sequence[Path], kind: str, max_failed_fraction: float, output: Path, table: Path
) -> None:
    """Merge the parts of an ensemble.

    Parameters
    ----------
    parts : sequence of path
        What `umbra.networks.ensembles.train_members` wrote.
    kind : {"bootstrap", "gaussian"}
    max_failed_fraction : float
        Failed members are left out; more than this is an error.
    output, table : path
        ``{kind}/{architecture}/{channels}/predictions.hdf5``, and ``members.csv`` with the columns
        of `Outcome`.

    Raises
    ------
    InputError
        If too many members failed, or too few are left: two networks for a bootstrap, one that
        says a Gaussian.
    """
    outcomes = [outcome for part in parts for outcome in read_outcomes(part)]
    with files.atomic(table) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(field.name for field in fields(Outcome)), "failed"])
        for one in outcomes:
            losses = (f"{one.loss:.6g}", f"{one.val_loss:.6g}")
            writer.writerow([one.member, one.epochs, *losses, "yes" if one.failed else "no"])
    failed = [str(one.member) for one in outcomes if one.failed]
    if failed:
        log.warning("members that failed and are left out: %s", ", ".join(failed))
    _check_enough(outcomes, failed, kind=kind, allowed=max_failed_fraction, folder=output.parent)
    splits = {
        split: _joined([read_ensemble(path=part, kind=kind, split=split) for part in parts])
        for split in ("val", "test")
    }
    write_ensemble(splits=splits, outcomes=outcomes, output=output)


def write_member(
    path: Path, digest: str, outcome: Outcome, arrays: Mapping[str, np.ndarray]
) -> None:
    """Keep what a member says of each split, under a digest of what it depends on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.atomic(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs.update(asdict(outcome), digest=digest)
        for split, array in arrays.items():
            file[split] = array


def read_member(path: Path, digest: str) -> tuple[Outcome, dict[str, np.ndarray]] | None:
    """Return what `write_member` kept; None if nothing, or something else, is there."""
    try:
        with h5py.File(path) as file:
            if file.attrs["digest"] != digest:
                return None
            kept = [field.type(file.attrs[field.name]) for field in fields(Outcome)]
            return Outcome(*kept), {split: file[split][()] for split in file}
    except (OSError, KeyError):
        return None


def _check_enough(
    outcomes: Sequence[Outcome], failed: list[str], *, kind: str, allowed: float, folder: Path
) -> None:
    """Raise an InputError if too many members failed, or too few are left."""
    learning_rate = f"networks.training.{folder.parent.name}.learning_rate"
    count = f"{folder}: {len(failed)} of {len(outcomes)} members of the {kind} ensemble failed"
    if failed:
        count += f" ({', '.join(failed)})"
    if len(outcomes) - len(failed) < _FEWEST[kind]:
        raise InputError(
            f"{count}, and at least {_FEWEST[kind]} must be left; lower {learning_rate} or raise "
            f"{_NUMBER_KEY[kind]}."
        )
    if len(failed) > allowed * len(outcomes):
        raise InputError(
            f"{count}, more than ensemble.max_failed_fraction allows; lower {learning_rate}."
        )


def _joined(parts: Sequence[Ensemble]) -> Ensemble:
    """Return one ensemble with the members of all parts."""
    per_member = {"member", "predicted", "mean", "precision_factor"}
    return replace(
        parts[0],
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(parts[0])
            if field.name in per_member
        },
    )


def _open(path: Path) -> h5py.File:
    try:
        return h5py.File(path)
    except OSError as error:
        raise InputError(
            f"{path}: not a whole HDF5 file ({error}); delete it and make it again."
        ) from None
