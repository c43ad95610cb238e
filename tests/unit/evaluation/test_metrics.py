"""Errors of predictions: numbers worked out by hand, and what holds of a Gaussian."""

import csv
from dataclasses import replace

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


def test_r_squared_is_that_of_a_library():
    r2_score = pytest.importorskip("sklearn.metrics").r2_score
    rng = np.random.default_rng(2)
    truth = rng.normal(11, 1, (40, 5))
    predicted = truth + rng.normal(0, 0.5, truth.shape)
    found = errors(truth=truth, predicted=predicted).r_squared
    np.testing.assert_allclose(found, r2_score(truth, predicted, multioutput="raw_values"))
    mean = np.broadcast_to(truth.mean(axis=0), truth.shape)
    np.testing.assert_allclose(errors(truth=truth, predicted=mean).r_squared, 0, atol=1e-12)
    same = errors(truth=np.full((3, 1), 11.0), predicted=np.full((3, 1), 11.5))
    assert np.isnan(same.r_squared[0])


def _write(tmp_path, judged, *, references=(("ridge", "catalogue"),)):
    """Write predictions and return the tables of errors and differences."""
    paths = {}
    for key, rows in judged.items():
        paths[key] = tmp_path / f"{'_'.join(key)}.csv"
        write_predictions(predictions={"val": rows, "test": rows}, output=paths[key])
    output, differences = tmp_path / "errors.csv", tmp_path / "differences.csv"
    write_errors(
        predictions=paths, references=references, seed=1, output=output, differences=differences
    )
    tables = []
    for path in (output, differences):
        with open(path, newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return tables


def test_table_of_errors_uses_the_test_split(tmp_path):
    path = tmp_path / "predictions.csv"
    perfect = np.nan_to_num(TRUTH, nan=10.0)
    rows = {"val": _predictions(perfect, perfect), "test": _predictions()}
    write_predictions(predictions=rows, output=path)
    write_errors(
        predictions={("B", "v"): path, ("ridge", "catalogue"): path},
        references=[],
        seed=1,
        output=tmp_path / "errors.csv",
        differences=tmp_path / "differences.csv",
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


def _scattered(rng, *, galaxies, realisations, between, within=0.0):
    """Predictions off by a number for each galaxy, and by another for each image."""
    galaxy = np.repeat(np.arange(galaxies), realisations)
    off = between * rng.normal(size=(galaxies, 1))[galaxy]
    off = off + within * rng.normal(size=(len(galaxy), 1))
    truth = np.full((len(galaxy), 1), 11.0)
    realisation = np.tile(np.arange(realisations), galaxies)
    return Predictions(galaxy, realisation, np.array([10.0]), truth, truth + off)


def test_errors_of_errors_count_galaxies_and_not_images(tmp_path):
    galaxies = 400
    rows = _scattered(np.random.default_rng(0), galaxies=galaxies, realisations=9, between=0.1)
    (row,), _ = _write(tmp_path, {("B", "v"): rows}, references=[])
    # The root mean square of N Gaussian numbers has the relative error 1 / sqrt(2 N), their mean
    # absolute value sqrt(pi / 2 - 1) / sqrt(N).
    expected = 0.1 / np.sqrt(2 * galaxies)
    assert float(row["delta_mse_error"]) == pytest.approx(expected, rel=0.15)
    expected = 0.1 * np.sqrt(2 / np.pi) * np.sqrt(np.pi / 2 - 1) / np.sqrt(galaxies)
    assert float(row["delta_mae_error"]) == pytest.approx(expected, rel=0.15)


def test_a_small_difference_shows_where_both_find_the_same_galaxies_hard(tmp_path):
    rng = np.random.default_rng(3)
    ridge = _scattered(rng, galaxies=60, realisations=3, between=0.2)
    better = replace(ridge, predicted=ridge.truth + 0.97 * (ridge.predicted - ridge.truth))
    like = replace(ridge, predicted=2 * ridge.truth - ridge.predicted)
    table, differences = _write(
        tmp_path,
        {("B", "v"): better, ("C", "v"): like, ("ridge", "catalogue"): ridge},
    )
    spread = float(table[0]["delta_mse_error"])
    first, second = differences
    # 3 % is far less than the error of each, and yet certain.
    assert float(first["difference"]) == pytest.approx(-0.03 * 0.2, rel=0.25)
    assert abs(float(first["difference"])) < 0.5 * spread
    assert float(first["lower_95"]) < float(first["upper_95"]) < 0
    assert float(first["share_better"]) == 1
    assert first["reference"] == "ridge/catalogue" and first["architecture"] == "B"
    assert float(second["difference"]) == pytest.approx(0, abs=1e-6)


def test_predictions_of_one_quality_are_not_told_apart(tmp_path):
    """Of many pairs that differ by chance alone, 5 % have an interval without 0."""
    rng = np.random.default_rng(4)
    pairs = {
        (f"{number}", "v"): _scattered(rng, galaxies=50, realisations=2, between=0.1, within=0.1)
        for number in range(60)
    }
    reference = ("0", "v")
    _, differences = _write(tmp_path, pairs, references=[reference])
    apart = [float(row["lower_95"]) > 0 or float(row["upper_95"]) < 0 for row in differences]
    # All share one reference, so the number scatters more than a binomial's.
    assert sum(apart) <= 12
