"""The relation of Hall et al. 2012, against another relation and against simulated errors."""

import numpy as np
import pytest

from umbra.classical.tully_fisher.hall_relation import hall_error, hall_velocity


def test_relation_of_hall_agrees_with_that_of_reyes():
    # At its pivot, log10 M* = 10.10, Reyes et al. 2011 have log10 V = 2.142 +- 0.004
    assert np.log10(hall_velocity(10**10.10)) == pytest.approx(2.142, abs=0.036)
    # The zero point is that at 1 Msun.
    assert hall_velocity(1.0) == pytest.approx(10**-0.558)


@pytest.mark.parametrize("correlation", [0.0, -0.5, -1.0])
def test_errors_of_hall_by_monte_carlo(correlation):
    slope_zero = np.random.default_rng(3).multivariate_normal(
        [0.264, -0.558],
        [[0.010**2, correlation * 0.00101], [correlation * 0.00101, 0.101**2]],
        size=200_000,
        check_valid="ignore",
    )
    scatter = np.random.default_rng(4).normal(0, 0.036, 200_000)
    log_mass = np.array([10.0, 10.7, 11.5])
    log_velocity = slope_zero[:, :1] * log_mass + slope_zero[:, 1:] + scatter[:, None]
    # The relative error of 200,000 draws is 0.16 %.
    found = hall_error(10**log_mass, correlation=correlation)
    np.testing.assert_allclose(found, log_velocity.std(axis=0), rtol=0.008)


def test_errors_of_a_fitted_line_are_near_the_anticorrelated_limit():
    # Slope and zero point at M* = 1 Msun of lines that are fitted to masses of 10 +- 0.5 dex.
    log_mass = np.random.default_rng(5).normal(10, 0.5, 3000)
    rng = np.random.default_rng(6)
    noise = rng.normal(0, 0.1, (500, len(log_mass)))
    slope, zero = np.polyfit(log_mass, (0.264 * log_mass - 0.558 + noise).T, 1)
    assert np.corrcoef(slope, zero)[0, 1] < -0.997
    assert zero.std() / slope.std() == pytest.approx(10, rel=0.01)
