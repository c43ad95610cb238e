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
HELIUM = 1.36  # total over hydrogen mass
# of the gas metallicity per half-mass radius, negative as in Hemler et al. 2021, MNRAS 506, 3024
GRADIENT_DEX = -0.25


@dataclass(frozen=True)
class GasDisc:
    """Surface density of cold gas, tabulated on radii.

    Parameters
    ----------
    radius_kpc, surface_msun_kpc2, enclosed_msun : numpy.ndarray
        Shape (n,).
    """

    radius_kpc: np.ndarray
    surface_msun_kpc2: np.ndarray
    enclosed_msun: np.ndarray

    @property
    def half_mass_radius_kpc(self) -> float:
        """Radius within which half of the cold gas lies."""
        return float(np.interp(0.5 * self.enclosed_msun[-1], self.enclosed_msun, self.radius_kpc))

    def height_kpc(self, radius_kpc: np.ndarray) -> np.ndarray:
        """Return the scale height of the sech^2 layer, flaring outward.

        TNG's gas discs are thick: 0.4 kpc inside, rising to 1 kpc and more, from the pressure
        of the effective equation of state (Pillepich et al. 2019, MNRAS 490, 3196).
        """
        return 0.4 + 0.4 * np.minimum(radius_kpc / self.half_mass_radius_kpc, 2.0)


def gas_disc(
    *, properties: Properties, morphology: Morphology, rng: np.random.Generator
) -> GasDisc:
    """Return the cold disc: an atomic layer out to R_HI and a molecular one along the stars.

    References
    ----------
    Wang et al. 2016, MNRAS 460, 2143: log D_HI = 0.506 log M_HI - 3.293 (scatter 0.06 dex).
    Wang et al. 2014, MNRAS 441, 2159: outer scale lengths of nearly a fifth of R_HI.
    Bigiel & Blitz 2012, ApJ 756, 183: the universal profile of neutral gas.
    Leroy et al. 2008, AJ 136, 2782: molecular gas follows the stellar disc.
    """
    hi = float(properties.hi_mass_msun)
    # further from the relation no profile of this shape is both as large and as massive
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
    """Return the atomic surface density that reaches 1 Msun/pc^2 at `size` and holds `mass`.

    A plateau goes over into an exponential of scale length 0.19 `size`. Mass and size fix the
    height of the plateau: 5 Msun/pc^2 on the relation of Wang et al., 2-15 within its scatter.
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
    return profile * mass / _cumulative(radius, profile)[-1]


def _cumulative(radius: np.ndarray, surface: np.ndarray) -> np.ndarray:
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
    """Draw the cells of the cold disc, star-forming ones included.

    Returns
    -------
    dict
        `position_kpc`, `velocity_km_s` (n, 3), `mass_msun`, `density_msun_kpc3`, `temperature_k`,
        `neutral`, `sfr_msun_yr`, `metallicity` (n,).
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
        hydrogen_cm3=thermo.hydrogen_density_cm3(density),
        total_msun_yr=total_msun_yr,
    )
    warm = 8.0e3 * 10.0 ** (0.08 * rng.standard_normal(mass.size))
    temperature = np.where(rates > 0, thermo.effective_temperature_k(hydrogen), warm)
    return {
        "density_msun_kpc3": hydrogen / thermo.hydrogen_density_cm3(1.0),
        "temperature_k": temperature,
        "neutral": thermo.neutral_fraction(hydrogen, temperature),
        "sfr_msun_yr": rates,
    }


def _gather_clumps(position: np.ndarray, density: np.ndarray, rng: np.random.Generator) -> None:
    """Draw a quarter of the dense cells into complexes some hundred parsecs wide, in place.

    Efremov 1995, AJ 110, 2757, on complexes of young stars; TNG100 resolves nothing smaller.
    """
    dense = np.flatnonzero(thermo.hydrogen_density_cm3(density) > thermo.STAR_FORMATION_DENSITY_CM3)
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
    """Return velocities: rotation less asymmetric drift, streaming and dispersion.

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
    """Return Cartesian vectors, shape (n, 3)."""
    cosine, sine = np.cos(azimuth), np.sin(azimuth)
    return np.stack(
        [radial * cosine - tangential * sine, radial * sine + tangential * cosine, vertical], axis=1
    )


def cell_masses(total_msun: float, rng: np.random.Generator) -> np.ndarray:
    """Return cell masses of about the target mass that sum to `total_msun`."""
    number = int(round(total_msun / CELL_MASS_MSUN))
    mass = np.exp(0.2 * np.clip(rng.standard_normal(number), -3, 3))
    return mass * total_msun / mass.sum() if number else mass


def _metallicity(
    position: np.ndarray, properties: Properties, rng: np.random.Generator
) -> np.ndarray:
    radius = np.linalg.norm(position, axis=1) / properties.half_mass_radius_kpc
    scatter = 0.07 * rng.standard_normal(radius.size)
    return properties.gas_metallicity * 10.0 ** (
        GRADIENT_DEX * np.clip(radius - 1.0, -1.0, 4.0) + scatter
    )
