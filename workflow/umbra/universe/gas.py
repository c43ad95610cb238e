"""Cells of the cold gas disc."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.spatial import cKDTree

from umbra.universe import thermodynamics as thermo
from umbra.universe.disturbances import bend, draw_tail, streaming_km_s
from umbra.universe.morphology import Morphology
from umbra.universe.patterns import apply_patterns
from umbra.universe.potential import MassModel
from umbra.universe.relations import Properties

CELL_MASS_MSUN = 1.4e6  # target mass of TNG100-1
DISPERSION_KM_S = 9.0
HELIUM = 1.36  # mass of all gas over that of its hydrogen
# Change of the gas metallicity per half-mass radius (Hemler et al. 2021, MNRAS 506, 3024).
GAS_GRADIENT_DEX = -0.25


@dataclass(frozen=True)
class GasDisc:
    """Surface density of cold gas, tabulated on radii.

    Parameters
    ----------
    radius_kpc, surface_msun_kpc2, enclosed_msun : ndarray, shape (n,)
        Radii [kpc], surface density there [Msun/kpc^2] and mass within them [Msun].
    """

    radius_kpc: np.ndarray
    surface_msun_kpc2: np.ndarray
    enclosed_msun: np.ndarray

    @property
    def half_mass_radius_kpc(self) -> float:
        """Radius within which half of the cold gas lies [kpc]."""
        return float(np.interp(0.5 * self.enclosed_msun[-1], self.enclosed_msun, self.radius_kpc))

    def height_kpc(self, radius_kpc: np.ndarray) -> np.ndarray:
        """Return the scale height [kpc] of the sech^2 layer, which grows outward.

        The gas discs of TNG are thick, 0.4 kpc inside and 1 kpc and more outside, because of the
        pressure of the effective equation of state.

        References
        ----------
        Pillepich et al. 2019, MNRAS 490, 3196.
        """
        return 0.4 + 0.4 * np.minimum(radius_kpc / self.half_mass_radius_kpc, 2.0)


def gas_disc(
    *, properties: Properties, morphology: Morphology, rng: np.random.Generator
) -> GasDisc:
    """Return the cold disc: atomic gas around R_HI, and molecular gas that follows the stars.

    Parameters
    ----------
    properties : Properties
        Of one galaxy.
    morphology : Morphology
        Scale length of its stellar disc, and the radius at which it ends.
    rng : numpy.random.Generator
        Source of the scatter in size.

    Returns
    -------
    GasDisc

    References
    ----------
    Wang et al. 2016, MNRAS 460, 2143: log D_HI = 0.506 log M_HI - 3.293 (scatter 0.06 dex).
    Wang et al. 2014, MNRAS 441, 2159: outer scale lengths of nearly a fifth of R_HI.
    Bigiel & Blitz 2012, ApJ 756, 183: the universal profile of neutral gas.
    Leroy et al. 2008, AJ 136, 2782: molecular gas follows the stellar disc.
    """
    hi = float(properties.hi_mass_msun)
    # Further from the relation, no profile of this shape has both the size and the mass.
    scatter = 0.06 * np.clip(rng.standard_normal(), -2.0, 2.0)
    size = 0.5 * 10.0 ** (0.506 * np.log10(hi) - 3.293 + scatter)
    size = min(size, 0.5 * morphology.outer_kpc)
    radius = np.linspace(0.0, min(2.0 * size, 0.95 * morphology.outer_kpc), 600)
    atomic = _atomic_profile(radius, size, hi)
    scale = min(morphology.disc_scale_kpc, 0.35 * size)
    molecular = np.exp(-radius / scale)
    surface = HELIUM * (
        _normalised(radius, atomic, hi)
        + _normalised(radius, molecular, float(properties.molecular_mass_msun))
    )
    return GasDisc(radius, surface, _cumulative(radius, surface))


def _atomic_profile(radius: np.ndarray, size: float, mass: float) -> np.ndarray:
    """Return the atomic surface density [Msun/kpc^2] with 1 Msun/pc^2 at `size` and total `mass`.

    The profile is a plateau, then an exponential of scale length 0.19 `size`. Mass and size
    determine the height of the plateau: 5 Msun/pc^2 on the relation of Wang et al., and 2-15
    within its scatter.
    """

    def profile(log_plateau: float) -> np.ndarray:
        def shape(r: np.ndarray | float) -> np.ndarray | float:
            exponential = np.exp((size - r) / (0.19 * size))
            return (np.exp(-2.0 * log_plateau) + exponential**-2.0) ** -0.5

        return 1e6 * shape(radius) / shape(size)

    def excess(log_plateau: float) -> float:
        return _cumulative(radius, profile(log_plateau))[-1] / mass - 1.0

    low, high = -1.0, 6.0
    if excess(low) > 0.0 or excess(high) < 0.0:
        return profile(low if excess(low) > 0.0 else high)
    return profile(brentq(excess, low, high))


def _normalised(radius: np.ndarray, profile: np.ndarray, mass: float) -> np.ndarray:
    """Return a surface density scaled to a total mass."""
    return profile * mass / _cumulative(radius, profile)[-1]


def _cumulative(radius: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """Return the mass within each radius."""
    integrand = 2.0 * np.pi * radius * surface
    return np.append(0.0, np.cumsum(0.5 * (integrand[1:] + integrand[:-1]) * np.diff(radius)))


def sample_disc_gas(
    *,
    disc: GasDisc,
    properties: Properties,
    morphology: Morphology,
    model: MassModel,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw the cells of the cold disc, with those that form stars.

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
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    dict
        `position_kpc` [kpc] and `velocity_km_s` [km/s], shape (n, 3); `mass_msun` [Msun],
        `density_msun_kpc3` [Msun/kpc^3], `temperature_k` [K], `neutral` (neutral fraction of the
        hydrogen), `sfr_msun_yr` [Msun/yr] and `metallicity` (mass fraction of metals), shape (n,).
    """
    mass = cell_masses(disc.enclosed_msun[-1], rng)
    radius = np.interp(
        (rng.permutation(mass.size) + rng.random(mass.size)) / max(mass.size, 1),
        disc.enclosed_msun / disc.enclosed_msun[-1],
        disc.radius_kpc,
    )
    azimuth, factor = apply_patterns(
        patterns=morphology.patterns,
        radius_kpc=radius,
        azimuth=rng.uniform(0.0, 2.0 * np.pi, mass.size),
        response=1.0,
    )
    height = disc.height_kpc(radius)
    layer = np.arctanh(np.clip(2.0 * rng.random(mass.size) - 1.0, -0.999, 0.999))
    density = np.interp(radius, disc.radius_kpc, disc.surface_msun_kpc2) * factor
    density = density / (2.0 * height) / np.cosh(layer) ** 2
    position = np.stack(
        [radius * np.cos(azimuth), radius * np.sin(azimuth), height * layer], axis=1
    )
    _gather_clumps(position, density, rng)
    velocity = _disc_velocity(disc, morphology, model, position, rng)
    moved = draw_tail(morphology=morphology, position_kpc=position, velocity_km_s=velocity, rng=rng)
    density[moved] *= 0.3
    bend(morphology=morphology, position_kpc=position, velocity_km_s=velocity, share=1.0)
    return {
        "position_kpc": position,
        "velocity_km_s": velocity,
        "mass_msun": mass,
        **_state(mass, density, float(properties.sfr_msun_yr), rng),
        "metallicity": _metallicity(position, properties, rng),
    }


