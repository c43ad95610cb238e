"""The members of an ensemble: the outcome of a training, and the file that keeps a member."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from umbra.errors import Damaged
from umbra.hdf5 import create, open_content

# Split ("val", "test") -> output of the network for its images.
MemberArrays = dict[str, np.ndarray]


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


def write_member(
    path: Path, digest: str, outcome: Outcome, arrays: Mapping[str, np.ndarray]
) -> None:
    """Keep a member.

    Parameters
    ----------
    path : Path
        HDF5 file to appear.
    digest : str
        Fingerprint of everything that the member depends on.
    outcome : Outcome
    arrays : mapping
        `MemberArrays`; empty if the member failed.
    """
    with create(path) as file:
        file.attrs.update(asdict(outcome), digest=digest)
        for split, array in arrays.items():
            file[split] = array


def read_member(path: Path, digest: str) -> tuple[Outcome, MemberArrays] | None:
    """Read a member that `write_member` kept.

    Parameters
    ----------
    path : Path
    digest : str
        The fingerprint that the member must have.

    Returns
    -------
    tuple or None
        Outcome and predictions; None if there is no such file, or it is damaged or has another
        digest.

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
            kept = [field.type(file.attrs[field.name]) for field in fields(Outcome)]
            arrays = {split: file[split][()] for split in file}
    except Damaged:
        return None
    return Outcome(*kept), arrays
