"""Section ``sensitivity``."""

from pydantic import Field

from umbra.config.networks import Architecture, ChannelSetName
from umbra.config.section import Count, Positive, Section, SubhaloIds


class ExaminedNetwork(Section):
    """The network that is examined."""

    architecture: Architecture = Field("B", description="Architecture that is examined.")
    channels: ChannelSetName = Field("i_v", description="Channel set of the sensitivity maps.")


class MapSettings(Section):
    """How sensitivity maps are made."""

    radii_kpc: list[Positive] = Field(
        [6, 48],
        min_length=1,
        description="Maps are made for the enclosed masses nearest to these radii [kpc].",
    )
    samples: int = Field(10, ge=1, description="Noisy copies of each image (SmoothGrad).")
    noise: float = Field(
        0.1, ge=0, le=1, description="Noise of a copy, as a fraction of the range of the channel."
    )
    galaxies: SubhaloIds | Count = Field(
        2, description="Test galaxies whose maps are drawn: ids, or how many to choose."
    )


class SensitivitySettings(MapSettings, ExaminedNetwork):
    """Which pixels and channels the networks use (paper, section 5.4, and beyond it)."""

    importance_channel_sets: list[ChannelSetName] = Field(
        ["i_v", "urz_hi"],
        min_length=1,
        description="Channel sets whose channels are exchanged between galaxies, one at a time.",
    )
    permutations: int = Field(5, ge=1, description="Exchanges over which the errors are averaged.")
