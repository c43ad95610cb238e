"""Section ``observed``."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from umbra.config.section import Section

StarsInFront = Literal["keep", "mask", "inpaint"]


class ObservedSettings(Section):
    """Your own galaxies (docs/observed.md)."""

    table: Path = Field(
        Path("observed.csv"),
        description="Your galaxies: a CSV with name, ra, dec, distance_mpc, distance_error_mpc and"
        " the paths of their FITS files (docs/observed.md).",
    )
    networks: Path | None = Field(
        None,
        description="A folder of saved networks (results/saved_networks of a run); null: those of"
        " this run.",
    )
    stars: StarsInFront = Field(
        "keep",
        description="Stars in front of a galaxy: keep, mask (as dark as the sky), or inpaint (as"
        " bright as their surroundings). The networks' galaxies have none.",
    )
