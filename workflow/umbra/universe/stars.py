"""Star particles of disc, bulge and halo: their positions, motions, ages and metals."""

import numpy as np

from umbra.constants import YEAR_PER_KPC_KM_S
from umbra.universe.disturbances import bend, draw_tail
from umbra.universe.gas import from_cylindrical
from umbra.universe.morphology import (
    INFALLEN_GAS_DEG,
    MINIMUM_HEIGHT_KPC,
    THICKNESS,
    Morphology,
    disc_fraction,
    hernquist_fraction,
)
from umbra.universe.patterns import apply_patterns
from umbra.universe.potential import MassModel, softened_enclosed
from umbra.universe.relations import Properties

INITIAL_MASS_MSUN = 1.6e6  # mean mass of a star particle at birth
# The stars that formed within this time give the star formation rate of the gas.
NEWBORN_YR = 1.0e7
RECENT_YR = 3.0e8  # stars younger than this are still near the gas that they formed from
BIRTH_KM_S = 6.0  # dispersion of new stars within their cloud
ONSET_YR = 1.28e10  # look-back time of the first stars
STELLAR_GRADIENT_DEX = -0.2  # change of the stellar metallicity per half-mass radius
# Radial dispersion of the oldest stars, extrapolated to the centre of the disc, over the circular
# velocity at 2.2 scale lengths. Discs of TNG100 are warm: 0.55 to 0.6 of the kinetic energy of a
# galaxy of 1e10 Msun is in rotation (unverified).
DISC_HEAT = 0.80
_LIVING_FRACTION = 0.58  # mean share of the initial mass that an old population still has
_DISC, _BULGE, _HALO = 0, 1, 2


def remaining_fraction(age_yr: np.ndarray) -> np.ndarray:
    """Return the share of its initial mass that a Chabrier population still has.

    References
    ----------
    Leitner & Kravtsov 2011, ApJ 734, 48, equation 1.
    """
    return 1.0 - 0.046 * np.log1p(np.asarray(age_yr) / 2.76e5)


def draw_ages(*, number: int, specific_rate_yr: float, rng: np.random.Generator) -> np.ndarray:
    """Draw ages from a star formation history t exp(-t/tau) that ends at the given rate.

    Parameters
    ----------
    number : int
        Number of ages.
    specific_rate_yr : float
        Present rate over the mass ever formed [1/yr]. It determines tau, within 0.5-30 Gyr.
    rng : numpy.random.Generator
        Source of the draw.

    Returns
    -------
    ndarray, shape (number,)
        Ages [yr].

    References
    ----------
    Diemer et al. 2017, ApJ 839, 26, on parametric histories of simulated galaxies.
    """
    time = np.linspace(0.0, ONSET_YR - NEWBORN_YR, 800)
    taus = np.geomspace(5e8, 3e10, 60)
    history = time * np.exp(-time / taus[:, None])
    formed = np.cumsum(history, axis=1) * (time[1] - time[0])
    rates = history[:, -1] / formed[:, -1]
    row = int(np.argmin(np.abs(np.log(rates / specific_rate_yr))))
    drawn = np.interp(rng.random(number), formed[row] / formed[row, -1], time)
    return ONSET_YR - drawn


