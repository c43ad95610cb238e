"""The fit of one galaxy: from its rings and its disc of light to its dark-matter mass."""

from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.light.disc_table import read_disc
from umbra.classical.rotation_curve.mass_model import Priors, RotationCurve
from umbra.classical.rotation_curve.mass_to_light import (
    BELL_SCATTER_DEX,
    bell2003_mass_to_light,
    luminosity_density_lsun_kpc2,
)
from umbra.classical.rotation_curve.posterior import (
    fit_rotation_curve,
    write_mass_dm,
    write_posterior,
)
from umbra.classical.rotation_curve.rings import read_rings
from umbra.config.rotation_curve import MassModelSettings
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.faults import plain_reason, unreadable
from umbra.physics.disc import freeman_velocity_squared
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


def read_curve(
    *, rings: Path, disc: Path, distance_mpc: float, velocity_error_floor_km_s: float
) -> tuple[RotationCurve, float, float]:
    """Read a galaxy's rotation curve and its disc of light.

    Parameters
    ----------
    rings, disc : Path
        ``rings.csv`` and ``disc.csv``.
    distance_mpc : float
        Distance at which the radii of the rings are in kpc [Mpc].
    velocity_error_floor_km_s : float
        Added in quadrature to the errors of the rings [km/s].

    Returns
    -------
    curve : RotationCurve
        At the median inclination of the rings.
    inclination_error_deg : float
        Median error of the inclinations [deg].
    g_minus_r : float
        Colour of the galaxy [mag].

    Raises
    ------
    InputError
        If a file is not what its stage writes.
    """
    measured, light = read_rings(rings), read_disc(disc)
    stars = disc_velocity_squared(
        measured.radius_kpc,
        central_surface_brightness_mag_arcsec2=light.disc.central_surface_brightness_mag_arcsec2,
        scale_length_arcsec=light.disc.scale_length_arcsec,
        ellipticity=light.disc.ellipticity,
        distance_mpc=distance_mpc,
    )
    curve = RotationCurve(
        radius_kpc=measured.radius_kpc,
        velocity_km_s=measured.velocity_km_s,
        error_km_s=np.hypot(measured.velocity_error_km_s, velocity_error_floor_km_s),
        stellar_velocity_squared=stars,
        gas_velocity_squared=np.zeros_like(measured.radius_kpc),
        distance_mpc=distance_mpc,
        inclination_deg=float(np.median(measured.inclination_deg)),
    )
    return curve, float(np.median(measured.inclination_error_deg)), light.colour_g_r_mag


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
) -> None:
    """Fit the mass model to a galaxy's rotation curve.

    Parameters
    ----------
    galaxy, realisation, seed : int
        The random numbers depend on these.
    rings, disc : Path
        As in `read_curve`.
    moments : Path
        Moment maps of the galaxy, with the distance in the header.
    cutout : Path
        Cutout of the galaxy, with little h of the run in the header.
    radius_kpc : ndarray, shape (radii,)
        Radii at which the dark-matter mass is wanted [kpc].
    settings : MassModelSettings
        How the model is fitted.
    posterior, mass : Path
        The files to write, ``posterior.hdf5`` and ``mass.csv``.

    Raises
    ------
    Rejected
        If the curve cannot be fitted, or the fit does not converge.
    InputError
        If a file is not what its stage writes.
    """
    from astropy.io import fits  # its import is slow

    hubble = read_cutout_header(cutout).hubble
    try:
        distance_mpc = fits.getval(moments, "DISTMPC", f"R{realisation}")
    except (OSError, KeyError) as error:
        damaged = f"{moments} holds no distance ({plain_reason(error)}); {MAKE_AGAIN}."
        raise unreadable(error, moments, damaged) from error
    curve, inclination_error, colour = read_curve(
        rings=rings,
        disc=disc,
        distance_mpc=distance_mpc,
        velocity_error_floor_km_s=settings.velocity_error_floor_km_s,
    )
    log10_upsilon = None
    if settings.colour_prior:
        ratio = bell2003_mass_to_light(colour, imf=settings.imf)
        log10_upsilon = float(np.log10(ratio)), BELL_SCATTER_DEX
    priors = Priors(
        distance_error_mpc=settings.distance_relative_error * distance_mpc,
        inclination_error_deg=max(inclination_error, settings.min_inclination_error_deg),
        log10_upsilon=log10_upsilon,
    )
    rng = generator(seed, Stage.ROTATION_CURVE, galaxy, realisation)
    found = fit_rotation_curve(curve, priors, hubble=hubble, rng=rng, max_steps=settings.max_steps)
    write_posterior(found, posterior)
    write_mass_dm(found, radius_kpc, mass, hubble=hubble)
