"""The fields of a TNG run that the workflow uses, and which numbers they may hold."""

from dataclasses import dataclass
from math import inf

GAS_TYPE, DM_TYPE, STAR_TYPE = "PartType0", "PartType1", "PartType4"
PARTICLE_TYPES = 6

FIELDS = {
    GAS_TYPE: (
        "Coordinates",
        "Velocities",
        "Masses",
        "Density",
        "InternalEnergy",
        "ElectronAbundance",
        "NeutralHydrogenAbundance",
        "GFM_Metallicity",
        "GFM_Metals",
        "StarFormationRate",
        "ParticleIDs",
    ),
    DM_TYPE: ("Coordinates", "Velocities", "ParticleIDs"),
    STAR_TYPE: (
        "Coordinates",
        "Velocities",
        "Masses",
        "GFM_InitialMass",
        "GFM_Metallicity",
        "GFM_StellarFormationTime",
        "ParticleIDs",
    ),
}
"""Fields of the snapshot by particle type."""

CATALOGUE_FIELDS = {
    "Subhalo": (
        "SubhaloFlag",
        "SubhaloParent",
        "SubhaloGrNr",
        "SubhaloSFR",
        "SubhaloPos",
        "SubhaloVel",
        "SubhaloMassType",
        "SubhaloMassInRadType",
        "SubhaloHalfmassRadType",
    ),
    "Group": ("GroupFirstSub",),
}
"""Fields of the group catalogue by table."""


@dataclass(frozen=True)
class Range:
    """The numbers that a field may hold.

    Parameters
    ----------
    least : float
        Least number.
    greatest : float or str
        Greatest number, or the name of the run's number that it is: ``BoxSize`` or ``Time``.
    excluded : bool
        Whether the least number itself is excluded.
    columns : tuple of int
        How many numbers a row may have; one, in a field of one dimension, if empty.
    whole : bool
        Whether the numbers are integers.
    """

    least: float = -inf
    greatest: float | str = inf
    excluded: bool = False
    columns: tuple[int, ...] = ()
    whole: bool = False


_POSITION = Range(0, "BoxSize", columns=(3,))
# km/s, and km/s sqrt(a) of particles: everything below the speed of light
_VELOCITY = Range(-1e6, 1e6, columns=(3,))
_POSITIVE = Range(0, excluded=True)
_FRACTION = Range(0, 1)
_NUMBER = Range(whole=True)
_OF_EACH_TYPE = Range(0, columns=(PARTICLE_TYPES,))

RANGES = {
    "Coordinates": _POSITION,
    "Velocities": _VELOCITY,
    "Masses": _POSITIVE,
    "Density": _POSITIVE,
    "InternalEnergy": _POSITIVE,
    # 1.2 electrons for each hydrogen nucleus where everything is ionised
    "ElectronAbundance": Range(0, 2),
    "NeutralHydrogenAbundance": _FRACTION,
    "GFM_Metallicity": _FRACTION,
    # TNG has ten elements, Illustris nine; the first is hydrogen
    "GFM_Metals": Range(0, 1, columns=(9, 10)),
    "StarFormationRate": Range(0),
    "GFM_InitialMass": _POSITIVE,
    # that of wind is 0 or negative
    "GFM_StellarFormationTime": Range(greatest="Time"),
    "ParticleIDs": _NUMBER,
    "SubhaloFlag": _NUMBER,
    "SubhaloParent": _NUMBER,
    "SubhaloGrNr": _NUMBER,
    "GroupFirstSub": _NUMBER,
    "SubhaloSFR": Range(0),
    "SubhaloPos": _POSITION,
    "SubhaloVel": _VELOCITY,
    "SubhaloMassType": _OF_EACH_TYPE,
    "SubhaloMassInRadType": _OF_EACH_TYPE,
    "SubhaloHalfmassRadType": _OF_EACH_TYPE,
}
"""What each field may hold, in the units of the files."""

FRACTIONS = {name for name, held in RANGES.items() if (held.least, held.greatest) == (0, 1)}
"""Fields that hold fractions."""


def type_number(particle_type: str) -> int:
    """Return the number of a particle type, its index in the counts and masses of a header."""
    return int(particle_type.removeprefix("PartType"))


def fields_of(particle_type: str, mass_table: tuple[float, ...]) -> tuple[str, ...]:
    """Return the fields to read; dark matter has ``Masses`` only where the header gives no mass."""
    fields = FIELDS[particle_type]
    if particle_type == DM_TYPE and not mass_table[type_number(particle_type)]:
        return (*fields, "Masses")
    return fields
