"""Numbers of the particle types, as in ``PartType0`` to ``PartType5``."""

from umbra.simulation.fields import DARK_MATTER, GAS, STARS, type_number

GAS_TYPE = type_number(GAS)
DM_TYPE = type_number(DARK_MATTER)
STAR_TYPE = type_number(STARS)
BLACK_HOLE_TYPE = 5
WRITTEN_TYPES = (GAS_TYPE, DM_TYPE, STAR_TYPE, BLACK_HOLE_TYPE)
NUMBER_OF_TYPES = 6
