"""Images on the sky: directions, scale bar, beam, and galaxies that were rejected."""

import numpy as np
import pytest
from matplotlib.patches import Ellipse

from figure_case import assert_legible, texts
from sky_case import PIXELS, write_image, write_moment_maps, write_realisations
from umbra.figures import moments, photometry, sky
from umbra.files import write_rejection


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / "7.fits")


@pytest.fixture
def moment_maps(tmp_path):
    return write_moment_maps(tmp_path / "8.fits")


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


def test_beam_has_its_size_and_leans_east(moment_maps):
    figure = moments.plot_moments([sky.read_sky_image(moment_maps)])
    (beam,) = [patch for patch in figure.axes[0].patches if isinstance(patch, Ellipse)]
    assert (beam.height * 60, beam.width * 60) == pytest.approx((30, 20))
    # on the sky the major axis points 40 deg from north to east: to greater RA, which is left
    vertices = beam.get_patch_transform().transform([(0, 0), (0, 1)])
    east, north = vertices[1] - vertices[0]
    assert np.degrees(np.arctan2(east, north)) == pytest.approx(40)


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
