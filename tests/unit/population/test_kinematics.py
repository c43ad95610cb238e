"""Rotation and spins of constructed particles."""

import numpy as np
import pytest

from umbra.population.kinematics import angle_between_deg, rotation_fraction, spin


def turned(vectors, angle_deg):
    """Return vectors turned about the x axis."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return vectors @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T


def cold_disc(number=2000, *, angle_deg=0.0):
    """Return positions, velocities and masses of circular orbits in a tilted plane."""
    rng = np.random.default_rng(2)
    radius, azimuth = rng.uniform(1, 20, number), rng.uniform(0, 2 * np.pi, number)
    cosine, sine, zero = np.cos(azimuth), np.sin(azimuth), np.zeros(number)
    position = radius[:, None] * np.stack([cosine, sine, zero], axis=1)
    velocity = 150.0 * np.stack([-sine, cosine, zero], axis=1)
    return turned(position, angle_deg), turned(velocity, angle_deg), rng.uniform(1e5, 1e6, number)


def test_all_energy_of_a_cold_disc_is_in_rotation():
    for angle_deg in (0.0, 40.0, 90.0):
        assert rotation_fraction(*cold_disc(angle_deg=angle_deg)) == pytest.approx(1.0)


def test_an_isotropic_sphere_has_a_third():
    rng = np.random.default_rng(3)
    position, velocity = rng.standard_normal((2, 200_000, 3))
    fraction = rotation_fraction(position, velocity, np.ones(len(position)))
    assert fraction == pytest.approx(1 / 3, abs=0.005)


def test_a_disc_with_dispersion_has_what_its_motions_add_up_to():
    """Velocity V with dispersion s in each direction: (V^2 + s^2) / (V^2 + 3 s^2)."""
    position, velocity, mass = cold_disc(200_000)
    velocity = velocity + 60.0 * np.random.default_rng(4).standard_normal(velocity.shape)
    expected = (150**2 + 60**2) / (150**2 + 3 * 60**2)
    assert rotation_fraction(position, velocity, mass) == pytest.approx(expected, abs=0.005)


def test_particles_on_the_axis_do_not_rotate():
    position, velocity, _ = cold_disc(100)
    position = np.vstack([position, [0, 0, 5]])
    velocity = np.vstack([velocity, [0, 0, 150]])
    fraction = rotation_fraction(position, velocity, np.append(np.ones(100), 100.0))
    assert fraction == pytest.approx(0.5, abs=0.01)
    assert np.isnan(rotation_fraction(position, np.zeros_like(velocity), np.ones(101)))


@pytest.mark.parametrize("tilt_deg", [0.0, 7.0, 60.0, 179.0])
def test_tilted_gas_has_its_tilt(tilt_deg):
    stars, gas = spin(*cold_disc()), spin(*cold_disc(500, angle_deg=tilt_deg))
    assert angle_between_deg(stars, gas) == pytest.approx(tilt_deg, abs=1e-4)


def test_gas_at_rest_has_no_angle():
    assert np.isnan(angle_between_deg(np.ones(3), np.zeros(3)))