def _state(
    mass: np.ndarray, density: np.ndarray, total_msun_yr: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return density, temperature, neutral fraction and star formation rate of disc cells."""
    rates, hydrogen = thermo.star_formation_rates(
        mass_msun=mass,
        hydrogen_cm3=thermo.hydrogen_number_density_cm3(density),
        total_msun_yr=total_msun_yr,
    )
    warm = 8.0e3 * 10.0 ** (0.08 * rng.standard_normal(mass.size))
    temperature = np.where(rates > 0, thermo.effective_temperature_k(hydrogen), warm)
    return {
        "density_msun_kpc3": hydrogen / thermo.hydrogen_number_density_cm3(1.0),
        "temperature_k": temperature,
        "neutral": thermo.equilibrium_neutral_fraction(hydrogen, temperature),
        "sfr_msun_yr": rates,
    }


def _gather_clumps(position: np.ndarray, density: np.ndarray, rng: np.random.Generator) -> None:
    """Move a quarter of the dense cells, in place, into complexes some hundred parsecs wide.

    TNG100 resolves nothing smaller.

    References
    ----------
    Efremov 1995, AJ 110, 2757: complexes of young stars.
    """
    dense = np.flatnonzero(
        thermo.hydrogen_number_density_cm3(density) > thermo.STAR_FORMATION_DENSITY_CM3
    )
    if dense.size < 100:
        return
    centres = position[rng.choice(dense, max(5, dense.size // 150), replace=False)]
    members = dense[rng.random(dense.size) < 0.25]
    distance, nearest = cKDTree(centres).query(position[members], distance_upper_bound=1.5)
    found = np.isfinite(distance)
    members, centre = members[found], centres[nearest[found]]
    position[members] = centre + 0.35 * (position[members] - centre)
    density[members] *= 2.5


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
