"""The figures: what they plot equals the tables, and they can be read."""

import csv
import re
from itertools import combinations, product
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import yaml
from astropy.io import fits
from matplotlib.colors import to_rgb
from matplotlib.patches import Ellipse
from matplotlib.text import Text

from umbra.errors import InputError
from umbra.figures import (
    errors,
    gallery,
    layout,
    moments,
    photometry,
    pipeline,
    profiles,
    sky,
    style,
)
from umbra.figures.catalogue import (
    CHANNEL_NAMES,
    FIGURES,
    PROFILE_FIGURE,
    configured,
    profile_network,
)
from umbra.files import write_rejection
from umbra.predictions import read_predictions

REPOSITORY = Path(__file__).resolve().parents[2]
CAPTIONS = REPOSITORY / "workflow" / "report"
PAPER = REPOSITORY / "resources" / "paper_errors.csv"
RADIUS_KPC = np.logspace(0, 2, 20)
PIXELS = 64
DOT = """digraph snakemake_dag {
    graph[bgcolor=white, margin=0];
    node[shape=box, style=rounded, fontname=sans,                 fontsize=10, penwidth=2];
    edge[penwidth=2, color=grey];
	0[label = "figures", color = "0.17 0.6 0.85", style="rounded"];
	1[label = "sample", color = "0.50 0.6 0.85", style="rounded"];
	2[label = "hi_cubes", color = "0.00 0.6 0.85", style="rounded"];
	3[label = "photometry", color = "0.33 0.6 0.85", style="rounded,dashed"];
	4[label = "dataset", color = "0.33 0.6 0.85", style="rounded"];
	5[label = "network", color = "0.33 0.6 0.85", style="rounded"];
	6[label = "figure_errors", color = "0.33 0.6 0.85", style="rounded"];
	7[label = "figure_profiles", color = "0.33 0.6 0.85", style="rounded"];
	8[label = "figure_pipeline", color = "0.33 0.6 0.85", style="rounded"];
	1 -> 2
	1 -> 3
	2 -> 4
	3 -> 4
	1 -> 4
	4 -> 5
	5 -> 6
	5 -> 7
	6 -> 0
	7 -> 0
	8 -> 0
	1 -> 0
}
"""


def sky_header(galaxy, realisation):
    header = fits.Header()
    header["GALAXY"], header["REALISAT"], header["DISTMPC"] = galaxy, realisation, 15.0
    header["CDELT1"], header["CDELT2"] = -16 / 3600, 16 / 3600
    header["BMAJ"], header["BMIN"], header["BPA"] = 30 / 3600, 20 / 3600, 40.0
    return header


def write_views(path, galaxy, planes):
    views = [
        fits.ImageHDU(planes.astype("float32"), sky_header(galaxy, k), name=f"R{k}")
        for k in range(2)
    ]
    fits.HDUList([fits.PrimaryHDU(), *views]).writeto(path)
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
    return write_views(tmp_path / "7.fits", 7, np.arange(1, 6)[:, None, None] * disc + noise)


@pytest.fixture
def moment_maps(tmp_path):
    """Rotating disc that recedes on its right, masked outside."""
    x, y = offsets()
    radius = np.hypot(x, y)
    maps = np.array([np.exp(-radius / 8), 150 * np.tanh(x / 5), 8 + 10 * np.exp(-radius / 5)])
    maps[:, radius > 25] = np.nan
    return write_views(tmp_path / "8.fits", 8, maps)


def error_of(architecture, channels):
    """Errors that differ between all networks."""
    number = [*style.ARCHITECTURE_LINES, *style.BASELINE_LINES].index(architecture)
    number += 0.1 * [*CHANNEL_NAMES, "catalogue"].index(channels)
    return 0.2 + 0.02 * number + 0.3 / RADIUS_KPC


def write_errors(path, networks):
    baselines = [(name, "catalogue") for name in style.BASELINE_LINES]
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["architecture", "channels", "radius_kpc", "delta_mse", "delta_mae", "bias", "n"]
        )
        for network in [*networks, *baselines]:
            for radius, error in zip(RADIUS_KPC, error_of(*network), strict=True):
                writer.writerow([*network, radius, error, 0.8 * error, 0.0, 36])
    return path


