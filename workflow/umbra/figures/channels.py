"""How channels, groups of channels and channel sets are drawn, and the titles of networks."""

from collections.abc import Iterable
from itertools import cycle, product

from umbra.channels import CHANNELS, ChannelSet
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
# Colours that differ from those above, also with the usual colour deficiencies. After five sets
# they repeat, with other dashes.
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
        Name of the set -> line: the paper's sets in its order, then the others in theirs. The
        paper's sets always look the same.
    """
    labels = {one.name: one.label for one in channel_sets}
    further = [name for name in labels if name not in _PAPER_LOOKS]
    looks = _PAPER_LOOKS | dict(zip(further, cycle(_FURTHER_LOOKS), strict=False))
    return {name: LineStyle(labels[name], *look) for name, look in looks.items() if name in labels}


def network_title(architecture: str, channel_set: ChannelSet) -> str:
    """Return a network in words, for the title of a figure."""
    return f"Architecture {architecture}, input {channel_set.label}"
