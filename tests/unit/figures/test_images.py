"""Figures of images and moment maps: they show the files, and can be read."""

import numpy as np
import pytest
from astropy.io import fits
from matplotlib.patches import Ellipse

from figure_case import assert_legible, texts
from umbra.figures import moments, photometry, sky
from umbra.files import write_rejection

PIXELS = 64


def sky_header(galaxy, realisation):
    header = fits.Header()
    header["GALAXY"], header["REALISAT"], header["DISTMPC"] = galaxy, realisation, 15.0
    header["CDELT1"], header["CDELT2"] = -16 / 3600, 16 / 3600
    header["BMAJ"], header["BMIN"], header["BPA"] = 30 / 3600, 20 / 3600, 40.0
    return header


def write_realisations(path, galaxy, planes):
    realisations = [
        fits.ImageHDU(planes.astype("float32"), sky_header(galaxy, k), name=f"R{k}")
        for k in range(2)
    ]
    fits.HDUList([fits.PrimaryHDU(), *realisations]).writeto(path)
    return path


def offsets():
    y, x = np.indices((PIXELS, PIXELS)) - (PIXELS - 1) / 2
    return x, y


@pytest.fixture
def image(tmp_path):
    """Exponential disc in five bands, with noise."""
    x, y = offsets()
    disc = 500 * np.exp(-np.hypot(x, 2 * y) / 6)
    noise = np.random.default_rng(1).normal(0, 0.5, (5, PIXELS, PIXELS))
    return write_realisations(tmp_path / "7.fits", 7, np.arange(1, 6)[:, None, None] * disc + noise)


@pytest.fixture
def moment_maps(tmp_path):
    """Rotating disc that recedes on its right, masked outside."""
    x, y = offsets()
    radius = np.hypot(x, y)
    maps = np.array([np.exp(-radius / 8), 150 * np.tanh(x / 5), 8 + 10 * np.exp(-radius / 5)])
    maps[:, radius > 25] = np.nan
    return write_realisations(tmp_path / "8.fits", 8, maps)


def test_photometry_shows_bands_and_composite(image):
    realisation = sky.read_sky_image(image)
    figure = photometry.plot_photometry([realisation])
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [panel.get_title() for panel in panels][:5] == list("ugriz")
    assert len(panels) == 6
    for panel, plane in zip(panels, realisation.planes, strict=False):
        shown = panel.images[0].get_array()
        np.testing.assert_allclose(shown, plane - np.median(plane))
    assert panels[5].images[0].get_array().shape == (PIXELS, PIXELS, 3)
    assert any("nanomaggy/pixel" in text for text in texts(figure))
    assert "RA offset [arcmin]" in texts(figure)
    assert_legible(figure)


def test_composite_is_red_where_only_i_shines():
    planes = np.zeros((5, 32, 32))
    planes[photometry.BANDS.index("i"), 10:14, 10:14] = 100
    planes[photometry.BANDS.index("g"), 20:24, 20:24] = 100
    colours = photometry.composite(planes)
    red, _, blue = colours[12, 12]
    assert red > 50 and blue == 0
    red, _, blue = colours[22, 22]
    assert blue > 50 and red == 0


def test_east_is_left_and_north_is_up(image):
    left, right, bottom, top = sky.read_sky_image(image).extent_arcmin
    side = PIXELS * 16 / 60
    assert (left, right, bottom, top) == pytest.approx((side / 2, -side / 2, -side / 2, side / 2))


def test_scale_bar_has_its_length(image):
    figure = photometry.plot_photometry([sky.read_sky_image(image)])
    panel = figure.axes[0]
    start, end = panel.lines[0].get_xdata()
    (text,) = [label.get_text() for label in panel.texts if "kpc" in label.get_text()]
    # 1 kpc at 15 Mpc spans 13.75 arcsec
    assert (end - start) * PIXELS * 16 == pytest.approx(float(text.split()[0]) * 13.75, rel=1e-3)


