"""Figures of errors: what they plot equals the table, and curves can be told apart."""

import csv
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from figure_case import RADIUS_KPC, assert_legible, lines_by_label
from umbra.errors import InputError
from umbra.figures import errors, style
from umbra.figures.catalogue import CHANNEL_NAMES, FIGURES

REPOSITORY = Path(__file__).resolve().parents[3]
PAPER = REPOSITORY / "resources" / "paper_errors.csv"


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
