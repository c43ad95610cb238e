"""Readers of the dataset's inputs: images, moment maps and mass profiles of one galaxy."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.tables import MAKE_AGAIN, read_table

if TYPE_CHECKING:
    from astropy.io import fits

MASS_PROFILE_COLUMNS: dict[str, type] = {
    "radius_kpc": float,
    "dm_mass_msun": float,
    "stellar_mass_msun": float,
    "gas_mass_msun": float,
    "dm_particles": int,
    "star_particles": int,
    "gas_cells": int,
}


def read_realisations(
    path: Path, *, galaxy: int, shape: tuple[int, ...]
) -> Iterator[tuple[np.ndarray, "fits.Header"]]:
    """Yield the image and the header of each realisation of a galaxy.

    Parameters
    ----------
    path : Path
        FITS file with one HDU ``R{k}`` for each realisation.
    galaxy : int
        Subhalo id that the headers must state.
    shape : tuple of int
        Realisations, channels, pixels, pixels.

    Yields
    ------
    image : ndarray, shape (channels, pixels, pixels)
        Little-endian float32.
    header : astropy.io.fits.Header

    Raises
    ------
    InputError
        If the file is truncated, or belongs to another galaxy, or has another shape.
    """
    from astropy.io import fits  # slow import (0.3 s); readers of profiles do not need it

    try:
        with fits.open(path, memmap=False) as hdus:
            for k in range(shape[0]):
                hdu = hdus[f"R{k}"]
                found = (hdu.header["GALAXY"], *hdu.shape)
                if found != (galaxy, *shape[1:]):
                    raise InputError(
                        f"{path}: HDU R{k} has (galaxy, shape) {found}, but it must have"
                        f" {(galaxy, *shape[1:])}; delete the file and make it again."
                    )
                yield np.asarray(hdu.data, dtype="<f4"), hdu.header
    except (OSError, KeyError, TypeError, ValueError) as error:
        reason = plain_reason(error)
        damaged = f"{path}: not a complete FITS file of images ({reason}); {MAKE_AGAIN}."
        raise unreadable(error, path, damaged) from error


def card_value(header: "fits.Header", name: str) -> float:
    """Return the number on a header card, or NaN if the card has no value or is missing."""
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


def log10_mass_dm(path: Path, *, radius_kpc: np.ndarray) -> np.ndarray:
    """Return the true dark matter profile of a galaxy.

    Parameters
    ----------
    path : Path
        Its mass profile.
    radius_kpc : ndarray, shape (radii,)
        The radii that the profile must have [kpc].

    Returns
    -------
    ndarray, shape (radii,)
        log10 of the mass of dark matter within each radius [Msun]; NaN where there is no particle.

    Raises
    ------
    InputError
        If the file is not a mass profile or has other radii.
    """
    profile = read_mass_profile(path)
    if not np.array_equal(profile["radius_kpc"], radius_kpc):
        raise InputError(
            f"{path}: its radii differ from those of the other galaxies; delete the folder profiles"
            " and make it again."
        )
    inside = (profile["dm_particles"] > 0).to_numpy()
    mass_msun = profile["dm_mass_msun"].to_numpy()
    return np.log10(mass_msun, out=np.full(len(profile), np.nan), where=inside & (mass_msun > 0))
