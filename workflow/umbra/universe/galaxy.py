"""One galaxy: its mass model and all of its particles, at rest in its own frame."""

import numpy as np
from scipy.spatial.transform import Rotation

from umbra.physics.cosmology import PLANCK_2015_HUBBLE
from umbra.physics.halo import r200_of_mass_kpc
from umbra.universe.dark_matter import sample_dark_matter
from umbra.universe.gas import sample_disc_gas
from umbra.universe.gas_disc import GasDisc, gas_disc
from umbra.universe.halo_gas import hot_enclosed_fraction, sample_halo_gas
from umbra.universe.morphology import Morphology, draw_morphology
from umbra.universe.particle_types import DM_INDEX, GAS_INDEX, STAR_INDEX
from umbra.universe.potential import (
    MassModel,
    halo_enclosed_msun,
    radial_grid_kpc,
    softened_enclosed,
)
from umbra.universe.relations import Properties
from umbra.universe.stars import sample_stars

# Radius that contains half the mass of an exponential disc, in scale lengths.
_HALF_MASS_SCALE_LENGTHS = 1.678


def mass_model(
    *, properties: Properties, morphology: Morphology, disc: GasDisc, hot_msun: float
) -> MassModel:
    """Return the enclosed masses of a galaxy whose halo has contracted around its baryons.

    Parameters
    ----------
    properties : Properties
        Of one galaxy.
    morphology : Morphology
        Sizes of its stellar components.
    disc : GasDisc
        Its cold gas.
    hot_msun : float
        Mass of its hot gas within R200 [Msun].

    Returns
    -------
    MassModel
    """
    r200 = r200_of_mass_kpc(float(properties.m200_msun), hubble=PLANCK_2015_HUBBLE)
    radius = radial_grid_kpc(outer_kpc=max(2.0 * r200, 1.2 * morphology.outer_kpc))
    stars = float(properties.stellar_mass_msun)
    hot = hot_msun * hot_enclosed_fraction(radius, core_kpc=hot_core_kpc(r200), outer_kpc=r200)
    cold = np.interp(radius, disc.radius_kpc, disc.enclosed_msun)
    stellar = stars * morphology.stellar_enclosed_fraction(radius)
    disc_stars = stellar - stars * morphology.round_enclosed_fraction(radius)
    dm = halo_enclosed_msun(
        radius_kpc=radius,
        baryons_msun=stellar + hot + cold,
        dm_mass_msun=float(properties.dm_mass_msun),
        r200_kpc=r200,
        concentration=float(properties.concentration),
    )
    return MassModel(
        radius_kpc=radius,
        dm_msun=softened_enclosed(radius, dm),
        spherical_msun=softened_enclosed(radius, stellar - disc_stars) + hot,
        stellar_disc_msun=disc_stars,
        gas_disc_msun=cold,
        stellar_disc_scale_kpc=morphology.disc_scale_kpc,
        gas_disc_scale_kpc=disc.half_mass_radius_kpc / _HALF_MASS_SCALE_LENGTHS,
    )


def hot_core_kpc(r200_kpc: float) -> float:
    """Return the core radius of the hot gas [kpc]."""
    return 0.15 * r200_kpc


def build_galaxy(
    *,
    properties: Properties,
    outer_kpc: float,
    particle_mass_msun: float,
    rng: np.random.Generator,
) -> dict[int, dict[str, np.ndarray]]:
    """Draw all particles of one galaxy within a radius, and turn it at random.

    Parameters
    ----------
    properties : Properties
        Of one galaxy.
    outer_kpc : float
        Radius beyond which nothing is drawn [kpc].
    particle_mass_msun : float
        Mass of a dark-matter particle [Msun].
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    dict
        Particle type -> fields in kpc, km/s and Msun, as `sample_disc_gas`, `sample_dark_matter`
        and `sample_stars` return them. The first dark-matter particle is at rest in the centre.
    """
    r200 = r200_of_mass_kpc(float(properties.m200_msun), hubble=PLANCK_2015_HUBBLE)
    outer = min(outer_kpc, r200)
    morphology = draw_morphology(properties=properties, outer_kpc=0.95 * outer, rng=rng)
    disc = gas_disc(properties=properties, morphology=morphology, rng=rng)
    hot_msun = max(float(properties.gas_mass_msun) - disc.enclosed_msun[-1], 0.0)
    model = mass_model(properties=properties, morphology=morphology, disc=disc, hot_msun=hot_msun)
    halo = sample_halo_gas(
        mass_msun=hot_msun,
        core_kpc=hot_core_kpc(r200),
        virial_kpc=r200,
        outer_kpc=outer,
        properties=properties,
        model=model,
        rng=rng,
    )
    cold = sample_disc_gas(
        disc=disc,
        properties=properties,
        morphology=morphology,
        model=model,
        halo_position_kpc=halo["position_kpc"],
        rng=rng,
    )
    stars = sample_stars(
        properties=properties, morphology=morphology, model=model, gas=cold, rng=rng
    )
    dm = sample_dark_matter(
        model=model, outer_kpc=outer, particle_mass_msun=particle_mass_msun, rng=rng
    )
    particles = {
        GAS_INDEX: {name: np.concatenate([cold[name], halo[name]]) for name in cold},
        DM_INDEX: dm,
        STAR_INDEX: stars,
    }
    _turn(particles, Rotation.random(rng=rng))
    return particles


def _turn(particles: dict[int, dict[str, np.ndarray]], rotation: Rotation) -> None:
    """Rotate positions and velocities, in place."""
    for fields in particles.values():
        for name in ("position_kpc", "velocity_km_s"):
            fields[name] = fields[name] @ rotation.as_matrix().T
