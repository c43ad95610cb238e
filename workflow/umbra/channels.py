"""The eight channels of an image: names, units, kinds and labels.

Channel sets are named in the configuration (``networks.channel_sets``). Masked pixels of the HI
maps are NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Channel:
    """One channel of an image.

    Parameters
    ----------
    name : str
        As in the dataset and the configuration.
    unit : str
        Unit of its pixels.
    kind : {"flux", "intensity", "velocity", "dispersion"}
        ``flux``: light in an SDSS band; the others are the moments 0, 1 and 2 of the HI cube.
    label : str
        As figures and captions call it.
    """

    name: str
    unit: str
    kind: Literal["flux", "intensity", "velocity", "dispersion"]
    label: str

    @property
    def is_velocity(self) -> bool:
        """Whether the pixels are velocities [km/s]; else they are fluxes, which are positive."""
        return self.unit == "km/s"


CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        *(Channel(band, "nanomaggy", "flux", f"SDSS {band}") for band in "ugriz"),
        Channel("HI0", "Jy/beam km/s", "intensity", "HI intensity"),
        Channel("HI1", "km/s", "velocity", "HI velocity"),
        Channel("HI2", "km/s", "dispersion", "HI dispersion"),
    )
}
BANDS = tuple(name for name, channel in CHANNELS.items() if channel.kind == "flux")
HI_MAPS = tuple(name for name in CHANNELS if name not in BANDS)

# de los Rios et al. 2023, Figure 5
PAPER_CHANNEL_SETS: dict[str, tuple[str, ...]] = {
    "v": ("HI1",),
    "hi": ("HI0", "HI1", "HI2"),
    "i": ("i",),
    "urz": ("u", "r", "z"),
    "i_v": ("i", "HI1"),
    "urz_hi": ("u", "r", "z", "HI0", "HI1", "HI2"),
}


@dataclass(frozen=True)
class ChannelSet:
    """A named set of input channels.

    Parameters
    ----------
    name : str
        Its key in ``networks.channel_sets``, part of file names.
    channels : tuple of str
        Keys of `CHANNELS`.
    """

    name: str
    channels: tuple[str, ...]

    @property
    def label(self) -> str:
        """The set in words."""
        return describe(self.channels)


def describe(channels: Sequence[str]) -> str:
    """Return a channel set in words: "SDSS u, r, z + HI intensity, velocity, dispersion".

    Parameters
    ----------
    channels : sequence of str
        Keys of `CHANNELS`.

    Returns
    -------
    str
    """
    return " + ".join(
        f"{instrument} {', '.join(CHANNELS[name].label.split()[1] for name in names)}"
        for instrument, known in (("SDSS", BANDS), ("HI", HI_MAPS))
        if (names := [name for name in channels if name in known])
    )


def check_channels(channels: Sequence[str]) -> None:
    """Raise ValueError if a name is none of `CHANNELS`."""
    unknown = [name for name in channels if name not in CHANNELS]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: the channels are {', '.join(CHANNELS)}")
