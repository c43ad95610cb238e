"""The FoF and Subfind catalogue: sums over the particles that were drawn, in code units."""

import numpy as np

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.halo import r200_of_mass_kpc
from umbra.simulation.fields import PARTICLE_TYPES
from umbra.universe.dark_matter import PARTICLE_MASS_CODE
from umbra.universe.fields import UNITS, Fields
from umbra.universe.group import Group, Subhalo
from umbra.universe.particle_types import (
    DM_INDEX,
    GAS_INDEX,
    STAR_INDEX,
    WRITTEN_TYPES,
)
from umbra.universe.plan import BOX_CKPC_H
from umbra.universe.potential import SOFTENING_KPC


def subhalo_row(subhalo: Subhalo) -> Fields:
    """Return the catalogue entry of one subhalo.

    Wind particles are stored as type 4 and counted there, but their mass belongs to the gas.

    Parameters
    ----------
    subhalo : Subhalo
        Its particles, in code units.

    Returns
    -------
    dict
        Field name -> value. The writer adds `SubhaloGrNr` and `SubhaloIDMostbound`.

    References
    ----------
    TNG data specification: SubhaloMassType and SubhaloWindMass.
    """
    particles = subhalo.particles
    lengths = _lengths(particles)
    offsets = {
        kind: _offsets(fields["Coordinates"], subhalo.centre_ckpc_h)
        for kind, fields in particles.items()
    }
    radii, masses, kinds, velocities = _stack(particles, offsets)
    by_type = _sums(masses, kinds)
    order = np.argsort(radii)
    outward = radii[order], masses[order]
    half = np.array(
        [
            _half_mass_radius(*(column[chosen] for column in outward))
            for chosen in (kinds[order] == kind for kind in range(PARTICLE_TYPES))
        ]
    )
    inside = radii < 2.0 * half[STAR_INDEX]
    mean_velocity = np.average(velocities, axis=0, weights=masses)
    vmax, vmax_radius = _vmax(*outward)
    gas, stars = particles[GAS_INDEX], particles[STAR_INDEX]
    real = stars["GFM_StellarFormationTime"] > 0
    gas_inside = radii[: lengths[GAS_INDEX]] < 2.0 * half[STAR_INDEX]
    sfr = gas["StarFormationRate"].astype(float)
    dispersion = np.average(((velocities - mean_velocity) ** 2).mean(axis=1), weights=masses) ** 0.5
    return {
        "SubhaloCM": _centre_of_mass(particles, offsets, subhalo.centre_ckpc_h),
        "SubhaloFlag": subhalo.flag,
        "SubhaloGasMetallicity": _mean(gas["GFM_Metallicity"], gas["Masses"]),
        "SubhaloHalfmassRad": _half_mass_radius(*outward),
        "SubhaloHalfmassRadType": half,
        "SubhaloLen": lengths.sum(),
        "SubhaloLenType": lengths,
        "SubhaloMass": masses.sum(),
        "SubhaloMassInRad": masses[inside].sum(),
        "SubhaloMassInRadType": _sums(masses[inside], kinds[inside]),
        "SubhaloMassType": by_type,
        "SubhaloParent": subhalo.parent,
        "SubhaloPos": subhalo.centre_ckpc_h,
        "SubhaloSFR": sfr.sum(),
        "SubhaloSFRinRad": sfr[gas_inside].sum(),
        "SubhaloStarMetallicity": _mean(stars["GFM_Metallicity"][real], stars["Masses"][real]),
        "SubhaloVel": mean_velocity,
        "SubhaloVelDisp": dispersion,
        "SubhaloVmax": vmax,
        "SubhaloVmaxRad": vmax_radius,
        "SubhaloWindMass": stars["Masses"][~real].astype(float).sum(),
    }


def group_row(group: Group) -> Fields:
    """Return the catalogue entry of one group.

    Parameters
    ----------
    group : Group
        Its particles, in code units.

    Returns
    -------
    dict
        Field name -> value. The writer adds `GroupFirstSub`.
    """
    members = [subhalo.particles for subhalo in group.subhaloes] + [group.unbound]
    lengths = sum(_lengths(particles) for particles in members)
    masses, momentum, moment, sfr, wind = np.zeros(PARTICLE_TYPES), 0.0, 0.0, 0.0, 0.0
    for particles in members:
        for kind, fields in particles.items():
            weight = particle_masses(kind, fields)
            momentum = momentum + weight @ fields["Velocities"]
            moment = moment + weight @ _offsets(fields["Coordinates"], group.centre_ckpc_h)
            masses += _sums(weight, counted_as(kind, fields))
            if kind == GAS_INDEX:
                sfr += fields["StarFormationRate"].astype(float).sum()
            if kind == STAR_INDEX:
                wind += weight[fields["GFM_StellarFormationTime"] <= 0].sum()
    total = masses.sum()
    return {
        "GroupCM": np.mod(group.centre_ckpc_h + moment / total, BOX_CKPC_H),
        "GroupLen": lengths.sum(),
        "GroupLenType": lengths,
        "GroupMass": total,
        "GroupMassType": masses,
        "GroupNsubs": len(group.subhaloes),
        "GroupPos": group.centre_ckpc_h,
        "GroupSFR": sfr,
        "GroupVel": momentum / total,
        "GroupWindMass": wind,
        "Group_M_Crit200": group.m200_msun / UNITS.msun,
        "Group_R_Crit200": r200_of_mass_kpc(group.m200_msun, hubble=UNITS.hubble) / UNITS.kpc,
    }


