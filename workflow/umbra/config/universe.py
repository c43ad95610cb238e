"""Section ``universe``."""

from pydantic import Field

from umbra.config.section import Section


class UniverseSettings(Section):
    """The synthetic universe, which is made only when simulation.source is universe."""

    galaxies: int = Field(60, ge=3, description="Galaxies that pass every cut of the sample.")
    extent_kpc: float = Field(
        150.0, ge=110, le=1000, description="Radius out to which haloes have particles [kpc]."
    )
    chunks: int = Field(5, ge=2, le=448, description="Number of files of the snapshot.")
