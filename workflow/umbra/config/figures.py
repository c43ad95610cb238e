"""Section ``figures``."""

from pydantic import Field

from umbra.config.section import Count, Section, SubhaloIds


class FigureSettings(Section):
    """What the figures show."""

    example_galaxies: SubhaloIds | Count = Field(
        2, description="Galaxies of fig01 and fig02 (images): subhalo ids, or how many to choose."
    )
    profile_galaxies: SubhaloIds | Count = Field(
        6,
        description="Test galaxies of fig19 (predicted profiles): subhalo ids, or how many to"
        " choose.",
    )
    ensemble_galaxies: SubhaloIds | Count = Field(
        2,
        description="Test galaxies of fig06 (intervals of the bootstrap): subhalo ids, or how many"
        " to choose.",
    )
