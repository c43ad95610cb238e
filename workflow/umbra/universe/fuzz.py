"""Matter that belongs to no galaxy: unbound members of groups, and fuzz outside every group."""

import numpy as np

from umbra.seeds import Stage, generator
from umbra.universe import thermodynamics as thermo
from umbra.universe.fields import (
    FIRST_GROUP,
    UNITS,
    Fields,
    formation_scale_factor,
    gas_fields,
    single_precision,
)
from umbra.universe.particle_types import BLACK_HOLE_INDEX, DM_INDEX, GAS_INDEX, STAR_INDEX
from umbra.universe.plan import BOX_CKPC_H, GroupPlan

_UNBOUND_FRACTION = 0.01


def unbound_members(
    central: dict[int, Fields], plan: GroupPlan, extent_kpc: float, rng: np.random.Generator
) -> dict[int, Fields]:
    """Return members of a group that are bound to no subhalo, in the outskirts of the halo.

    Parameters
    ----------
    central : dict
        Particle type -> fields of the central subhalo. The unbound members are a hundredth of
        these in number.
    plan : GroupPlan
        Centre and velocity of the group.
    extent_kpc : float
        Radius of the halo [kpc]; the members lie beyond 0.6 of it.
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    dict
        Particle type -> fields in code units.
    """
    result = {}
    for kind, fields in central.items():
        number = int(_UNBOUND_FRACTION * len(fields["Coordinates"]))
        if kind == BLACK_HOLE_INDEX or number == 0:
            continue
        rows = np.sort(rng.choice(len(fields["Coordinates"]), number, replace=False))
        copied = {name: values[rows] for name, values in fields.items()}
        # The same kind of matter, but too fast and too far out to be bound.
        copied.update(ball(plan, number, extent_kpc, rng, inner_kpc=0.6 * extent_kpc))
        if kind == GAS_INDEX:
            copied["StarFormationRate"][:] = 0.0
            _thin_out(copied)
        result[kind] = copied
    return result


def _thin_out(gas: Fields) -> None:
    """Give gas cells, in place, the density and temperature of gas far from every galaxy."""
    number = len(gas["Masses"])
    hydrogen = np.full(number, 3e-6)
    temperature = np.full(number, 8e4)
    neutral = thermo.equilibrium_neutral_fraction(hydrogen, temperature)
    electrons = thermo.electron_abundance(neutral, temperature)
    gas["Density"][:] = hydrogen / thermo.hydrogen_number_density_cm3(1.0) / UNITS.msun_kpc3
    gas["InternalEnergy"][:] = thermo.internal_energy_km2_s2(temperature, electrons)
    gas["ElectronAbundance"][:] = electrons
    gas["NeutralHydrogenAbundance"][:] = neutral


def ball(
    plan: GroupPlan, number: int, outer_kpc: float, rng: np.random.Generator, inner_kpc: float = 0.0
) -> Fields:
    """Return positions and velocities of particles spread evenly over a ball or a shell.

    Parameters
    ----------
    plan : GroupPlan
        Centre and velocity of the ball.
    number : int
        Number of particles.
    outer_kpc : float
        Outer radius [kpc].
    rng : numpy.random.Generator
        Source of all draws.
    inner_kpc : float
        Inner radius [kpc].

    Returns
    -------
    dict
        `Coordinates` and `Velocities` in code units, shape (number, 3).
    """
    direction = rng.standard_normal((number, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    share = rng.uniform((inner_kpc / outer_kpc) ** 3, 1.0, number)
    position = plan.centre_ckpc_h + direction * (outer_kpc / UNITS.kpc * np.cbrt(share))[:, None]
    velocity = plan.velocity_km_s + 300.0 * rng.standard_normal((number, 3))
    return single_precision(
        {"Coordinates": np.mod(position, BOX_CKPC_H), "Velocities": velocity / UNITS.km_s}
    )


def make_fuzz(*, plans: list[GroupPlan], seed: int, extent_kpc: float) -> dict[int, Fields]:
    """Return matter that belongs to no group: some around each group, some all over the box.

    Parameters
    ----------
    plans : list of GroupPlan
        Groups; each is surrounded by matter at about five times the cosmic mean.
    seed : int
        The run's seed.
    extent_kpc : float
        Radius of the haloes [kpc]; the surroundings reach out to 1.5 times this radius.

    Returns
    -------
    dict
        Particle type -> fields in code units.
    """
    rng = generator(seed, Stage.UNIVERSE, len(plans) + FIRST_GROUP)
    pieces: dict[int, list[Fields]] = {GAS_INDEX: [], DM_INDEX: [], STAR_INDEX: []}
    everywhere = {GAS_INDEX: 2000, DM_INDEX: 2000, STAR_INDEX: 20}
    around = {GAS_INDEX: 60, DM_INDEX: 200, STAR_INDEX: 2}
    for kind in pieces:
        number = everywhere[kind]
        pieces[kind].append(
            single_precision(
                {
                    "Coordinates": rng.uniform(0.0, BOX_CKPC_H, (number, 3)),
                    "Velocities": 200.0 * rng.standard_normal((number, 3)),
                }
            )
        )
        pieces[kind] += [ball(plan, around[kind], 1.5 * extent_kpc, rng) for plan in plans]
    fuzz = {
        kind: {name: np.concatenate([piece[name] for piece in some]) for name in some[0]}
        for kind, some in pieces.items()
    }
    fuzz[GAS_INDEX].update(_thin_gas(len(fuzz[GAS_INDEX]["Coordinates"])))
    fuzz[STAR_INDEX].update(_stray_stars(len(fuzz[STAR_INDEX]["Coordinates"]), rng))
    return fuzz


def _thin_gas(number: int) -> Fields:
    """Return the fields of gas far from every galaxy, without positions and velocities."""
    zeros = np.zeros(number)
    gas = gas_fields(
        {
            "mass_msun": np.full(number, 1.4e6),
            "density_msun_kpc3": zeros + 1.0,
            "temperature_k": zeros + 1e4,
            "neutral": zeros,
            "sfr_msun_yr": zeros,
            "metallicity": zeros + 1e-5,
        }
    )
    _thin_out(gas)
    return gas


def _stray_stars(number: int, rng: np.random.Generator) -> Fields:
    """Return the fields of stars far from every galaxy, without positions and velocities."""
    return single_precision(
        {
            "Masses": np.full(number, 9e5 / UNITS.msun),
            "GFM_InitialMass": np.full(number, 1.6e6 / UNITS.msun),
            "GFM_StellarFormationTime": formation_scale_factor(rng.uniform(5e9, 1.2e10, number)),
            "GFM_Metallicity": np.full(number, 2e-3),
        }
    )