def sample_stars(
    *,
    properties: Properties,
    morphology: Morphology,
    model: MassModel,
    gas: dict[str, np.ndarray],
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw the star particles of a galaxy.

    Parameters
    ----------
    properties : Properties
        Of one galaxy.
    morphology : Morphology
        Sizes of its stellar components, and its disturbances.
    model : MassModel
        Circular velocities and dispersions.
    gas : dict
        Cells of the cold disc, from `sample_disc_gas`; recent stars form in them.
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    dict
        `position_kpc` [kpc] and `velocity_km_s` [km/s], shape (n, 3); `mass_msun` [Msun], whose
        sum is the stellar mass, `initial_mass_msun` [Msun], `age_yr` [yr] and `metallicity` (mass
        fraction of metals), shape (n,).
    """
    young = _young_masses(gas["sfr_msun_yr"].sum(), rng)
    young_age = rng.uniform(0.0, NEWBORN_YR, young.size)
    young_now = young * remaining_fraction(young_age)
    old_total = float(properties.stellar_mass_msun) - young_now.sum()
    number = max(int(round(old_total / (_LIVING_FRACTION * INITIAL_MASS_MSUN))), 1)
    rate = properties.sfr_msun_yr * _LIVING_FRACTION / properties.stellar_mass_msun
    old_age = draw_ages(number=number, specific_rate_yr=max(float(rate), 1e-14), rng=rng)
    initial = np.exp(0.25 * np.clip(rng.standard_normal(number), -3, 3))
    initial *= old_total / (initial * remaining_fraction(old_age)).sum()
    position, velocity, old_age, initial = _place_old(
        properties, morphology, model, gas, old_age, initial, rng
    )
    born_position, born_velocity = _near_birth(gas, young_age, model, rng)
    age = np.concatenate([young_age, old_age])
    position = np.concatenate([born_position, position])
    initial = np.concatenate([young, initial])
    mass = initial * remaining_fraction(age)
    mass[young.size :] *= old_total / mass[young.size :].sum()
    return {
        "position_kpc": position,
        "velocity_km_s": np.concatenate([born_velocity, velocity]),
        "mass_msun": mass,
        "initial_mass_msun": initial,
        "age_yr": age,
        "metallicity": _metallicity(properties, position, age, rng),
    }


def _young_masses(sfr_msun_yr: float, rng: np.random.Generator) -> np.ndarray:
    """Return the masses [Msun] of the star particles that formed within `NEWBORN_YR`."""
    total = sfr_msun_yr * NEWBORN_YR
    number = int(np.ceil(total / INITIAL_MASS_MSUN))
    mass = np.exp(0.2 * rng.standard_normal(number))
    return mass * total / mass.sum() if number else mass


def _place_old(
    properties: Properties,
    morphology: Morphology,
    model: MassModel,
    gas: dict[str, np.ndarray],
    age: np.ndarray,
    initial: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Place the stars older than 10 Myr; most of the oldest are in bulge and halo.

    Returns
    -------
    position, velocity : ndarray, shape (n, 3)
        [kpc] and [km/s].
    age, initial : ndarray, shape (n,)
        Ages [yr] and initial masses [Msun] in the order of the positions.
    """
    n = age.size
    shares = [morphology.disc_fraction, morphology.bulge_fraction, morphology.halo_fraction]
    component = np.searchsorted(np.cumsum(shares), (np.arange(n) + 0.5) / n * sum(shares))
    component = np.minimum(component, _HALO)
    # Discs grow from the inside out, bulges and haloes form early: ages are given out by rank.
    radius = _radii(component, morphology, rng)
    seniority = 1.5 * rng.standard_normal(n) + np.where(component == _DISC, 0.0, 4.0)
    seniority -= np.where(component == _DISC, 0.5 * radius / morphology.disc_scale_kpc, 0.0)
    rank = np.empty(n, dtype=int)
    rank[np.argsort(seniority)] = np.arange(n)
    order = np.argsort(age)
    age, initial = age[order][rank], initial[order][rank]
    position = np.empty((n, 3))
    velocity = np.empty((n, 3))
    for which in (_DISC, _BULGE, _HALO):
        chosen = component == which
        place = _disc_orbits if which == _DISC else _round_orbits
        position[chosen], velocity[chosen] = place(
            radius[chosen], age[chosen], which, morphology, model, rng
        )
    recent = (age < RECENT_YR) & (component == _DISC)
    if gas["sfr_msun_yr"].any():
        position[recent], velocity[recent] = _near_birth(gas, age[recent], model, rng)
    return position, velocity, age, initial


def _radii(component: np.ndarray, morphology: Morphology, rng: np.random.Generator) -> np.ndarray:
    """Draw the radii [kpc] of stars from the profiles of their components."""
    grid = np.append(0.0, np.geomspace(0.005, morphology.outer_kpc, 500))
    radius = np.empty(component.size)
    outer = morphology.outer_kpc
    for which, fraction in (
        (_DISC, disc_fraction(grid, scale_kpc=morphology.disc_scale_kpc, outer_kpc=outer)),
        (_BULGE, _softened_sphere(grid, morphology.bulge_scale_kpc, outer)),
        (_HALO, _softened_sphere(grid, morphology.halo_scale_kpc, outer)),
    ):
        chosen = np.flatnonzero(component == which)
        uniform = (rng.permutation(chosen.size) + rng.random(chosen.size)) / max(chosen.size, 1)
        radius[chosen] = np.interp(uniform, fraction, grid)
    return radius


def _softened_sphere(radius_kpc: np.ndarray, scale_kpc: float, outer_kpc: float) -> np.ndarray:
    """Return the share of a Hernquist sphere within each radius, the first of which is zero."""
    sharp = hernquist_fraction(radius_kpc[1:], scale_kpc=scale_kpc, outer_kpc=outer_kpc)
    return np.append(0.0, softened_enclosed(radius_kpc[1:], sharp))


def _disc_orbits(
    radius: np.ndarray,
    age: np.ndarray,
    which: int,
    morphology: Morphology,
    model: MassModel,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions [kpc] and velocities [km/s] of stars in the disc.

    Older stars have a thicker disc, a larger dispersion and weaker arms.

    References
    ----------
    Binney & Tremaine 2008, equation 4.228 (asymmetric drift) and section 8.4 (heating with age).
    """
    heat = 0.5 + 0.5 * np.sqrt(age / ONSET_YR)
    azimuth = apply_patterns(
        patterns=morphology.patterns,
        radius_kpc=radius,
        azimuth=rng.uniform(0.0, 2.0 * np.pi, radius.size),
        response=np.clip(0.95 - 0.5 * np.sqrt(age / ONSET_YR), 0.4, 1.0)
        + np.where(radius < morphology.bar_radius_kpc, 0.5, 0.0),
    )
    height = max(THICKNESS * morphology.disc_scale_kpc, MINIMUM_HEIGHT_KPC) * heat
    layer = np.arctanh(np.clip(2.0 * rng.random(radius.size) - 1.0, -0.999, 0.999))
    position = np.stack(
        [radius * np.cos(azimuth), radius * np.sin(azimuth), height * layer], axis=1
    )
    scale = morphology.disc_scale_kpc
    circular = model.circular_velocity_km_s(radius)
    reference = model.circular_velocity_km_s(np.array([2.2 * scale]))[0]
    sigma = DISC_HEAT * reference * heat * np.exp(-np.minimum(radius, 6 * scale) / (3.0 * scale))
    sigma = np.minimum(sigma, 0.7 * circular + 5.0)
    drift = sigma**2 * (1.0 - 0.5 - radius / scale * (1.0 + 2.0 / 3.0))
    mean = np.sqrt(np.maximum(circular**2 + drift, (0.25 * circular) ** 2))
    noise = rng.standard_normal((radius.size, 3)) * sigma[:, None] * [1.0, 0.71, 0.6]
    velocity = from_cylindrical(azimuth, noise[:, 0], mean + noise[:, 1], noise[:, 2])
    draw_tail(morphology=morphology, position_kpc=position, velocity_km_s=velocity, rng=rng)
    bend(
        morphology=morphology,
        position_kpc=position,
        velocity_km_s=velocity,
        share=_share_of_gas_plane(age, morphology),
    )
    return position, velocity


def _share_of_gas_plane(age_yr: np.ndarray, morphology: Morphology) -> np.ndarray:
    """Return the share of the tilt and the warp of the gas that stars of each age have.

    The stars of the last billion years formed in the plane in which the gas still is. Gas that is
    misaligned came in later than all of them.
    """
    if morphology.gas_tilt > np.radians(INFALLEN_GAS_DEG):
        return np.zeros_like(age_yr)
    return np.exp(-age_yr / 1.0e9)


def _round_orbits(
    radius: np.ndarray,
    age: np.ndarray,
    which: int,
    morphology: Morphology,
    model: MassModel,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions [kpc] and velocities [km/s] of stars in bulge or halo.

    Both are flattened and rotate slowly. Flattening changes directions alone, so the mass within
    each radius stays as drawn.
    """
    flattening = morphology.bulge_flattening if which == _BULGE else 0.65
    scale = morphology.bulge_scale_kpc if which == _BULGE else morphology.halo_scale_kpc
    direction = rng.standard_normal((radius.size, 3)) * [1.0, 1.0, flattening]
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    grid = model.radius_kpc
    sigma = model.dispersion_km_s(1.0 / (grid * (grid + scale) ** 3))
    sigma = np.interp(radius, grid, sigma)
    spin = np.cross([0.0, 0.0, 1.0], direction) * ((1.0 - flattening) * sigma)[:, None]
    velocity = spin + rng.standard_normal((radius.size, 3)) * sigma[:, None]
    return direction * radius[:, None], velocity


def _near_birth(
    gas: dict[str, np.ndarray], age: np.ndarray, model: MassModel, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions [kpc] and velocities [km/s] of stars that formed lately, near their gas.

    They leave their cloud with its inner motions, some 6 km/s for a cloud of 100 pc.

    References
    ----------
    Larson 1981, MNRAS 194, 809.
    """
    if age.size == 0:
        return np.empty((0, 3)), np.empty((0, 3))
    rates = gas["sfr_msun_yr"]
    parent = rng.choice(rates.size, size=age.size, p=rates / rates.sum())
    drift_kpc = 0.08 + BIRTH_KM_S * age / YEAR_PER_KPC_KM_S
    position = gas["position_kpc"][parent] + drift_kpc[:, None] * rng.standard_normal((age.size, 3))
    velocity = gas["velocity_km_s"][parent] + BIRTH_KM_S * rng.standard_normal((age.size, 3))
    return position, velocity


def _metallicity(
    properties: Properties, position: np.ndarray, age: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the mass fractions of metals, which fall with radius and with age."""
    radius = np.linalg.norm(position, axis=1) / properties.half_mass_radius_kpc
    log_z = STELLAR_GRADIENT_DEX * np.clip(radius - 1.0, -1.0, 5.0) + 0.15 * rng.standard_normal(
        age.size
    )
    log_z += 0.02 * (8.0 - age / 1e9)
    return np.clip(properties.stellar_metallicity * 10.0**log_z, 1e-5, 0.08)
