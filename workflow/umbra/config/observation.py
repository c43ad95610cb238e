"""Section ``observation``."""

from typing import ClassVar

from pydantic import Field

from umbra.config.section import Section


class RealisationSettings(Section):
    """What the distances and orientations of a galaxy's realisations depend on."""

    may_be_equal: ClassVar[frozenset[str]] = frozenset({"min_distance_mpc"})

    realisations: int = Field(3, ge=1, le=100, description="Realisations of each galaxy.")
    # Wide, but within what can be written in SKIRT's units.
    min_distance_mpc: float = Field(10.0, ge=1e-3, le=1e4, description="Nearest distance [Mpc].")
    max_distance_mpc: float = Field(20.0, ge=1e-3, le=1e4, description="Farthest distance [Mpc].")


class FieldSettings(RealisationSettings):
    """What the extent of a galaxy's images depends on."""

    field_of_view_arcmin: float = Field(
        17.2, ge=1e-2, le=3600, description="Side of the image [arcmin]."
    )


class ImageSettings(FieldSettings):
    """What a galaxy's images depend on."""

    pixels: int = Field(
        128,
        ge=32,
        le=1024,
        description="Pixels along a side of the image. Architecture A needs 127, B 95, C 87.",
    )


class ObservationSettings(ImageSettings):
    """How a galaxy is observed: each realisation has a distance and an orientation of its own."""

    distance_relative_error: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Standard deviation of ln(measured distance / distance). The images do not"
        " depend on it.",
    )
