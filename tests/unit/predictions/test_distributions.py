"""Predictive distributions: moments of mixtures, residuals, exact conformal levels."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble_case import NARROW, RADII, Case, two_kinds
from umbra.errors import InputError
from umbra.predictions.distributions import (
    conformal_quantiles,
    moment_matched,
    standard_residuals,
    validation_residuals,
)


def test_gaussian_of_a_mixture_has_its_mean_and_covariance():
    rng = np.random.default_rng(0)
    mean = rng.normal(0, 2, (3, 1, 2))
    precision = np.tril(rng.uniform(0.5, 2, (3, 1, 2, 2)))
    centre, factor = moment_matched(mean=mean, precision_factor=precision)
    draws = []
    for m, p in zip(mean[:, 0], precision[:, 0], strict=True):
        # P (w - m) is standard normal
        draws.append(m + np.linalg.solve(p, rng.standard_normal((2, 400_000))).T)
    mixture = np.concatenate(draws)
    np.testing.assert_allclose(centre[0], mixture.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(factor[0] @ factor[0].T, np.cov(mixture.T), rtol=0.02, atol=0.03)
    assert factor[0, 0, 1] == 0


def test_a_network_that_says_no_covariance_is_refused():
    with pytest.raises(InputError, match="no covariance.*train them again"):
        moment_matched(mean=np.zeros((2, 1, 3)), precision_factor=np.zeros((2, 1, 3, 3)))


@pytest.mark.parametrize("part", ["mean", "precision_factor"])
def test_a_member_that_says_nan_is_refused(part):
    case = Case(galaxies={"val": 3, "test": 1})
    validation = case.splits()["val"][1]
    getattr(validation, part)[1, 2, 4] = np.nan
    with pytest.raises(InputError, match=r"no covariance \(not finite\).*train them again"):
        validation_residuals(validation)


def test_only_a_masked_truth_leaves_a_residual_out():
    whitened, factor = np.array([[0.5, np.nan]]), np.eye(2)[None]
    found = standard_residuals(whitened=whitened, mean=np.zeros((1, 2)), factor=factor)
    np.testing.assert_array_equal(found, whitened)
    with pytest.raises(ValueError, match="NaN"):
        standard_residuals(whitened=whitened, mean=np.array([[np.nan, 0]]), factor=factor)


def test_residuals_are_what_the_deviates_were():
    rng = np.random.default_rng(1)
    factor = np.tril(rng.uniform(0.5, 1, (5, 4, 4)))
    deviates, mean = rng.standard_normal((2, 5, 4))
    whitened = mean + np.einsum("nij,nj->ni", factor, deviates)
    masked = whitened.copy()
    masked[2, 3:] = np.nan
    found = standard_residuals(whitened=masked, mean=mean, factor=factor)
    assert np.isnan(found[2, 3:]).all() and np.isnan(found).sum() == 1
    valid = np.isfinite(found)
    np.testing.assert_allclose(found[valid], deviates[valid], rtol=1e-9, atol=1e-9)


def test_right_network_leaves_standard_residuals():
    case = Case(galaxies={"val": 400, "test": 1}, realisations=1)
    residuals = validation_residuals(case.splits()["val"][1])
    assert np.abs(np.cov(residuals.T) - np.eye(RADII)).max() < 5 / np.sqrt(400)
    narrow = replace(case, narrow=NARROW)
    # the coordinates run inwards, as the errors of the case do
    spread = validation_residuals(narrow.splits()["val"][1]).std(axis=0)
    np.testing.assert_allclose(spread, NARROW, rtol=4 / np.sqrt(2 * 400))


def test_conformal_quantile_is_the_sample_of_its_rank():
    samples = np.random.default_rng(2).standard_normal((19, 1))
    ordered = np.sort(samples, axis=0)
    levels = [0.05, 0.3, 0.5, 0.95]
    ranks = [1, 6, 10, 19]
    found = conformal_quantiles(samples, levels)[:, 0]
    np.testing.assert_allclose(found, ordered[np.array(ranks) - 1, 0])
    # beyond the extremes there is no sample
    extremes = conformal_quantiles(samples, [0.001, 0.999])[:, 0]
    np.testing.assert_allclose(extremes, ordered[[0, -1], 0])
    realisations = samples.repeat(3, axis=0)
    again = conformal_quantiles(realisations, levels, independent=19)[:, 0]
    np.testing.assert_allclose(again, found)


@pytest.mark.parametrize("nominal", [0.3, 0.68, 0.95])
def test_few_samples_like_the_truth_cover_what_they_can(nominal):
    """The truth is one more member: six samples hold it as often as stated, at most 5 / 7."""
    count, trials = 6, 100_000
    draws = np.random.default_rng(5).uniform(11, 12, (trials, count + 1, 1))
    samples, truth = draws[:, :-1], draws[:, -1]
    lower, upper = conformal_quantiles(samples, [(1 - nominal) / 2, (1 + nominal) / 2])
    expected = min(nominal, (count - 1) / (count + 1))
    covered = ((lower <= truth) & (truth <= upper)).mean()
    assert covered == pytest.approx(expected, abs=4 * np.sqrt(0.25 / trials))


def coverage_of_two_kinds(*, depends):
    """Coverage of the 68 % interval at the inner and the outermost of two radii."""
    validation, test = two_kinds(seed=0, depends=depends), two_kinds(seed=1, depends=depends)
    residuals = validation_residuals(validation)
    mean, factor = moment_matched(mean=test.mean, precision_factor=test.precision_factor)
    whitened = mean[:, None] + np.einsum("gij,sj->gsi", factor, residuals)
    lower, upper = conformal_quantiles(test.space.log10_mass(whitened), [0.16, 0.84])
    return ((lower <= test.truth) & (test.truth <= upper)).mean(axis=0)


def test_calibration_supposes_errors_that_do_not_depend_on_the_image():
    """Where it is exact, and how wrong it can be: see the module."""
    tolerance = 4 * np.sqrt(0.68 * 0.32 * 2 / 1000)
    np.testing.assert_allclose(coverage_of_two_kinds(depends=False), 0.68, atol=tolerance)
    inner, outermost = coverage_of_two_kinds(depends=True)
    assert outermost == pytest.approx(0.68, abs=tolerance)
    # half of the samples are of the other kind, without error in the coordinate that matters
    assert inner == pytest.approx((0.68 - 0.5) / 0.5, abs=2 * tolerance)


def conformal_coverage(*, nominal, galaxies, realisations, shared, corrected=True):
    """Share of 20,000 new galaxies inside intervals from few validation galaxies each."""
    repetitions = 20_000
    case = Case(realisations=realisations, shared=shared, degrees_of_freedom=3)
    common, own = case.errors(repetitions * (galaxies + 1), np.random.default_rng(3))
    errors = (common[:, None] + own)[..., 0].reshape(repetitions, galaxies + 1, realisations)
    residuals, new = errors[:, :-1].reshape(repetitions, -1, 1), errors[:, -1, 0]
    levels = [(1 - nominal) / 2, (1 + nominal) / 2]
    edges = conformal_quantiles(residuals, levels, independent=galaxies)
    if not corrected:
        edges = np.quantile(residuals, levels, axis=-2, method="hazen")
    lower, upper = edges[..., 0]
    covered = ((lower <= new) & (new <= upper)).mean()
    return covered, 3 * np.sqrt(nominal * (1 - nominal) / repetitions)


@pytest.mark.parametrize(("realisations", "shared"), [(1, 0.0), (3, 1.0)])
def test_expected_coverage_of_few_validation_galaxies_is_nominal(realisations, shared):
    nominal = 9 / 13  # of 12 galaxies, from the second to the last but one
    options = {"nominal": nominal, "galaxies": 12, "realisations": realisations, "shared": shared}
    covered, error = conformal_coverage(**options)
    assert covered == pytest.approx(nominal, abs=error)
    if realisations == 1:  # what the level is corrected for: plain quantiles lose 1 / (K + 1)
        plain, error = conformal_coverage(**options, corrected=False)
        assert plain == pytest.approx(nominal * 12 / 13, abs=0.01 + error)


def test_realisations_that_differ_leave_expected_coverage_on_the_safe_side():
    galaxies, realisations = 12, 3
    # realisations that share nothing are as good as more galaxies, and the intervals do not know it
    gain = (galaxies + 1) * realisations / (galaxies * realisations + 1)
    options = {"galaxies": galaxies, "realisations": realisations}
    covered, error = conformal_coverage(nominal=9 / 13, shared=0.0, **options)
    assert covered == pytest.approx(gain * 9 / 13, abs=error)
    covered, error = conformal_coverage(nominal=0.68, shared=0.8, **options)
    assert 0.68 - error < covered < gain * 0.68
