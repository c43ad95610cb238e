"""Cells of the cold gas disc."""

import numpy as np

from umbra.universe import thermodynamics as thermo
from umbra.universe.disturbances import bend, draw_tail, streaming_km_s
from umbra.universe.gas_disc import GasDisc, Layer
from umbra.universe.mesh import cell_volumes_kpc3, relaxed
from umbra.universe.morphology import Morphology
from umbra.universe.patterns import apply_patterns
from umbra.universe.potential import MassModel
from umbra.universe.relations import Properties

CELL_MASS_MSUN = 1.4e6  # target mass of TNG100-1
DISPERSION_KM_S = 9.0
RELAXATIONS = 3  # rounds in which the cells get the regular shapes of AREPO's
AMBIENT_MSUN_KPC3 = 1.0e4  # least density of a cell at the surface of the disc
# Change of the gas metallicity per half-mass radius (Hemler et al. 2021, MNRAS 506, 3024).
GAS_GRADIENT_DEX = -0.25


def sample_disc_gas(
    *,
    disc: GasDisc,
    properties: Properties,
    morphology: Morphology,
    model: MassModel,
    halo_position_kpc: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw the cells of the cold disc, with those that form stars.

    As in AREPO, the density of a cell is its mass over the volume of its Voronoi cell.

    Parameters
    ----------
    disc : GasDisc
        Surface density.
    properties : Properties
        Of one galaxy: its star formation rate and gas metallicity.
    morphology : Morphology
        Arms, bar, warp and tail.
    model : MassModel
        Circular velocities.
    halo_position_kpc : ndarray, shape (m, 3)
        Cells of the gas around the disc, which bound its cells [kpc].
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    dict
        `position_kpc` [kpc] and `velocity_km_s` [km/s], shape (n, 3); `mass_msun` [Msun],
        `density_msun_kpc3` [Msun/kpc^3], `temperature_k` [K], `neutral` (neutral fraction of the
        hydrogen), `sfr_msun_yr` [Msun/yr] and `metallicity` (mass fraction of metals), shape (n,).
    """
    layers = [_layer_cells(layer, morphology, rng) for layer in (disc.atomic, disc.star_forming)]
    mass, position = (np.concatenate(columns) for columns in zip(*layers, strict=True))
    velocity = _disc_velocity(disc, morphology, model, position, rng)
    draw_tail(morphology=morphology, position_kpc=position, velocity_km_s=velocity, rng=rng)
    position = relaxed(position, RELAXATIONS)
    bend(morphology=morphology, position_kpc=position, velocity_km_s=velocity, share=1.0)
    mesh = np.concatenate([position, _surrounding(position, halo_position_kpc)])
    density = np.maximum(mass / cell_volumes_kpc3(mesh)[: mass.size], AMBIENT_MSUN_KPC3)
    return {
        "position_kpc": position,
        "velocity_km_s": velocity,
        "mass_msun": mass,
        **_state(mass, density, float(properties.sfr_msun_yr), rng),
        "metallicity": _metallicity(position, properties, rng),
    }


def _layer_cells(
    layer: Layer, morphology: Morphology, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw masses [Msun] and positions [kpc] of the cells of one layer, in arms and bar."""
    enclosed = layer.enclosed_msun
    mass = cell_masses(enclosed[-1], rng)
    number = mass.size
    share = (rng.permutation(number) + rng.random(number)) / max(number, 1)
    radius = np.interp(share, enclosed / enclosed[-1], layer.radius_kpc)
    azimuth = apply_patterns(
        patterns=morphology.patterns,
        radius_kpc=radius,
        azimuth=rng.uniform(0.0, 2.0 * np.pi, number),
        response=1.0,
    )
    height = np.interp(radius, layer.radius_kpc, layer.height_kpc)
    place = np.arctanh(np.clip(2.0 * rng.random(number) - 1.0, -0.999, 0.999))
    return mass, np.stack(
        [radius * np.cos(azimuth), radius * np.sin(azimuth), height * place], axis=1
    )


def _surrounding(position: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the points of `others` that lie in cubes of 5 kpc with, or next to, disc cells."""

    def key(cube: np.ndarray) -> np.ndarray:
        return (cube + 500) @ np.array([1_000_000, 1_000, 1])

    own = np.unique(np.floor(position / 5.0).astype(int), axis=0)
    steps = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3), axis=-1).reshape(-1, 3)
    near = np.unique(key((own[:, None] + steps).reshape(-1, 3)))
    return others[np.isin(key(np.floor(others / 5.0).astype(int)), near)]


def _state(
    mass: np.ndarray, density: np.ndarray, total_msun_yr: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return density, temperature, neutral fraction and star formation rate of disc cells."""
    hydrogen = thermo.hydrogen_number_density_cm3(density)
    rates = thermo.star_formation_rates(
        mass_msun=mass, hydrogen_cm3=hydrogen, total_msun_yr=total_msun_yr
    )
    warm = 8.0e3 * 10.0 ** (0.08 * rng.standard_normal(mass.size))
    temperature = np.where(rates > 0, thermo.effective_temperature_k(hydrogen), warm)
    return {
        "density_msun_kpc3": density,
        "temperature_k": temperature,
        "neutral": thermo.equilibrium_neutral_fraction(hydrogen, temperature),
        "sfr_msun_yr": rates,
    }


def _disc_velocity(
    disc: GasDisc,
    morphology: Morphology,
    model: MassModel,
    position: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return velocities [km/s]: rotation with asymmetric drift, streaming and dispersion.

    References
    ----------
    Binney & Tremaine 2008, equation 4.227, for an isotropic dispersion that does not vary.
    Tamburro et al. 2009, AJ 137, 4424: HI dispersions of 8-12 km/s.
    """
    radius = np.hypot(position[:, 0], position[:, 1])
    azimuth = np.arctan2(position[:, 1], position[:, 0])
    circular = model.circular_velocity_km_s(radius)
    sigma = DISPERSION_KM_S * rng.uniform(0.9, 1.3)
    slope = np.gradient(np.log(np.maximum(disc.surface_msun_kpc2, 1.0)), disc.radius_kpc)
    drift = sigma**2 * radius * np.interp(radius, disc.radius_kpc, slope)
    mean = np.sqrt(np.maximum(circular**2 + drift, (0.3 * circular) ** 2))
    radial, tangential = streaming_km_s(
        morphology=morphology, radius_kpc=radius, azimuth=azimuth, circular_km_s=circular
    )
    noise = sigma * rng.standard_normal((radius.size, 3))
    return from_cylindrical(
        azimuth, radial + noise[:, 0], mean + tangential + noise[:, 1], noise[:, 2]
    )


def from_cylindrical(
    azimuth: np.ndarray, radial: np.ndarray, tangential: np.ndarray, vertical: np.ndarray
) -> np.ndarray:
    """Return Cartesian vectors, shape (n, 3), from their cylindrical components, shape (n,)."""
    cosine, sine = np.cos(azimuth), np.sin(azimuth)
    return np.stack(
        [radial * cosine - tangential * sine, radial * sine + tangential * cosine, vertical], axis=1
    )


def cell_masses(total_msun: float, rng: np.random.Generator) -> np.ndarray:
    """Return masses [Msun] of cells, about the target mass each, that sum to `total_msun`."""
    number = int(round(total_msun / CELL_MASS_MSUN))
    mass = np.exp(0.2 * np.clip(rng.standard_normal(number), -3, 3))
    return mass * total_msun / mass.sum() if number else mass


def _metallicity(
    position: np.ndarray, properties: Properties, rng: np.random.Generator
) -> np.ndarray:
    """Return the mass fractions of metals, which fall with radius."""
    radius = np.linalg.norm(position, axis=1) / properties.half_mass_radius_kpc
    scatter = 0.07 * rng.standard_normal(radius.size)
    return properties.gas_metallicity * 10.0 ** (
        GAS_GRADIENT_DEX * np.clip(radius - 1.0, -1.0, 4.0) + scatter
    )
