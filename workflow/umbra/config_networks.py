"""The sections of the configuration that concern networks; see `umbra.config_sections`."""

from typing import Literal

from pydantic import Field, model_validator

from umbra.config_sections import Count, Positive, Section, SubhaloIds

ChannelSet = Literal["v", "hi", "i", "urz", "i_v", "urz_hi"]
Architecture = Literal["A", "B", "C", "ResNet50"]


class Training(Section):
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
SMALL_SAMPLE = Training(
    learning_rate=2e-3, batch_size=32, epochs=40, patience=20, batch_norm_momentum=0.9
)


class Networks(Section):
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
    training: dict[Architecture, Training] = Field(
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


class Ensemble(Section):
    """Uncertainties of the predictions (paper, section 5.3, and beyond it)."""

    architecture: Architecture = Field(
        "B", description="Architecture of the members, trained as networks.training says."
    )
    channel_sets: list[ChannelSet] = Field(
        ["urz", "urz_hi"], min_length=1, description="Sets of input channels."
    )
    members: int = Field(
        6, ge=2, le=10000, description="Networks of the bootstrap, each on resampled galaxies."
    )
    gaussian_members: int = Field(
        3, ge=1, le=10000, description="Networks that predict mean and covariance of the profile."
    )
    members_per_job: int = Field(
        10, ge=1, description="Members that one job trains; it changes no result."
    )
    max_failed_fraction: float = Field(
        0.1, ge=0, le=1, description="The run fails when the training of a larger fraction failed."
    )
    samples: int = Field(
        1000, ge=100, le=100000, description="Profiles drawn from the Gaussian of each image."
    )


class Sensitivity(Section):
    """What the networks look at (paper, section 5.4, and beyond it)."""

    architecture: Architecture = Field("B", description="Architecture that is examined.")
    channels: ChannelSet = Field("i_v", description="Channel set of the sensitivity maps.")
    radii_kpc: list[Positive] = Field(
        [6, 48], min_length=1, description="The enclosed masses nearest these radii [kpc]."
    )
    samples: int = Field(10, ge=1, description="Noisy copies of each image (SmoothGrad).")
    noise: float = Field(
        0.1, ge=0, le=1, description="Noise of a copy, as a fraction of the range of the channel."
    )
    galaxies: SubhaloIds | Count = Field(
        2, description="Test galaxies whose maps are drawn: ids, or how many to draw."
    )
    importance_channel_sets: list[ChannelSet] = Field(
        ["i_v", "urz_hi"],
        min_length=1,
        description="Channel sets whose channels are exchanged between galaxies, one at a time.",
    )
    permutations: int = Field(5, ge=1, description="Exchanges that are averaged.")
