"""Where a galaxy is shown."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS

from observed_files import placement


@pytest.mark.parametrize(
    ("distance", "shown"), [(6.6, 10.0), (10.0, 10.0), (13.7, 13.7), (20.0, 20.0), (31.0, 20.0)]
)
def test_it_is_the_nearest_trained_distance(distance, shown):
    found = placement(distance)
    assert found.shown_distance_mpc == shown
    assert found.grid.side_kpc(shown) == pytest.approx(
        distance * 1e3 * np.radians(128 * found.pixel_sky_arcsec / 3600)
    )
    noted = " ".join(found.notes())
    assert (f"as from {shown:g} Mpc" in noted) == (shown != distance)


def test_north_is_up_and_east_is_left():
    wcs = placement().sky_wcs()
    centre = SkyCoord(150.0, 40.0, unit="deg")
    x, y = wcs.world_to_pixel(centre)
    np.testing.assert_allclose([x, y], 63.5, atol=1e-6)
    east, north = (
        wcs.world_to_pixel(centre.directional_offset_by(angle * u.deg, 80.625 * u.arcsec))
        for angle in (90, 0)
    )
    np.testing.assert_allclose(east, [53.5, 63.5], atol=0.01)
    np.testing.assert_allclose(north, [63.5, 73.5], atol=0.01)
    np.testing.assert_allclose(np.abs(wcs.wcs.cdelt) * 3600, 8.0625)


def test_images_have_the_pixels_of_the_training():
    found = placement(5.0)
    assert WCS(found.header()).wcs.cdelt[1] * 3600 == pytest.approx(8.0625)
    assert found.sky_wcs().wcs.cdelt[1] * 3600 == pytest.approx(2 * 8.0625)
    assert found.sky_wcs(4).wcs.cdelt[1] * 3600 == pytest.approx(8.0625 / 2)
