"""Summary and band of residuals whose statistics are known."""

import numpy as np
import pytest
from scipy.stats import norm

from umbra.classical.tully_fisher.residuals import (
    BAND_POINTS,
    Estimate,
    running_band,
    summarise_residuals,
)


def gaussian_sample(count):
    rng = np.random.default_rng(8)
    true = 10 ** rng.uniform(2, 2.6, count)
    velocity = true * 10 ** rng.normal(0.02 + 0.1 * (np.log10(true) - 2.3), 0.05)
    return np.arange(count), true, velocity


def test_summary_of_gaussian_residuals():
    galaxy, true, velocity = gaussian_sample(50_000)
    estimate = Estimate(velocity, velocity / 10**0.05, velocity * 10**0.05)
    table = summarise_residuals(galaxy=galaxy // 2, true=true, estimates={"A": estimate})
    ((method, bias, scatter, error, within, *counts),) = table.itertuples(index=False)
    assert (method, counts) == ("A", [50_000, 25_000, 0])
    # A trend of 0.1 over a uniform range of 0.6 adds 0.1 x 0.6 / sqrt(12).
    assert bias == pytest.approx(0.02, abs=0.001)
    assert scatter == pytest.approx(np.hypot(0.05, 0.06 / np.sqrt(12)), rel=0.01)
    assert error == pytest.approx(0.05)
    mean = 0.1 * (np.log10(true) - 2.3) + 0.02
    ends = (norm.cdf((sign * 0.05 - mean) / 0.05).mean() for sign in (1, -1))
    assert within == pytest.approx(next(ends) - next(ends), abs=0.01)


def test_band_follows_a_trend():
    galaxy, true, velocity = gaussian_sample(20_000)
    at, bias, scatter, lower, upper = np.array(
        running_band(galaxy=galaxy, true=true, velocity=velocity)
    ).T
    middle = slice(6, -6)  # a kernel is biased towards the middle at the ends
    trend = 0.02 + 0.1 * (np.log10(at) - 2.3)
    np.testing.assert_allclose(bias[middle], trend[middle], atol=0.006)
    np.testing.assert_allclose(scatter[middle], 0.05, rtol=0.1)
    np.testing.assert_allclose(np.log10(upper / lower), 2 * scatter)
    np.testing.assert_allclose(np.log10(upper * lower / at**2), 2 * bias, atol=1e-12)


def test_band_of_one_galaxy_is_its_residual():
    table = running_band(
        galaxy=np.array([5, 5]), true=np.array([200.0, 200.0]), velocity=np.array([100.0, 400.0])
    )
    assert len(table) == BAND_POINTS
    for _, bias, scatter, lower, upper in table.itertuples(index=False):
        assert bias == pytest.approx(0, abs=1e-12)
        assert scatter == pytest.approx(np.log10(2))
        assert (lower, upper) == (pytest.approx(100), pytest.approx(400))
