"""How channels, groups of channels and channel sets are drawn, and the titles of networks."""

from collections.abc import Iterable

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
    lines_of,
)

# Channels, and groups of them that are exchanged together.
_INPUT_LOOKS = {
    "u": (BLUE, "o"),
    "g": (GREEN, "o"),
    "r": (VERMILLION, "o"),
    "i": (ORANGE, "o"),
    "z": (GREY, "o"),
    "HI0": (GREEN, "s"),
    "HI1": (PURPLE, "s"),
    "HI2": (SKY, "s"),
    "photometry": (ORANGE, "D", "--"),
    "HI": (YELLOW, "D", "--"),
}
_INPUT_LABELS = {
    **{name: channel.label for name, channel in CHANNELS.items()},
    "photometry": "all bands",
    "HI": "all HI maps",
}
INPUT_LINES = lines_of(_INPUT_LABELS, _INPUT_LOOKS)

_PAPER_LOOKS = {
    "v": (SKY, "v"),
    "hi": (BLUE, "^"),
    "i": (ORANGE, "o"),
    "urz": (VERMILLION, "s"),
    "i_v": (PURPLE, "D"),
    "urz_hi": (GREEN, "P"),
}


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
    return lines_of({one.name: one.label for one in channel_sets}, _PAPER_LOOKS)


def network_title(architecture: str, channel_set: ChannelSet) -> str:
    """Return a network in words, for the title of a figure."""
    return f"Architecture {architecture}, input {channel_set.label}"
