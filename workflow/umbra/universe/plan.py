"""The groups of the universe: their properties, positions and satellites."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from umbra.physics.cosmology import PLANCK_2015_HUBBLE
from umbra.physics.halo import nfw_enclosed_fraction, r200_of_mass_kpc
from umbra.seeds import Stage, generator
from umbra.universe.relations import Properties, draw_properties, draw_stellar_masses

BOX_CKPC_H = 75000.0
# Satellites of at least 1e8 Msun, some 70 star particles, in a halo of the given M200.
SATELLITES_OF_1E8 = 1.3
SATELLITES_SLOPE = -0.54  # of the number of satellites above a stellar mass
SATELLITES_HOST_MSUN = 1.6e12  # of the dark haloes of 10^10.5-11.2 Msun of stars in TNG100

SELECTED = "selected"
QUENCHED = "quenched"
TOO_SMALL = "too small"
FLAGGED = "flagged"
STARLESS = "starless"
_DECOYS = (QUENCHED, TOO_SMALL, FLAGGED)


@dataclass(frozen=True)
class SatellitePlan:
    """A satellite before its particles are drawn.

    Parameters
    ----------
    log10_stellar_mass : float
        log10 M*/Msun.
    offset_kpc, velocity_km_s : ndarray, shape (3,)
        Position [kpc] and velocity [km/s] relative to the central galaxy.
    outer_kpc : float
        Tidal radius [kpc].
    parent : int
        Index, within the group, of the subhalo that contains this one.
    """

    log10_stellar_mass: float
    offset_kpc: np.ndarray
    velocity_km_s: np.ndarray
    outer_kpc: float
    parent: int = 0


@dataclass(frozen=True)
class GroupPlan:
    """One group before its particles are drawn.

    Parameters
    ----------
    index : int
        Number of the group in the plan.
    kind : str
        `SELECTED`, or the reason for which the selection rejects its central galaxy.
    properties : Properties or None
        Of the central galaxy; None for a group without any galaxy.
    centre_ckpc_h : ndarray, shape (3,)
        Position [ckpc/h].
    velocity_km_s : ndarray, shape (3,)
        Velocity [km/s].
    satellites : tuple of SatellitePlan
        In the order of the catalogue.
    """

    index: int
    kind: str
    properties: Properties | None
    centre_ckpc_h: np.ndarray
    velocity_km_s: np.ndarray
    satellites: tuple[SatellitePlan, ...]


def plan_groups(*, seed: int, galaxies: int, extent_kpc: float) -> list[GroupPlan]:
    """Plan all groups of a universe.

    Parameters
    ----------
    seed : int
        The run's seed.
    galaxies : int
        Number of galaxies that pass the selection.
    extent_kpc : float
        Radius out to which haloes are drawn [kpc].

    Returns
    -------
    list of GroupPlan
        First the groups whose central galaxies pass the selection, in order of falling stellar
        mass; then groups whose central galaxies fail one cut each; last a group without any
        subhalo.
    """
    rng = generator(seed, Stage.UNIVERSE)
    masses = np.sort(draw_stellar_masses(galaxies, rng))[::-1]
    selected = draw_properties(log10_stellar_mass=masses, rng=rng)
    decoys = max(4, galaxies // 5)
    kinds = [_DECOYS[i % len(_DECOYS)] for i in range(decoys)]
    properties = [selected[i] for i in range(galaxies)]
    properties += [_decoy(kind, rng) for kind in kinds]
    kinds = [SELECTED] * galaxies + kinds + [STARLESS]
    properties.append(None)
    corner = int(rng.integers(galaxies))
    centres = _centres(len(kinds), corner, rng)
    return [
        GroupPlan(
            index=i,
            kind=kind,
            properties=properties[i],
            centre_ckpc_h=centres[i],
            velocity_km_s=200.0 * rng.standard_normal(3),
            satellites=_satellites(i, kind, properties[i], extent_kpc, rng),
        )
        for i, kind in enumerate(kinds)
    ]


def _decoy(kind: str, rng: np.random.Generator) -> Properties:
    """Draw a low-mass galaxy that exactly one cut rejects."""
    low, high = (9.3, 9.9) if kind == TOO_SMALL else (10.05, 10.4)
    drawn = draw_properties(log10_stellar_mass=np.array([rng.uniform(low, high)]), rng=rng)[0]
    if kind == QUENCHED:
        fields = dict(vars(drawn))
        # Galaxies without star formation have hardly any cold gas (Saintonge & Catinella 2022).
        fields["sfr_msun_yr"] = 10.0 ** rng.uniform(-3.0, -1.3)
        fields["molecular_mass_msun"] = 1e9 * fields["sfr_msun_yr"]
        fields["hi_mass_msun"] = 0.1 * fields["hi_mass_msun"]
        return Properties(**fields)
    return drawn


def _centres(number: int, corner: int, rng: np.random.Generator) -> np.ndarray:
    """Return centres near the points of a lattice; group `corner` lies across edges of the box."""
    side = int(np.ceil(number ** (1.0 / 3.0)))
    cell = BOX_CKPC_H / side
    places = rng.permutation(side**3)[:number]
    lattice = np.stack(np.unravel_index(places, (side, side, side)), axis=1)
    centres = (lattice + 0.5 + rng.uniform(-0.2, 0.2, (number, 3))) * cell
    # Within 30 ckpc/h of three faces, on both sides of the box.
    near = rng.uniform(5.0, 30.0, 3)
    centres[corner] = np.where([True, False, True], near, BOX_CKPC_H - near)
    return centres


def _satellites(
    index: int,
    kind: str,
    properties: Properties | None,
    extent_kpc: float,
    rng: np.random.Generator,
) -> tuple[SatellitePlan, ...]:
    """Draw the satellites of a group.

    The most massive group has a satellite that passes every cut except the one on centrals, and
    a satellite of that satellite. A merger has a companion of a tenth to a third of its mass.
    """
    if kind != SELECTED:
        return ()
    x = float(np.log10(properties.stellar_mass_msun))
    satellites = []
    if index == 0:
        main = _satellite(10.06, 0.7 * extent_kpc, 0.22 * extent_kpc, properties, rng)
        satellites.append(main)
        offset = main.offset_kpc + _direction(rng) * 0.2 * extent_kpc
        satellites.append(
            SatellitePlan(8.4, offset, main.velocity_km_s + 50.0 * _direction(rng), 8.0, parent=1)
        )
    if properties.merger:
        mass = min(x - rng.uniform(0.5, 1.0), 10.9)
        distance = rng.uniform(3.0, 5.0) * float(properties.half_mass_radius_kpc)
        distance = min(max(distance, 20.0), 0.5 * extent_kpc)
        satellites.append(_satellite(mass, distance, min(12.0, 0.4 * distance), properties, rng))
    satellites += _dwarfs(properties, 0.9 * extent_kpc, rng)
    # A parent stands before its own satellite, so only the others are ordered by mass.
    fixed = 2 if index == 0 else 0
    rest = sorted(satellites[fixed:], key=lambda s: -s.log10_stellar_mass)
    return tuple(satellites[:fixed] + rest)


def _dwarfs(
    properties: Properties, outer_kpc: float, rng: np.random.Generator
) -> list[SatellitePlan]:
    """Draw the satellites of less than a tenth of the galaxy's stars, within a radius.

    A galaxy of TNG50 like the Milky Way has a median of 5 satellites above 8e6 Msun within 300 kpc,
    the largest of 10^8.5 Msun, and so has a power law of the slope here. Numbers are proportional
    to the mass of the halo, and distances follow its dark matter.

    References
    ----------
    Engler et al. 2021, MNRAS 507, 4211: satellites of hosts of 10^10.5-11.2 Msun in TNG50.
    Wang & White 2012, MNRAS 424, 2574: numbers in proportion to the mass of the halo.
    van den Bosch et al. 2005, MNRAS 356, 1233: satellites that trace the dark matter.
    """
    m200 = float(properties.m200_msun)
    r200 = r200_of_mass_kpc(m200, hubble=PLANCK_2015_HUBBLE)
    inner = min(max(20.0, 3.0 * float(properties.half_mass_radius_kpc)), 0.7 * outer_kpc)
    radii = np.linspace(inner, outer_kpc, 100)
    within = nfw_enclosed_fraction(radii, r200_kpc=r200, c200=float(properties.concentration))
    larger = (0.1 * float(properties.stellar_mass_msun) / 1e8) ** SATELLITES_SLOPE
    expected = SATELLITES_OF_1E8 * (1.0 - larger) * m200 / SATELLITES_HOST_MSUN
    dwarfs = []
    for _ in range(rng.poisson(expected * (within[-1] - within[0]))):
        mass = 8.0 + np.log10(rng.uniform(larger, 1.0)) / SATELLITES_SLOPE
        distance = np.interp(rng.uniform(within[0], within[-1]), within, radii)
        dwarfs.append(_satellite(mass, distance, min(15.0, 0.3 * distance), properties, rng))
    return dwarfs


def _satellite(
    mass: float,
    distance_kpc: float,
    outer_kpc: float,
    properties: Properties,
    rng: np.random.Generator,
) -> SatellitePlan:
    """Draw the direction and the velocity of one satellite."""
    # V200 / sqrt(2), which is proportional to the cube root of the mass.
    speed = 110.0 * (float(properties.m200_msun) / 1e12) ** (1.0 / 3.0)
    return SatellitePlan(
        log10_stellar_mass=mass,
        offset_kpc=_direction(rng) * distance_kpc,
        velocity_km_s=speed * rng.standard_normal(3),
        outer_kpc=outer_kpc,
    )


def _direction(rng: np.random.Generator) -> np.ndarray:
    """Return a unit vector in a random direction."""
    return Rotation.random(rng=rng).apply([0.0, 0.0, 1.0])