@pytest.fixture
def all_errors(tmp_path):
    networks = [(a, c) for a in style.ARCHITECTURE_LINES for c in CHANNEL_NAMES]
    return write_errors(tmp_path / "errors.csv", networks)


def true_profile(galaxy):
    return 9 + 0.01 * galaxy + 1.7 * np.log10(RADIUS_KPC)


@pytest.fixture
def predictions(tmp_path):
    path = tmp_path / "predictions.csv"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["split", "galaxy", "realisation", "radius_kpc"]
            + ["log10_mass_dm", "log10_mass_dm_predicted"]
        )
        for split, galaxy in [("val", 5), *(("test", g) for g in (40, 10, 30, 20))]:
            for view in range(3):
                for radius, true in zip(RADIUS_KPC, true_profile(galaxy), strict=True):
                    shown = "nan" if galaxy == 40 and radius < 1.1 else true
                    writer.writerow([split, galaxy, view, radius, shown, true + 0.1 * (view - 1)])
    return path


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def assert_legible(figure):
    """Nothing that is drawn, text least of all, leaves the canvas; no legend covers a panel."""
    with matplotlib.rc_context(style.RC):
        figure.draw_without_rendering()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert drawn.x0 > -0.01 and drawn.y0 > -0.01
    assert drawn.x1 < width + 0.01 and drawn.y1 < height + 0.01
    for legend, axes in product(figure.legends, figure.axes):
        assert not axes.axison or not legend.get_window_extent().overlaps(axes.bbox)


def test_photometry_shows_bands_and_composite(image):
    view = sky.read_view(image)
    figure = photometry.plot_photometry([view])
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [panel.get_title() for panel in panels][:5] == list("ugriz")
    assert len(panels) == 6
    for panel, plane in zip(panels, view.planes, strict=False):
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
    left, right, bottom, top = sky.read_view(image).extent_arcmin
    side = PIXELS * 16 / 60
    assert (left, right, bottom, top) == pytest.approx((side / 2, -side / 2, -side / 2, side / 2))


def test_scale_bar_has_its_length(image):
    figure = photometry.plot_photometry([sky.read_view(image)])
    panel = figure.axes[0]
    start, end = panel.lines[0].get_xdata()
    (text,) = [label.get_text() for label in panel.texts if "kpc" in label.get_text()]
    # 1 kpc at 15 Mpc spans 13.75 arcsec
    assert (end - start) * PIXELS * 16 == pytest.approx(float(text.split()[0]) * 13.75, rel=1e-3)


def test_moments_show_the_maps(moment_maps):
    view = sky.read_view(moment_maps)
    figure = moments.plot_moments([view])
    panels = figure.axes[:3]
    assert [panel.get_title() for panel in panels] == list(moments.TITLES)
    for panel, plane in zip(panels, view.planes, strict=True):
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
    figure = moments.plot_moments([sky.read_view(moment_maps)])
    (beam,) = [patch for patch in figure.axes[0].patches if isinstance(patch, Ellipse)]
    assert (beam.height * 60, beam.width * 60) == pytest.approx((30, 20))
    # on the sky the major axis points 40 deg from north to east: to greater RA, which is left
    vertices = beam.get_patch_transform().transform([(0, 0), (0, 1)])
    east, north = vertices[1] - vertices[0]
    assert np.degrees(np.arctan2(east, north)) == pytest.approx(40)


def test_galaxy_without_hi_emission_is_drawn(tmp_path):
    maps = np.full((3, PIXELS, PIXELS), np.nan)
    path = write_views(tmp_path / "9.fits", 9, maps)
    assert_legible(moments.plot_moments([sky.read_view(path)]))


def test_rejected_galaxy_is_named_and_the_other_drawn(image, tmp_path):
    write_rejection(tmp_path / "12.fits", "no gas cells")
    figure = photometry.plot_photometry([sky.read_view(tmp_path / "12.fits"), sky.read_view(image)])
    assert "galaxy 12 was rejected: no gas cells" in texts(figure)
    assert sum(bool(axes.images) for axes in figure.axes) == 6
    assert_legible(figure)


def lines_by_label(panel):
    return {line.get_label(): line for line in panel.lines if line.get_label()[0] != "_"}


