"""The temperature of gas against its definition."""

import astropy.units as u
import numpy as np
import pytest
from astropy.constants import k_B, m_p

from umbra.simulation.particles import temperature_k


def test_temperature_is_that_of_the_equation_of_state():
    """u = 3/2 k T / (mu m_p), with mu of ionised hydrogen and neutral helium by particle counts."""
    temperature = 2e4 * u.K
    particles_per_proton_mass = 2 * 0.76 + 0.24 / 4
    energy = 1.5 * k_B * temperature * particles_per_proton_mass / m_p
    ours = temperature_k(energy.to_value(u.km**2 / u.s**2), np.array(1.0))
    assert ours == pytest.approx(2e4, rel=1e-6)
