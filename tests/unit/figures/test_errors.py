"""Figures of errors: what they plot equals the table, and curves can be told apart."""

from pathlib import Path

import numpy as np
import pytest

from figure_case import (
    GRI,
    PAPER_SETS,
    RADIUS_KPC,
    assert_legible,
    lines_by_label,
    texts,
    write_csv,
)
from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet
from umbra.errors import InputError
from umbra.evaluation.metrics import METRIC_COLUMNS
from umbra.figures import errors, style
from umbra.figures.catalogue import configured

REPOSITORY = Path(__file__).resolve().parents[3]
PAPER = REPOSITORY / "resources" / "paper_errors.csv"
SETS = [*PAPER_SETS, GRI]
ARCHITECTURES = ("A", "B", "C", "ResNet50", "SymmetricResNet")
FIGURES = {
    name: entry
    for name, entry in configured(
        architectures=ARCHITECTURES,
        channel_sets={one.name: one.channels for one in SETS},
    ).items()
    if entry.kind == "errors"
}


def error_of(architecture, channels):
    """Errors that differ between all networks."""
    known = [*ARCHITECTURES, "Mine", *dict.fromkeys(name for name, _ in style.BASELINE_LINES)]
    number = known.index(architecture)
    inputs = ("catalogue", "catalogue_distance")
    number += 0.1 * [*(one.name for one in SETS), *inputs].index(channels)
    return 0.2 + 0.02 * number + 0.3 / RADIUS_KPC


def write_errors(path, networks):
    rows = [
        [*network, radius, error, 0.1 * error, 0.8 * error, 0.05 * error, 0.0, 0.5, 36]
        for network in [*networks, *style.BASELINE_LINES]
        for radius, error in zip(RADIUS_KPC, error_of(*network), strict=True)
    ]
    return write_csv(path, METRIC_COLUMNS, rows)


def label_of(fixed, channel_sets=SETS):
    labels = {one.name: one.label for one in channel_sets}
    return fixed.get("architecture") or labels[fixed["channels"]]


def plot(path, fixed, *, channel_sets=SETS):
    return errors.plot_errors(
        errors.read_errors(path),
        fixed=fixed,
        label=label_of(fixed, channel_sets),
        channel_sets=channel_sets,
        quoted=errors.read_quoted(PAPER),
    )


def stars(panel):
    """Radius and value of each mark of the paper, by colour."""
    found = [line for line in panel.lines if line.get_marker() == "*"]
    return {(line.get_xdata()[0], line.get_ydata()[0]): line.get_color() for line in found}


@pytest.fixture
def all_errors(tmp_path):
    networks = [(a, one.name) for a in ARCHITECTURES for one in SETS]
    return write_errors(tmp_path / "errors.csv", networks)


@pytest.mark.parametrize("name", FIGURES)
def test_errors_equal_the_table(name, all_errors):
    fixed = FIGURES[name].fixed
    figure = plot(all_errors, fixed)
    assert FIGURES[name].label == label_of(fixed)
    if "channels" in fixed:
        networks = {name: (name, fixed["channels"]) for name in ARCHITECTURES}
        (label,) = (one.label for one in SETS if one.name == fixed["channels"])
        assert figure.get_suptitle() == f"Input: {label} (36 test images)"
    else:
        networks = {one.label: (fixed["architecture"], one.name) for one in SETS}
        assert "SDSS g, r, i" in networks
        expected = f"Architecture {fixed['architecture']} (36 test images)"
        assert figure.get_suptitle() == expected
    networks |= {line.label: key for key, line in style.BASELINE_LINES.items()}
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
        # A band of one standard deviation for each network: 0.1 and 0.05 in the table.
        own = [key for key in networks.values() if key not in style.BASELINE_LINES]
        share = {1: 0.1, 0.8: 0.05 / 0.8}[factor]
        for band, key in zip(panel.collections, own, strict=True):
            expected = factor * error_of(*key)
            edges = [(1 - share) * expected.min(), (1 + share) * expected.max()]
            extents = band.get_paths()[0].get_extents()
            np.testing.assert_allclose([extents.y0, extents.y1], edges)
    assert_legible(figure)


