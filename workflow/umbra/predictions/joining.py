"""Joining the parts of an ensemble, each with the members that one job trained."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.errors import InputError
from umbra.predictions.ensembles import (
    PER_MEMBER,
    Ensemble,
    EnsembleKind,
    read_ensemble,
    read_member_outcomes,
    write_ensemble,
)
from umbra.predictions.members import Outcome
from umbra.predictions.points import PREDICTED_SPLITS
from umbra.tables import write_table

logger = logging.getLogger(__name__)

# The spread of a bootstrap is between its members; a Gaussian member has a spread of its own.
_FEWEST: dict[EnsembleKind, int] = {"bootstrap": 2, "gaussian": 1}
_NUMBER_KEY: dict[EnsembleKind, str] = {
    "bootstrap": "ensemble.members",
    "gaussian": "ensemble.gaussian_members",
}


def join_parts(
    *,
    parts: Sequence[Path],
    kind: EnsembleKind,
    max_failed_fraction: float,
    output: Path,
    table: Path,
) -> None:
    """Join the parts of an ensemble.

    Parameters
    ----------
    parts : sequence of Path
        Files that `umbra.networks.ensembles.train_members` wrote.
    kind : {"bootstrap", "gaussian"}
    max_failed_fraction : float
        Failed members are left out; if their fraction is larger than this, it is an error.
    output, table : Path
        ``{kind}/{architecture}/{channels}/predictions.hdf5``, and ``members.csv`` with the fields
        of `umbra.predictions.members.Outcome` and a column ``failed`` ("yes" or "no").

    Raises
    ------
    InputError
        If too many members failed, or too few are left: fewer than two networks of a bootstrap, or
        no network that predicts a Gaussian.
    """
    outcomes = [outcome for part in parts for outcome in read_member_outcomes(part)]
    members = pd.DataFrame(map(asdict, outcomes))
    members["failed"] = ["yes" if outcome.failed else "no" for outcome in outcomes]
    write_table(members, table, formats={"loss": ".6g", "val_loss": ".6g"})
    failed = [str(outcome.member) for outcome in outcomes if outcome.failed]
    if failed:
        logger.warning("members that failed and are left out: %s", ", ".join(failed))
    _check_enough(outcomes, failed, kind=kind, allowed=max_failed_fraction, folder=output.parent)
    splits = {
        split: _joined([read_ensemble(path=part, kind=kind, split=split) for part in parts])
        for split in PREDICTED_SPLITS
    }
    write_ensemble(splits=splits, outcomes=outcomes, output=output)


def _check_enough(
    outcomes: Sequence[Outcome],
    failed: list[str],
    *,
    kind: EnsembleKind,
    allowed: float,
    folder: Path,
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
    return replace(
        parts[0],
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(parts[0])
            if field.name in PER_MEMBER
        },
    )
