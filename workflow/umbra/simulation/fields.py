"""The fields of a TNG run that the workflow uses."""

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


def type_number(particle_type: str) -> int:
    """Return the number of a particle type, its index in the counts and masses of a header."""
    return int(particle_type.removeprefix("PartType"))


def fields_of(particle_type: str, mass_table: tuple[float, ...]) -> tuple[str, ...]:
    """Return the fields to read; dark matter has ``Masses`` only where the header gives no mass."""
    fields = FIELDS[particle_type]
    if particle_type == DM_TYPE and not mass_table[type_number(particle_type)]:
        return (*fields, "Masses")
    return fields
