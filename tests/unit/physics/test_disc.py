"""The exponential disc, against a sum of rings and against known limits."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import ellipk

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.disc import (
    disc_velocity_squared_of_profile,
    freeman_velocity_squared,
    freeman_velocity_squared_of_mass,
)

SIGMA, LENGTH = 3e8, 3.0
MASS = 2 * np.pi * SIGMA * LENGTH**2
DISC = {"mass_msun": MASS, "scale_length_kpc": LENGTH}


def test_mass_and_central_surface_density_give_the_same_disc():
    mass, _ = quad(lambda a: 2 * np.pi * a * SIGMA * np.exp(-a / LENGTH), 0, 60 * LENGTH)
    radius = np.array([0.0, 0.3, 3.0, 30.0])
    of_density = freeman_velocity_squared(
        radius, central_surface_density_msun_kpc2=SIGMA, scale_length_kpc=LENGTH
    )
    of_mass = freeman_velocity_squared_of_mass(radius, mass_msun=mass, scale_length_kpc=LENGTH)
    assert of_density == pytest.approx(of_mass, rel=1e-9)


def ring_potential(radius: float) -> float:
    """Potential in the plane of the disc, the sum of those of thin rings."""

    def ring(a: float) -> float:
        elliptic = ellipk(4 * a * radius / (a + radius) ** 2)
        return -4 * G * SIGMA * np.exp(-a / LENGTH) * a * elliptic / (a + radius)

    edges = [0, radius, 40 * LENGTH]
    options = {"epsabs": 0, "epsrel": 1e-9, "limit": 200}
    return sum(quad(ring, low, high, **options)[0] for low, high in pairwise(edges))


@pytest.mark.parametrize("radius", [0.1, 1.0, 3.0, 6.5, 15.0, 40.0])
def test_freeman_disc_is_a_sum_of_rings(radius):
    step = 1e-3 * radius
    gradient = (ring_potential(radius + step) - ring_potential(radius - step)) / (2 * step)
    velocity = freeman_velocity_squared_of_mass(np.array([radius]), **DISC)[0]
    assert velocity == pytest.approx(radius * gradient, rel=1e-4)


def test_freeman_disc_far_away_is_a_point_with_a_quadrupole():
    radius = np.array([40.0, 100.0, 3000.0]) * LENGTH
    velocity = freeman_velocity_squared_of_mass(radius, **DISC)
    # the mean square radius of the mass is 6 scale lengths squared
    expected = G * MASS / radius * (1 + 0.75 * 6 * (LENGTH / radius) ** 2)
    assert velocity == pytest.approx(expected, rel=2e-4)
    assert freeman_velocity_squared_of_mass(np.array([0.0]), **DISC)[0] == pytest.approx(
        0, abs=1e-9
    )


def test_freeman_disc_turns_fastest_at_2_15_scale_lengths():
    peak = minimize_scalar(
        lambda x: -freeman_velocity_squared_of_mass(np.array([x * LENGTH]), **DISC)[0],
        bounds=(1, 4),
        method="bounded",
    )
    assert peak.x == pytest.approx(2.15, abs=0.01)
    # v_max = 0.88 sqrt(pi G Sigma_0 R_d) (Freeman 1970)
    assert np.sqrt(-peak.fun) == pytest.approx(0.88 * np.sqrt(np.pi * G * SIGMA * LENGTH), rel=2e-3)


def test_a_disc_of_any_profile_is_freemans_for_an_exponential():
    a = np.linspace(0, 12 * LENGTH, 400)
    radius = np.array([0.5, 1.0, 3.0, 6.6, 15.0, 30.0])
    found = disc_velocity_squared_of_profile(
        radius,
        profile_radius_kpc=a,
        surface_density_msun_kpc2=SIGMA * np.exp(-a / LENGTH),
    )
    assert found == pytest.approx(freeman_velocity_squared_of_mass(radius, **DISC), rel=0.01)


def test_a_hole_pulls_outward_and_a_distant_disc_is_a_point():
    a = np.array([0.0, 4.999, 5.0, 10.0])
    density = np.array([0.0, 0.0, SIGMA, SIGMA])
    inside, far = disc_velocity_squared_of_profile(
        np.array([4.0, 1000.0]), profile_radius_kpc=a, surface_density_msun_kpc2=density
    )
    assert inside < 0
    mass = np.pi * (10**2 - 5**2) * SIGMA
    assert far == pytest.approx(G * mass / 1000, rel=1e-3)
