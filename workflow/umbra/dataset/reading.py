"""Reader of ``dataset.hdf5``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

import h5py
import numpy as np

from umbra.channels import BANDS, CHANNELS
from umbra.dataset.split import SplitName, check_split
from umbra.errors import InputError
from umbra.hdf5 import open_content
from umbra.tables import MAKE_AGAIN

OBSERVABLES = (
    *(f"flux_{band}_nanomaggy" for band in BANDS),
    *("flux_hi_jy_km_s", "w50_km_s", "line_cut"),
)


@dataclass(frozen=True)
class SplitTable:
    """Rows of one split without their images.

    Parameters
    ----------
    observables : ndarray, shape (n, len(OBSERVABLES))
        Integrated quantities, `OBSERVABLES`; NaN if not measured. `line_cut` is 1 where the HI line
        goes on beyond the band, so that its flux and width are lower limits, else 0.
    log10_mass_dm : ndarray, shape (n, radii)
        log10 of the mass of dark matter within each radius [Msun]; NaN if there is no particle.
    galaxy, realisation : ndarray of int, shape (n,)
        Subhalo id and number of the realisation.
    distance_mpc : ndarray, shape (n,)
        Distance of the galaxy [Mpc].
    measured_distance_mpc : ndarray, shape (n,)
        Distance that an observer has measured [Mpc].
    radius_kpc : ndarray, shape (radii,)
        Radii of the profiles [kpc].
    """

    observables: np.ndarray
    log10_mass_dm: np.ndarray
    galaxy: np.ndarray
    realisation: np.ndarray
    distance_mpc: np.ndarray
    measured_distance_mpc: np.ndarray
    radius_kpc: np.ndarray

    def select(self, which: np.ndarray) -> Self:
        """Return some rows: `which` has their indices, or True where a row is wanted."""
        columns = [field.name for field in fields(self) if field.name != "radius_kpc"]
        return replace(self, **{name: getattr(self, name)[which] for name in columns})


@dataclass(frozen=True)
class SplitImages(SplitTable):
    """Rows of one split with some channels of their images.

    Parameters
    ----------
    images : ndarray of float32, shape (n, pixels, pixels, channels)
        Physical units; masked pixels are NaN.
    """

    images: np.ndarray


def read_split(path: Path, channels: Sequence[str], split: SplitName) -> SplitImages:
    """Read one split with some channels of its images.

    Parameters
    ----------
    path : Path
        ``dataset.hdf5``.
    channels : sequence of str
        Keys of `umbra.channels.CHANNELS`, in the order of the images' last axis.
    split : {"train", "val", "test"}

    Returns
    -------
    SplitImages

    Raises
    ------
    InputError
        If the file cannot be read, or its splits share a galaxy.
    """
    numbers = [list(CHANNELS).index(name) for name in channels]
    with _open(path) as file:
        rows, images = _rows(file, split), file["images"]
        out = np.empty((len(rows), *images.shape[1:3], len(numbers)), dtype=np.float32)
        for index, row in enumerate(rows):
            for place, number in enumerate(numbers):
                out[index, :, :, place] = images[row, :, :, number]
        columns = _columns(file, rows)
    return SplitImages(**columns, images=out)


def read_split_table(path: Path, split: SplitName) -> SplitTable:
    """Read one split without its images.

    Parameters
    ----------
    path : Path
        ``dataset.hdf5``.
    split : {"train", "val", "test"}

    Returns
    -------
    SplitTable

    Raises
    ------
    InputError
        If the file cannot be read, or its splits share a galaxy.
    """
    with _open(path) as file:
        columns = _columns(file, _rows(file, split))
    return SplitTable(**columns)


@contextmanager
def _open(path: Path) -> Iterator[h5py.File]:
    with open_content(path, fault="is not a whole dataset", remedy=MAKE_AGAIN) as file:
        if "channels" not in file.attrs or list(file.attrs["channels"]) != list(CHANNELS):
            raise InputError(
                f"{path}: its attribute channels is not {', '.join(CHANNELS)}, so it is not a"
                f" dataset of this workflow; {MAKE_AGAIN}."
            )
        yield file


def _rows(file: h5py.File, split: SplitName) -> np.ndarray:
    names = file["split"].asstr()[:]
    check_split(galaxy=file["galaxy"][:], split=names)
    return np.flatnonzero(names == split)


def _columns(file: h5py.File, rows: np.ndarray) -> dict[str, np.ndarray]:
    by_row = [field.name for field in fields(SplitTable) if field.name != "radius_kpc"]
    return {name: file[name][rows] for name in by_row} | {"radius_kpc": file["radius_kpc"][:]}
