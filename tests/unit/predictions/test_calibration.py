"""The stage that calibrates: it uses no truth of the test split, and one set of images."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from ensemble_case import NARROW, RADII, Case, predict, with_test_truth
from umbra.errors import InputError
from umbra.predictions.calibration import write_predictive
from umbra.predictions.distributions import PREDICTIVE_METHODS
from umbra.predictions.samples import read_samples


def test_truth_of_the_test_split_changes_no_interval(tmp_path):
    case = Case(narrow=NARROW)
    splits = case.splits()
    truth = splits["test"][1].truth
    other = with_test_truth(splits, truth[::-1] + np.linspace(-3, 3, RADII))
    outputs = [predict(tmp_path / str(n), case, given) for n, given in enumerate((splits, other))]
    for method in PREDICTIVE_METHODS:
        first, second = (read_samples(files["samples"], method) for files in outputs)
        np.testing.assert_array_equal(first.samples, second.samples)
        np.testing.assert_array_equal(first.reference, second.reference)
        assert (first.truth != second.truth).all()
    without_truth = []
    for files in outputs:
        with open(files["intervals"], newline="") as file:
            without_truth.append([row[:4] + row[5:] for row in csv.reader(file)])
    assert without_truth[0] == without_truth[1]


def test_ensembles_of_other_images_are_refused(tmp_path):
    case = Case()
    paths = case.write(tmp_path)
    other = replace(case, galaxies={"val": 12, "test": 11}).write(tmp_path / "other")
    outputs = {"intervals": tmp_path / "i.csv", "samples": tmp_path / "s.hdf5"}
    with pytest.raises(InputError, match="differ in galaxy of the test split.*make it again"):
        write_predictive(
            bootstrap=paths["bootstrap"],
            gaussian=other["gaussian"],
            sample_count=10,
            seed=1,
            **outputs,
        )
    assert not any(path.exists() for path in outputs.values())
