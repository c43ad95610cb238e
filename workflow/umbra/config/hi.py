"""Sections ``hi`` and ``moments``."""

from typing import Literal

from pydantic import Field

from umbra.config.section import CHANGES_NO_RESULT, Positive, Section


class CubeSettings(Section):
    """What an HI cube depends on."""

    channels: int = Field(
        200,
        ge=8,
        le=4096,
        description="Spectral channels of the cube, centred on the galaxy's velocity. 200 of 5 km/s"
        " hold the line of the fastest rotators; the paper has 64.",
    )
    channel_width_km_s: Positive = Field(5.0, description="Width of a channel [km/s].")
    beam_fwhm_arcsec: Positive = Field(10.0, description="FWHM of the Gaussian beam [arcsec].")
    beam_truncation_fwhm: float = Field(
        3.0, ge=1, le=10, description="Radius at which the beam is cut off [FWHM]."
    )
    noise_rms_jy_arcsec2: float = Field(
        5e-6, ge=0, description="Noise rms after convolution with the beam [Jy/arcsec2]."
    )
    line_width: Literal["thermal"] | Positive = Field(
        "thermal",
        description="Velocity dispersion of a gas cell: thermal, or a fixed value [km/s].",
    )


class HiSettings(CubeSettings):
    """HI cubes (paper, section 3.2)."""

    keep_cubes: bool = Field(
        True,
        description="Keep the cubes after their moments are made.",
        # It changes nothing of the dataset, but a change of it reruns jobs (config/README.md).
        json_schema_extra=CHANGES_NO_RESULT,
    )


class MomentSettings(Section):
    """Moment maps of the HI cubes."""

    clip_sigma: float = Field(
        4.0,
        ge=0,
        le=20,
        description="A voxel counts where the cube, smoothed to any of several resolutions, exceeds"
        " this many times its own noise. 0: every voxel counts.",
    )
    min_column_density_cm2: float = Field(
        3.1622776601683794e19, ge=0, description="Pixels below this N_HI are masked [cm^-2]."
    )
    min_flux_jy_beam_km_s: float | None = Field(
        None, ge=0, description="Limit on moment 0 that replaces the column density [Jy/beam km/s]."
    )
