"""Section ``ensemble``."""

from pydantic import Field

from umbra.config.networks import Architecture, ChannelSetName
from umbra.config.section import Section


class EnsembleSettings(Section):
    """Uncertainties of the predictions (paper, section 5.3, and beyond it)."""

    architecture: Architecture = Field(
        "SymmetricResNet",
        description="Architecture of the members, trained as in networks.training.",
    )
    channel_sets: list[ChannelSetName] = Field(
        ["hi", "urz", "urz_hi"],
        min_length=1,
        description="Sets of input channels. A galaxy of yours is seen by the networks of the"
        " largest set that its data allow.",
    )
    members: int = Field(
        3,
        ge=2,
        le=10000,
        description="Networks of the bootstrap, each trained on resampled galaxies.",
    )
    gaussian_members: int = Field(
        2,
        ge=1,
        le=10000,
        description="Networks that predict the mean of the profile and learn its covariance.",
    )
    members_per_job: int = Field(
        10, ge=1, description="Members that one job trains. This changes no result."
    )
    max_failed_fraction: float = Field(
        0.1,
        ge=0,
        le=1,
        description="The run fails when the training of a larger fraction of the members failed.",
    )
    samples: int = Field(
        1000, ge=100, le=100000, description="Profiles drawn from the Gaussian of each image."
    )
