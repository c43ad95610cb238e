"""The dataset: every image beside the truth, split by galaxy.

``dataset.hdf5`` holds one row a realisation. ``images`` (N, pixels, pixels, 8) is chunked by image
and channel, so a channel set costs only the bytes of its own channels. Images keep their physical
units: nanomaggy (u g r i z), Jy/beam km/s (HI0), km/s (HI1, HI2; NaN where masked).
"""

import logging
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from umbra import files
from umbra.channels import BANDS, CHANNELS
from umbra.dataset.inputs import card_value, log10_mass, read_profile, read_realisations
from umbra.dataset.reading import OBSERVABLES
from umbra.dataset.split import check_split, split_galaxies
from umbra.errors import InputError

log = logging.getLogger(__name__)


def build_dataset(
    *,
    photometry: Sequence[Path],
    moments: Sequence[Path],
    profiles: Sequence[Path],
    galaxies: Sequence[int],
    seed: int,
    dataset: dict,
    observation: dict,
    config_digest: str,
    output: Path,
) -> None:
    """Merge the images and profiles of all galaxies; rejected galaxies are left out.

    Parameters
    ----------
    photometry, moments, profiles : sequence of path
        One file a galaxy, in the order of `galaxies`.
    galaxies : sequence of int
        Subhalo ids.
    seed : int
        The run's seed; it decides the split.
    dataset, observation : dict
        Those sections of the configuration.
    config_digest : str
        Written into the file.
    output : path
        ``dataset.hdf5``.

    Raises
    ------
    InputError
        If fewer than three galaxies are left, or a file is not what its stage writes.
    """
    given = list(zip(galaxies, photometry, moments, profiles, strict=True))
    kept = [row for row in given if not any(files.rejection(path) for path in row[1:])]
    log.info("%d galaxies, %d rejected", len(kept), len(given) - len(kept))
    parts = split_galaxies(
        galaxies=[row[0] for row in kept],
        seed=seed,
        train_fraction=dataset["train_fraction"],
        val_fraction=dataset["val_fraction"],
    )
    realisations, pixels = observation["realisations"], observation["pixels"]
    radius_kpc = read_profile(kept[0][3])[0]
    with files.atomic(output) as temporary, h5py.File(temporary, "w") as file:
        images = _create(
            file, rows=len(kept) * realisations, pixels=pixels, config_digest=config_digest
        )
        columns = {name: [] for name in ("distance_mpc", "observables", "log10_mass_dm")}
        progress = tqdm(kept, desc="dataset", unit="galaxy", disable=None)
        for index, (galaxy, bands, maps, profile) in enumerate(progress):
            rows = range(index * realisations, (index + 1) * realisations)
            _copy_realisations(
                images, columns, rows=rows, galaxy=galaxy, photometry=bands, moments=maps
            )
            columns["log10_mass_dm"] += [log10_mass(profile, radius_kpc=radius_kpc)] * realisations
        columns["galaxy"] = np.repeat([row[0] for row in kept], realisations)
        columns["realisation"] = np.tile(np.arange(realisations), len(kept))
        columns["split"] = np.array([parts[row[0]] for row in kept], dtype="S5").repeat(
            realisations
        )
        columns["radius_kpc"] = radius_kpc
        for name, values in columns.items():
            file[name] = np.asarray(values)
        file["observables"].attrs["names"] = list(OBSERVABLES)
        _check_truth(file)
        check_split(galaxy=file["galaxy"][:], split=file["split"].asstr()[:])


def _create(file: h5py.File, *, rows: int, pixels: int, config_digest: str) -> h5py.Dataset:
    file.attrs["channels"] = list(CHANNELS)
    file.attrs["config_digest"] = config_digest
    images = file.create_dataset(
        "images",
        shape=(rows, pixels, pixels, len(CHANNELS)),
        dtype="<f4",
        chunks=(1, pixels, pixels, 1),
    )
    images.attrs["units"] = [channel.unit for channel in CHANNELS.values()]
    return images


def _copy_realisations(
    images: h5py.Dataset,
    columns: dict[str, list],
    *,
    rows: range,
    galaxy: int,
    photometry: Path,
    moments: Path,
) -> None:
    side = images.shape[1]
    bands = read_realisations(photometry, galaxy=galaxy, shape=(len(rows), len(BANDS), side, side))
    maps = read_realisations(moments, galaxy=galaxy, shape=(len(rows), 3, side, side))
    for row, (image, card), (moment, hi_card) in zip(rows, bands, maps, strict=True):
        for number, plane in enumerate((*image, *moment)):
            images.id.write_direct_chunk((row, 0, 0, number), plane.tobytes())
        columns["distance_mpc"].append(card_value(card, "DISTMPC"))
        fluxes = image.sum(axis=(1, 2), dtype=float)
        line = [card_value(hi_card, name) for name in ("FLUXHI", "W50KMS")]
        columns["observables"].append([*fluxes, *line])


def _check_truth(file: h5py.File) -> None:
    train = file["split"].asstr()[:] == "train"
    masked = ~np.isfinite(file["log10_mass_dm"][:][train]).any(axis=0)
    if masked.any():
        raise InputError(
            f"Dataset: no training galaxy has dark matter within "
            f"{file['radius_kpc'][:][masked].max():.3g} kpc; raise profiles.min_radius_kpc."
        )
