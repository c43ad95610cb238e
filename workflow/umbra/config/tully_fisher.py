"""Section ``tully_fisher``."""

from pydantic import Field

from umbra.config.networks import Architecture, ChannelSetName
from umbra.config.section import Section


class TullyFisherSettings(Section):
    """Rotation velocities by a network and by the Tully-Fisher relation (paper, section 5.5)."""

    architecture: Architecture = Field(
        "SymmetricResNet", description="Architecture of the network."
    )
    channels: ChannelSetName = Field("urz_hi", description="Channel set of the network.")
