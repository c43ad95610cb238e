"""The channels and the paper's channel sets."""

from umbra.channels import PAPER_CHANNEL_SETS


def test_channel_sets_are_those_of_the_paper():
    assert PAPER_CHANNEL_SETS == {
        "v": ("HI1",),
        "hi": ("HI0", "HI1", "HI2"),
        "i": ("i",),
        "urz": ("u", "r", "z"),
        "i_v": ("i", "HI1"),
        "urz_hi": ("u", "r", "z", "HI0", "HI1", "HI2"),
    }
