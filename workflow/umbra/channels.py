"""The eight channels of an image: names, units, kinds and labels.

Channel sets are named in the configuration (``networks.channel_sets``). Masked pixels of the HI
maps are NaN.
"""

from collections.abc import Mapping, Sequence
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
    instrument : {"SDSS", "HI"}
        What observes it.
    short_label : str
        Its name among the channels of that instrument.
    """

    name: str
    unit: str
    kind: Literal["flux", "intensity", "velocity", "dispersion"]
    instrument: Literal["SDSS", "HI"]
    short_label: str

    @property
    def label(self) -> str:
        """The channel as figures and captions call it."""
        return f"{self.instrument} {self.short_label}"

    @property
    def in_km_s(self) -> bool:
        """Whether the pixels are velocities or dispersions [km/s], and not fluxes."""
        return self.kind in ("velocity", "dispersion")


CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        *(Channel(band, "nanomaggy", "flux", "SDSS", band) for band in "ugriz"),
        Channel("HI0", "Jy/beam km/s", "intensity", "HI", "intensity"),
        Channel("HI1", "km/s", "velocity", "HI", "velocity"),
        Channel("HI2", "km/s", "dispersion", "HI", "dispersion"),
    )
}
BANDS = tuple(name for name, channel in CHANNELS.items() if channel.instrument == "SDSS")
HI_MAPS = tuple(name for name, channel in CHANNELS.items() if channel.instrument == "HI")

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
        """The set in words: "SDSS u, r, z + HI intensity, velocity, dispersion"."""
        short_labels = {
            instrument: [CHANNELS[name].short_label for name in self.channels if name in known]
            for instrument, known in (("SDSS", BANDS), ("HI", HI_MAPS))
        }
        return " + ".join(
            f"{one} {', '.join(names)}" for one, names in short_labels.items() if names
        )


def channel_sets_of(sets: Mapping[str, Sequence[str]]) -> list[ChannelSet]:
    """Return channel sets as objects.

    Parameters
    ----------
    sets : mapping
        Channel set -> its channels, keys of `CHANNELS`.

    Returns
    -------
    list of ChannelSet
        In the order of the mapping.
    """
    return [ChannelSet(name, tuple(channels)) for name, channels in sets.items()]
