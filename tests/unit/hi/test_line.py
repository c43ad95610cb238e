"""The integrated line: flux and widths of analytic lines."""

import numpy as np
import pytest

from hi_cubes import CHANNEL_KM_S, VELOCITY, found_line, gaussian, make_cube
from umbra.hi.line import line_width


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
