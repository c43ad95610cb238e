"""The table of intervals: it says what the samples say, and is read as written."""

import csv

import numpy as np
import pytest

from ensemble_case import NARROW, RADII, Case, predict
from umbra.errors import InputError
from umbra.predictions.distributions import PREDICTIVE_METHODS, conformal_quantiles
from umbra.predictions.intervals import INTERVAL_COLUMNS, read_intervals
from umbra.predictions.samples import read_samples


def test_intervals_and_samples_say_the_same(tmp_path):
    case = Case(narrow=NARROW, masked={112: 2}, decreasing=3)
    outputs = predict(tmp_path, case, sample_count=300)
    with open(outputs["intervals"], newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(INTERVAL_COLUMNS)
    assert list(dict.fromkeys(row["method"] for row in rows)) == list(PREDICTIVE_METHODS)
    assert len(rows) == 3 * 36 * RADII
    counts = {"bootstrap": 20, "gaussian": 300, "calibrated": 36}
    bootstrap, gaussian = case.splits()["test"]
    for method in PREDICTIVE_METHODS:
        predictive = read_samples(outputs["samples"], method)
        assert predictive.samples.shape == (36, counts[method], RADII)
        assert predictive.validation_galaxies == (12 if method == "calibrated" else None)
        independent = predictive.validation_galaxies or counts[method]
        own = [row for row in rows if row["method"] == method]
        for column, level in (("median", 0.5), ("lower_68", 0.16), ("upper_68", 0.84)):
            table = np.reshape([float(row[column]) for row in own], (36, RADII))
            np.testing.assert_allclose(table, predictive.quantiles([level])[0], atol=1e-6)
            samples = predictive.samples
            (ranked,) = conformal_quantiles(samples, [level], independent=independent)
            np.testing.assert_allclose(table, ranked, atol=1e-6)
        truth = np.reshape([float(row["log10_mass_dm"]) for row in own], (36, RADII))
        np.testing.assert_allclose(truth, gaussian.truth, atol=1e-6)
        assert np.isnan(truth[:3, :2]).all() and np.isnan(truth).sum() == 6
        np.testing.assert_array_equal(predictive.galaxy, gaussian.galaxy)
    members = read_samples(outputs["samples"], "bootstrap").samples
    np.testing.assert_allclose(members, bootstrap.predicted.swapaxes(0, 1), rtol=1e-6)


def test_intervals_are_read_as_written(tmp_path):
    path = predict(tmp_path, Case(masked={112: 2}), sample_count=100)["intervals"]
    for method in PREDICTIVE_METHODS:
        found, samples = (
            read_intervals(path, method),
            read_samples(tmp_path / "samples.hdf5", method),
        )
        np.testing.assert_array_equal(found.galaxy, samples.galaxy)
        np.testing.assert_array_equal(found.realisation, samples.realisation)
        np.testing.assert_allclose(found.radius_kpc, samples.radius_kpc, rtol=1e-9)
        np.testing.assert_allclose(found.truth, samples.truth, atol=1e-6)
        levels = zip(("lower", "median", "upper"), (0.16, 0.5, 0.84), strict=True)
        for name, level in levels:
            expected = samples.quantiles([level])[0]
            np.testing.assert_allclose(getattr(found, name), expected, atol=1e-6)
    with pytest.raises(InputError, match="no intervals of the method guess; delete it and make it"):
        read_intervals(path, "guess")
    path.write_text("method,galaxy\ngaussian,1\n")
    with pytest.raises(InputError, match="no column realisation, radius_kpc"):
        read_intervals(path, "gaussian")
