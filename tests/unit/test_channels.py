"""The channels and the paper's channel sets."""

import pytest

from umbra.channels import (
    BANDS,
    CHANNELS,
    HI_MAPS,
    PAPER_CHANNEL_SETS,
    ChannelSet,
    channel_sets_of,
)


def test_channel_sets_are_those_of_the_paper():
    assert PAPER_CHANNEL_SETS == {
        "v": ("HI1",),
        "hi": ("HI0", "HI1", "HI2"),
        "i": ("i",),
        "urz": ("u", "r", "z"),
        "i_v": ("i", "HI1"),
        "urz_hi": ("u", "r", "z", "HI0", "HI1", "HI2"),
    }


def test_channels_by_instrument_and_unit():
    assert BANDS == ("u", "g", "r", "i", "z")
    assert HI_MAPS == ("HI0", "HI1", "HI2")
    assert tuple(CHANNELS) == BANDS + HI_MAPS
    # dispersions too
    assert [name for name, channel in CHANNELS.items() if channel.in_km_s] == ["HI1", "HI2"]
    assert [name for name, channel in CHANNELS.items() if channel.unit == "km/s"] == ["HI1", "HI2"]
    assert CHANNELS["r"].label == "SDSS r"
    assert CHANNELS["HI2"].label == "HI dispersion"


@pytest.mark.parametrize(
    ("channels", "label"),
    [
        (("u", "r", "z", "HI0", "HI1", "HI2"), "SDSS u, r, z + HI intensity, velocity, dispersion"),
        (("HI1", "i", "HI0", "g"), "SDSS i, g + HI velocity, intensity"),
        (("HI1",), "HI velocity"),
        (("z",), "SDSS z"),
    ],
)
def test_label_of_a_set(channels, label):
    assert ChannelSet("mine", channels).label == label


def test_channel_sets_of_a_mapping():
    made = channel_sets_of({"v": ["HI1"], "gri": ("g", "r", "i")})
    assert made == [ChannelSet("v", ("HI1",)), ChannelSet("gri", ("g", "r", "i"))]
