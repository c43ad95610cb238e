"""Section ``rotation_curve``."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from umbra.config.networks import Architecture, ChannelSetName
from umbra.config.section import Count, Positive, Section, SubhaloIds


class RingSettings(Section):
    """Tilted rings that 3DBAROLO fits to the HI cube."""

    inclination: Literal["free"] | Annotated[float, Field(ge=0, le=90)] = Field(
        "free", description="free, or a fixed inclination [deg]."
    )
    min_inclination_deg: float = Field(
        20, ge=0, le=90, description="A disc closer to face-on cannot be deprojected [deg]."
    )
    max_inclination_deg: float = Field(
        85, ge=0, le=90, description="A disc closer to edge-on cannot be deprojected [deg]."
    )
    inclination_range_deg: Positive = Field(
        15, description="How far a free inclination may go from its first guess [deg]."
    )
    max_rings: int = Field(
        12, ge=3, description="Largest number of rings; a larger disc gets wider rings."
    )
    min_ring_fraction: float = Field(
        0.5, ge=0, le=1, description="Smallest fraction of the rings that must be fitted."
    )

    @model_validator(mode="after")
    def _fixed_inclination_is_in_range(self) -> Self:
        if self.inclination != "free" and not (
            self.min_inclination_deg <= self.inclination <= self.max_inclination_deg
        ):
            raise ValueError(
                f"inclination ({self.inclination:g}) must lie between min_inclination_deg"
                f" ({self.min_inclination_deg:g}) and max_inclination_deg"
                f" ({self.max_inclination_deg:g})"
            )
        return self


Halo = Literal["nfw", "contracted", "burkert", "einasto", "isothermal"]


class ModelSettings(Section):
    """What is fitted to the rotation curve of any galaxy, a user's too."""

    halo: Halo = Field(
        "contracted",
        description="Halo: nfw, or contracted (NFW drawn inward by the galaxy, Cautun et al. 2020),"
        " burkert, einasto or isothermal (with a core).",
    )
    gas: bool = Field(
        True, description="Whether the gas is part of the model: 1.33 times the HI of the cube."
    )
    bulge: bool = Field(
        False,
        description="Whether the light above the exponential disc is part of the model, as a"
        " sphere of Sersic's profile with the disc's mass-to-light ratio.",
    )
    asymmetric_drift: bool = Field(
        False, description="Whether velocities are corrected for the pressure of the gas."
    )
    min_inclination_error_deg: float = Field(
        4, ge=0, description="Smallest width of the prior on the inclination [deg]."
    )
    velocity_error_floor_km_s: float = Field(
        2, ge=0, description="This is added in quadrature to the errors of the rings [km/s]."
    )
    inner_radius_scale_lengths: float = Field(
        1.5,
        ge=0,
        description="Rings within this radius are not fitted [scale lengths of the disc of light]:"
        " there bulge and dust make an exponential disc a poor measure of the stars.",
    )
    colour_prior: bool = Field(
        True, description="Whether g-r narrows the mass-to-light ratio (Bell et al. 2003)."
    )
    imf: Literal["diet_salpeter", "kroupa"] = Field(
        "kroupa", description="Initial mass function of that relation."
    )
    max_steps: int = Field(
        50000, ge=1000, description="Steps after which a fit counts as not converged."
    )


class MassModelSettings(ModelSettings):
    """Stars, gas and halo that are fitted to a rotation curve; h is that of the simulation."""

    distance_relative_error: float = Field(
        0.05, ge=0, lt=1, description="Relative width of the prior on the distance; 0 fixes it."
    )
    compared_halos: tuple[Halo, ...] = Field(
        (), description="Further haloes that are fitted, for the table halos.csv of each galaxy."
    )


class ChoiceSettings(Section):
    """Which test galaxies have their rotation curves fitted."""

    galaxies: SubhaloIds | Count | Literal["all"] = Field(
        4,
        description="Test galaxies: ids, or how many to choose, or all (the whole test split).",
    )
    realisation: int = Field(
        0, ge=0, description="Number of the realisation that is fitted, from 0."
    )
    min_inclination_deg: float = Field(
        30, ge=0, le=90, description="Galaxies closer to face-on are not chosen at random [deg]."
    )
    max_inclination_deg: float = Field(
        80, ge=0, le=90, description="Galaxies closer to edge-on are not chosen at random [deg]."
    )


class RotationCurveSettings(ChoiceSettings):
    """The classical method: HI rotation curve and light profile (paper, section 5.6)."""

    architecture: Architecture = Field(
        "SymmetricResNet",
        description="Architecture of the network that rotation curves are compared with.",
    )
    channels: ChannelSetName = Field("urz_hi", description="Its channel set.")
    light: Literal["autoprof", "photutils"] = Field(
        "autoprof",
        description="What fits the isophotes; autoprof needs a Python environment of its own.",
    )
    autoprof_environment: Path = Field(
        Path(".autoprof"),
        description="Folder of that environment; the workflow makes it when autoprof is chosen.",
    )
    rings: RingSettings = RingSettings()
    fit: MassModelSettings = MassModelSettings()

    @model_validator(mode="after")
    def _chosen_galaxies_have_rings(self) -> Self:
        chosen = self.min_inclination_deg, self.max_inclination_deg
        fitted = self.rings.min_inclination_deg, self.rings.max_inclination_deg
        if chosen[0] < fitted[0] or chosen[1] > fitted[1]:
            raise ValueError(
                f"galaxies of {chosen[0]:g}-{chosen[1]:g} deg would be chosen, but rings are fitted"
                f" at {fitted[0]:g}-{fitted[1]:g} deg only (rings.min_inclination_deg and"
                " rings.max_inclination_deg)"
            )
        return self
