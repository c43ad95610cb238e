"""The integrated line: flux and widths of analytic lines."""

import numpy as np
import pytest

from hi_cubes import CHANNEL_KM_S, VELOCITY, found_line, gaussian, make_cube
from umbra.hi.line import is_cut, line_width


def test_flux_of_a_source_is_that_of_its_beam():
    # an unresolved source of 1 Jy km/s peaks at 1 Jy/beam km/s
    y, x = np.mgrid[:48, :48] - 23.5
    beam_sigma = 10 / 8.0625 / np.sqrt(8 * np.log(2))
    line = gaussian(0, 15) / (15 * np.sqrt(2 * np.pi))
    cube = make_cube(line[:, None, None] * np.exp(-0.5 * (x**2 + y**2) / beam_sigma**2))
    # the pixels sample the beam coarsely, 1.2 to its FWHM
    assert found_line(cube, clip_sigma=0).flux_jy_km_s == pytest.approx(1, rel=0.02)


def test_widths_of_a_gaussian_line():
    profile = gaussian(12, 20)
    w50, centre = line_width(VELOCITY, profile, fraction=0.5)
    w20, _ = line_width(VELOCITY, profile, fraction=0.2)
    assert w50 == pytest.approx(20 * np.sqrt(8 * np.log(2)), rel=0.01)
    assert w20 == pytest.approx(20 * np.sqrt(8 * np.log(5)), rel=0.01)
    assert centre == pytest.approx(12, abs=0.1)


def test_widths_span_both_horns_whichever_way_the_axis_runs():
    profile = gaussian(-80, 8) + gaussian(80, 8)
    expected = 160 + 8 * np.sqrt(8 * np.log(2))
    assert line_width(VELOCITY, profile, fraction=0.5)[0] == pytest.approx(expected, rel=0.01)
    assert line_width(VELOCITY[::-1], profile, fraction=0.5)[0] == pytest.approx(expected, rel=0.01)


def disc_line(rotation_km_s: float, dispersion_km_s: float) -> np.ndarray:
    """Return the line, of height 1, of a ring of gas that is seen edge-on: it has two horns."""
    speeds = rotation_km_s * np.cos(np.linspace(0, 2 * np.pi, 1000, endpoint=False))
    line = np.exp(-0.5 * ((VELOCITY - speeds[:, None]) / dispersion_km_s) ** 2).sum(axis=0)
    return line / line.max()


def test_a_spike_leaves_the_width_of_a_line_as_it_is():
    # one horn, or gas in between, is up to 2.5 times higher than the horns of the disc
    rng, ratios = np.random.default_rng(1), []
    for dispersion in rng.uniform(7, 14, 200):
        rotation = dispersion * rng.uniform(5, 8)
        line = disc_line(rotation, dispersion)
        rising = slice(int(line[:32].argmax()) + 1)
        half = np.interp(0.5, line[rising], VELOCITY[rising])
        spike = rng.uniform(0.5, 2.5) * gaussian(rng.uniform(-rotation, rotation), 8)
        noise = 0.02 * rng.standard_normal(VELOCITY.size)
        width, _ = line_width(VELOCITY, line + spike + noise, fraction=0.5)
        ratios.append(width / (-2 * half))
    least, low, middle, high, most = np.percentile(ratios, [0, 5, 50, 95, 100])
    assert middle == pytest.approx(1, abs=0.01)
    assert 0.9 < low < high < 1.1
    assert 0.65 < least < most < 1.15


def test_noise_leaves_the_width_of_a_gaussian_line_as_it_is():
    rng = np.random.default_rng(2)
    for sigma in rng.uniform(12, 45, 100):
        line = gaussian(rng.uniform(-20, 20), sigma) + 0.02 * rng.standard_normal(VELOCITY.size)
        width, _ = line_width(VELOCITY, line, fraction=0.5)
        assert width == pytest.approx(sigma * np.sqrt(8 * np.log(2)), rel=0.1)


def test_gas_that_is_apart_from_the_line_adds_nothing_to_its_width():
    line = disc_line(60, 8)
    alone, _ = line_width(VELOCITY, line, fraction=0.2)
    beside, _ = line_width(VELOCITY, line + 0.25 * gaussian(130, 8), fraction=0.2)
    assert beside == pytest.approx(alone, rel=0.01)


def test_a_spike_does_not_hide_that_a_line_is_cut():
    # the horns are beyond the band, and what is within it is below 20 % of the peak
    line = np.full(VELOCITY.size, 0.6) + 5 * gaussian(0, 8)
    assert is_cut(line)
    assert not is_cut(disc_line(100, 8) + 5 * gaussian(0, 8))


@pytest.mark.parametrize(
    ("centre", "sigma", "cut"), [(0, 50, False), (0, 120, True), (-140, 30, True), (140, 8, False)]
)
def test_a_line_that_goes_on_beyond_the_band_is_cut(centre, sigma, cut):
    # a Gaussian is above 20 % of its peak within sqrt(2 ln 5) = 1.79 sigma; the band is +-157.5
    line = gaussian(centre, sigma)
    cube = make_cube(np.tile(line[:, None, None], (1, 4, 4)))
    assert found_line(cube, clip_sigma=0).cut == cut


def test_a_line_wider_than_the_band_ends_with_it():
    assert line_width(VELOCITY, np.ones(64), fraction=0.5) == (64 * CHANNEL_KM_S, 0.0)