@pytest.mark.parametrize("name", [n for n, entry in FIGURES.items() if entry.kind == "errors"])
def test_errors_equal_the_table(name, all_errors):
    fixed = FIGURES[name].fixed
    figure = errors.plot_errors(
        errors.read_errors(all_errors), fixed=fixed, quoted=errors.read_quoted(PAPER)
    )
    if "channels" in fixed:
        networks = {
            line.label: (name, fixed["channels"]) for name, line in style.ARCHITECTURE_LINES.items()
        }
    else:
        networks = {label: (fixed["architecture"], name) for name, label in CHANNEL_NAMES.items()}
    networks |= {line.label: (name, "catalogue") for name, line in style.BASELINE_LINES.items()}
    for panel, factor in zip(figure.axes, (1, 0.8), strict=True):
        lines = lines_by_label(panel)
        assert set(lines) == set(networks)
        for label, network in networks.items():
            np.testing.assert_allclose(lines[label].get_xdata(), RADIUS_KPC)
            np.testing.assert_allclose(lines[label].get_ydata(), factor * error_of(*network))
        assert panel.get_xscale() == "log"
        assert "[kpc]" in panel.get_xlabel() and "[dex]" in panel.get_ylabel()
        drawn = [
            (line.get_color(), line.get_linestyle(), line.get_marker()) for line in lines.values()
        ]
        assert len(set(drawn)) == len(drawn)
    assert "36 test images" in figure.get_suptitle()
    assert_legible(figure)


def test_quoted_values_stand_where_the_paper_puts_them(all_errors):
    curves, quoted = errors.read_errors(all_errors), errors.read_quoted(PAPER)
    figure = errors.plot_errors(curves, fixed={"channels": "urz_hi"}, quoted=quoted)
    for panel, expected in zip(
        figure.axes, ({10: 0.2, 80: 0.3, 2: 0.4}, {10: 0.15, 80: 0.2, 2: 0.25}), strict=True
    ):
        stars = [line for line in panel.lines if line.get_marker() == "*"]
        assert {s.get_xdata()[0]: s.get_ydata()[0] for s in stars} == expected
    figure = errors.plot_errors(curves, fixed={"channels": "urz"}, quoted=quoted)
    (star,) = [line for line in figure.axes[0].lines if line.get_marker() == "*"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (10, 0.23)
    figure = errors.plot_errors(curves, fixed={"channels": "v"}, quoted=quoted)
    assert not [line for line in figure.axes[0].lines if line.get_marker() == "*"]


def test_errors_show_what_exists_and_large_ones_on_a_logarithmic_axis(tmp_path):
    path = write_errors(tmp_path / "errors.csv", [("A", "i"), ("C", "i")])
    text = path.read_text().replace("A,i,1.0,", "A,i,1.0,5")
    path.write_text(text)
    figure = errors.plot_errors(errors.read_errors(path), fixed={"channels": "i"}, quoted=[])
    labels = lines_by_label(figure.axes[0])
    assert {"A", "C"} <= set(labels) and "B" not in labels
    assert figure.axes[0].get_yscale() == "log"
    assert_legible(figure)


def test_errors_of_an_untrained_network_name_the_remedy(tmp_path):
    path = write_errors(tmp_path / "errors.csv", [("A", "i")])
    with pytest.raises(InputError, match="no network with architecture B.*configuration"):
        errors.plot_errors(errors.read_errors(path), fixed={"architecture": "B"}, quoted=[])


def deuteranopia(colour):
    """Colour as a deuteranope sees it (Machado, Oliveira & Fernandes 2009, severity 1)."""
    matrix = np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    )
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour])
    return lab(np.clip(matrix @ linear, 0, 1))


def lab(linear):
    """CIELAB of linear sRGB (D65)."""
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(matrix @ linear / np.array([0.9505, 1, 1.089]) + 1e-4)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("lines", [style.ARCHITECTURE_LINES, style.CHANNEL_LINES])
def test_curves_differ_for_a_deuteranope_and_without_colour(lines):
    for first, second in combinations(lines.values(), 2):
        assert first.marker != second.marker
        seen = [deuteranopia(to_rgb(line.colour)) for line in (first, second)]
        # a difference of 2.3 in CIELAB is just noticeable; a thin line needs more
        assert np.linalg.norm(seen[0] - seen[1]) > 10
    dashes = [line.dashes for line in style.BASELINE_LINES.values()]
    assert len(set(dashes)) == len(dashes)


