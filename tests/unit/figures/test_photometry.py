"""Figure of images: it shows the files, and can be read."""

import numpy as np
import pytest

from figure_case import assert_legible, texts
from sky_case import PIXELS, write_image
from umbra.channels import BANDS
from umbra.figures import photometry, sky


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / "7.fits")


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
    planes[BANDS.index("i"), 10:14, 10:14] = 100
    planes[BANDS.index("g"), 20:24, 20:24] = 100
    colours = photometry.colour_composite(planes)
    red, _, blue = colours[12, 12]
    assert red > 50 and blue == 0
    red, _, blue = colours[22, 22]
    assert blue > 50 and red == 0


def test_files_are_drawn(image, tmp_path):
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    photometry.draw_photometry(images=[image], **files)
    assert all(path.stat().st_size > 5000 for path in files.values())
