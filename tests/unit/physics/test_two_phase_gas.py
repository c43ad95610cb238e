"""The hot phase of star-forming gas."""

import numpy as np
import pytest

from umbra.physics.two_phase_gas import hot_phase_temperature_k


def test_hot_phase_is_that_of_springel_and_hernquist():
    # T_h = T_SN / (1 + A) + T_c with A = 573 (rho / rho_th)^-0.8 (their equations 11 and 21)
    at_threshold, dense = hot_phase_temperature_k(np.array([0.13, 13.0]))
    assert at_threshold == pytest.approx(5.73e7 / 574 + 1e3, rel=1e-9)
    assert dense == pytest.approx(5.73e7 / (1 + 573 * 100**-0.8) + 1e3, rel=1e-9)
    # their temperature at the onset of star formation is about 1e5 K
    assert at_threshold == pytest.approx(1e5, rel=0.02)


def test_below_the_threshold_the_temperature_is_that_at_the_threshold():
    assert hot_phase_temperature_k(1e-4) == hot_phase_temperature_k(0.13)
