"""How channels, groups of channels and channel sets are drawn, and how a network is called."""

from collections.abc import Iterable
from itertools import product

from umbra.channels import CHANNELS, PAPER_CHANNEL_SETS, ChannelSet
from umbra.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    LineStyle,
)

# A channel, or channels that are exchanged together.
INPUT_LINES = {
    name: LineStyle(CHANNELS[name].label, colour, marker)
    for name, colour, marker in (
        ("u", BLUE, "o"),
        ("g", GREEN, "o"),
        ("r", VERMILLION, "o"),
        ("i", ORANGE, "o"),
        ("z", GREY, "o"),
        ("HI0", GREEN, "s"),
        ("HI1", PURPLE, "s"),
        ("HI2", SKY, "s"),
    )
} | {
    "photometry": LineStyle("all bands", ORANGE, "D", "--"),
    "HI": LineStyle("all HI maps", YELLOW, "D", "--"),
}

_PAPER_LOOKS = {
    "v": (SKY, "v"),
    "hi": (BLUE, "^"),
    "i": (ORANGE, "o"),
    "urz": (VERMILLION, "s"),
    "i_v": (PURPLE, "D"),
    "urz_hi": (GREEN, "P"),
}
# Colours apart from those above for the usual colour deficiencies too; then other dashes.
_FURTHER_LOOKS = [
    (*look, dashes)
    for dashes, look in product(
        ("-", "--", "-.", ":"),
        (("#661100", "<"), ("#1B1464", ">"), ("#B8A54A", "h"), ("#004D25", "X"), ("#7B3F00", "p")),
    )
]


def channel_set_lines(channel_sets: Iterable[ChannelSet]) -> dict[str, LineStyle]:
    """Return how the curve of each channel set is drawn and named.

    Parameters
    ----------
    channel_sets : iterable of ChannelSet
        All of the run's, so that a set looks the same in all figures.

    Returns
    -------
    dict
        Name of the set -> line, in the same order. The paper's sets always look the same.
    """
    lines, further = {}, 0
    for channel_set in channel_sets:
        if channel_set.name in PAPER_CHANNEL_SETS:
            look = _PAPER_LOOKS[channel_set.name]
        else:
            look = _FURTHER_LOOKS[further % len(_FURTHER_LOOKS)]
            further += 1
        lines[channel_set.name] = LineStyle(channel_set.label, *look)
    return lines


def network_title(architecture: str, channel_set: ChannelSet) -> str:
    """Return a network in words, for the title of a figure."""
    return f"Architecture {architecture}, input {channel_set.label}"
