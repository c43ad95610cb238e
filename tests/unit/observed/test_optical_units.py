"""The unit of an image: an AB magnitude is a flux, whatever the survey writes."""

import numpy as np
import pytest
from astropy.io import fits

from umbra.errors import Damaged
from umbra.observed.optical_units import nanomaggy_per_arcsec2

# A star of 20 mag (AB) is 3631 Jy / 1e8, and 10 nanomaggies.
STAR_JY = 3631e-8
SR = 0.25 / 206264.806247**2  # of a pixel of half an arcsecond


@pytest.mark.parametrize(
    ("value", "cards"),
    [
        (10.0, {"BUNIT": "nanomaggy"}),
        (10.0, {"BUNIT": "nanomaggies/pixel"}),
        (10.0, {"BUNIT": "nMgy"}),
        (STAR_JY, {"BUNIT": "Jy/pixel"}),
        (STAR_JY, {"BUNIT": "Jy/pix"}),
        (STAR_JY, {"BUNIT": "Jy"}),
        (1e6 * STAR_JY, {"BUNIT": "uJy"}),
        (STAR_JY / SR / 1e6, {"BUNIT": "MJy/sr"}),
        (STAR_JY / SR / 1e6, {"BUNIT": "MJy sr-1"}),
        (1e2, {"BUNIT": "ADU", "ZP": 25.0}),
        (1e4, {"MAGZERO": 30.0}),
        (1e4, {"BUNIT": "electron/s", "MAGZPT": 30}),
        (1e-8 * 6.3e10, {"BUNIT": "count", "FLUXMAG0": 6.3e10}),
    ],
)
def test_a_star_of_20_mag_is_10_nanomaggies(value, cards):
    scale = nanomaggy_per_arcsec2(
        fits.Header(cards), pixel_arcsec2=0.25, unit=None, zero_point_mag=None
    )
    assert value * scale * 0.25 == pytest.approx(10.0, rel=1e-3)


def test_what_the_table_says_comes_first():
    header = fits.Header({"BUNIT": "weird", "ZP": 20.0})
    arguments = {"pixel_arcsec2": 1.0}
    by_zero_point = nanomaggy_per_arcsec2(header, unit=None, zero_point_mag=25.0, **arguments)
    by_unit = nanomaggy_per_arcsec2(header, unit="nanomaggy", zero_point_mag=None, **arguments)
    np.testing.assert_allclose([by_zero_point, by_unit], [0.1, 1.0])


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ({"BUNIT": "furlong"}, "its unit is 'furlong'"),
        ({"BUNIT": "K"}, "its unit is 'K', not nanomaggy"),
        ({"BUNIT": "ADU"}, "its unit is 'ADU' and it has no zero point"),
        ({}, "its unit is not given .no card BUNIT. and it has no zero point"),
    ],
)
def test_an_unknown_unit_is_one_sentence(cards, said):
    with pytest.raises(Damaged, match=f"{said}.*give optical_unit or zero_point_mag"):
        nanomaggy_per_arcsec2(fits.Header(cards), pixel_arcsec2=1, unit=None, zero_point_mag=None)
