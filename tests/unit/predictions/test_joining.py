"""Joining the parts of an ensemble: how many members may fail."""

import numpy as np
import pytest

from ensemble_case import Case, joined
from umbra.errors import InputError
from umbra.predictions.ensembles import write_ensemble
from umbra.predictions.members import Outcome


@pytest.mark.parametrize(
    ("kind", "fewest", "key"),
    [("bootstrap", 2, "ensemble.members"), ("gaussian", 1, "ensemble.gaussian_members")],
)
def test_too_few_members_left_is_an_error_whatever_fraction_may_fail(tmp_path, kind, fewest, key):
    def part(good):
        case = Case(galaxies={"val": 2, "test": 2}, members=good, gaussian_members=good)
        splits = {name: pair[kind == "gaussian"] for name, pair in case.splits().items()}
        outcomes = [Outcome(m, 3, 0.1, 0.2 if m < good else np.nan) for m in range(4)]
        write_ensemble(splits=splits, outcomes=outcomes, output=tmp_path / "part.hdf5")
        return [tmp_path / "part.hdf5"]

    options = {"kind": kind, "max_failed_fraction": 1.0}
    assert len(joined(part(fewest), tmp_path, **options).member) == fewest
    message = f"{kind}/C/i: .* of 4 members of the {kind} .*at least {fewest} must.*{key}"
    if fewest > 1:
        with pytest.raises(InputError, match=message):
            joined(part(fewest - 1), tmp_path, **options)
    outcomes = [Outcome(m, 3, np.nan, np.nan) for m in range(4)]
    write_ensemble(splits={}, outcomes=outcomes, output=tmp_path / "none.hdf5")
    with pytest.raises(InputError, match=message):
        joined([tmp_path / "none.hdf5"], tmp_path, **options)
