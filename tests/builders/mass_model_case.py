"""A rotation curve whose parameters are known, and the files that its fit reads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.io import fits

import tng_files
from rotation_case import disc_of, rings_of
from umbra.classical.rotation_curve.light.disc_table import DiscLight, write_disc
from umbra.classical.rotation_curve.mass_model import RotationCurve, model_velocity
from umbra.classical.rotation_curve.rings import write_rings
from umbra.classical.rotation_curve.stars import disc_velocity_squared
from umbra.config.rotation_curve import MassModelSettings
from umbra.constants import ARCSEC_PER_RADIAN

HUBBLE = 0.6774
RADII_KPC = np.geomspace(1, 100, 20)
DISTANCE_MPC, INCLINATION_DEG, COLOUR = 15.0, 60.0, 0.5
IMAGE = {
    "central_surface_brightness_mag_arcsec2": 20.5,
    "scale_length_arcsec": 45.0,
    "ellipticity": 0.45,
}
# The distance is 4 % more than assumed, and the disc is more inclined by 2 degrees.
TRUTH = np.array([1.3, 130.0, 11.0, 15.6, 62.0])


def true_curve(seed: int = 3, points: int = 30, error: float = 4.0) -> RotationCurve:
    """Return a curve of `TRUTH` with errors."""
    radius = np.linspace(1.0, 30.0, points)
    blank = np.zeros(points)
    curve = RotationCurve(
        radius_kpc=radius,
        velocity_km_s=blank,
        error_km_s=np.full(points, error),
        stellar_velocity_squared=disc_velocity_squared(radius, distance_mpc=DISTANCE_MPC, **IMAGE),
        gas_velocity_squared=blank,
        distance_mpc=DISTANCE_MPC,
        inclination_deg=INCLINATION_DEG,
    )
    velocity = model_velocity(TRUTH[None], curve, hubble=HUBBLE, halo="nfw")[0]
    noise = error * np.random.default_rng(seed).standard_normal(points)
    return replace(curve, velocity_km_s=velocity + noise)


def write_ring_table(path: Path, curve: RotationCurve) -> Path:
    """Write the rings of a curve."""
    count = len(curve.radius_kpc)
    rings = rings_of(
        radius_arcsec=curve.radius_kpc / (1e3 * DISTANCE_MPC) * ARCSEC_PER_RADIAN,
        radius_kpc=curve.radius_kpc,
        velocity_km_s=curve.velocity_km_s,
        velocity_error_km_s=curve.error_km_s,
        inclination_deg=np.full(count, INCLINATION_DEG),
        inclination_error_deg=np.full(count, 0.5),
    )
    write_rings(rings, path)
    return path


def write_disc_table(path: Path) -> Path:
    """Write the disc of `IMAGE`."""
    write_disc(DiscLight("photutils", disc_of(**IMAGE), COLOUR, 0.01, 200.0), path)
    return path


def write_moment_maps(path: Path) -> Path:
    """Write empty moment maps, with the distance in their header."""
    hdu = fits.ImageHDU(np.zeros((3, 2, 2), dtype=np.float32), name="R0")
    hdu.header["DISTMPC"] = DISTANCE_MPC
    hdu.header.update({"BMAJ": 0.003, "BMIN": 0.003, "CDELT1": -0.002, "CDELT2": 0.002})
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path, overwrite=True)
    return path


def write_cutout(folder: Path, *, hubble: float = HUBBLE) -> Path:
    """Write a cutout without particles, with little h in its header."""
    return tng_files.write_snapshot(folder, chunks=[{}], HubbleParam=hubble)[0]


def fit_arguments(folder: Path, *, hubble: float = HUBBLE, **settings) -> dict:
    """Write the files of a galaxy and return the arguments of `fit_galaxy`."""
    return {
        "galaxy": 7,
        "realisation": 0,
        "radius_kpc": RADII_KPC,
        "moments": write_moment_maps(folder / "moments.fits"),
        "cutout": write_cutout(folder, hubble=hubble),
        "settings": MassModelSettings(
            **{
                **{"halo": "nfw", "gas": False},
                **{"inner_radius_scale_lengths": 0, "colour_prior": False},
                **{"min_inclination_error_deg": 3.0, "velocity_error_floor_km_s": 0.0},
            }
            | settings
        ),
        "seed": 1,
        "rings": write_ring_table(folder / "rings.csv", true_curve()),
        "disc": write_disc_table(folder / "disc.csv"),
        "posterior": folder / "posterior.hdf5",
        "mass": folder / "mass.csv",
        "halos": folder / "halos.csv",
    }
