"""Errors of predictions: numbers worked out by hand, and what holds of a Gaussian."""

import csv

import numpy as np
import pytest

from umbra.evaluation.metrics import errors, write_errors
from umbra.predictions.points import Predictions, write_predictions

TRUTH = np.array([[10.0, 11.0], [10.5, np.nan], [9.0, 12.0]])
PREDICTED = np.array([[10.3, 11.0], [10.1, 99.0], [9.0, 11.0]])


def _predictions(truth=TRUTH, predicted=PREDICTED):
    rows = len(truth)
    radius_kpc = np.array([1.0, 100.0])
    return Predictions(np.arange(rows), np.zeros(rows, int), radius_kpc, truth, predicted)


def test_errors_worked_out_by_hand():
    result = errors(truth=TRUTH, predicted=PREDICTED)
    # differences 0.3, -0.4, 0 at the first radius; 0, (masked), -1 at the second
    np.testing.assert_allclose(result.delta_mse, [np.sqrt(0.25 / 3), np.sqrt(0.5)])
    np.testing.assert_allclose(result.delta_mae, [0.7 / 3, 0.5])
    np.testing.assert_allclose(result.bias, [-0.1 / 3, -0.5], atol=1e-12)
    assert result.n.tolist() == [3, 2]


def test_errors_of_gaussian_scatter():
    scatter = 0.2
    noise = np.random.default_rng(0).normal(0, scatter, (200_000, 1))
    result = errors(truth=np.full_like(noise, 11), predicted=11 + noise)
    # 200,000 draws: relative error of the root mean square 1 / sqrt(2 N) = 0.16 %
    assert result.delta_mse[0] == pytest.approx(scatter, rel=0.008)
    assert result.delta_mae[0] == pytest.approx(scatter * np.sqrt(2 / np.pi), rel=0.008)
    assert abs(result.bias[0]) < 5 * scatter / np.sqrt(len(noise))


def test_squares_exceed_absolutes_and_bias():
    rng = np.random.default_rng(1)
    truth, predicted = rng.normal(11, 1, (2, 30, 20))
    result = errors(truth=truth, predicted=predicted)
    assert (result.delta_mse >= result.delta_mae).all()
    assert (result.delta_mae >= np.abs(result.bias)).all()


def test_radius_masked_everywhere_has_no_errors():
    result = errors(truth=np.full((3, 1), np.nan), predicted=np.zeros((3, 1)))
    assert result.n[0] == 0
    assert np.isnan([result.delta_mse[0], result.delta_mae[0], result.bias[0]]).all()


def test_prediction_that_is_not_a_number_shows():
    result = errors(truth=np.array([[11.0], [11.0]]), predicted=np.array([[np.nan], [11.0]]))
    assert np.isnan(result.delta_mse[0])


def test_table_of_errors_uses_the_test_split(tmp_path):
    path = tmp_path / "predictions.csv"
    perfect = np.nan_to_num(TRUTH, nan=10.0)
    rows = {"val": _predictions(perfect, perfect), "test": _predictions()}
    write_predictions(predictions=rows, output=path)
    write_errors(
        predictions={("B", "v"): path, ("ridge", "catalogue"): path}, output=tmp_path / "errors.csv"
    )
    with open(tmp_path / "errors.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["architecture"], row["channels"]) for row in table] == [
        *[("B", "v")] * 2,
        *[("ridge", "catalogue")] * 2,
    ]
    assert [float(row["radius_kpc"]) for row in table[:2]] == [1, 100]
    assert float(table[1]["delta_mse"]) == pytest.approx(np.sqrt(0.5), abs=1e-6)
    assert [int(row["n"]) for row in table[:2]] == [3, 2]
