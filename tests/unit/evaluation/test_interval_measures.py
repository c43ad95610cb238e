"""Measures of intervals: what is known of Gaussians and of random regions."""

import numpy as np
import pytest
from scipy.special import erf, erfinv

from ensemble_case import RADII
from umbra.evaluation.coverage import CREDIBILITY, NOMINAL
from umbra.evaluation.interval_measures import (
    binomial_sigma,
    expected_coverage,
    fraction_decreasing,
    share_covered,
)

EXACT = np.array(CREDIBILITY)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("nominal", NOMINAL)
def test_coverage_of_a_gaussian_of_another_width_is_analytic(scale, nominal):
    truth = np.random.default_rng(0).normal(11, 0.2, (100_000, 2))
    half = scale * 0.2 * np.sqrt(2) * erfinv(nominal)
    truth[::2, 1] = np.nan
    edges = {"lower": np.full_like(truth, 11 - half), "upper": np.full_like(truth, 11 + half)}
    covered = share_covered(truth=truth, **edges)
    expected = erf(scale * erfinv(nominal))
    for value, images in zip(covered, (100_000, 50_000), strict=True):
        assert value == pytest.approx(expected, abs=4 * binomial_sigma(expected, images))


def test_binomial_sigma_is_the_scatter_of_shares():
    shares = np.random.default_rng(1).binomial(40, 0.68, 50_000) / 40
    assert binomial_sigma(0.68, 40) == pytest.approx(shares.std(), rel=0.02)
    assert np.isnan(binomial_sigma(0.68, 0))


def test_masked_truth_leaves_out_its_radius():
    truth = np.array([[np.nan, 11.0], [10.0, 11.0], [10.5, np.nan]])
    covered = share_covered(truth=truth, lower=truth * 0 + 9.9, upper=truth * 0 + 10.1)
    np.testing.assert_allclose(covered, [0.5, 0])
    never = share_covered(truth=truth * np.nan, lower=truth, upper=truth)
    assert np.isnan(never).all()


def test_fraction_decreasing_counts_profiles():
    samples = np.tile(np.linspace(9, 12, RADII), (4, 25, 1))
    assert fraction_decreasing(samples) == 0
    samples[1, :10, 7] = 20  # falls back at the next radius
    samples[2, 3, 0] = 9.9
    samples[2, 4, 5] = samples[2, 4, 4]  # a step without mass is no fall
    assert fraction_decreasing(samples) == pytest.approx(11 / 100)


def joint_case(images=2000, count=200, radii=6, seed=2):
    """Right posteriors of correlated profiles: prior and noise of equal variance."""
    rng = np.random.default_rng(seed)
    near = np.exp(-np.abs(np.subtract.outer(np.arange(radii), np.arange(radii))) / 6)
    root = np.linalg.cholesky(near).T
    truth = rng.standard_normal((images, radii)) @ root
    centre = (truth + rng.standard_normal((images, radii)) @ root) / 2
    deviates = rng.standard_normal((images, count, radii))
    reference = rng.standard_normal((images, 4, radii)) @ root
    return truth, centre, np.sqrt(0.5) * deviates, root, reference


def curve(samples, truth, reference, **options):
    return expected_coverage(
        samples=samples, truth=truth, reference=reference, credibility=EXACT, **options
    )


def test_joint_curve_is_the_diagonal_for_right_posteriors_only():
    truth, centre, deviates, root, reference = joint_case()
    tolerance = 4 * np.sqrt(0.25 / len(truth))
    right = centre[:, None] + deviates @ root
    np.testing.assert_allclose(curve(right, truth, reference), EXACT, atol=tolerance)
    wrong = {
        "too narrow": centre[:, None] + 0.5 * deviates @ root,
        "too wide": centre[:, None] + 2 * deviates @ root,
        "biased": right + 0.7,
        # each radius alone is right
        "radii taken as independent": centre[:, None] + deviates,
    }
    for samples in wrong.values():
        assert np.abs(curve(samples, truth, reference) - EXACT).max() > 2 * tolerance
    narrow, wide = (curve(wrong[name], truth, reference) - EXACT for name in list(wrong)[:2])
    # too sure: the truth is beyond most samples too often; too wide: they surround the reference
    assert narrow[EXACT.tolist().index(0.9)] < -2 * tolerance
    assert (wide[1:-1] > tolerance).all()


def test_joint_curve_is_the_diagonal_for_few_samples():
    truth, centre, deviates, root, reference = joint_case(images=4000, count=5)
    samples = centre[:, None] + deviates @ root
    tolerance = 4 * np.sqrt(0.25 / len(truth))
    np.testing.assert_allclose(curve(samples, truth, reference), EXACT, atol=tolerance)
    # the same five galaxies seen three times each
    realisations = samples.repeat(3, axis=1)
    np.testing.assert_allclose(
        curve(realisations, truth, reference, validation_galaxies=5), EXACT, atol=tolerance
    )
    assert np.abs(curve(realisations, truth, reference) - EXACT).max() > 2 * tolerance


def test_joint_curve_knows_the_radii_that_are_not_masked():
    truth, centre, deviates, root, reference = joint_case()
    samples = centre[:, None] + deviates @ root
    masked = truth.copy()
    masked[::3, :2] = np.nan
    reference[1::5, :, 0] = np.nan
    tolerance = 4 * np.sqrt(0.25 / len(truth))
    np.testing.assert_allclose(curve(samples, masked, reference), EXACT, atol=tolerance)
    samples[::3, :, :2] = 99  # would count if the mask were forgotten
    np.testing.assert_allclose(curve(samples, masked, reference), EXACT, atol=tolerance)
    assert np.isnan(curve(samples, truth * np.nan, reference)).all()