def test_profiles_equal_the_predictions(predictions):
    read = read_predictions(path=predictions, split="test")
    figure = profiles.plot_profiles(read, galaxies=[20, 40], architecture="B", channels="urz_hi")
    uppers, lowers = figure.axes[0::2], figure.axes[1::2]
    for galaxy, upper, lower in zip((20, 40), uppers, lowers, strict=True):
        assert upper.get_title() == f"galaxy {galaxy}"
        lines = lines_by_label(upper)
        known = np.isfinite(lines["true"].get_ydata())
        assert known.sum() == (19 if galaxy == 40 else 20)
        truth = 10 ** true_profile(galaxy)
        np.testing.assert_allclose(lines["true"].get_ydata()[known], truth[known])
        for view in range(3):
            predicted = lines[f"predicted, view {view}"].get_ydata()
            np.testing.assert_allclose(predicted, truth * 10 ** (0.1 * (view - 1)))
            difference = lower.lines[view + 1].get_ydata()[known]
            np.testing.assert_allclose(difference, 0.1 * (view - 1), atol=1e-9)
    assert "[kpc]" in lowers[0].get_xlabel()
    assert_legible(figure)


def test_profiles_of_a_single_galaxy_are_legible(predictions):
    read = read_predictions(path=predictions, split="test")
    figure = profiles.plot_profiles(read, galaxies=[20], architecture="B", channels="urz_hi")
    assert_legible(figure)


def test_profiles_of_a_number_of_galaxies_span_the_masses_of_the_test_split(predictions):
    read = read_predictions(path=predictions, split="test")
    assert profiles.choose(read, 2) == [10, 40]
    assert profiles.choose(read, 100) == [10, 20, 30, 40]
    with pytest.raises(InputError, match="figures.profile_galaxies: 5 is not a test galaxy"):
        profiles.choose(read, [5])


def test_pipeline_names_every_rule_and_joins_figures():
    figure = pipeline.plot_pipeline(DOT)
    rules = re.findall(r'label = "(\w+)"', DOT)
    named = [line for text in texts(figure) for line in text.split("\n")]
    for rule in rules:
        assert pipeline.in_words(rule) in named
    assert "figure errors\nfigure profiles" in texts(figure)
    assert_legible(figure)


def test_pipeline_boxes_hold_their_names_and_do_not_overlap():
    figure = pipeline.plot_pipeline(DOT)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    patches = [patch for patch in axes.patches if hasattr(patch, "get_boxstyle")]
    frames = [patch.get_window_extent() for patch in patches]
    assert len(frames) == len(axes.texts) == 8
    for frame, text in zip(frames, axes.texts, strict=True):
        inside = text.get_window_extent()
        assert frame.x0 < inside.x0 < inside.x1 < frame.x1
        assert frame.y0 < inside.y0 < inside.y1 < frame.y1
    assert not any(first.overlaps(second) for first, second in combinations(frames, 2))


def test_pipeline_parts():
    part = {
        "hi_cubes": "HI",
        "ski": "photometry",
        "radiative_transfer": "photometry",
        "cutout_part": "simulation and truth",
        "baseline": "dataset and networks",
        "figure_photometry": "figures and reports",
        "something_else": "other",
    }
    assert {rule: pipeline.part_of(rule) for rule in part} == part


def test_pipeline_without_rules_is_refused():
    with pytest.raises(InputError, match="rulegraph"):
        pipeline.plot_pipeline("digraph {}")


def test_layout_puts_every_node_below_its_inputs_and_drops_implied_edges():
    nodes = list("abcde")
    edges = {("a", "b"), ("b", "c"), ("a", "c"), ("d", "c"), ("c", "e"), ("a", "e")}
    kept = layout.reduced(nodes, edges)
    assert kept == {("a", "b"), ("b", "c"), ("d", "c"), ("c", "e")}
    places, routes = layout.layered(nodes, edges, width=lambda node: 1.0, space=0.5)
    for start, end in edges:
        assert places[start][1] < places[end][1]
        assert [layer for _, layer in routes[start, end]] == list(
            range(places[start][1], places[end][1] + 1)
        )
    assert places["d"][1] == places["c"][1] - 1, "a source stands just above its first use"
    for first, second in combinations(nodes, 2):
        if places[first][1] == places[second][1]:
            assert abs(places[first][0] - places[second][0]) >= 1.5 - 1e-9


