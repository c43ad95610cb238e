"""``maps.hdf5``: sensitivity maps and their images."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from umbra.hdf5 import create, open_content
from umbra.tables import MAKE_AGAIN


@dataclass(frozen=True)
class Maps:
    """Sensitivity maps of a few galaxies, of all realisations of each.

    Attributes
    ----------
    maps : ndarray of float32, shape (n, radii, pixels, pixels, channels)
        d log10 M_DM(<R) / d pixel of the scaled image [dex]; 0 where masked.
    images : ndarray of float32, shape (n, pixels, pixels, channels)
        Physical units; NaN where masked.
    galaxy, realisation : ndarray of int, shape (n,)
    distance_mpc : ndarray, shape (n,)
    radius_kpc : ndarray, shape (radii,)
        Radii R of the enclosed masses.
    channels : tuple of str
        Names of the channels.
    field_of_view_arcmin : float
        Side of the images.
    """

    maps: np.ndarray
    images: np.ndarray
    galaxy: np.ndarray
    realisation: np.ndarray
    distance_mpc: np.ndarray
    radius_kpc: np.ndarray
    channels: tuple[str, ...]
    field_of_view_arcmin: float


_ATTRIBUTES = ("channels", "field_of_view_arcmin")
_ARRAYS = tuple(field.name for field in fields(Maps) if field.name not in _ATTRIBUTES)


def write_maps(*, maps: Maps, output: Path) -> None:
    """Write sensitivity maps as HDF5."""
    with create(output) as file:
        file.attrs["channels"] = list(maps.channels)
        file.attrs["field_of_view_arcmin"] = maps.field_of_view_arcmin
        for name in _ARRAYS:
            file[name] = getattr(maps, name)


def read_maps(path: Path) -> Maps:
    """Read sensitivity maps.

    Parameters
    ----------
    path : Path
        ``maps.hdf5``.

    Returns
    -------
    Maps

    Raises
    ------
    Damaged
        If the file is not one of sensitivity maps.
    InputError
        If the system does not let it be read.
    """
    fault = "is not a file of sensitivity maps"
    with open_content(path, fault=fault, remedy=MAKE_AGAIN) as file:
        channels = tuple(file.attrs["channels"])
        field_of_view_arcmin = float(file.attrs["field_of_view_arcmin"])
        arrays = {name: file[name][:] for name in _ARRAYS}
    return Maps(channels=channels, field_of_view_arcmin=field_of_view_arcmin, **arrays)
