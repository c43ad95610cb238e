"""One beam for channels with different beams."""

import numpy as np
import pytest
from astropy.io import fits

from umbra.errors import Damaged
from umbra.hi.beams import beam_area_arcsec2, beams_of_channels, to_one_beam

PIXEL = 8.0
MATRIX = np.diag([-PIXEL, PIXEL])  # east is on the left


def point_source(beam) -> np.ndarray:
    """Return a source of 1 Jy as an elliptical beam shows it, at pixel (30, 34)."""
    y, x = np.mgrid[:64, :64]
    east, north = -(x - 30) * PIXEL, (y - 34) * PIXEL
    angle = np.radians(beam[2])
    along, across = (
        east * np.sin(angle) + north * np.cos(angle),
        east * np.cos(angle) - north * np.sin(angle),
    )
    return np.exp(-4 * np.log(2) * ((along / beam[0]) ** 2 + (across / beam[1]) ** 2))


def test_channels_of_many_beams_are_convolved_to_the_common_one():
    """A point source of 1 Jy has a peak of 1 Jy/beam and the common beam's shape everywhere."""
    number = 200
    rng = np.random.default_rng(3)
    beams = np.column_stack(
        [rng.uniform(40, 44, number), rng.uniform(30, 34, number), rng.uniform(20, 26, number)]
    )
    cube = np.array([point_source(beam) for beam in beams])
    assumed: list[str] = []
    flux, beam = to_one_beam(cube, beams, MATRIX, assumed)
    assert beam[0] >= beams[:, 0].max() * 0.99 and beam[1] >= beams[:, 1].max() * 0.99
    assert beam[0] < 46 and beam[1] < 36
    np.testing.assert_allclose(flux, point_source(beam)[None].repeat(number, axis=0), atol=0.011)
    pixels_per_beam = beam_area_arcsec2(*beam[:2]) / PIXEL**2
    np.testing.assert_allclose(flux.sum(axis=(1, 2)) / pixels_per_beam, 1, rtol=0.011)
    assert "common beam of 200" in assumed[0]


@pytest.mark.parametrize(
    ("beams", "common"),
    [
        ([(4, 2, 0), (4, 2, 90)], (4, 4, None)),  # the circle around a cross
        ([(4, 2, 30), (3, 3, 0)], (4, 3, 30)),  # a circle widens only the minor axis
        ([(5, 4, 10), (4, 3, 10), (3, 2, 60)], (5, 4, 10)),  # the largest holds the others
    ],
)
def test_common_beams_that_are_known(beams, common):
    beams = 10.0 * np.array(beams) / [1, 1, 10]
    cube = np.array([point_source(beam) for beam in beams])
    _, beam = to_one_beam(cube, beams, MATRIX, [])
    assert beam[:2] / 10 == pytest.approx(common[:2], rel=1e-4)
    if common[2] is not None:
        assert beam[2] == pytest.approx(common[2], abs=0.1)


def test_nearly_equal_beams_change_nothing():
    beams = np.array([[40.0, 30.0, 10.0], [40.01, 30.0, 10.0], [40.0, 30.01, 10.0]])
    cube = np.array([point_source(beam) for beam in beams])
    flux, beam = to_one_beam(cube, beams, MATRIX, [])
    np.testing.assert_array_equal(flux, cube)
    assert beam[:2] == pytest.approx([40, 30], rel=1e-3)


def test_a_channel_without_a_beam_is_left_as_it_is():
    beams = np.array([[40.0, 30.0, 10.0], [0.0, 0.0, 0.0], [np.nan, np.nan, np.nan]])
    cube = np.stack([point_source(beams[0]), np.zeros((64, 64)), np.zeros((64, 64))])
    flux, beam = to_one_beam(cube, beams, MATRIX, [])
    np.testing.assert_allclose(flux, cube)
    np.testing.assert_allclose(beam, beams[0])
    with pytest.raises(Damaged, match="all its beams are empty.*beam_fwhm_arcsec"):
        to_one_beam(cube, beams[1:], MATRIX, [])


@pytest.mark.parametrize(
    ("line", "beam"),
    [
        ("AIPS   CLEAN BMAJ=  3.5593E-03 BMIN=  3.3050E-03 BPA=  46.81", (12.813, 11.898, 46.81)),
        ("> restoration: 1.34841 by 0.830715 (arcsec) at pa 82.8827 (deg)", (1.348, 0.831, 82.883)),
        (
            "RESTOR: Beam =  6.560E+01 x  6.359E+01 arcsec, pa = -7.416E+01 degrees",
            (65.6, 63.59, -74.16),
        ),
    ],
)
def test_histories_of_aips_casa_and_miriad(line, beam):
    header = fits.Header()
    header.add_history(line)
    assumed: list[str] = []
    (found,) = beams_of_channels(fits.HDUList(), header, 10, None, 0.0, assumed)
    assert found == pytest.approx(beam, abs=2e-3)
    assert line.strip()[:30] in assumed[0]
