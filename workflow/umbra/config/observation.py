"""Section ``observation``."""

from pydantic import Field, model_validator

from umbra.config.section import Positive, Section


class ObservationSettings(Section):
    """How a galaxy is looked at."""

    realisations: int = Field(3, ge=1, le=100, description="Views of each galaxy.")
    min_distance_mpc: Positive = Field(10.0, description="Nearest distance [Mpc].")
    max_distance_mpc: Positive = Field(20.0, description="Farthest distance [Mpc].")
    field_of_view_arcmin: Positive = Field(17.2, description="Side of the image [arcmin].")
    pixels: int = Field(
        128,
        ge=127,
        le=1024,
        description="Pixels along a side of the image; fewer are too few for the networks' layers.",
    )

    @model_validator(mode="after")
    def _distances_in_order(self):
        if self.min_distance_mpc > self.max_distance_mpc:
            raise ValueError("min_distance_mpc must not exceed max_distance_mpc")
        return self
