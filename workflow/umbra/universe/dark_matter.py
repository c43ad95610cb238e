"""Particles of the dark-matter halo."""

import numpy as np

from umbra.universe.potential import MassModel

# Dark-matter particle of TNG100-1, MassTable[1] of its headers [1e10 Msun/h].
PARTICLE_MASS_CODE = 0.000505574296436975


def sample_dark_matter(
    *, model: MassModel, outer_kpc: float, particle_mass_msun: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw the dark-matter particles within a radius.

    Parameters
    ----------
    model : MassModel
        Enclosed masses. Each particle is drawn from its `dm_msun` on its own, so the mass within
        a radius has the Poisson noise of a simulation's particles.
    outer_kpc : float
        Radius at which the halo ends [kpc].
    particle_mass_msun : float
        Mass of a particle [Msun]; the number of particles is the enclosed mass over this.
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    dict
        `position_kpc` [kpc] and `velocity_km_s` [km/s], shape (n, 3). The first particle is at
        rest in the centre.

    References
    ----------
    Chua et al. 2019, MNRAS 484, 476: axis ratios of haloes with galaxies in them.
    """
    edges, enclosed = _cut(model, outer_kpc)
    number = max(int(round(enclosed[-1] / particle_mass_msun)), 1)
    radius = np.interp(rng.random(number) * enclosed[-1], enclosed, edges)
    axes = np.array([1.0, rng.uniform(0.85, 1.0), rng.uniform(0.7, 0.9)])
    direction = rng.standard_normal((number, 3)) * axes
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    density = np.gradient(model.dm_msun, model.radius_kpc) / model.radius_kpc**2
    sigma = np.interp(radius, model.radius_kpc, model.dispersion_km_s(density))
    position = direction * radius[:, None]
    velocity = rng.standard_normal((number, 3)) * sigma[:, None]
    position[0] = velocity[0] = 0.0
    return {"position_kpc": position, "velocity_km_s": velocity}


def _cut(model: MassModel, outer_kpc: float) -> tuple[np.ndarray, np.ndarray]:
    """Return radii from zero to `outer_kpc` [kpc] and the dark matter within them [Msun]."""
    inside = model.radius_kpc < outer_kpc
    edges = np.concatenate([[0.0], model.radius_kpc[inside], [outer_kpc]])
    enclosed = np.interp(edges, model.radius_kpc, model.dm_msun)
    enclosed[0] = 0.0
    return edges, enclosed
