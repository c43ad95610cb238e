"""Section ``learning_curve``."""

from typing import Annotated

from pydantic import Field

from umbra.config.networks import Architecture, ChannelSetName
from umbra.config.section import Section

Percent = Annotated[int, Field(ge=1, le=99)]


class LearningCurveSettings(Section):
    """How errors fall with the number of training galaxies: the target results/learning_curve."""

    percents: list[Percent] = Field(
        [25, 50],
        min_length=1,
        description="Shares of the training galaxies [%]; each share contains the smaller ones. The"
        " whole training split is always the last.",
    )
    architectures: list[Architecture] = Field(
        ["B", "SymmetricResNet"], min_length=1, description="Architectures that are trained."
    )
    channel_sets: list[ChannelSetName] = Field(
        ["urz_hi"], min_length=1, description="Their sets of input channels."
    )
