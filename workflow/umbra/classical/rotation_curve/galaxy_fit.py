"""The fit of one galaxy, from what 3DBAROLO and the light profile found to its dark mass."""

import csv
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.curve_model import Priors, RotationCurve
from umbra.classical.rotation_curve.mass_to_light import (
    BELL_SCATTER_DEX,
    bell2003_mass_to_light,
    luminosity_density_lsun_kpc2,
)
from umbra.classical.rotation_curve.posterior import (
    fit_rotation_curve,
    write_dark_mass,
    write_posterior,
)
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.errors import InputError
from umbra.physics.disc import freeman_velocity_squared
from umbra.seeds import Stage, generator


def _columns(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return named columns of numbers of a CSV file."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        return {name: np.array([float(row[name]) for row in rows]) for name in names}
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{path} does not hold numbers in the columns {', '.join(names)}; "
            "delete it and run its stage again."
        ) from None


def disc_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    central_surface_brightness_mag_arcsec2: float,
    scale_length_arcsec: float,
    ellipticity: float,
    distance_mpc: float,
    band: str = "g",
) -> np.ndarray:
    """Return v^2 [km^2/s^2] of the disc of an image, for a mass-to-light ratio of 1.

    Parameters
    ----------
    radius_kpc : ndarray, shape (R,)
        Radii in the disc's plane [kpc].
    central_surface_brightness_mag_arcsec2 : float
        As observed [AB mag/arcsec^2].
    scale_length_arcsec : float
        Along the major axis.
    ellipticity : float
        1 - b/a: a transparent disc seen face-on is fainter than observed by b/a, with which its
        luminosity is what the image holds.
    distance_mpc : float
    band : {"g", "r"}

    Returns
    -------
    ndarray, shape (R,)
    """
    light = luminosity_density_lsun_kpc2(central_surface_brightness_mag_arcsec2, band=band)
    return freeman_velocity_squared(
        radius_kpc,
        central_surface_density_msun_kpc2=light * (1 - ellipticity),
        scale_length_kpc=scale_length_arcsec * distance_mpc * 1e3 / ARCSEC_PER_RADIAN,
    )


def read_curve(
    *, rings: Path, disc: Path, distance_mpc: float, band: str, velocity_error_floor_km_s: float
) -> tuple[RotationCurve, float, float]:
    """Read a galaxy's rotation curve and its disc.

    Parameters
    ----------
    rings, disc : pathlib.Path
        ``rings.csv`` and ``disc.csv``.
    distance_mpc : float
        With which the rings' radii are in kpc.
    band : {"g", "r"}
        Band of the disc's light.
    velocity_error_floor_km_s : float
        Added in quadrature to the errors of the rings.

    Returns
    -------
    curve : RotationCurve
        At the rings' median inclination.
    inclination_error_deg : float
        Their median error.
    g_minus_r : float
        Colour of the galaxy [mag].
    """
    names = ("radius_kpc", "velocity_km_s", "velocity_error_km_s")
    names += ("inclination_deg", "inclination_error_deg")
    radius, velocity, error, inclination, inclination_error = _columns(rings, names).values()
    names = ("central_surface_brightness_mag_arcsec2", "scale_length_arcsec", "ellipticity")
    shape = {name: values[0] for name, values in _columns(disc, (*names, "colour_g_r_mag")).items()}
    colour = shape.pop("colour_g_r_mag")
    stars = disc_velocity_squared(radius, distance_mpc=distance_mpc, band=band, **shape)
    curve = RotationCurve(
        radius_kpc=radius,
        velocity_km_s=velocity,
        error_km_s=np.hypot(error, velocity_error_floor_km_s),
        stellar_velocity_squared=stars,
        gas_velocity_squared=np.zeros_like(radius),
        distance_mpc=distance_mpc,
        inclination_deg=float(np.median(inclination)) if len(radius) else 90.0,
    )
    return curve, float(np.median(inclination_error)) if len(radius) else 0.0, float(colour)


def fit_galaxy(
    *,
    galaxy: int,
    realisation: int,
    rings: Path,
    disc: Path,
    moments: Path,
    radius_kpc: np.ndarray,
    distance_relative_error: float,
    min_inclination_error_deg: float,
    velocity_error_floor_km_s: float,
    colour_prior: bool,
    imf: str,
    max_steps: int,
    hubble: float,
    seed: int,
    posterior: Path,
    mass: Path,
    band: str = "g",
) -> None:
    """Fit the mass model to a galaxy's rotation curve.

    Parameters
    ----------
    galaxy, realisation, seed : int
        What the random numbers depend on.
    rings, disc : pathlib.Path
        As in `read_curve`.
    moments : pathlib.Path
        Moment maps of the galaxy, whose header knows the distance.
    radius_kpc : ndarray, shape (R,)
        Where the dark mass is wanted [kpc].
    distance_relative_error : float
        Relative width of the prior on the distance; zero keeps it fixed.
    min_inclination_error_deg : float
        Smallest width of the prior on the inclination; that of the rings' errors otherwise.
    velocity_error_floor_km_s : float
        As in `read_curve`.
    colour_prior : bool
        Whether the colour narrows the mass-to-light ratio (`bell2003_mass_to_light`).
    imf : str
        Initial mass function of that relation.
    max_steps : int
        As in `umbra.classical.rotation_curve.posterior.fit_rotation_curve`.
    hubble : float
        Little h.
    posterior, mass : pathlib.Path
        ``posterior.hdf5`` and ``mass.csv``.
    band : {"g", "r"}
        Band of the disc's light.

    Raises
    ------
    Rejected
        As `umbra.classical.rotation_curve.posterior.fit_rotation_curve` does.
    """
    from astropy.io import fits  # slow to import, and reading a table needs none of it

    distance_mpc = fits.getval(moments, "DISTMPC", f"R{realisation}")
    curve, inclination_error, colour = read_curve(
        rings=rings,
        disc=disc,
        distance_mpc=distance_mpc,
        band=band,
        velocity_error_floor_km_s=velocity_error_floor_km_s,
    )
    ratio = bell2003_mass_to_light(colour, band=band, imf=imf)
    priors = Priors(
        distance_error_mpc=distance_relative_error * distance_mpc,
        inclination_error_deg=max(inclination_error, min_inclination_error_deg),
        log10_upsilon=(float(np.log10(ratio)), BELL_SCATTER_DEX) if colour_prior else None,
    )
    rng = generator(seed, Stage.ROTATION_CURVE, galaxy, realisation)
    found = fit_rotation_curve(curve, priors, hubble=hubble, rng=rng, max_steps=max_steps)
    write_posterior(found, posterior)
    write_dark_mass(found, radius_kpc, mass, hubble=hubble)
