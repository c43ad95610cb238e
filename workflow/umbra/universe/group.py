"""One group with all its particles, in the units and the order of a TNG snapshot."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from umbra.seeds import Stage, generator
from umbra.universe.fields import (
    FIRST_GROUP,
    PARTICLE_MASS_MSUN,
    UNITS,
    Fields,
    formation_scale_factor,
    gas_fields,
    single_precision,
)
from umbra.universe.fuzz import ball, unbound_members
from umbra.universe.galaxy import build_galaxy
from umbra.universe.particle_types import BLACK_HOLE_INDEX, DM_INDEX, GAS_INDEX, STAR_INDEX
from umbra.universe.plan import BOX_CKPC_H, FLAGGED, STARLESS, GroupPlan, SatellitePlan
from umbra.universe.relations import HELIUM, draw_properties


@dataclass
class Subhalo:
    """One subhalo in code units.

    Parameters
    ----------
    particles : dict
        Particle type -> fields in code units.
    centre_ckpc_h : ndarray, shape (3,)
        Position of the most bound particle [ckpc/h].
    parent : int
        Index, within the group, of the subhalo that contains this one.
    flag : int
        SubhaloFlag: 0 for a subhalo that is no galaxy of cosmological origin, otherwise 1.
    """

    particles: dict[int, Fields]
    centre_ckpc_h: np.ndarray
    parent: int
    flag: int


@dataclass
class Group:
    """One group in code units.

    Parameters
    ----------
    subhaloes : list of Subhalo
        In the order of the catalogue.
    unbound : dict
        Particle type -> fields of the members that are bound to no subhalo.
    m200_msun : float
        M200c [Msun].
    centre_ckpc_h : ndarray, shape (3,)
        Position of the group [ckpc/h].
    """

    subhaloes: list[Subhalo] = field(default_factory=list)
    unbound: dict[int, Fields] = field(default_factory=dict)
    m200_msun: float = 0.0
    centre_ckpc_h: np.ndarray = field(default_factory=lambda: np.zeros(3))


def make_group(*, plan: GroupPlan, seed: int, extent_kpc: float) -> Group:
    """Draw all particles of one group.

    Parameters
    ----------
    plan : GroupPlan
        Plan of the group.
    seed : int
        The run's seed.
    extent_kpc : float
        Radius out to which the halo of the central galaxy is drawn [kpc].

    Returns
    -------
    Group
        In code units, without particle identifiers.
    """
    rng = generator(seed, Stage.UNIVERSE, plan.index + FIRST_GROUP)
    group = Group(centre_ckpc_h=plan.centre_ckpc_h)
    if plan.kind == STARLESS:
        group.unbound = {DM_INDEX: ball(plan, 40, 30.0, rng)}
        return group
    group.m200_msun = float(plan.properties.m200_msun)
    central = build_galaxy(
        properties=plan.properties,
        outer_kpc=extent_kpc,
        particle_mass_msun=PARTICLE_MASS_MSUN,
        rng=rng,
    )
    wind = _wind(central, rng)
    group.subhaloes.append(
        Subhalo(
            particles=_in_code_units(central, wind, plan, np.zeros(3), np.zeros(3)),
            centre_ckpc_h=plan.centre_ckpc_h,
            parent=0,
            flag=0 if plan.kind == FLAGGED else 1,
        )
    )
    for satellite in plan.satellites:
        group.subhaloes.append(_satellite(satellite, plan, rng))
    group.unbound = unbound_members(group.subhaloes[0].particles, plan, extent_kpc, rng)
    return group


def _satellite(satellite: SatellitePlan, plan: GroupPlan, rng: np.random.Generator) -> Subhalo:
    """Draw the particles of one satellite.

    References
    ----------
    Stevens et al. 2019, MNRAS 483, 5334: satellites of TNG100 have a third of the HI of centrals.
    """
    properties = draw_properties(
        log10_stellar_mass=np.array([satellite.log10_stellar_mass]),
        rng=rng,
        # A massive satellite must pass every cut except the one on centrals.
        minimum_sfr_msun_yr=0.12 if satellite.log10_stellar_mass > 10 else 0.0,
    )[0]
    # Satellites have neither tails nor companions, and have lost much of their gas.
    fields = {**vars(properties), "merger": np.False_}
    fields["hi_mass_msun"] = 0.3 * fields["hi_mass_msun"]
    fields["half_mass_radius_kpc"] = min(fields["half_mass_radius_kpc"], 0.3 * satellite.outer_kpc)
    fields["gas_mass_msun"] = HELIUM * (fields["hi_mass_msun"] + fields["molecular_mass_msun"])
    particles = build_galaxy(
        properties=type(properties)(**fields),
        outer_kpc=satellite.outer_kpc,
        particle_mass_msun=PARTICLE_MASS_MSUN,
        rng=rng,
    )
    offset = satellite.offset_kpc
    return Subhalo(
        particles=_in_code_units(particles, None, plan, offset, satellite.velocity_km_s),
        centre_ckpc_h=np.mod(plan.centre_ckpc_h + offset / UNITS.kpc, BOX_CKPC_H),
        parent=satellite.parent,
        flag=1,
    )


def _wind(particles: dict[int, Fields], rng: np.random.Generator) -> Fields | None:
    """Return wind particles: gas launched from star-forming cells, on its way out of the disc.

    References
    ----------
    Pillepich et al. 2018, MNRAS 473, 4077: launch at some hundred km/s.
    """
    gas = particles[GAS_INDEX]
    rates = gas["sfr_msun_yr"]
    if not rates.any():
        return None
    number = max(5, rates.size // 400)
    parent = rng.choice(rates.size, size=number, p=rates / rates.sum())
    launch = rng.standard_normal((number, 3))
    launch *= rng.uniform(80.0, 300.0, (number, 1)) / np.linalg.norm(launch, axis=1)[:, None]
    return {
        # They left their cells some ten million years ago.
        "position_kpc": gas["position_kpc"][parent]
        + launch * rng.uniform(1e-3, 1.5e-2, (number, 1)),
        "velocity_km_s": gas["velocity_km_s"][parent] + launch,
        "mass_msun": gas["mass_msun"][parent],
        "metallicity": 0.4 * gas["metallicity"][parent],
        "remaining_time": rng.uniform(1e-4, 2e-3, number),
    }


def _in_code_units(
    particles: dict[int, Fields],
    wind: Fields | None,
    plan: GroupPlan,
    offset_kpc: np.ndarray,
    velocity_km_s: np.ndarray,
) -> dict[int, Fields]:
    """Turn a galaxy at rest at the origin into the fields of a snapshot."""
    bulk = plan.velocity_km_s + velocity_km_s

    def place(fields: Fields) -> Fields:
        position = plan.centre_ckpc_h + (fields["position_kpc"] + offset_kpc) / UNITS.kpc
        return {
            "Coordinates": np.mod(position, BOX_CKPC_H),
            "Velocities": ((fields["velocity_km_s"] + bulk) / UNITS.km_s).astype(np.float32),
        }

    stars = particles[STAR_INDEX]
    result = {GAS_INDEX: {**place(particles[GAS_INDEX]), **gas_fields(particles[GAS_INDEX])}}
    result[DM_INDEX] = place(particles[DM_INDEX])
    result[STAR_INDEX] = {
        **place(stars),
        "Masses": stars["mass_msun"] / UNITS.msun,
        "GFM_InitialMass": stars["initial_mass_msun"] / UNITS.msun,
        "GFM_StellarFormationTime": formation_scale_factor(stars["age_yr"]),
        "GFM_Metallicity": stars["metallicity"],
    }
    if wind is not None:
        launched = {
            **place(wind),
            "Masses": wind["mass_msun"] / UNITS.msun,
            "GFM_InitialMass": wind["mass_msun"] / UNITS.msun,
            "GFM_StellarFormationTime": -wind["remaining_time"],
            "GFM_Metallicity": wind["metallicity"],
        }
        result[STAR_INDEX] = {
            name: np.concatenate([result[STAR_INDEX][name], launched[name]]) for name in launched
        }
    result[STAR_INDEX] = single_precision(result[STAR_INDEX])
    if stars["mass_msun"].sum() > 1e9:
        result[BLACK_HOLE_INDEX] = _black_hole(stars["mass_msun"].sum(), place)
    return result


def _black_hole(stellar_mass_msun: float, place: Callable[[Fields], Fields]) -> Fields:
    """Return the central black hole.

    References
    ----------
    Weinberger et al. 2018, MNRAS 479, 4056: masses of black holes in TNG.
    """
    mass = np.array([1.5e8 * (stellar_mass_msun / 5e10) ** 1.1 / UNITS.msun])
    rest = {"position_kpc": np.full((1, 3), 0.02), "velocity_km_s": np.zeros((1, 3))}
    return single_precision({**place(rest), "Masses": mass, "BH_Mass": mass})
