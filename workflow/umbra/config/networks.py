"""Section ``networks``."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from umbra.channels import CHANNELS, PAPER_CHANNEL_SETS
from umbra.config.section import Count, Section

Architecture = Literal["A", "B", "C", "ResNet50", "SymmetricResNet"]
# Those that can take the measured distance beside the images; the paper's take images alone.
TAKE_DISTANCE: frozenset[Architecture] = frozenset({"SymmetricResNet"})
Distance = Literal["none", "measured"]
# What a baseline takes: the observables, or these and the measured distance. Tables have it where a
# network has its channel set.
BaselineInputs = Literal["catalogue", "catalogue_distance"]
# Fewer pixels leave nothing for the last layer.
MIN_PIXELS: dict[Architecture, int] = {
    "A": 127,
    "B": 95,
    "C": 87,
    "ResNet50": 32,
    "SymmetricResNet": 32,
}

ChannelName = Literal[*CHANNELS]
# It becomes part of the names of files and figures.
ChannelSetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]\w*$", max_length=40)]
ChannelNames = Annotated[tuple[ChannelName, ...], Field(min_length=1)]


def _null_is_a_channel_set(schema: dict[str, Any]) -> None:
    """Let the JSON schema allow null, and no other name than `ChannelSetName`."""
    ((pattern, channels),) = schema["patternProperties"].items()
    schema["patternProperties"] = {pattern: {"anyOf": [channels, {"type": "null"}]}}
    schema["additionalProperties"] = False


class TrainingSettings(Section):
    """How an architecture is trained."""

    learning_rate: float = Field(1e-4, gt=0, le=1, description="Adam's initial learning rate.")
    batch_size: Count = Field(32, description="Images in a step.")
    epochs: Count = Field(500, description="Largest number of passes over the training split.")
    patience: Count = Field(
        30, description="Epochs without a better validation loss before training stops."
    )
    validation_interval: Count = Field(
        1,
        description="Epochs from one validation to the next; the last one is validated too. The"
        " weights of the best validated epoch are kept.",
    )
    schedule: Literal["constant", "cosine"] = Field(
        "constant",
        description="constant: the learning rate stays; cosine: it rises in the first twentieth of"
        " all steps and falls to zero like a cosine.",
    )
    weight_decay: float = Field(
        0.0, ge=0, le=1, description="Decay of the weights in a step, over the learning rate."
    )


# What a hundred images need; the defaults of the fields are for the paper's thousands.
# An epoch has seven steps. Validations after each would take a third of the time, or more.
SMALL_SAMPLE = TrainingSettings(
    learning_rate=2e-3, batch_size=16, epochs=20, patience=20, validation_interval=4
)


class NetworkSettings(Section):
    """Which networks are trained, and with which channels."""

    threads: Count = Field(1, description="Threads of one training.")
    channel_sets: dict[ChannelSetName, ChannelNames] = Field(
        PAPER_CHANNEL_SETS,
        min_length=1,
        description="Sets of input channels by name (paper, Figure 5). Add your own, of"
        f" {', '.join(CHANNELS)}. null leaves a set out.",
        json_schema_extra=_null_is_a_channel_set,
    )
    architectures: list[Architecture] = Field(
        ["A", "B", "C", "ResNet50", "SymmetricResNet"],
        min_length=1,
        description="Architectures: the paper's (Tables 3-5), and SymmetricResNet, a residual"
        " network that treats turned and mirrored galaxies alike.",
    )
    distance: Distance = Field(
        "measured",
        description="measured: SymmetricResNet takes the measured distance beside the images; none:"
        " images alone. The paper's architectures take images alone.",
    )
    training: dict[Architecture, TrainingSettings] = Field(
        {
            **{name: SMALL_SAMPLE for name in ("A", "B", "C")},
            # An epoch costs fifteen times as much, so two must do, of more and smaller steps.
            "ResNet50": SMALL_SAMPLE.model_copy(
                update={
                    "learning_rate": 1e-3,
                    "batch_size": 8,
                    "epochs": 2,
                    "validation_interval": 1,
                }
            ),
            "SymmetricResNet": SMALL_SAMPLE.model_copy(
                update={
                    "epochs": 30,
                    "patience": 30,
                    "validation_interval": 5,
                    "schedule": "cosine",
                    "weight_decay": 0.01,
                }
            ),
        },
        description="How each architecture is trained. These values suit a small sample and little"
        " time.",
    )

    def distance_of(self, architecture: Architecture) -> Distance:
        """Return the distance that an architecture takes, if it takes any."""
        return self.distance if architecture in TAKE_DISTANCE else "none"

    @field_validator("channel_sets", mode="before")
    @classmethod
    def _null_leaves_a_set_out(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: channels for name, channels in value.items() if channels is not None}
        return value

    @model_validator(mode="after")
    def _no_set_has_a_name_of_the_baselines(self) -> Self:
        for name in set(get_args(BaselineInputs)) & self.channel_sets.keys():
            raise ValueError(
                f"channel_sets names a set {name}, which is the name of the baselines' inputs;"
                " choose another"
            )
        return self

    @model_validator(mode="after")
    def _no_channel_twice(self) -> Self:
        for name, channels in self.channel_sets.items():
            if len(set(channels)) < len(channels):
                raise ValueError(f"channel_sets.{name} names a channel twice")
        return self
