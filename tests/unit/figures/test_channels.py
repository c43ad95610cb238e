"""How channels and channel sets are drawn: the same everywhere, and apart from each other."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from figure_case import GRI, PAPER_SETS
from umbra.channels import CHANNELS, ChannelSet
from umbra.figures import style
from umbra.figures.channels import INPUT_LINES, channel_set_lines, network_title

ARCHITECTURES = ["A", "B", "C", "ResNet50", "SymmetricResNet", "Mine"]
FURTHER = [GRI, *(ChannelSet(name, (name,)) for name in ("u", "g", "r", "z"))]


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


def test_sets_of_the_paper_look_the_same_whatever_is_added():
    alone = channel_set_lines(PAPER_SETS)
    among = channel_set_lines([FURTHER[0], *PAPER_SETS, *FURTHER[1:]])
    assert {name: among[name] for name in alone} == alone
    assert list(among) == [one.name for one in [*PAPER_SETS, *FURTHER]]
    assert {name: (line.colour, line.marker) for name, line in alone.items()} == {
        "v": (style.SKY, "v"),
        "hi": (style.BLUE, "^"),
        "i": (style.ORANGE, "o"),
        "urz": (style.VERMILLION, "s"),
        "i_v": (style.PURPLE, "D"),
        "urz_hi": (style.GREEN, "P"),
    }


def test_a_further_set_looks_the_same_whatever_follows_it():
    assert channel_set_lines([*PAPER_SETS, GRI])["gri"] == channel_set_lines(FURTHER)["gri"]


def test_every_set_of_the_paper_has_a_look():
    assert [one.name for one in PAPER_SETS] == list(channel_set_lines(PAPER_SETS))


def test_labels_are_those_of_the_channels():
    lines = channel_set_lines([*PAPER_SETS, GRI])
    assert lines["gri"].label == "SDSS g, r, i"
    assert lines["i_v"].label == "SDSS i + HI velocity"
    assert {name: INPUT_LINES[name].label for name in CHANNELS} == {
        name: channel.label for name, channel in CHANNELS.items()
    }
    assert network_title("C", GRI) == "Architecture C, input SDSS g, r, i"


@pytest.mark.parametrize(
    "lines", [style.architecture_lines(ARCHITECTURES), channel_set_lines([*PAPER_SETS, *FURTHER])]
)
def test_curves_differ_for_a_deuteranope_and_without_colour(lines):
    for first, second in combinations(lines.values(), 2):
        assert first.marker != second.marker
        seen = [deuteranopia(to_rgb(line.colour)) for line in (first, second)]
        # a difference of 2.3 in CIELAB is just noticeable; a thin line needs more
        assert np.linalg.norm(seen[0] - seen[1]) > 10


def test_architectures_of_the_paper_look_the_same_whatever_is_added():
    lines = style.architecture_lines(["Mine", "C", "A", "Other"])
    assert list(lines) == ["A", "C", "Mine", "Other"]
    assert (lines["A"].colour, lines["C"].colour) == (style.BLUE, style.GREEN)
    assert lines["Mine"].label == "Mine"


def test_every_channel_and_group_has_a_look_of_its_own():
    assert set(INPUT_LINES) == {*CHANNELS, "photometry", "HI"}
    looks = {(line.colour, line.marker, line.dashes) for line in INPUT_LINES.values()}
    assert len(looks) == len(INPUT_LINES)


def test_names_without_a_look_get_a_further_one():
    lines = style.lines_of({"y": "SDSS y", "u": "SDSS u"}, {"u": (style.BLUE, "o")})
    assert lines["u"] == style.LineStyle("SDSS u", style.BLUE, "o")
    assert lines["y"].label == "SDSS y"
    assert lines["y"].colour != style.BLUE and lines["y"].marker


def test_baselines_differ_without_colour():
    dashes = [line.dashes for line in style.BASELINE_LINES.values()]
    assert len(set(dashes)) == len(dashes)


def test_even_many_sets_are_drawn_each_in_its_own_way():
    many = [ChannelSet(f"set_{number}", ("u",)) for number in range(20)]
    lines = channel_set_lines([*PAPER_SETS, *many]).values()
    assert len({(line.colour, line.marker, line.dashes) for line in lines}) == 26
