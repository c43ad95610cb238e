"""Central galaxies as they are written: their particles in code units, read as physical ones."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from umbra.hi.source import hi_mass_msun
from umbra.simulation.particles import Gas
from umbra.universe.group import Group, make_group
from umbra.universe.plan import GroupPlan, plan_groups
from universe_case import kpc, msun, offsets

GAS, DARK, STARS = 0, 1, 4
DARK_PARTICLE_MSUN = float(msun(0.000505574296436975))


@dataclass(frozen=True)
class WrittenGalaxy:
    """One central galaxy; positions in kpc, velocities in km/s, masses in Msun."""

    plan: GroupPlan
    group: Group

    def position(self, kind: int) -> np.ndarray:
        """Return positions relative to the most bound particle; wind is no star."""
        central = self.group.subhaloes[0]
        place = central.particles[kind]["Coordinates"][self._real(kind)]
        return kpc(offsets(place, central.centre_ckpc_h))

    def velocity(self, kind: int) -> np.ndarray:
        """Return velocities relative to the group's."""
        fields = self.group.subhaloes[0].particles[kind]
        return fields["Velocities"][self._real(kind)].astype(float) - self.plan.velocity_km_s

    def mass(self, kind: int) -> np.ndarray:
        """Return the masses of the particles."""
        number = int(self._real(kind).sum())
        if kind == DARK:
            return np.full(number, DARK_PARTICLE_MSUN)
        return msun(self.group.subhaloes[0].particles[kind]["Masses"][self._real(kind)])

    def radius(self, kind: int) -> np.ndarray:
        """Return distances from the centre."""
        return np.linalg.norm(self.position(kind), axis=1)

    @cached_property
    def log10_stars(self) -> float:
        """log10 of the stellar mass."""
        return float(np.log10(self.mass(STARS).sum()))

    @cached_property
    def half_mass_radius(self) -> float:
        """Radius of half of the stellar mass."""
        outward = np.argsort(self.radius(STARS))
        mass = np.cumsum(self.mass(STARS)[outward])
        return float(np.interp(0.5 * mass[-1], mass, self.radius(STARS)[outward]))

    @cached_property
    def hydrogen(self) -> np.ndarray:
        """Atomic hydrogen of each cell, as the HI cubes take it."""
        gas = self.group.subhaloes[0].particles[GAS]
        temperature = np.zeros(len(gas["Masses"]))  # of no use for the masses
        return hi_mass_msun(
            Gas(
                position_kpc=self.position(GAS),
                velocity_km_s=self.velocity(GAS),
                mass_msun=self.mass(GAS),
                density_msun_kpc3=msun(gas["Density"]) / kpc(1.0) ** 3,
                internal_energy_km2_s2=gas["InternalEnergy"].astype(float),
                temperature_k=temperature,
                metallicity=gas["GFM_Metallicity"].astype(float),
                hydrogen_fraction=gas["GFM_Metals"][:, 0].astype(float),
                neutral_hydrogen_fraction=gas["NeutralHydrogenAbundance"].astype(float),
                star_formation_rate_msun_yr=gas["StarFormationRate"].astype(float),
            )
        )

    def spin(self, kind: int, within_kpc: float, weight: np.ndarray | None = None) -> np.ndarray:
        """Return the direction of the angular momentum of the particles within a radius."""
        inside = self.radius(kind) < within_kpc
        weight = (self.mass(kind) if weight is None else weight)[inside]
        total = weight @ np.cross(self.position(kind)[inside], self.velocity(kind)[inside])
        return total / np.linalg.norm(total)

    def rotation_fraction(self, within_kpc: float) -> float:
        """Return kappa_rot of the stars within a radius (Sales et al. 2012, eq. 1)."""
        axis = self.spin(STARS, within_kpc)
        inside = self.radius(STARS) < within_kpc
        place, speed = self.position(STARS)[inside], self.velocity(STARS)[inside]
        mass = self.mass(STARS)[inside]
        arm = np.linalg.norm(place - np.outer(place @ axis, axis), axis=1)
        around = (np.cross(place, speed) @ axis) / arm
        return float(mass @ around**2 / (mass @ (speed**2).sum(axis=1)))

    def _real(self, kind: int) -> np.ndarray:
        fields = self.group.subhaloes[0].particles[kind]
        if kind == STARS:
            return fields["GFM_StellarFormationTime"] > 0
        return np.ones(len(fields["Coordinates"]), dtype=bool)


def written_galaxies(*, seed: int, number: int, extent_kpc: float) -> list[WrittenGalaxy]:
    """Draw the galaxies of a universe that pass the selection."""
    plans = plan_groups(seed=seed, galaxies=number, extent_kpc=extent_kpc)[:number]
    return [
        WrittenGalaxy(plan, make_group(plan=plan, seed=seed, extent_kpc=extent_kpc))
        for plan in plans
    ]
