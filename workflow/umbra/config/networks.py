"""The sections of the configuration that concern networks; see `umbra.config.section`."""

from typing import Literal

from pydantic import Field, model_validator

from umbra.config.section import Section

ChannelSet = Literal["v", "hi", "i", "urz", "i_v", "urz_hi"]
Architecture = Literal["A", "B", "C", "ResNet50"]


class TrainingSettings(Section):
    """How an architecture is trained."""

    learning_rate: float = Field(1e-4, gt=0, le=1, description="Adam's initial learning rate.")
    batch_size: int = Field(32, ge=1, description="Images a step.")
    epochs: int = Field(500, ge=1, description="Greatest number of passes over the training set.")
    patience: int = Field(
        30, ge=1, description="Epochs without a better validation loss before training stops."
    )
    batch_norm_momentum: float = Field(
        0.99, gt=0, lt=1, description="Memory of batch normalisation's running moments, a step."
    )


# What a hundred images need; the defaults of the fields are for the paper's thousands.
SMALL_SAMPLE = TrainingSettings(
    learning_rate=2e-3, batch_size=32, epochs=40, patience=20, batch_norm_momentum=0.9
)


class NetworkSettings(Section):
    """Which networks are trained, and on what."""

    threads: int = Field(1, ge=1, description="Threads of one training.")
    channel_sets: list[ChannelSet] = Field(
        ["v", "hi", "i", "urz", "i_v", "urz_hi"],
        min_length=1,
        description="Sets of input channels (paper, Figure 5).",
    )
    architectures: list[Architecture] = Field(
        ["A", "B", "C", "ResNet50"],
        min_length=1,
        description="Architectures (paper, Tables 3-5).",
    )
    training: dict[Architecture, TrainingSettings] = Field(
        {
            **{name: SMALL_SAMPLE for name in ("A", "B", "C")},
            # An epoch costs fifteen times as much, so a few must do.
            "ResNet50": SMALL_SAMPLE.model_copy(update={"learning_rate": 1e-3, "epochs": 4}),
        },
        description="How each architecture is trained: here for a small sample, in little time.",
    )

    @model_validator(mode="after")
    def _every_architecture_is_trained(self):
        missing = set(self.architectures) - set(self.training)
        if missing:
            raise ValueError(f"training lacks architecture {', '.join(sorted(missing))}")
        return self