def test_moments_show_the_maps(moment_maps):
    realisation = sky.read_sky_image(moment_maps)
    figure = moments.plot_moments([realisation])
    panels = figure.axes[:3]
    assert [panel.get_title() for panel in panels] == list(moments.TITLES)
    for panel, plane in zip(panels, realisation.planes, strict=True):
        shown = panel.images[0].get_array()
        np.testing.assert_array_equal(shown.mask, np.isnan(plane))
        np.testing.assert_allclose(shown.compressed(), plane[np.isfinite(plane)])
    norm = panels[1].images[0].norm
    assert norm.vmin == -norm.vmax
    red, _, blue, _ = panels[1].images[0].to_rgba(np.array([[100.0]]))[0, 0]
    assert red > blue, "receding gas is red"
    for unit in ("[Jy/beam km/s]", "velocity [km/s]", "dispersion [km/s]"):
        assert any(unit in text for text in texts(figure))
    assert_legible(figure)


def test_beam_has_its_size_and_leans_east(moment_maps):
    figure = moments.plot_moments([sky.read_sky_image(moment_maps)])
    (beam,) = [patch for patch in figure.axes[0].patches if isinstance(patch, Ellipse)]
    assert (beam.height * 60, beam.width * 60) == pytest.approx((30, 20))
    # on the sky the major axis points 40 deg from north to east: to greater RA, which is left
    vertices = beam.get_patch_transform().transform([(0, 0), (0, 1)])
    east, north = vertices[1] - vertices[0]
    assert np.degrees(np.arctan2(east, north)) == pytest.approx(40)


def test_galaxy_without_hi_emission_is_drawn(tmp_path):
    maps = np.full((3, PIXELS, PIXELS), np.nan)
    path = write_realisations(tmp_path / "9.fits", 9, maps)
    assert_legible(moments.plot_moments([sky.read_sky_image(path)]))


def test_rejected_galaxy_is_named_and_the_other_drawn(image, tmp_path):
    write_rejection(tmp_path / "12.fits", "no gas cells")
    figure = photometry.plot_photometry(
        [sky.read_sky_image(tmp_path / "12.fits"), sky.read_sky_image(image)]
    )
    assert "galaxy 12 was rejected: no gas cells" in texts(figure)
    assert sum(bool(axes.images) for axes in figure.axes) == 6
    assert_legible(figure)


@pytest.mark.parametrize(
    ("plot", "planes"), [(photometry.plot_photometry, 5), (moments.plot_moments, 3)]
)
def test_long_reason_stays_within_the_figure_and_takes_no_room_from_the_others(
    tmp_path, plot, planes
):
    reason = "results/cutouts/12.hdf5 cannot be read as HDF5 (truncated file: eof = 3102478, "
    reason += "sblock->base_addr = 0, stored_eof = 6204956); it is damaged, incomplete or of "
    reason += "another format, so fetch or make it again."
    write_rejection(tmp_path / "12.fits", reason)
    rejected = sky.read_sky_image(tmp_path / "12.fits")
    values = np.random.default_rng(1).normal(5, 1, (planes, PIXELS, PIXELS))
    drawn = sky.read_sky_image(write_realisations(tmp_path / "7.fits", 7, values))
    for realisations in ([rejected], [rejected, drawn]):
        figure = plot(realisations)
        assert_legible(figure)
        (text,) = (t for axes in figure.axes for t in axes.texts if "rejected" in t.get_text())
        assert " ".join(text.get_text().split()) == f"galaxy 12 was rejected: {reason}"
        around = text.get_window_extent()
        assert around.x0 >= 0 and around.y0 >= 0
        assert around.x1 <= figure.bbox.x1 and around.y1 <= figure.bbox.y1
    whole = plot([drawn, drawn])
    assert_legible(whole)
    widths = [[axes.bbox.width for axes in one.axes if axes.images] for one in (figure, whole)]
    np.testing.assert_allclose(widths[0], widths[1][-len(widths[0]) :], rtol=0.02)
