"""The file of an ensemble."""

import dataclasses

import numpy as np
import pytest

from ensemble_case import Case
from umbra.errors import Damaged, InputError
from umbra.predictions.ensembles import read_ensemble, read_member_outcomes


def test_ensembles_are_read_as_written(tmp_path):
    case = Case(galaxies={"val": 2, "test": 3}, masked={103: 2})
    paths = case.write(tmp_path)
    for split, pair in case.splits().items():
        for written in pair:
            kind = "gaussian" if hasattr(written, "mean") else "bootstrap"
            found = read_ensemble(path=paths[kind], kind=kind, split=split)
            assert type(found) is type(written)
            for field in dataclasses.fields(written):
                np.testing.assert_array_equal(
                    getattr(found, field.name), getattr(written, field.name)
                )
    outcomes = read_member_outcomes(paths["bootstrap"])
    assert [(one.member, one.epochs) for one in outcomes] == [(m, 3) for m in range(20)]


def test_predictions_of_another_kind_are_refused(tmp_path):
    paths = Case(galaxies={"val": 2, "test": 2}).write(tmp_path)
    with pytest.raises(InputError, match="does not hold the predictions of a gaussian ensemble"):
        read_ensemble(path=paths["bootstrap"], kind="gaussian", split="test")
    with pytest.raises(InputError, match="does not hold the predictions of a bootstrap ensemble"):
        read_ensemble(path=paths["gaussian"], kind="bootstrap", split="test")


def test_broken_file_is_refused_by_name(tmp_path):
    path = tmp_path / "predictions.hdf5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(Damaged, match=r"predictions\.hdf5 does not hold the predictions"):
        read_ensemble(path=path, kind="gaussian", split="val")
    with pytest.raises(Damaged, match=r"predictions\.hdf5 does not hold the outcomes"):
        read_member_outcomes(path)
