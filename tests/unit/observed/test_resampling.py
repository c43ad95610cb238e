"""Flux and velocity on another grid."""

import numpy as np
import pytest

from observed_files import disc_image, placement, sky_wcs
from umbra.observed.resampling import averaged, binned, interpolated, pixel_arcsec

GRIDS = [
    {"side": 400, "pixel_arcsec": 2.2, "turned_deg": 33.0, "off": (7.3, -4.6)},
    {"side": 1500, "pixel_arcsec": 0.396, "turned_deg": 120.0},
    {"side": 260, "pixel_arcsec": 3.4, "mirrored": True, "off": (0.4, 0.2)},
    {"side": 90, "pixel_arcsec": 12.0, "turned_deg": -70.0},
]


def disc(grid):
    wcs = sky_wcs(**grid)
    return disc_image(wcs, grid["side"], scale_arcsec=25.0), wcs


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: f"{grid['pixel_arcsec']}")
def test_an_image_keeps_its_flux_and_its_place(grid):
    image, wcs = disc(grid)
    here = placement()
    found = averaged(image, wcs, here)
    pixel = here.pixel_sky_arcsec
    given = image.sum() * pixel_arcsec(wcs) ** 2
    assert np.nansum(found) * pixel**2 == pytest.approx(given, rel=2e-3)
    y, x = np.mgrid[:128, :128] - 63.5
    centre = [np.nansum(found * axis) / np.nansum(found) for axis in (x, y)]
    np.testing.assert_allclose(centre, 0, atol=0.05)
    # north is up: the disc is longer from east to west
    assert np.nansum(found * x**2) > 2 * np.nansum(found * y**2)


@pytest.mark.parametrize("pixel", [2.0, 5.0, 20.0])
def test_planes_keep_their_flux_where_the_beam_is_sampled(pixel):
    side = int(1700 / pixel)
    wcs = sky_wcs(side=side, pixel_arcsec=pixel, turned_deg=25.0)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    beam = max(10.0, 2.5 * pixel) / 2.355 / pixel  # sigma in pixels
    image = np.exp(-0.5 * ((x - 3.3) ** 2 + (y + 2.1) ** 2) / (1 + beam**2))
    here = placement()
    found, covered = interpolated(image[None], wcs, here, order="bicubic")
    assert covered.all()
    given = image.sum() * pixel**2
    assert found[0].sum() * here.pixel_sky_arcsec**2 == pytest.approx(given, rel=2e-3)


def test_a_velocity_is_not_scaled_like_flux():
    wcs = sky_wcs(side=300, pixel_arcsec=4.0, turned_deg=10.0)
    found, covered = interpolated(np.full((1, 300, 300), 123.0), wcs, placement(), order="bilinear")
    np.testing.assert_allclose(found[0][covered], 123.0)


def test_an_image_of_another_distance_keeps_its_surface_brightness():
    """Nearer than the training, 5 of 10 Mpc: a quarter of the flux in images half as large."""
    grid = GRIDS[0]
    image, wcs = disc(grid)
    near, there = placement(5.0), placement(10.0)
    assert (near.sky_scale, there.sky_scale) == (2.0, 1.0)
    moved, same = averaged(image, wcs, near), averaged(image, wcs, there)
    assert np.nansum(moved) == pytest.approx(np.nansum(same) / 4, rel=5e-3)
    y, x = np.mgrid[:128, :128] - 63.5
    size = [np.sqrt(np.nansum(one * x**2) / np.nansum(one)) for one in (moved, same)]
    assert size[0] == pytest.approx(size[1] / 2, rel=0.02)
    # an exponential disc is fainter by e where it is one scale length farther out
    far = same[63:67, 76:78].mean()  # 1 pixel north and 13 east of the centre
    assert moved[64, 70] == pytest.approx(far, rel=0.05)


def test_blank_pixels_are_no_zeros():
    grid = {"side": 400, "pixel_arcsec": 2.2}
    wcs = sky_wcs(**grid)
    image = np.full((400, 400), 7.0)
    image[::3] = np.nan
    image[:, :150] = np.nan
    found = averaged(image, wcs, placement())
    known = np.isfinite(found)
    np.testing.assert_allclose(found[known], 7.0, rtol=1e-6)
    assert 0.4 < known.mean() < 0.8


def test_binning_keeps_the_place_of_a_source():
    wcs = sky_wcs(side=101, pixel_arcsec=1.0, turned_deg=40.0)
    image = np.zeros((101, 101))
    image[70, 30] = 1.0
    values, share, coarse = binned(image, wcs, 4)
    assert share.min() == 0.0625  # 101 is no multiple of 4
    y, x = np.unravel_index(values.argmax(), values.shape)
    given, found = wcs.pixel_to_world(30, 70), coarse.pixel_to_world(x, y)
    assert given.separation(found).arcsec < 4 / np.sqrt(2)
