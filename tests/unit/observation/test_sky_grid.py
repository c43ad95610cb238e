"""The pixels of an image: their size and the directions of the axes."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from umbra.config.observation import ImageSettings
from umbra.observation.realisations import Realisation
from umbra.observation.sky_grid import SkyGrid


def test_grid_of_the_paper():
    settings = ImageSettings(pixels=128, field_of_view_arcmin=17.2)
    grid = SkyGrid.from_settings(settings)
    assert grid.pixel_arcsec == pytest.approx(8.0625)
    # 17.2 arcmin is 5.0033e-3 rad
    assert grid.side_kpc(10) == pytest.approx(50.033, rel=1e-4)
    assert grid.pixel_sr * 128**2 == pytest.approx((17.2 * np.pi / 180 / 60) ** 2)


def test_wcs_runs_as_stated():
    grid = SkyGrid(pixels=128, field_of_view_arcmin=17.2)
    header = fits.Header()
    header.update(grid.wcs_header(Realisation(7, 2, 12.5, np.eye(3))))
    assert (header["GALAXY"], header["REALISAT"], header["DISTMPC"]) == (7, 2, 12.5)
    wcs = WCS(header)
    centre = wcs.pixel_to_world(63.5, 63.5)
    assert (centre.ra.deg, centre.dec.deg) == pytest.approx((180, 0), abs=1e-9)
    rightward, upward = wcs.pixel_to_world(64.5, 63.5), wcs.pixel_to_world(63.5, 64.5)
    assert rightward.ra < centre.ra
    assert upward.dec > centre.dec
    for neighbour in (rightward, upward):
        assert centre.separation(neighbour).arcsec == pytest.approx(8.0625, rel=1e-6)
    assert wcs.world_to_pixel(wcs.pixel_to_world(3.0, 100.0)) == pytest.approx((3.0, 100.0))
