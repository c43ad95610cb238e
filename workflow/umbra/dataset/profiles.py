"""The true mass profiles, measured from the particles of cutouts."""

from pathlib import Path

import numpy as np
import pandas as pd

from umbra.config.dataset import ProfileSettings
from umbra.dataset.inputs import MASS_PROFILE_COLUMNS
from umbra.errors import InputError
from umbra.simulation.cutout import read_cutout
from umbra.tables import write_table


def radii_kpc(*, radii: int, min_radius_kpc: float, max_radius_kpc: float) -> np.ndarray:
    """Return radii in equal logarithmic steps [kpc], shape (radii,), both ends included."""
    return np.geomspace(min_radius_kpc, max_radius_kpc, radii)


def enclosed_masses(
    *, radius_kpc: np.ndarray, position_kpc: np.ndarray, mass_msun: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum the particles within each radius.

    Parameters
    ----------
    radius_kpc : ndarray, shape (radii,)
        Radii of the spheres [kpc].
    position_kpc : ndarray, shape (n, 3)
        Positions of the particles relative to the centre of the spheres [kpc].
    mass_msun : ndarray, shape (n,)
        Masses of the particles [Msun].

    Returns
    -------
    mass_msun : ndarray, shape (radii,)
        Mass within each radius [Msun].
    particles : ndarray of int, shape (radii,)
        Number of particles within each radius.
    """
    distance = np.linalg.norm(position_kpc, axis=1)
    order = np.argsort(distance)
    within = np.searchsorted(distance[order], radius_kpc, side="right")
    mass = np.concatenate([[0.0], np.cumsum(mass_msun[order], dtype=float)])
    return mass[within], within


def write_profile(*, cutout: Path, profiles: ProfileSettings, output: Path) -> None:
    """Write the masses of dark matter, stars and gas within each radius of a galaxy.

    Parameters
    ----------
    cutout : Path
        The galaxy's cutout.
    profiles : ProfileSettings
        Number and range of the radii.
    output : Path
        CSV file with the columns `umbra.dataset.inputs.MASS_PROFILE_COLUMNS`, one row for each
        radius.

    Raises
    ------
    InputError
        If the outermost radius is beyond the cutout.
    """
    particles = read_cutout(cutout)
    radius = radii_kpc(
        radii=profiles.radii,
        min_radius_kpc=profiles.min_radius_kpc,
        max_radius_kpc=profiles.max_radius_kpc,
    )
    if radius[-1] > particles.radius_kpc * (1 + 1e-9):
        raise InputError(
            f"profiles.max_radius_kpc ({radius[-1]:g}) is beyond the {particles.radius_kpc:g} kpc"
            f" of {cutout}; lower it or raise cutouts.radius_kpc."
        )
    masses, counts = zip(
        *(
            enclosed_masses(
                radius_kpc=radius, position_kpc=kind.position_kpc, mass_msun=kind.mass_msun
            )
            for kind in (particles.dark_matter, particles.stars, particles.gas)
        ),
        strict=True,
    )
    table = pd.DataFrame(dict(zip(MASS_PROFILE_COLUMNS, (radius, *masses, *counts), strict=True)))
    numbers = [name for name, kind in MASS_PROFILE_COLUMNS.items() if kind is float]
    write_table(table, output, formats=dict.fromkeys(numbers, ".9g"))