def test_quoted_values_stand_where_the_paper_puts_them(all_errors):
    figure = plot(all_errors, {"channels": "urz_hi"})
    for panel, expected in zip(
        figure.axes,
        ({(10, 0.2), (80, 0.3), (2, 0.4)}, {(10, 0.15), (80, 0.2), (2, 0.25)}),
        strict=True,
    ):
        assert stars(panel) == dict.fromkeys(expected, style.BLACK)
    assert set(stars(plot(all_errors, {"channels": "urz"}).axes[0])) == {(10, 0.23)}
    for name in ("v", "gri"):
        figure = plot(all_errors, {"channels": name})
        assert stars(figure.axes[0]) == {} and "Paper" not in texts(figure)


def test_quoted_values_have_the_colour_of_their_input(all_errors):
    panel = plot(all_errors, {"architecture": "B"}).axes[0]
    line = lines_by_label(panel)["SDSS u, r, z"]
    assert stars(panel)[10, 0.23] == line.get_color()
    assert len(stars(panel)) == 4


def test_quoted_values_are_left_out_for_other_channels_under_a_name_of_the_paper(all_errors):
    other = {**PAPER_CHANNEL_SETS, "urz": ("u", "g")}
    sets = [ChannelSet(name, channels) for name, channels in other.items()]
    figure = plot(all_errors, {"channels": "urz"}, channel_sets=sets)
    assert stars(figure.axes[0]) == {}
    assert figure.get_suptitle().startswith("Input: SDSS u, g ")


def test_errors_show_what_exists_and_large_ones_on_a_logarithmic_axis(tmp_path):
    path = write_errors(tmp_path / "errors.csv", [("A", "i"), ("C", "i")])
    path.write_text(path.read_text().replace("A,i,1.0,", "A,i,1.0,5"))
    figure = plot(path, {"channels": "i"})
    labels = lines_by_label(figure.axes[0])
    assert {"A", "C"} <= set(labels) and "B" not in labels
    assert figure.axes[0].get_yscale() == "log"
    assert_legible(figure)


def test_an_architecture_of_the_user_is_drawn_after_those_of_the_paper(tmp_path):
    path = write_errors(tmp_path / "errors.csv", [("Mine", "i"), ("A", "i"), ("Mine", "v")])
    panel = plot(path, {"channels": "i"}).axes[0]
    networks = [name for name in lines_by_label(panel) if name in ("A", "Mine")]
    assert networks == ["A", "Mine"]
    np.testing.assert_allclose(
        lines_by_label(panel)["Mine"].get_ydata(), error_of("Mine", "i"), rtol=1e-5
    )


@pytest.mark.parametrize("fixed", [{"architecture": "B"}, {"channels": "v"}])
def test_errors_of_an_untrained_network_name_the_remedy(tmp_path, fixed):
    path = write_errors(tmp_path / "errors.csv", [("A", "i")])
    ((column, value),) = fixed.items()
    with pytest.raises(InputError, match=f"no network with {column} {value}.*configuration"):
        plot(path, fixed)


def test_saved_files_are_the_same_every_time(all_errors, tmp_path):
    for name in ("first", "second"):
        errors.draw_errors(
            errors=all_errors,
            fixed={"architecture": "B"},
            label="B",
            channel_sets=SETS,
            paper=PAPER,
            pdf=tmp_path / f"{name}.pdf",
            png=tmp_path / f"{name}.png",
        )
    for suffix in ("pdf", "png"):
        first, second = (tmp_path / f"{name}.{suffix}" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
        assert len(first.read_bytes()) > 5000
    assert b"CreationDate" not in (tmp_path / "first.pdf").read_bytes()
