"""Cells of the gas around a galaxy: hot gas that contains cool clouds."""

import numpy as np
from scipy.spatial import cKDTree

from umbra.constants import BOLTZMANN_J_K, PROTON_MASS_KG
from umbra.physics.halo import circular_velocity_squared
from umbra.universe import thermodynamics as thermo
from umbra.universe.gas import CELL_MASS_MSUN, cell_masses
from umbra.universe.mesh import relaxed
from umbra.universe.potential import MassModel
from umbra.universe.relations import Properties

# Share of the cells that are cool, cells of a cloud, and its density over that of the hot gas with
# which it is nearly in pressure equilibrium.
COOL_SHARE = 0.06
CLOUD_CELLS = 20
CLOUD_CONTRAST = 10.0
CLOUD_DISPERSION_KM_S = 10.0


def hot_enclosed_fraction(
    radius_kpc: np.ndarray, *, core_kpc: float, outer_kpc: float
) -> np.ndarray:
    """Return the share of the hot gas within each radius.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc].
    core_kpc, outer_kpc : float
        The density is proportional to 1 / (1 + (r / core)^2) and ends at `outer_kpc` [kpc].

    Returns
    -------
    ndarray, shape (n,)
        0 at the centre, 1 at `outer_kpc` and beyond.
    """
    x, end = np.minimum(radius_kpc, outer_kpc) / core_kpc, outer_kpc / core_kpc
    return (x - np.arctan(x)) / (end - np.arctan(end))


def sample_halo_gas(
    *,
    mass_msun: float,
    core_kpc: float,
    virial_kpc: float,
    outer_kpc: float,
    properties: Properties,
    model: MassModel,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw the gas around a galaxy: hot gas near hydrostatic equilibrium, and cool clouds.

    Parameters
    ----------
    mass_msun : float
        Mass within `virial_kpc` [Msun]; only the part within `outer_kpc` is drawn.
    core_kpc, virial_kpc, outer_kpc : float
        Core radius of the density, radius at which it ends, and radius beyond which no cell is
        drawn [kpc].
    properties : Properties
        Of one galaxy: its gas metallicity.
    model : MassModel
        Circular velocities.
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    dict
        The fields of `sample_disc_gas`.

    References
    ----------
    Nelson et al. 2020, MNRAS 498, 2391: cool clouds in the gas around TNG galaxies.
    """
    radii = np.geomspace(0.02, outer_kpc, 400)
    fraction = hot_enclosed_fraction(radii, core_kpc=core_kpc, outer_kpc=virial_kpc)
    mass = cell_masses(mass_msun * fraction[-1], rng)
    n = mass.size
    radius = np.interp(rng.random(n) * fraction[-1], fraction, radii)
    shell = np.gradient(fraction, radii) / (4.0 * np.pi * radii**2) * mass_msun
    density = np.interp(radius, radii, shell)
    circular = np.sqrt(
        np.interp(
            radius, model.radius_kpc, circular_velocity_squared(model.total_msun, model.radius_kpc)
        )
    )
    # An isothermal sphere in equilibrium has k T = mu m_p v_c^2 / 2.
    hot = 0.59 * PROTON_MASS_KG * (circular * 1e3) ** 2 / (2.0 * BOLTZMANN_J_K)
    hot = np.clip(hot * 10.0 ** (0.15 * rng.standard_normal(n)), 2e4, None)
    direction = rng.standard_normal((n, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    position = direction * radius[:, None]
    spin = np.cross([0.0, 0.0, 1.0], direction) * (0.25 * circular)[:, None]
    velocity = spin + rng.standard_normal((n, 3)) * (0.35 * circular)[:, None]
    # In order of radius, each part of the cool cells is one cloud.
    cool = np.flatnonzero(rng.random(n) < COOL_SHARE)
    cool = cool[np.argsort(radius[cool])]
    _gather_clouds(cool, outer_kpc, position, velocity, mass, density, rng)
    temperature = hot.copy()
    temperature[cool] = 1.5e4 * 10.0 ** (0.15 * rng.standard_normal(cool.size))
    hydrogen = thermo.hydrogen_number_density_cm3(density)
    return {
        "position_kpc": position,
        "velocity_km_s": velocity,
        "mass_msun": mass,
        "density_msun_kpc3": density,
        "temperature_k": temperature,
        "neutral": thermo.equilibrium_neutral_fraction(hydrogen, temperature),
        "sfr_msun_yr": np.zeros(n),
        "metallicity": properties.gas_metallicity * 0.3 * 10.0 ** (0.3 * rng.standard_normal(n)),
    }


def _gather_clouds(
    cool: np.ndarray,
    outer_kpc: float,
    position: np.ndarray,
    velocity: np.ndarray,
    mass: np.ndarray,
    density: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Move the cells `cool` into clouds that move together, and measure their density, in place.

    The density is that of the mass within the eighth neighbour, which is near mass over volume.
    """
    if cool.size <= CLOUD_CELLS:
        return
    centre = cool[np.arange(cool.size) // CLOUD_CELLS * CLOUD_CELLS]
    volume = CLOUD_CELLS * CELL_MASS_MSUN / (CLOUD_CONTRAST * density[centre])
    # A sphere of this volume has this dispersion along each axis.
    spread = np.cbrt(3.0 * volume / (4.0 * np.pi))[:, None] / np.sqrt(5.0)
    position[cool] = relaxed(
        position[centre] + spread * rng.standard_normal((cool.size, 3)), rounds=2
    )
    velocity[cool] = velocity[centre] + CLOUD_DISPERSION_KM_S * rng.standard_normal((cool.size, 3))
    neighbours = 8
    # No cloud reaches beyond the gas that is drawn.
    end = 0.999 * outer_kpc / np.linalg.norm(position[cool], axis=1)
    position[cool] *= np.minimum(1.0, end)[:, None]
    distance, _ = cKDTree(position[cool]).query(position[cool], k=[neighbours + 1])
    around = neighbours * mass[cool] / (4.0 / 3.0 * np.pi * distance[:, 0] ** 3)
    density[cool] = np.maximum(density[cool], around)
