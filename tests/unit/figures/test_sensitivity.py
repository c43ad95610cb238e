"""Figures of what networks look at: they show what maps and tables say, and can be read."""

import csv

import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.patches import Circle

from figure_case import RADIUS_KPC, assert_legible, lines_by_label, texts
from umbra.errors import InputError
from umbra.evaluation.sensitivity.maps import Maps, write_maps
from umbra.evaluation.sensitivity.spread import Spread, write_spread
from umbra.figures import importance, sensitivity, sensitivity_radius

RADII_KPC = (5.5, 48.3)
NETWORK = {"architecture": "B", "channels": "i_v"}


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
    figure = sensitivity.plot_maps(maps, **NETWORK)
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
    assert_legible(figure)


def test_green_is_clear_where_there_is_no_sensitivity():
    colours = sensitivity._GREENS
    assert colours(0.0)[3] == 0
    assert colours(1.0)[3] == 1
    red, green, blue, _ = colours(1.0)
    assert green > 0.5 > red + blue


@pytest.mark.parametrize("galaxies", [1, 3])
def test_maps_of_any_number_of_galaxies_are_legible(galaxies):
    figure = sensitivity.plot_maps(make_maps(galaxies), **NETWORK)
    assert len(overlays(figure)[0]) == 4 * galaxies
    assert_legible(figure)


def test_map_without_sensitivity_can_be_drawn(tmp_path):
    maps = make_maps(1)
    maps.maps[:] = 0
    maps.images[..., 1] = np.nan
    write_maps(maps=maps, output=tmp_path / "maps.hdf5")
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    sensitivity.draw_maps(maps=tmp_path / "maps.hdf5", **NETWORK, **files)
    assert all(path.stat().st_size > 1000 for path in files.values())


@pytest.fixture
def tables(tmp_path):
    """Tables of three galaxies whose sensitivity for the larger radius lies farther out."""
    r_kpc = np.linspace(1, 60, 30)
    scale = np.array([10.0, 12.0, 14.0])[:, None, None, None] * np.array([1, 2])[:, None, None]
    fraction = (1 - np.exp(-r_kpc / scale)) * np.ones((1, 1, 2, 1))
    half = scale[..., 0] * np.log(2) * np.ones((1, 1, 2))
    spread = Spread(
        galaxy=np.arange(3),
        r_kpc=r_kpc,
        fraction=fraction,
        half_kpc=half,
        fraction_pixels=np.broadcast_to((r_kpc / 60) ** 2, (3, 2, 30)),
        half_pixels_kpc=np.full((3, 2), 42.4),
    )
    paths = {"table": tmp_path / "radii.csv", "half_radii": tmp_path / "half.csv"}
    write_spread(spread=spread, radius_kpc=RADII_KPC, channels=("i", "HI1"), **paths)
    return paths, fraction


def test_reach_equals_the_tables(tables, tmp_path):
    paths, fraction = tables
    figure = sensitivity_radius.plot_reach(sensitivity_radius.read_reach(**paths), **NETWORK)
    assert [panel.get_title() for panel in figure.axes] == ["SDSS i", "HI velocity"]
    for panel in figure.axes:
        near, far, pixels = lines_by_label(panel).items()
        for place, (label, line) in enumerate((near, far)):
            expected = fraction[:, place, 0].mean(axis=0)
            np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-6)
            half = 12 * (1 + place) * np.log(2)
            error = 2 * (1 + place) * np.log(2) / np.sqrt(3)
            assert label.endswith(f": {half:.1f} ± {error:.1f} kpc")
        np.testing.assert_allclose(
            pixels[1].get_ydata(), (near[1].get_xdata() / 60) ** 2, atol=1e-5
        )
        assert pixels[0] == "unmasked pixels: 42.4 kpc"
    assert "3 test galaxies" in " ".join(texts(figure))
    assert_legible(figure)
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    sensitivity_radius.draw_reach(**paths, **NETWORK, **files)
    assert all(path.stat().st_size > 1000 for path in files.values())


def test_foreign_table_of_reach_is_refused_by_name(tables):
    paths, _ = tables
    with pytest.raises(InputError, match=r"half\.csv: not a table of sensitivity"):
        sensitivity_radius.read_reach(table=paths["half_radii"], half_radii=paths["half_radii"])


IMPORTANCE_COLUMNS = (
    *("architecture", "channels", "replaced", "radius_kpc"),
    *("delta_mse", "standard_deviation", "baseline_delta_mse"),
)


def write_importance(path, replaced, deviation=0.01):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(IMPORTANCE_COLUMNS)
        for channels, names in replaced.items():
            for place, name in enumerate(names):
                for radius in RADIUS_KPC:
                    error = 0.1 + 0.05 * place + 0.001 * radius
                    row = ["B", channels, name, f"{radius:.10g}", error, deviation, 0.1]
                    writer.writerow(row)


REPLACED = {
    "i_v": ("i", "HI1"),
    "urz_hi": ("u", "r", "z", "HI0", "HI1", "HI2", "photometry", "HI"),
}


def test_importance_equals_the_table(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, REPLACED)
    networks = importance.read_importance(path)
    assert list(networks) == [("B", "i_v"), ("B", "urz_hi")]
    figure = importance.plot_importance(networks)
    for panel, names in zip(figure.axes, REPLACED.values(), strict=True):
        lines = lines_by_label(panel)
        assert len(lines) == len(names) + 1
        for place, line in enumerate(list(lines.values())[:-1]):
            np.testing.assert_allclose(line.get_xdata(), RADIUS_KPC)
            expected = 0.1 + 0.05 * place + 0.001 * RADIUS_KPC
            np.testing.assert_allclose(line.get_ydata(), expected)
        np.testing.assert_allclose(lines["nothing exchanged"].get_ydata(), 0.1)
    assert "all HI maps" in texts(figure)
    assert_legible(figure)


def test_importance_of_one_network_exchanged_once_is_legible(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, {"urz_hi": REPLACED["urz_hi"]}, deviation="nan")
    assert_legible(importance.plot_importance(importance.read_importance(path)))
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    importance.draw_importance(importance=path, **files)
    assert all(path.stat().st_size > 1000 for path in files.values())


def test_curves_of_a_panel_can_be_told_apart(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, REPLACED)
    figure = importance.plot_importance(importance.read_importance(path))
    for panel in figure.axes:
        looks = [(line.get_color(), line.get_linestyle()) for line in panel.lines]
        assert len(set(looks)) == len(looks)


def test_bad_tables_of_importance_are_refused_by_name(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, {})
    with pytest.raises(InputError, match=r"importance\.csv: no line at all"):
        importance.read_importance(path)
    path.write_text("architecture,channels\nB,i_v\n")
    with pytest.raises(InputError, match=r"importance\.csv: no column 'radius_kpc'"):
        importance.read_importance(path)
