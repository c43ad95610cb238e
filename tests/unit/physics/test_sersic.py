"""Sersic's sphere, against known deprojections."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma, gammaincinv, k0

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.sersic import sersic_profile, sersic_velocity_squared

DENSITY, RADIUS = 3e8, 1.2


def mass(r, index):
    squared = sersic_velocity_squared(
        np.array([r]),
        effective_density_msun_kpc2=DENSITY,
        effective_radius_kpc=RADIUS,
        index=index,
    )
    return float(squared[0]) * r / G


def test_an_exponential_is_the_projection_of_a_bessel_function():
    """The density is Sigma_0 K0(r / h) / (pi h) for a surface density Sigma_0 exp(-R / h)."""
    b = gammaincinv(2, 0.5)
    length, central = RADIUS / b, DENSITY * np.exp(b)
    for r in (0.1, 0.7, 3.0, 10.0):
        expected, _ = quad(
            lambda s: 4 * np.pi * s**2 * central / (np.pi * length) * k0(s / length), 0, r
        )
        assert mass(r, 1.0) == pytest.approx(expected, rel=3e-3)


@pytest.mark.parametrize("index", [0.7, 2.0, 4.0])
def test_the_whole_mass_is_that_of_the_projection(index):
    b = gammaincinv(2 * index, 0.5)
    total = 2 * np.pi * index * RADIUS**2 * DENSITY * np.exp(b) * gamma(2 * index)
    assert mass(500 * RADIUS, index) == pytest.approx(total / b ** (2 * index), rel=5e-3)
    assert sersic_profile(
        np.array([RADIUS]), effective_value=2.0, effective_radius=RADIUS, index=index
    ) == pytest.approx(2.0)


def test_half_of_a_de_vaucouleurs_sphere_is_within_1_35_effective_radii():
    """Ciotti 1991."""
    half = mass(500 * RADIUS, 4.0) / 2
    assert mass(1.31 * RADIUS, 4.0) < half < mass(1.39 * RADIUS, 4.0)
