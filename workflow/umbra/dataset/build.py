"""The dataset: one row for each image, with its true profile and its split.

``dataset.hdf5`` has one row for each realisation of each galaxy. The chunks of ``images`` (n,
pixels, pixels, 8) hold one channel of one image, so that reading a channel set reads no bytes of
other channels. Images are in physical units: nanomaggy (u g r i z), Jy/beam km/s (HI0), km/s (HI1
and HI2). Masked pixels are NaN.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from tqdm import tqdm

from umbra.channels import BANDS, CHANNELS, HI_MAPS
from umbra.config.dataset import DatasetSettings
from umbra.dataset.inputs import card_value, log10_mass_dm, read_mass_profile, read_realisations
from umbra.dataset.reading import OBSERVABLES
from umbra.dataset.split import check_split, split_galaxies
from umbra.errors import InputError
from umbra.files import rejection
from umbra.hdf5 import create
from umbra.observation.realisations import measured_distance_mpc
from umbra.simulation.run_numbers import check_one_run

logger = logging.getLogger(__name__)


class _Galaxy(NamedTuple):
    """The id of a galaxy and the files of its images and its profile."""

    subhalo_id: int
    photometry: Path
    moments: Path
    profile: Path


def build_dataset(
    *,
    photometry: Sequence[Path],
    moments: Sequence[Path],
    profiles: Sequence[Path],
    galaxies: Sequence[int],
    seed: int,
    settings: DatasetSettings,
    realisations: int,
    pixels: int,
    distance_relative_error: float,
    config_digest: str,
    output: Path,
    cutouts: Path | None = None,
) -> None:
    """Merge the images and profiles of all galaxies that were not rejected.

    Parameters
    ----------
    photometry, moments, profiles : sequence of Path
        One file for each galaxy, in the order of `galaxies`.
    galaxies : sequence of int
        Subhalo ids.
    seed : int
        The run's seed, from which the split and the measured distances are drawn.
    settings : DatasetSettings
        Fractions of the splits.
    realisations : int
        Realisations of each galaxy.
    pixels : int
        Pixels along a side of an image.
    distance_relative_error : float
        Of the measured distances.
    config_digest : str
        Fingerprint of the configuration, which is written into the file.
    output : Path
        ``dataset.hdf5``.
    cutouts : Path, optional
        Folder of the cutouts. Those that are still there must be of one run and epoch.

    Raises
    ------
    InputError
        If fewer than three galaxies are left, a file does not fit the configuration, or two
        galaxies are of different runs.
    """
    given = [_Galaxy(*row) for row in zip(galaxies, photometry, moments, profiles, strict=True)]
    kept = [row for row in given if not any(rejection(path) for path in row[1:])]
    logger.info("%d galaxies, %d rejected", len(kept), len(given) - len(kept))
    ids = [row.subhalo_id for row in kept]
    if cutouts:
        check_one_run(cutouts / f"{galaxy}.hdf5" for galaxy in ids)
    split_of = split_galaxies(galaxies=ids, seed=seed, settings=settings)
    radius_kpc = read_mass_profile(kept[0].profile)["radius_kpc"].to_numpy()
    with create(output) as file:
        shape = (len(kept) * realisations, pixels, pixels, len(CHANNELS))
        images = _create(file, shape=shape, config_digest=config_digest)
        columns = _copy(images, kept, realisations=realisations, radius_kpc=radius_kpc) | {
            "galaxy": np.repeat(ids, realisations),
            "realisation": np.tile(np.arange(realisations), len(kept)),
            "split": np.repeat([split_of[galaxy].encode() for galaxy in ids], realisations),
            "radius_kpc": radius_kpc,
        }
        columns["measured_distance_mpc"] = _measured_distances(
            columns, seed=seed, relative_error=distance_relative_error
        )
        for name, values in columns.items():
            file[name] = values
        file["observables"].attrs["names"] = list(OBSERVABLES)
        _check_truth(file)
        check_split(galaxy=file["galaxy"][:], split=file["split"].asstr()[:])


def _create(file: h5py.File, *, shape: tuple[int, ...], config_digest: str) -> h5py.Dataset:
    file.attrs["channels"] = list(CHANNELS)
    file.attrs["config_digest"] = config_digest
    chunks = (1, *shape[1:3], 1)
    images = file.create_dataset("images", shape=shape, dtype="<f4", chunks=chunks)
    images.attrs["units"] = [channel.unit for channel in CHANNELS.values()]
    return images


def _copy(
    images: h5py.Dataset,
    galaxies: Sequence[_Galaxy],
    *,
    realisations: int,
    radius_kpc: np.ndarray,
) -> dict[str, np.ndarray]:
    """Write the images of all galaxies; return distance and observables of each image."""
    distances, observables, profiles = [], [], []
    progress = tqdm(galaxies, desc="dataset", unit="galaxy", disable=None)
    for index, galaxy in enumerate(progress):
        rows = range(index * realisations, (index + 1) * realisations)
        for distance, measured in _copy_galaxy(images, galaxy, rows=rows):
            distances.append(distance)
            observables.append(measured)
        profile = log10_mass_dm(galaxy.profile, radius_kpc=radius_kpc)
        profiles += [profile] * realisations
    return {
        "distance_mpc": np.array(distances),
        "observables": np.array(observables),
        "log10_mass_dm": np.array(profiles),
    }


def _copy_galaxy(
    images: h5py.Dataset, galaxy: _Galaxy, *, rows: range
) -> list[tuple[float, list[float]]]:
    """Write the images of a galaxy; return the distance and the observables of each."""
    subhalo_id, side = galaxy.subhalo_id, images.shape[1]
    bands, maps = (
        read_realisations(path, galaxy=subhalo_id, shape=(len(rows), len(names), side, side))
        for path, names in ((galaxy.photometry, BANDS), (galaxy.moments, HI_MAPS))
    )
    measured = []
    for row, (image, card), (moment, hi_card) in zip(rows, bands, maps, strict=True):
        for number, plane in enumerate((*image, *moment)):
            images.id.write_direct_chunk((row, 0, 0, number), plane.tobytes())
        fluxes = image.sum(axis=(1, 2), dtype=float)
        line = [card_value(hi_card, name) for name in ("FLUXHI", "W50KMS", "LINECUT")]
        measured.append((card_value(card, "DISTMPC"), [*fluxes, *line]))
    return measured


def _measured_distances(
    columns: dict[str, np.ndarray], *, seed: int, relative_error: float
) -> np.ndarray:
    """Return the distance of each image [Mpc] that an observer has measured."""
    names = ("distance_mpc", "galaxy", "realisation")
    return np.array(
        [
            measured_distance_mpc(
                distance,
                galaxy=galaxy,
                realisation=realisation,
                seed=seed,
                relative_error=relative_error,
            )
            for distance, galaxy, realisation in zip(
                *(columns[name].tolist() for name in names), strict=True
            )
        ]
    )


def _check_truth(file: h5py.File) -> None:
    train = file["split"].asstr()[:] == "train"
    masked = ~np.isfinite(file["log10_mass_dm"][:][train]).any(axis=0)
    if masked.any():
        radius_kpc = file["radius_kpc"][:][masked].max()
        raise InputError(
            f"Dataset: no training galaxy has dark matter within {radius_kpc:.3g} kpc; raise"
            " profiles.min_radius_kpc."
        )
