"""Figure of moment maps: it shows the files, and can be read."""

import numpy as np
import pytest

from figure_case import assert_legible, texts
from sky_case import PIXELS, write_moment_maps, write_realisations
from umbra.figures import moments, sky


@pytest.fixture
def moment_maps(tmp_path):
    return write_moment_maps(tmp_path / "8.fits")


def test_moments_show_the_maps(moment_maps):
    realisation = sky.read_sky_image(moment_maps)
    figure = moments.plot_moments([realisation])
    panels = figure.axes[:3]
    assert [panel.get_title() for panel in panels] == [
        "HI intensity",
        "HI velocity",
        "HI dispersion",
    ]
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


def test_galaxy_without_hi_emission_is_drawn(tmp_path):
    maps = np.full((3, PIXELS, PIXELS), np.nan)
    path = write_realisations(tmp_path / "9.fits", 9, maps)
    assert_legible(moments.plot_moments([sky.read_sky_image(path)]))


def test_files_are_drawn(moment_maps, tmp_path):
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    moments.draw_moments(maps=[moment_maps], **files)
    assert all(path.stat().st_size > 5000 for path in files.values())
