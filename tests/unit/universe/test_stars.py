"""Ages of stars and the mass that they lose."""

import numpy as np
import pytest

from umbra.universe.stars import draw_ages, remaining_fraction


def test_a_chabrier_population_returns_four_tenths_of_its_mass():
    # Leitner & Kravtsov 2011; Conroy & Wechsler 2009: 0.4-0.5 after 10 Gyr
    assert 1.0 - remaining_fraction(1e10) == pytest.approx(0.45, abs=0.05)
    assert remaining_fraction(0.0) == 1.0


def test_ages_end_at_the_present_rate():
    rate = 8e-11
    ages = draw_ages(number=200000, specific_rate_yr=rate, rng=np.random.default_rng(1))
    recent = np.mean(ages < 5.1e8) / 5e8
    assert recent == pytest.approx(rate, rel=0.15)
    assert ages.min() >= 1e7 and ages.max() <= 1.28e10
