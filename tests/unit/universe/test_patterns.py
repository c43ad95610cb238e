"""Bars and spiral arms."""

import numpy as np
import pytest

from umbra.universe.patterns import Pattern, apply_patterns


def test_a_pattern_multiplies_the_density_by_the_factor_it_tells():
    pattern = Pattern(2, 2.0, 0.3, 0.6, 1.0, 1e3)
    uniform = (np.arange(400000) + 0.5) / 400000 * 2 * np.pi
    azimuth, factor = apply_patterns(
        patterns=(pattern,), radius_kpc=np.full(400000, 8.0), azimuth=uniform, response=1.0
    )
    counts, edges = np.histogram(np.mod(azimuth, 2 * np.pi), 60, (0, 2 * np.pi))
    told = np.zeros(60)
    np.add.at(told, np.digitize(np.mod(azimuth, 2 * np.pi), edges) - 1, factor)
    assert counts / counts.mean() == pytest.approx(told / counts, rel=0.03)
