"""The first guess of a disc, from velocity fields whose geometry is known."""

import numpy as np
import pytest

from umbra.classical.rotation_curve.velocity_field import (
    Geometry,
    guess_geometry,
    main_body,
)


def velocity_field(geometry: Geometry, *, pixels: int = 60):
    """Return intensity and velocity of a noisy disc of 20 pixels radius."""
    y, x = np.mgrid[:pixels, :pixels].astype(float)
    seen = geometry.in_plane(x, y)[0] < 20
    noise = np.random.default_rng(1).normal(0, 3, x.shape)
    velocity = np.where(seen, geometry.velocity_km_s(x, y) + noise, np.nan)
    return np.where(seen, 1.0, np.nan), velocity


@pytest.mark.parametrize("position_angle_deg", [20.0, 110.0, 200.0, 340.0])
def test_the_first_guess_is_the_geometry_of_a_noisy_velocity_field(position_angle_deg):
    true = Geometry(28.4, 31.2, position_angle_deg, 50.0, 12.0, 150.0, 3.0)
    intensity, velocity = velocity_field(true)
    guess = guess_geometry(intensity=intensity, velocity_km_s=velocity, body=main_body(intensity))
    assert guess.x_pixel == pytest.approx(true.x_pixel, abs=0.2)
    assert guess.y_pixel == pytest.approx(true.y_pixel, abs=0.2)
    assert guess.position_angle_deg == pytest.approx(position_angle_deg, abs=1)
    assert guess.inclination_deg == pytest.approx(50, abs=2)
    assert guess.systemic_velocity_km_s == pytest.approx(12, abs=1)
    seen_rings = 10
    assert guess.count_rings(np.isfinite(intensity), width_pixels=2.0) == seen_rings - 1


def test_a_disc_near_edge_on_is_at_least_as_inclined_as_its_outline():
    """The beam hides the curvature of the isovelocity lines."""
    true = Geometry(29.5, 29.5, 60.0, 83.0, 0.0, 150.0, 8.0)
    y, x = np.mgrid[:60, :60].astype(float)
    along = y * np.cos(np.pi / 3) - x * np.sin(np.pi / 3)
    middle = true.y_pixel * np.cos(np.pi / 3) - true.x_pixel * np.sin(np.pi / 3)
    rigid = (along - middle) * 5.0  # such a field is that of any inclination
    seen = true.in_plane(x, y)[0] < 25
    guess = guess_geometry(intensity=np.where(seen, 1.0, np.nan), velocity_km_s=rigid, body=seen)
    assert guess.inclination_deg == pytest.approx(83, abs=3)


def test_the_receding_half_is_counted_from_north_through_east():
    """East is left: gas that recedes there is at 90 degrees."""
    geometry = Geometry(0, 0, 90.0, 60.0, 0.0, 100.0, 1.0)
    assert geometry.velocity_km_s(np.array(-10.0), np.array(0.0)) > 50
