"""Bars and spiral arms."""

import numpy as np
import pytest
from scipy.special import jv

from umbra.universe.patterns import Pattern, apply_patterns


@pytest.mark.parametrize(("arms", "strength"), [(1, 0.3), (2, 0.6), (3, 0.8)])
def test_azimuths_have_the_fourier_coefficients_of_the_pattern(arms, strength):
    """The n-th of theta - A sin(theta) is J_n(n A), by Bessel's integral."""
    pattern = Pattern(arms, 2.0, 0.3, strength, 1.0, 1e3)
    radius = np.full(100_000, 8.0)
    uniform = (np.arange(radius.size) + 0.5) / radius.size * 2 * np.pi
    azimuth = apply_patterns(patterns=(pattern,), radius_kpc=radius, azimuth=uniform, response=1.0)
    # A logarithmic spiral of pitch arctan(1 / 2) through an azimuth of 0.3 at 1 kpc.
    phase = arms * (azimuth - 0.3 + 2.0 * np.log(8.0))
    for n in (1, 2, 3):
        assert np.exp(-1j * n * phase).mean() == pytest.approx(jv(n, n * strength), abs=1e-6)
