"""The fit of one galaxy: from its rings and its stars to its dark-matter mass."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.gas import GasProfile, drift_velocity_squared, gas_profile
from umbra.classical.rotation_curve.gas_maps import GasMaps, read_gas_maps
from umbra.classical.rotation_curve.light.disc_table import read_disc
from umbra.classical.rotation_curve.mass_model import Baryons, Priors, RotationCurve
from umbra.classical.rotation_curve.posterior import (
    MINIMUM_POINTS,
    Posterior,
    fit_rotation_curve,
    write_halos,
    write_mass_dm,
    write_posterior,
)
from umbra.classical.rotation_curve.rings import Rings, read_rings
from umbra.classical.rotation_curve.stars import StellarComponent, stars_of_light
from umbra.config.rotation_curve import MassModelSettings, ModelSettings
from umbra.errors import Rejected
from umbra.seeds import Stage, generator
from umbra.simulation.cutout import read_cutout_header


def baryons_of(
    stars: StellarComponent, gas: GasProfile | None, radius_kpc: np.ndarray, *, distance_mpc: float
) -> Baryons:
    """Return what stars and gas contribute to the circular velocity.

    Parameters
    ----------
    stars : StellarComponent
        The stars.
    gas : GasProfile or None
        The gas; None leaves it out.
    radius_kpc : ndarray, shape (n,)
        Radii [kpc].
    distance_mpc : float
        Distance [Mpc].

    Returns
    -------
    Baryons
    """
    return Baryons(
        radius_kpc=radius_kpc,
        stellar_velocity_squared=stars.velocity_squared(radius_kpc),
        gas_velocity_squared=(
            np.zeros_like(radius_kpc) if gas is None else gas.velocity_squared(radius_kpc)
        ),
        distance_mpc=distance_mpc,
    )


def rotation_curve_of(
    rings: Rings,
    baryons: Baryons,
    *,
    velocity_error_floor_km_s: float,
    drift_velocity_squared: np.ndarray | float = 0.0,
) -> RotationCurve:
    """Return the rotation curve of fitted rings, at their median inclination.

    Parameters
    ----------
    rings : Rings
        The rings.
    baryons : Baryons
        Stars and gas at the radii of the rings.
    velocity_error_floor_km_s : float
        Added in quadrature to the errors of the rings [km/s].
    drift_velocity_squared : ndarray, shape (rings,), or float
        How much v^2 of the gas is below that of a circular orbit [km^2/s^2].

    Returns
    -------
    RotationCurve
    """
    velocity = np.sqrt(rings.velocity_km_s**2 + drift_velocity_squared)
    error = np.hypot(rings.velocity_error_km_s, velocity_error_floor_km_s)
    return RotationCurve(
        **vars(baryons),
        velocity_km_s=velocity,
        error_km_s=error * rings.velocity_km_s / velocity,
        inclination_deg=float(np.median(rings.inclination_deg)),
    )


def fitted_rings(rings: Rings, stars: StellarComponent, *, inner_scale_lengths: float) -> Rings:
    """Return the rings whose stars an exponential disc measures.

    Within about one and a half scale lengths, bulges add to its light, and dust takes from it.

    Parameters
    ----------
    rings : Rings
        All rings.
    stars : StellarComponent
        The disc of stars.
    inner_scale_lengths : float
        Rings within this radius are left out [scale lengths].

    Returns
    -------
    Rings
        At least the outermost that a fit needs, if there are so many.
    """
    kept = rings.radius_kpc >= inner_scale_lengths * stars.scale_length_kpc
    kept[-MINIMUM_POINTS:] = True
    return Rings(**{name: values[kept] for name, values in vars(rings).items()})


@dataclass(frozen=True)
class PreparedFit:
    """A rotation curve with its model, ready to be fitted.

    Parameters
    ----------
    curve : RotationCurve
        The velocities that are fitted.
    priors : Priors
        What is known beforehand.
    baryons : callable
        Radii [kpc] -> `Baryons`.
    """

    curve: RotationCurve
    priors: Priors
    baryons: Callable[[np.ndarray], Baryons]


def prepare_fit(
    rings: Rings,
    maps: GasMaps,
    stars: StellarComponent,
    *,
    settings: ModelSettings,
    distance_error_mpc: float,
) -> PreparedFit:
    """Put together what the fit of a galaxy needs.

    Parameters
    ----------
    rings : Rings
        All rings; the fit leaves out the innermost.
    maps : GasMaps
        Moment maps, for the gas.
    stars : StellarComponent
        The stars.
    settings : ModelSettings
        What the model has.
    distance_error_mpc : float
        Width of the prior on the distance [Mpc]; 0 fixes it.

    Returns
    -------
    PreparedFit
    """
    distance_mpc = maps.distance_mpc
    inner = settings.inner_radius_scale_lengths
    measured = fitted_rings(rings, stars, inner_scale_lengths=inner)
    gas, drift = None, 0.0
    if settings.gas or settings.asymmetric_drift:
        gas = gas_profile(maps, measured)
    if settings.asymmetric_drift:
        drift = drift_velocity_squared(measured, gas)
    counted = gas if settings.gas else None

    def baryons(at_kpc: np.ndarray) -> Baryons:
        return baryons_of(stars, counted, at_kpc, distance_mpc=distance_mpc)

    curve = rotation_curve_of(
        measured,
        baryons(measured.radius_kpc),
        velocity_error_floor_km_s=settings.velocity_error_floor_km_s,
        drift_velocity_squared=drift,
    )
    inclination_error = float(np.median(measured.inclination_error_deg))
    priors = Priors(
        distance_error_mpc=distance_error_mpc,
        inclination_error_deg=max(inclination_error, settings.min_inclination_error_deg),
        log10_upsilon=stars.log10_upsilon,
    )
    return PreparedFit(curve, priors, baryons)


def fit_galaxy(
    *,
    galaxy: int,
    realisation: int,
    rings: Path,
    disc: Path,
    moments: Path,
    cutout: Path,
    radius_kpc: np.ndarray,
    settings: MassModelSettings,
    seed: int,
    posterior: Path,
    mass: Path,
    halos: Path,
) -> None:
    """Fit the mass model to a galaxy's rotation curve.

    Parameters
    ----------
    galaxy, realisation, seed : int
        The random numbers depend on these.
    rings, disc : Path
        ``rings.csv`` and ``disc.csv``.
    moments : Path
        Moment maps of the galaxy, for its gas, with the distance in the header.
    cutout : Path
        Cutout of the galaxy, with little h of the run in the header.
    radius_kpc : ndarray, shape (radii,)
        Radii at which the dark-matter mass is wanted [kpc].
    settings : MassModelSettings
        How the model is fitted.
    posterior, mass, halos : Path
        The files to write, ``posterior.hdf5``, ``mass.csv`` and ``halos.csv``; the last compares
        the halo with those of `settings.compared_halos`.

    Raises
    ------
    Rejected
        If the curve cannot be fitted, or the fit does not converge.
    InputError
        If a file is not what its stage writes.
    """
    hubble = read_cutout_header(cutout).hubble
    maps = read_gas_maps(moments, realisation)
    stars = stars_of_light(read_disc(disc), distance_mpc=maps.distance_mpc, settings=settings)
    prepared = prepare_fit(
        read_rings(rings),
        maps,
        stars,
        settings=settings,
        distance_error_mpc=settings.distance_relative_error * maps.distance_mpc,
    )

    def fit(halo: str) -> Posterior:
        return fit_rotation_curve(
            prepared.curve,
            prepared.priors,
            hubble=hubble,
            rng=generator(seed, Stage.ROTATION_CURVE, galaxy, realisation),
            halo=halo,
            max_steps=settings.max_steps,
        )

    found = fit(settings.halo)
    write_posterior(found, posterior)
    write_mass_dm(found, radius_kpc, prepared.baryons(radius_kpc), mass, hubble=hubble)
    others = [halo for halo in settings.compared_halos if halo != settings.halo]
    write_halos({settings.halo: found} | {halo: _attempt(fit, halo) for halo in others}, halos)


def _attempt(fit: Callable[[str], Posterior], halo: str) -> Posterior | Rejected:
    """Return the fit of a halo, or why it failed: only the galaxy's own halo has to succeed."""
    try:
        return fit(halo)
    except Rejected as rejected:
        return rejected
