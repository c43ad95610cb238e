"""The exponential disc of isophotes that are known."""

import numpy as np
import pytest

from umbra.classical.rotation_curve.light.bulge import Bulge
from umbra.classical.rotation_curve.light.disc_table import DiscLight, read_disc, write_disc
from umbra.classical.rotation_curve.light.exponential_disc import Disc, fit_disc
from umbra.classical.rotation_curve.light.isophotes import Isophotes
from umbra.errors import Rejected


def profile_of(intensity, radius, error):
    flat = np.full_like(radius, 0.3)
    return Isophotes(radius, intensity, error, flat, np.full_like(radius, 179.0), (0, 0))


def test_the_errors_are_those_of_repeated_measurements():
    """The scatter of 100 noisy copies of one profile is known to 7 %."""
    radius = np.arange(1, 40.0)
    light = 100 * np.exp(-radius / 8)
    error = 0.05 * light  # with the least relative error, 7 % in all
    rng = np.random.default_rng(5)
    discs = [
        fit_disc(
            profile_of(light * (1 + np.hypot(0.05, 0.05) * rng.standard_normal(39)), radius, error),
            resolution_arcsec=1.0,
        )
        for _ in range(100)
    ]
    for value, its_error in (
        ("scale_length_arcsec", "scale_length_error_arcsec"),
        (
            "central_surface_brightness_mag_arcsec2",
            "central_surface_brightness_error_mag_arcsec2",
        ),
    ):
        scatter = np.std([getattr(disc, value) for disc in discs])
        assert np.mean([getattr(disc, its_error) for disc in discs]) == pytest.approx(
            scatter, rel=0.3
        )
    assert np.median([disc.scale_length_arcsec for disc in discs]) == pytest.approx(8, rel=0.02)


def test_a_profile_that_does_not_fade_has_no_disc():
    radius = np.arange(1, 40.0)
    light = np.exp(radius / 20)
    with pytest.raises(Rejected, match="does not fade outward"):
        fit_disc(profile_of(light, radius, 0.01 * light), resolution_arcsec=1.0)


def test_position_angles_are_averaged_across_north():
    radius = np.arange(1, 40.0)
    light = 100 * np.exp(-radius / 8)
    isophotes = profile_of(light, radius, 0.01 * light)
    isophotes.position_angle_deg[::2] = 3.0
    disc = fit_disc(isophotes, resolution_arcsec=1.0)
    assert isinstance(disc, Disc)
    assert min(disc.position_angle_deg, 180 - disc.position_angle_deg) < 3.1
    assert disc.position_angle_error_deg < 1


def test_the_table_is_read_as_it_was_written(tmp_path):
    radius = np.arange(1, 40.0)
    light = 100 * np.exp(-radius / 8)
    disc = fit_disc(profile_of(light, radius, 0.01 * light), resolution_arcsec=1.0)
    write_disc(DiscLight("photutils", disc, 0.61, 0.02, 39.0), tmp_path / "disc.csv")
    found = read_disc(tmp_path / "disc.csv")
    assert (found.method, found.colour_g_r_mag, found.aperture_arcsec) == ("photutils", 0.61, 39.0)
    assert vars(found.disc) == pytest.approx(vars(disc), rel=1e-5)
    assert found.bulge is None
    bulge = Bulge(20.123, 4.5, 2.25)
    write_disc(DiscLight("photutils", disc, 0.61, 0.02, 39.0, bulge), tmp_path / "disc.csv")
    assert read_disc(tmp_path / "disc.csv").bulge == bulge