def particle_masses(kind: int, fields: Fields) -> np.ndarray:
    """Return the masses of particles in code units, in double precision.

    Parameters
    ----------
    kind : int
        Particle type. All particles of dark matter have one mass, which is no field of theirs.
    fields : dict
        Their fields.

    Returns
    -------
    ndarray, shape (n,)
    """
    if kind == DM_INDEX:
        return np.full(len(fields["Coordinates"]), PARTICLE_MASS_CODE)
    return fields["Masses"].astype(float)


def counted_as(kind: int, fields: Fields) -> np.ndarray:
    """Return the type to which the catalogue adds the mass of each particle: gas for wind.

    Parameters
    ----------
    kind : int
        Particle type under which the particles are stored.
    fields : dict
        Their fields.

    Returns
    -------
    ndarray of int, shape (n,)
    """
    kinds = np.full(len(fields["Coordinates"]), kind)
    if kind == STAR_INDEX:
        kinds[fields["GFM_StellarFormationTime"] <= 0] = GAS_INDEX
    return kinds


def _lengths(particles: dict[int, Fields]) -> np.ndarray:
    """Return the number of particles of each type."""
    lengths = np.zeros(PARTICLE_TYPES, dtype=np.int64)
    for kind, fields in particles.items():
        lengths[kind] = len(fields["Coordinates"])
    return lengths


def _stack(
    particles: dict[int, Fields], offsets: dict[int, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return radii, masses, types that the masses belong to, and velocities, gas first."""
    present = [kind for kind in WRITTEN_TYPES if kind in particles]
    return (
        np.linalg.norm(np.concatenate([offsets[kind] for kind in present]), axis=1),
        np.concatenate([particle_masses(kind, particles[kind]) for kind in present]),
        np.concatenate([counted_as(kind, particles[kind]) for kind in present]),
        np.concatenate([particles[kind]["Velocities"] for kind in present]).astype(float),
    )


def _offsets(position: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return vectors from a centre in the periodic box."""
    offset = position - centre
    return offset - BOX_CKPC_H * np.round(offset / BOX_CKPC_H)


def _sums(masses: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return the mass of each type."""
    return np.bincount(kinds, weights=masses, minlength=PARTICLE_TYPES)


def _centre_of_mass(
    particles: dict[int, Fields], offsets: dict[int, np.ndarray], centre: np.ndarray
) -> np.ndarray:
    """Return the centre of mass [ckpc/h] of particles near a centre."""
    total, moment = 0.0, np.zeros(3)
    for kind, fields in particles.items():
        weight = particle_masses(kind, fields)
        total += weight.sum()
        moment += weight @ offsets[kind]
    return np.mod(centre + moment / total, BOX_CKPC_H)


def _half_mass_radius(radii: np.ndarray, masses: np.ndarray) -> float:
    """Return the radius that contains half the mass of particles in order of radius, 0 of none."""
    if not radii.size:
        return 0.0
    cumulative = np.cumsum(masses)
    return float(radii[np.searchsorted(cumulative, 0.5 * cumulative[-1])])


def _vmax(radii: np.ndarray, masses: np.ndarray) -> tuple[float, float]:
    """Return the greatest sqrt(G M(<r) / r) [km/s] and its radius in code units.

    The particles are in order of radius.
    """
    enclosed = np.cumsum(masses)
    outside = radii > SOFTENING_KPC / UNITS.kpc
    if not outside.any():
        return 0.0, 0.0
    squared = G * enclosed[outside] * UNITS.msun / (radii[outside] * UNITS.kpc)
    best = int(np.argmax(squared))
    return float(np.sqrt(squared[best])), float(radii[outside][best])


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Return a weighted mean, 0 without weights."""
    total = weights.astype(float).sum()
    return float(values.astype(float) @ weights.astype(float) / total) if total > 0 else 0.0
