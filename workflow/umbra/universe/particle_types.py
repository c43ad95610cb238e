"""Indices of the particle types in counts and masses, as in ``PartType0`` to ``PartType5``."""

from umbra.simulation.fields import type_number

GAS_INDEX = type_number("PartType0")
DM_INDEX = type_number("PartType1")
STAR_INDEX = type_number("PartType4")
BLACK_HOLE_INDEX = type_number("PartType5")
WRITTEN_TYPES = (GAS_INDEX, DM_INDEX, STAR_INDEX, BLACK_HOLE_INDEX)
