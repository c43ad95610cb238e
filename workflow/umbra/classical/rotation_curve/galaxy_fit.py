"""The fit of one galaxy: from its rings and its disc of light to its dark-matter mass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.gas import GasProfile, drift_velocity_squared, gas_profile
from umbra.classical.rotation_curve.light.bulge import Bulge
from umbra.classical.rotation_curve.light.disc_table import DiscLight, read_disc
from umbra.classical.rotation_curve.mass_model import Baryons, Priors, RotationCurve
from umbra.classical.rotation_curve.mass_to_light import (
    BELL_SCATTER_DEX,
    bell2003_mass_to_light,
    luminosity_density_lsun_kpc2,
)
from umbra.classical.rotation_curve.posterior import (
    MINIMUM_POINTS,
    Posterior,
    fit_rotation_curve,
    write_halos,
    write_mass_dm,
    write_posterior,
)
from umbra.classical.rotation_curve.rings import Rings, read_rings
from umbra.config.rotation_curve import MassModelSettings
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.errors import Rejected
from umbra.faults import plain_reason, unreadable
from umbra.physics.disc import freeman_velocity_squared
from umbra.physics.sersic import sersic_velocity_squared
from umbra.seeds import Stage, generator
from umbra.simulation.cutout import read_cutout_header
from umbra.tables import MAKE_AGAIN


def disc_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    central_surface_brightness_mag_arcsec2: float,
    scale_length_arcsec: float,
    ellipticity: float,
    distance_mpc: float,
    band: str = "g",
) -> np.ndarray:
    """Return v^2 of the stars of an observed disc, for a mass-to-light ratio of 1.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii in the plane of the disc [kpc].
    central_surface_brightness_mag_arcsec2 : float
        Observed central surface brightness [AB mag/arcsec2].
    scale_length_arcsec : float
        Scale length along the major axis [arcsec].
    ellipticity : float
        1 - b/a. The disc is taken to be transparent: seen face-on, its surface brightness would be
        lower by the factor b/a, so that its luminosity is that of the image.
    distance_mpc : float
        Distance [Mpc].
    band : {"g", "r"}
        Band of the light.

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2].
    """
    light = luminosity_density_lsun_kpc2(central_surface_brightness_mag_arcsec2, band=band)
    return freeman_velocity_squared(
        radius_kpc,
        central_surface_density_msun_kpc2=light * (1 - ellipticity),
        scale_length_kpc=scale_length_arcsec * distance_mpc * 1e3 / ARCSEC_PER_RADIAN,
    )


def bulge_velocity_squared(
    radius_kpc: np.ndarray, bulge: Bulge | None, *, distance_mpc: float
) -> np.ndarray:
    """Return v^2 of the stars of an observed bulge, for a mass-to-light ratio of 1.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc].
    bulge : Bulge or None
        The bulge; None contributes nothing.
    distance_mpc : float
        Distance [Mpc].

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2].
    """
    if bulge is None:
        return np.zeros_like(radius_kpc)
    return sersic_velocity_squared(
        radius_kpc,
        effective_density_msun_kpc2=luminosity_density_lsun_kpc2(
            bulge.effective_surface_brightness_mag_arcsec2
        ),
        effective_radius_kpc=bulge.effective_radius_arcsec * distance_mpc * 1e3 / ARCSEC_PER_RADIAN,
        index=bulge.sersic_index,
    )


def baryons_of(
    light: DiscLight, gas: GasProfile | None, radius_kpc: np.ndarray, *, distance_mpc: float
) -> Baryons:
    """Return what stars and gas contribute to the circular velocity.

    Parameters
    ----------
    light : DiscLight
        Disc and bulge, which have the same mass-to-light ratio.
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
    disc = disc_velocity_squared(
        radius_kpc,
        central_surface_brightness_mag_arcsec2=light.disc.central_surface_brightness_mag_arcsec2,
        scale_length_arcsec=light.disc.scale_length_arcsec,
        ellipticity=light.disc.ellipticity,
        distance_mpc=distance_mpc,
    )
    bulge = bulge_velocity_squared(radius_kpc, light.bulge, distance_mpc=distance_mpc)
    return Baryons(
        radius_kpc=radius_kpc,
        stellar_velocity_squared=disc + bulge,
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


def fitted_rings(rings: Rings, light: DiscLight, *, inner_scale_lengths: float) -> Rings:
    """Return the rings whose stars the exponential disc measures.

    Within about one and a half scale lengths, bulges add to its light, and dust takes from it.

    Parameters
    ----------
    rings : Rings
        All rings.
    light : DiscLight
        The disc of light.
    inner_scale_lengths : float
        Rings within this radius are left out [scale lengths].

    Returns
    -------
    Rings
        At least the outermost that a fit needs, if there are so many.
    """
    inner_arcsec = inner_scale_lengths * light.disc.scale_length_arcsec
    kept = rings.radius_arcsec >= inner_arcsec
    kept[-MINIMUM_POINTS:] = True
    return Rings(**{name: values[kept] for name, values in vars(rings).items()})


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
    distance_mpc = _distance_mpc(moments, realisation)
    measured, light = _read_measured(rings, disc, settings)
    gas, drift = None, 0.0
    if settings.gas or settings.asymmetric_drift:
        gas = gas_profile(
            moments, realisation=realisation, rings=measured, distance_mpc=distance_mpc
        )
    if settings.asymmetric_drift:
        drift = drift_velocity_squared(measured, gas)

    def baryons(at_kpc: np.ndarray) -> Baryons:
        return baryons_of(light, gas if settings.gas else None, at_kpc, distance_mpc=distance_mpc)

    curve = rotation_curve_of(
        measured,
        baryons(measured.radius_kpc),
        velocity_error_floor_km_s=settings.velocity_error_floor_km_s,
        drift_velocity_squared=drift,
    )
    priors = _priors(settings, curve, measured, light)

    def fit(halo: str) -> Posterior:
        return fit_rotation_curve(
            curve,
            priors,
            hubble=hubble,
            rng=generator(seed, Stage.ROTATION_CURVE, galaxy, realisation),
            halo=halo,
            max_steps=settings.max_steps,
        )

    found = fit(settings.halo)
    write_posterior(found, posterior)
    write_mass_dm(found, radius_kpc, baryons(radius_kpc), mass, hubble=hubble)
    others = [halo for halo in settings.compared_halos if halo != settings.halo]
    write_halos({settings.halo: found} | {halo: _attempt(fit, halo) for halo in others}, halos)


def _read_measured(rings: Path, disc: Path, settings: MassModelSettings) -> tuple[Rings, DiscLight]:
    """Return the rings and the light that are fitted."""
    light = read_disc(disc)
    if not settings.bulge:
        light = replace(light, bulge=None)
    inner = settings.inner_radius_scale_lengths
    return fitted_rings(read_rings(rings), light, inner_scale_lengths=inner), light


def _attempt(fit: Callable[[str], Posterior], halo: str) -> Posterior | Rejected:
    """Return the fit of a halo, or why it failed: only the galaxy's own halo has to succeed."""
    try:
        return fit(halo)
    except Rejected as rejected:
        return rejected


def _distance_mpc(moments: Path, realisation: int) -> float:
    from astropy.io import fits  # its import is slow

    try:
        return fits.getval(moments, "DISTMPC", f"R{realisation}")
    except (OSError, KeyError) as error:
        damaged = f"{moments} holds no distance ({plain_reason(error)}); {MAKE_AGAIN}."
        raise unreadable(error, moments, damaged) from error


def _priors(
    settings: MassModelSettings, curve: RotationCurve, rings: Rings, light: DiscLight
) -> Priors:
    log10_upsilon = None
    if settings.colour_prior:
        ratio = bell2003_mass_to_light(light.colour_g_r_mag, imf=settings.imf)
        log10_upsilon = float(np.log10(ratio)), BELL_SCATTER_DEX
    inclination_error = float(np.median(rings.inclination_error_deg))
    return Priors(
        distance_error_mpc=settings.distance_relative_error * curve.distance_mpc,
        inclination_error_deg=max(inclination_error, settings.min_inclination_error_deg),
        log10_upsilon=log10_upsilon,
    )
