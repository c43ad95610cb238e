"""Reading what the stages before the dataset write: images, maps and profiles of one galaxy."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.errors import InputError
from umbra.tables import read_table

MASS_PROFILE_COLUMNS: dict[str, type] = {
    "radius_kpc": float,
    "dm_mass_msun": float,
    "stellar_mass_msun": float,
    "gas_mass_msun": float,
    "dm_particles": int,
    "star_particles": int,
    "gas_cells": int,
}


def read_realisations(path: Path, *, galaxy: int, shape: tuple[int, ...]) -> Iterator[tuple]:
    """Yield image (little-endian float32) and header of each realisation.

    Parameters
    ----------
    path : path
        FITS file with an HDU ``R{k}`` a realisation.
    galaxy : int
        Subhalo id that the headers must name.
    shape : tuple of int
        Realisations, channels, pixels, pixels.

    Yields
    ------
    image : ndarray, shape (channels, pixels, pixels)
    header : astropy.io.fits.Header

    Raises
    ------
    InputError
        If the file is truncated, of another galaxy or of another shape.
    """
    from astropy.io import fits  # costs 0.3 s that reading a dataset does not need

    try:
        with fits.open(path, memmap=False) as hdus:
            for k in range(shape[0]):
                hdu = hdus[f"R{k}"]
                found = (hdu.header["GALAXY"], *hdu.shape)
                if found != (galaxy, *shape[1:]):
                    raise InputError(
                        f"{path}: HDU R{k} holds (galaxy, shape) {found} and not "
                        f"{(galaxy, *shape[1:])}; delete the file and make it again."
                    )
                yield np.asarray(hdu.data, dtype="<f4"), hdu.header
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: not a whole FITS file of images ({error}); delete it and make it again."
        ) from error


def card_value(header, name: str) -> float:
    """Return a header value; one that could not be measured has no value and becomes NaN."""
    value = header.get(name)
    return float(value) if isinstance(value, int | float) else np.nan


def read_mass_profile(path: Path) -> pd.DataFrame:
    """Read the true mass profile of a galaxy, ``profiles/{galaxy}.csv``.

    Parameters
    ----------
    path : Path
        The file that `umbra.dataset.profiles.write_profile` writes.

    Returns
    -------
    pandas.DataFrame
        One row for each radius, with the columns `MASS_PROFILE_COLUMNS`: the radius, the masses of
        dark matter, stars and gas within it, and the numbers of their particles.

    Raises
    ------
    InputError
        If the file is missing or is not such a table.
    """
    return read_table(path, MASS_PROFILE_COLUMNS)


def read_profile(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return radius [kpc] and enclosed dark-matter mass [Msun]; a mass without particles is 0."""
    try:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        radius_kpc = np.array([float(row["radius_kpc"]) for row in rows])
        mass = [
            float(row["dm_mass_msun"]) if float(row["dm_particles"]) > 0 else 0.0 for row in rows
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: not a profile ({error!r}); delete the file and make it again."
        ) from error
    return radius_kpc, np.array(mass)


def log10_mass(path: Path, *, radius_kpc: np.ndarray) -> np.ndarray:
    """Return log10 of the enclosed dark-matter mass [Msun]; NaN where no particle is inside."""
    radius, mass_msun = read_profile(path)
    if not np.array_equal(radius, radius_kpc):
        raise InputError(
            f"{path}: its radii differ from those of the other galaxies; "
            "delete the folder profiles and make it again."
        )
    return np.log10(mass_msun, out=np.full(len(radius), np.nan), where=mass_msun > 0)
