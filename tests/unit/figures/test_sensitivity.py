"""Figure of sensitivity maps: it shows the maps over their images, and can be read."""

import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.patches import Circle

from figure_case import assert_legible, network, texts
from umbra.evaluation.sensitivity.maps import Maps, write_maps
from umbra.figures import sensitivity

RADII_KPC = (5.5, 48.3)
NETWORK = network("i_v")


def make_maps(galaxies=2):
    rng = np.random.default_rng(0)
    rows = 2 * galaxies
    images = rng.normal(size=(rows, 32, 32, 2)).astype(np.float32)
    images[:, :4, :, 1] = np.nan
    maps = rng.normal(size=(rows, 2, 32, 32, 2)).astype(np.float32)
    maps[:, :, :4, :, 1] = 0
    return Maps(
        maps=maps,
        images=images,
        galaxy=np.repeat(np.arange(galaxies)[::-1] + 40, 2),
        realisation=np.tile([0, 1], galaxies),
        distance_mpc=10.0 + np.arange(rows),
        radius_kpc=np.array(RADII_KPC),
        channels=("i", "HI1"),
        field_of_view_arcmin=17.2,
    )


def overlays(figure):
    """Return the maps that are drawn, by panel: the second image of each."""
    panels = [axes for axes in figure.axes if len(axes.findobj(AxesImage)) == 2]
    return panels, [panel.findobj(AxesImage)[1].get_array() for panel in panels]


def test_maps_lie_over_their_images():
    maps = make_maps()
    figure = sensitivity.plot_sensitivity(maps, **NETWORK)
    panels, drawn = overlays(figure)
    assert len(panels) == 8
    for index, (panel, shown) in enumerate(zip(panels, drawn, strict=True)):
        place, across = divmod(index, 4)
        row, number = 2 * (across // 2), across % 2  # the first realisation of each galaxy
        np.testing.assert_array_equal(shown, np.abs(maps.maps[row, place, :, :, number]))
        image = panel.findobj(AxesImage)[0].get_array()
        masked = np.isnan(maps.images[row, :, :, number])
        np.testing.assert_array_equal(np.ma.getmaskarray(image), masked)
        name = f"galaxy {maps.galaxy[row]}, {maps.distance_mpc[row]:.1f} Mpc"
        assert panel.get_title().startswith(name) == (place == 0)
        assert panel.get_xlim() == (8.6, -8.6)
        (circle,) = panel.findobj(Circle)
        expected = np.degrees(RADII_KPC[place] / (maps.distance_mpc[row] * 1e3)) * 60
        assert circle.get_radius() == pytest.approx(expected)
    assert "Architecture B, input SDSS i + HI velocity" in texts(figure)
    assert_legible(figure)


def test_green_is_clear_where_there_is_no_sensitivity():
    colours = sensitivity._GREENS
    assert colours(0.0)[3] == 0
    assert colours(1.0)[3] == 1
    red, green, blue, _ = colours(1.0)
    assert green > 0.5 > red + blue


@pytest.mark.parametrize("galaxies", [1, 3])
def test_maps_of_any_number_of_galaxies_are_legible(galaxies):
    figure = sensitivity.plot_sensitivity(make_maps(galaxies), **NETWORK)
    assert len(overlays(figure)[0]) == 4 * galaxies
    assert_legible(figure)


def test_map_without_sensitivity_can_be_drawn(tmp_path):
    maps = make_maps(1)
    maps.maps[:] = 0
    maps.images[..., 1] = np.nan
    write_maps(maps=maps, output=tmp_path / "maps.hdf5")
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    sensitivity.draw_sensitivity(maps=tmp_path / "maps.hdf5", **NETWORK, **files)
    assert all(path.stat().st_size > 1000 for path in files.values())
