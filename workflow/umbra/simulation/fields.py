"""The fields of a TNG snapshot that the workflow uses, by particle type."""

GAS, DARK_MATTER, STARS = "PartType0", "PartType1", "PartType4"

FIELDS = {
    GAS: (
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
    DARK_MATTER: ("Coordinates", "Velocities", "ParticleIDs"),
    STARS: (
        "Coordinates",
        "Velocities",
        "Masses",
        "GFM_InitialMass",
        "GFM_Metallicity",
        "GFM_StellarFormationTime",
        "ParticleIDs",
    ),
}


def type_number(particle_type: str) -> int:
    """Return the number of a particle type, its index in the counts and masses of a header."""
    return int(particle_type.removeprefix("PartType"))


def fields_of(particle_type: str, mass_table: tuple[float, ...]) -> tuple[str, ...]:
    """Return the fields to read; dark matter has ``Masses`` only where the header gives no mass."""
    fields = FIELDS[particle_type]
    if particle_type == DARK_MATTER and not mass_table[type_number(particle_type)]:
        return (*fields, "Masses")
    return fields
