"""Tables of coverage: a network that is too sure, few members, few galaxies."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from ensemble_case import NARROW, RADII, Case, with_test_truth
from umbra.evaluation import coverage
from umbra.evaluation.interval_measures import binomial_sigma, share_covered
from umbra.predictions.calibration import write_predictive
from umbra.predictions.distributions import (
    PREDICTIVE_METHODS,
    conformal_quantiles,
    moment_matched,
    validation_residuals,
)
from umbra.predictions.samples import read_samples

TABLES = ("coverage", "widths", "joint", "methods")
EXACT = np.array(coverage.CREDIBILITY)


def write_tables(folder, cases, sample_count=1000, splits=None):
    """Run both steps; return the tables as lists of rows, and the files of the first step."""
    samples, intervals = {}, {}
    for channels, case in cases.items():
        own = folder / channels
        samples[channels], intervals[channels] = own / "samples.hdf5", own / "intervals.csv"
        write_predictive(
            **case.write(own, splits),
            sample_count=sample_count,
            seed=4,
            intervals=intervals[channels],
            samples=samples[channels],
        )
    paths = {name: folder / f"{name}.csv" for name in TABLES}
    coverage.write_coverage(samples=samples, **paths)
    rows = {}
    for name, path in paths.items():
        with open(path, newline="") as file:
            rows[name] = list(csv.DictReader(file))
    return rows, samples, intervals


def select(rows, column, **values):
    return np.array(
        [float(row[column]) for row in rows if all(row[k] == str(v) for k, v in values.items())]
    )


# too narrow by 1.5 to 3, errors with heavy tails and correlated along the profile
TOO_SURE = Case(
    galaxies={"val": 400, "test": 400},
    realisations=1,
    narrow=NARROW,
    degrees_of_freedom=4,
    length=3,
)


SIGMA = binomial_sigma(0.68, 400)


@pytest.fixture(scope="module")
def sure_network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sure")
    return write_tables(folder, {"urz": replace(TOO_SURE, seed=2)}, sample_count=400)[0]


def test_calibration_mends_a_network_that_is_too_sure(sure_network):
    rows = sure_network["coverage"]
    everywhere, by_radius = {}, {}
    for method in PREDICTIVE_METHODS:
        covered = select(rows, "covered", method=method, nominal=0.68)
        by_radius[method], everywhere[method] = covered[:-1], covered[-1]
    assert 0.66 <= everywhere["calibrated"] <= 0.70
    assert (np.abs(by_radius["calibrated"] - 0.68) <= 3 * SIGMA).all()
    assert everywhere["gaussian"] < 0.68 - 5 * SIGMA
    assert (np.abs(by_radius["gaussian"] - 0.68) > 3 * SIGMA).all()
    nominal = select(rows, "nominal", method="calibrated", radius_kpc="all")
    covered = select(rows, "covered", method="calibrated", radius_kpc="all")
    np.testing.assert_allclose(covered, nominal, atol=2 * SIGMA)


def test_calibration_mends_on_average_over_runs():
    """One run could be lucky: the coverage of several has 1 / sqrt(runs) of its scatter."""
    covered = []
    for seed in range(8):
        splits = replace(TOO_SURE, seed=seed).splits()
        test, residuals = splits["test"][1], validation_residuals(splits["val"][1])
        mean, factor = moment_matched(mean=test.mean, precision_factor=test.precision_factor)
        whitened = mean[:, None] + np.einsum("gij,sj->gsi", factor, residuals)
        samples = test.space.log10_mass(whitened)
        lower, upper = conformal_quantiles(samples, [0.16, 0.84])
        covered.append(share_covered(truth=test.truth, lower=lower, upper=upper))
    # validation and test galaxies are as many, and both are drawn
    error = 3 * SIGMA * np.sqrt(2 / len(covered))
    np.testing.assert_allclose(np.mean(covered, axis=0), 0.68, atol=error)
    assert 0.66 <= np.mean(covered) <= 0.70


def test_tables_of_a_network_that_is_too_sure_say_so(sure_network):
    methods = {row["method"]: row for row in sure_network["methods"]}
    assert list(methods) == list(PREDICTIVE_METHODS)
    calibrated, gaussian = methods["calibrated"], methods["gaussian"]
    assert int(calibrated["radii_within_3_sigma"]) == int(calibrated["radii"]) == RADII
    assert int(gaussian["radii_within_3_sigma"]) < RADII
    assert float(calibrated["joint_deviation"]) < float(gaussian["joint_deviation"])
    assert (calibrated["validation_galaxies"], gaussian["validation_galaxies"]) == ("400", "")
    assert float(calibrated["fraction_decreasing"]) == float(gaussian["fraction_decreasing"]) == 0
    joint = sure_network["joint"]
    for method, row in methods.items():
        expected = select(joint, "expected_coverage", method=method)
        assert float(row["joint_deviation"]) == pytest.approx(np.abs(expected - EXACT).max(), 1e-4)
    widths = sure_network["widths"]
    half = {m: select(widths, "half_width_68", method=m).mean() for m in PREDICTIVE_METHODS}
    assert half["calibrated"] > 1.5 * half["gaussian"]


def test_bootstrap_of_few_members_is_not_blamed_for_their_number(tmp_path):
    case = Case(galaxies={"val": 2, "test": 400}, realisations=1, members=6)
    splits = case.splits()
    bootstrap, gaussian = splits["test"]
    # the truth is one more network, and radii have nothing to do with each other
    *predicted, truth = np.random.default_rng(0).uniform(11, 12, (7, 400, RADII))
    alike = replace(bootstrap, predicted=np.array(predicted))
    splits = with_test_truth(splits | {"test": (alike, gaussian)}, truth)
    tables, *_ = write_tables(tmp_path, {"urz": case}, sample_count=100, splits=splits)
    covered = select(tables["coverage"], "covered", method="bootstrap", radius_kpc="all")
    error = 4 * binomial_sigma(0.5, 400 * RADII)
    np.testing.assert_allclose(covered, np.minimum(coverage.NOMINAL, 5 / 7), atol=error)


def test_tables_of_the_gathering_step(tmp_path):
    cases = {
        "urz": Case(masked={112: 3, 113: 1}, decreasing=5),
        "urz_hi": Case(seed=3, width=0.3),
    }
    tables, samples, intervals = write_tables(tmp_path, cases, sample_count=100)
    for name, columns in (
        ("coverage", coverage.COVERAGE_COLUMNS),
        ("widths", coverage.WIDTH_COLUMNS),
        ("joint", coverage.JOINT_COLUMNS),
        ("methods", coverage.METHOD_COLUMNS),
    ):
        assert list(tables[name][0]) == list(columns)
        order = dict.fromkeys((row["method"], row["channels"]) for row in tables[name])
        assert list(order) == [(m, c) for m in PREDICTIVE_METHODS for c in cases]
    chosen = {"method": "bootstrap", "channels": "urz", "nominal": 0.68}
    for radius, galaxies in (("1", 10), ("1.274274986", 11), ("100", 12), ("all", 12)):
        n = select(tables["coverage"], "n_galaxies", radius_kpc=radius, **chosen)
        assert n.tolist() == [galaxies]
        images = select(tables["coverage"], "n_images", radius_kpc=radius, **chosen)
        assert images.tolist() == [3 * galaxies]
        sigma = select(tables["coverage"], "sigma", radius_kpc=radius, **chosen)
        np.testing.assert_allclose(sigma, np.sqrt(0.68 * 0.32 / galaxies), atol=1e-6)
    falls = {
        (r["method"], r["channels"]): float(r["fraction_decreasing"]) for r in tables["methods"]
    }
    assert falls.pop(("bootstrap", "urz")) == 5 / 20
    assert set(falls.values()) == {0}
    _check_widths(tables, intervals)
    assert read_samples(samples["urz"], "gaussian").samples.shape == (36, 100, RADII)


def _check_widths(tables, intervals):
    """Widths, errors of the median and coverage equal what the table of intervals says."""
    for channels, path in intervals.items():
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        for method in PREDICTIVE_METHODS:
            own = [row for row in rows if row["method"] == method]
            names = ("log10_mass_dm", "median", "lower_68", "upper_68")
            truth, median, lower, upper = (
                np.reshape([float(row[name]) for row in own], (-1, RADII)) for name in names
            )
            half, inside = (upper - lower) / 2, (lower <= truth) & (truth <= upper)
            of_method = {"method": method, "channels": channels}
            covered = select(tables["coverage"], "covered", **of_method, nominal=0.68)
            for place in range(RADII):
                known = np.isfinite(truth[:, place])
                error = np.sqrt(((median - truth)[known, place] ** 2).mean())
                columns = ("half_width_68", "delta_mse", "n")
                found = [select(tables["widths"], name, **of_method)[place] for name in columns]
                expected = [half[known, place].mean(), error, known.sum()]
                np.testing.assert_allclose(found, expected, atol=2e-6)
                assert covered[place] == pytest.approx(inside[known, place].mean(), abs=1e-6)
            assert covered[-1] == pytest.approx(covered[:-1].mean(), abs=1e-6)


def test_a_split_of_one_galaxy_and_a_radius_without_truth_give_tables(tmp_path):
    case = Case(galaxies={"val": 1, "test": 1}, realisations=2, masked={101: 1})
    tables, *_ = write_tables(tmp_path, {"urz": case}, sample_count=20)
    first = [row for row in tables["coverage"] if row["radius_kpc"] == "1"]
    assert {row["covered"] for row in first} == {row["sigma"] for row in first} == {"nan"}
    assert {row["n_galaxies"] for row in first} == {"0"}
    assert {row["radii"] for row in tables["methods"]} == {str(RADII - 1)}
    assert np.isfinite([float(row["expected_coverage"]) for row in tables["joint"]]).all()
    # nothing is known of the validation galaxy, nor of the test galaxy, but at the outermost radius
    masked = replace(case, masked={100: RADII - 1, 101: RADII - 1})
    tables, *_ = write_tables(tmp_path / "again", {"urz": masked}, sample_count=20)
    for method in PREDICTIVE_METHODS:
        covered = select(tables["coverage"], "covered", method=method, nominal=0.68)
        np.testing.assert_array_equal(np.isfinite(covered), [False] * (RADII - 1) + [True] * 2)
        for column in ("half_width_68", "delta_mse"):
            width = select(tables["widths"], column, method=method)
            np.testing.assert_array_equal(np.isfinite(width), [False] * (RADII - 1) + [True])
    assert {row["radii"] for row in tables["methods"]} == {"1"}
    assert np.isfinite([float(row["expected_coverage"]) for row in tables["joint"]]).all()
    nowhere = replace(case, masked={101: RADII})
    tables, *_ = write_tables(tmp_path / "nowhere", {"urz": nowhere}, sample_count=20)
    assert {row["covered"] for row in tables["coverage"]} == {"nan"}
    assert {row["expected_coverage"] for row in tables["joint"]} == {"nan"}
    assert {row["joint_deviation"] for row in tables["methods"]} == {"nan"}
