"""The truth: mass profiles measured from the particles of a cutout."""

import csv
from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.files import atomic
from umbra.simulation.cutout import read_cutout

COLUMNS = (
    "radius_kpc",
    "dm_mass_msun",
    "stellar_mass_msun",
    "gas_mass_msun",
    "dm_particles",
    "star_particles",
    "gas_cells",
)


def radii_kpc(*, radii: int, min_radius_kpc: float, max_radius_kpc: float) -> np.ndarray:
    """Return logarithmically spaced radii [kpc], shape (radii,), ends included."""
    return np.geomspace(min_radius_kpc, max_radius_kpc, radii)


def enclosed_masses(
    *, radius_kpc: np.ndarray, position_kpc: np.ndarray, mass_msun: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum the particles within each radius.

    Parameters
    ----------
    radius_kpc : ndarray, shape (R,)
        Radii of the spheres [kpc].
    position_kpc : ndarray, shape (N, 3)
        Positions relative to their centre [kpc].
    mass_msun : ndarray, shape (N,)
        Masses of the particles [Msun].

    Returns
    -------
    mass : ndarray, shape (R,)
        Enclosed mass [Msun].
    particles : ndarray of int, shape (R,)
        Number of particles within.
    """
    distance = np.linalg.norm(position_kpc, axis=1)
    order = np.argsort(distance)
    within = np.searchsorted(distance[order], radius_kpc, side="right")
    mass = np.concatenate([[0.0], np.cumsum(mass_msun[order], dtype=float)])
    return mass[within], within


def write_profile(*, cutout: Path, profiles: dict, output: Path) -> None:
    """Write the enclosed dark, stellar and gas mass of a galaxy.

    Parameters
    ----------
    cutout : Path
        The galaxy's cutout.
    profiles : dict
        Section ``profiles`` of the configuration.
    output : Path
        CSV file, one row a radius.

    Raises
    ------
    InputError
        If the outermost radius is beyond the cutout.
    """
    particles = read_cutout(cutout)
    radius = radii_kpc(**profiles)
    if radius[-1] > particles.radius_kpc * (1 + 1e-9):
        raise InputError(
            f"profiles.max_radius_kpc ({radius[-1]:g}) is beyond the {particles.radius_kpc:g} kpc "
            f"of {cutout}; lower it or raise cutouts.radius_kpc."
        )
    columns, counts = [radius], []
    for kind in (particles.dark_matter, particles.stars, particles.gas):
        mass, number = enclosed_masses(
            radius_kpc=radius, position_kpc=kind.position_kpc, mass_msun=kind.mass_msun
        )
        columns.append(mass)
        counts.append(number)
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for values, numbers in zip(
            zip(*columns, strict=True), zip(*counts, strict=True), strict=True
        ):
            writer.writerow([*(f"{value:.9g}" for value in values), *numbers])
