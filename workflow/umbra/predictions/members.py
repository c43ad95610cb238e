"""The members of an ensemble: the outcome of a training, and the file that keeps a member."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import h5py
import numpy as np

from umbra.errors import Damaged
from umbra.hdf5 import create, open_content

# Split ("val", "test") -> output of the network for its images.
MemberArrays = dict[str, np.ndarray]
_WEIGHTS = "weights"


@dataclass(frozen=True)
class Outcome:
    """How the training of a member ended.

    Attributes
    ----------
    member : int
        Number of the member.
    epochs : int
        Epochs trained.
    loss, val_loss : float
        Losses of the best epoch; NaN if the member failed.
    """

    member: int
    epochs: int
    loss: float
    val_loss: float

    @property
    def failed(self) -> bool:
        """Whether the training diverged, or the network's predictions are not all finite."""
        return not np.isfinite([self.loss, self.val_loss]).all()


@dataclass(frozen=True)
class KeptMember:
    """What is kept of a member.

    Attributes
    ----------
    outcome : Outcome
    predictions : dict
        `MemberArrays`; empty if the member failed.
    weights : tuple of ndarray
        Weights of a network that is to be saved, in the order of Keras; otherwise empty.
    """

    outcome: Outcome
    predictions: MemberArrays
    weights: tuple[np.ndarray, ...] = ()


def write_member(path: Path, digest: str, member: KeptMember) -> None:
    """Keep a member.

    Parameters
    ----------
    path : Path
        HDF5 file to appear.
    digest : str
        Fingerprint of everything that the member depends on.
    member : KeptMember
    """
    with create(path) as file:
        file.attrs.update(asdict(member.outcome), digest=digest)
        for split, array in member.predictions.items():
            file[f"predictions/{split}"] = array
        write_weights(file, _WEIGHTS, member.weights)


def read_member(path: Path, digest: str) -> KeptMember | None:
    """Read a member that `write_member` kept.

    Parameters
    ----------
    path : Path
    digest : str
        The fingerprint that the member must have.

    Returns
    -------
    KeptMember or None
        None if there is no such file, or it is damaged or has another digest.

    Raises
    ------
    InputError
        If the system does not let it be read.
    """
    if not path.exists():
        return None
    try:
        with open_content(path, fault="is not a kept member", remedy="delete it") as file:
            if file.attrs["digest"] != digest:
                return None
            outcome = Outcome(*(field.type(file.attrs[field.name]) for field in fields(Outcome)))
            splits = file["predictions"] if "predictions" in file else {}
            predictions = {split: splits[split][()] for split in splits}
            return KeptMember(outcome, predictions, read_weights(file[_WEIGHTS]))
    except Damaged:
        return None


def write_weights(file: h5py.Group, name: str, weights: Sequence[np.ndarray]) -> None:
    """Write the weights of a network into a new group, numbered in their order."""
    group = file.create_group(name)
    for index, array in enumerate(weights):
        group[str(index)] = array


def read_weights(group: h5py.Group) -> tuple[np.ndarray, ...]:
    """Read the weights of a network that `write_weights` wrote."""
    return tuple(group[str(index)][()] for index in range(len(group)))
