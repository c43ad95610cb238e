"""Section ``sample``."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from umbra.config.section import CHANGES_NO_RESULT, Positive, Section


class SelectionSettings(Section):
    """Which galaxies are selected."""

    stellar_mass: Literal["total", "twice_half_mass_radius"] = Field(
        "total",
        description="Stellar mass that the limits apply to: of the whole subhalo, or within twice"
        " its stellar half-mass radius.",
    )
    min_stellar_mass_msun: Positive = Field(1e10, description="Smallest stellar mass [Msun].")
    max_stellar_mass_msun: Positive = Field(1e12, description="Largest stellar mass [Msun].")
    min_sfr_msun_yr: float = Field(0.1, ge=0, description="Smallest star formation rate [Msun/yr].")
    table: Path | None = Field(
        None,
        description="Your own centres in place of the catalogue: a CSV with id, x, y, z, vx, vy, vz"
        " in code units; for simulation.source api, also group. id is the subhalo id.",
    )


class ParticleLimits(Section):
    """How many particles a cutout needs."""

    min_gas_cells: int = Field(
        100, ge=1, description="A galaxy with fewer gas cells in its cutout is rejected."
    )
    min_star_particles: int = Field(
        100, ge=1, description="A galaxy with fewer star particles in its cutout is rejected."
    )


class SampleSettings(ParticleLimits, SelectionSettings):
    """Which galaxies are used (paper, Table 1)."""

    max_rejected_fraction: float = Field(
        0.1,
        ge=0,
        le=1,
        description="The run fails when a larger fraction of galaxies is rejected.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
