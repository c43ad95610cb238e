"""State of gas cells against known limits."""

import numpy as np
import pytest

from umbra.universe import thermodynamics


def test_neutral_fraction_rises_through_self_shielding():
    density = np.array([1e-5, 1e-3, 1e-1])
    neutral = thermodynamics.equilibrium_neutral_fraction(density, np.full(3, 1e4))
    assert neutral[0] < 1e-2 and neutral[2] > 0.95
    assert np.all(np.diff(neutral) > 0)
    assert thermodynamics.equilibrium_neutral_fraction(np.array([1e-3]), np.array([1e6]))[0] < 1e-5


def test_effective_equation_of_state_starts_at_ten_thousand_kelvin():
    temperature = thermodynamics.effective_temperature_k(np.array([0.13, 1.3, 13.0]))
    assert temperature[0] == pytest.approx(1e4, rel=0.1)
    # Springel & Hernquist 2003, figure 1, softened by 0.3: 1e5 K two decades above the threshold
    assert temperature[2] == pytest.approx(1e5, rel=0.5)


def test_internal_energy_of_ionised_gas():
    # 1e6 K, mu = 0.59: 3 k T / (2 mu m_p) = 2.1e4 km^2/s^2
    energy = thermodynamics.internal_energy_km2_s2(np.array([1e6]), np.array([1.158]))
    assert energy[0] == pytest.approx(2.1e4, rel=0.01)
    assert thermodynamics.hydrogen_number_density_cm3(1e7) == pytest.approx(0.308, rel=0.01)


def test_elements_sum_to_one():
    elements = thermodynamics.element_fractions(np.array([1e-5, 0.0127, 0.04]))
    assert elements.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert elements[:, 2:].sum(axis=1) == pytest.approx([1e-5, 0.0127, 0.04], rel=1e-3)