def test_layout_untangles_crossed_edges():
    edges = {("a", "y"), ("b", "x")}
    places, _ = layout.layered(list("abxy"), edges, width=lambda node: 1.0, space=0.5)
    assert (places["a"][0] - places["b"][0]) * (places["y"][0] - places["x"][0]) > 0


def test_saved_files_are_the_same_every_time(all_errors, tmp_path):
    for name in ("first", "second"):
        errors.draw_errors(
            errors=all_errors,
            fixed={"architecture": "B"},
            paper=PAPER,
            pdf=tmp_path / f"{name}.pdf",
            png=tmp_path / f"{name}.png",
        )
    for suffix in ("pdf", "png"):
        first, second = (tmp_path / f"{name}.{suffix}" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
        assert len(first.read_bytes()) > 5000
    assert b"CreationDate" not in (tmp_path / "first.pdf").read_bytes()


def test_catalogue_covers_the_paper_and_its_captions_exist():
    numbers = [int(name[3:5]) for name in FIGURES]
    assert numbers == [1, 2, 3, 4, 5, *range(10, 20)]
    for entry in FIGURES.values():
        assert entry.captions
        assert all((CAPTIONS / name).read_text().strip() for name in entry.captions)


def test_catalogue_leaves_out_what_is_not_trained():
    few = configured(architectures=["A"], channel_sets=["urz_hi"])
    assert [name[:5] for name in few] == [
        "fig01",
        "fig02",
        "fig03",
        "fig04",
        "fig10",
        "fig18",
        "fig19",
    ]
    assert profile_network(architectures=["A", "B"], channel_sets=["i", "urz_hi"]) == (
        "B",
        "urz_hi",
    )
    assert profile_network(architectures=["ResNet50"], channel_sets=["i"]) == ("ResNet50", "i")
    assert PROFILE_FIGURE in few


@pytest.fixture
def gallery_inputs(tmp_path):
    figures = []
    for name, entry in FIGURES.items():
        png, pdf = tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"
        png.write_bytes(b"png")
        pdf.write_bytes(b"pdf")
        caption = "\n".join((CAPTIONS / text).read_text() for text in entry.captions)
        figures.append((entry.title, png, pdf, caption))
    return figures


def test_gallery_shows_every_figure_caption_and_the_configuration(gallery_inputs, tmp_path):
    table = tmp_path / "rejected.csv"
    table.write_text("galaxy,reason\n12,no <gas>\n")
    config = {"seed": 3, "photometry": {"engine": "embedded"}}
    output = tmp_path / "results" / "figures"
    output.mkdir(parents=True)
    (output / "old.png").touch()
    gallery.write_gallery(
        figures=gallery_inputs, config=config, output=output, tables=[("Rejected", table)]
    )
    page = (output / "index.html").read_text()
    places = [page.index(f'<img src="{name}.png"') for name in FIGURES]
    assert places == sorted(places)
    for name, entry in FIGURES.items():
        assert (output / f"{name}.png").read_bytes() == b"png"
        assert (output / f"{name}.pdf").read_bytes() == b"pdf"
        assert page.count(f'href="{name}.pdf"') == 2
        for text in entry.captions:
            caption = (CAPTIONS / text).read_text().split(". ")[0]
            assert " ".join(caption.split()) in " ".join(page.split())
    assert "no &lt;gas&gt;" in page and "1 row<" in page
    shown = re.search(r"<pre>(.*?)</pre>", page, flags=re.DOTALL)[1]
    assert yaml.safe_load(shown) == config
    assert not re.search(r"(src|href)=\"https?:", page), "the page needs nothing from elsewhere"
    assert not (output / "old.png").exists()


def test_gallery_that_fails_leaves_nothing_half_made(gallery_inputs, tmp_path):
    gallery_inputs[-1][1].unlink()
    output = tmp_path / "results" / "figures"
    with pytest.raises(FileNotFoundError):
        gallery.write_gallery(figures=gallery_inputs, config={}, output=output)
    assert list(output.parent.iterdir()) == []
