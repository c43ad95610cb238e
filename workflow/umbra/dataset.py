"""The dataset: every image beside the truth, split by galaxy.

``dataset.hdf5`` holds one row a view. ``images`` (N, pixels, pixels, 8) is chunked by image and
channel, so a channel set costs only the bytes of its own channels. Images keep their physical
units: nanomaggy (u g r i z), Jy/beam km/s (HI0), km/s (HI1, HI2; NaN where masked).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from umbra import files, seeds
from umbra.dataset_inputs import card_value, log10_mass, read_profile, read_views
from umbra.errors import InputError

log = logging.getLogger(__name__)

BANDS = ("u", "g", "r", "i", "z")
CHANNELS = (*BANDS, "HI0", "HI1", "HI2")
CHANNEL_SETS: dict[str, tuple[str, ...]] = {
    "v": ("HI1",),
    "hi": ("HI0", "HI1", "HI2"),
    "i": ("i",),
    "urz": ("u", "r", "z"),
    "i_v": ("i", "HI1"),
    "urz_hi": ("u", "r", "z", "HI0", "HI1", "HI2"),
}
SPLITS = ("train", "val", "test")
OBSERVABLES = (*(f"flux_{band}_nanomaggy" for band in BANDS), "flux_hi_jy_km_s", "w50_km_s")


@dataclass(frozen=True)
class Catalogue:
    """Rows of one split without their images.

    Attributes
    ----------
    observables : ndarray, shape (N, K)
        Integrated quantities (`OBSERVABLES`); NaN where not measured.
    log10_mass_dm : ndarray, shape (N, radii)
        log10 of the enclosed dark-matter mass [Msun]; NaN where no particle is inside.
    galaxy, realisation : ndarray, shape (N,)
        Subhalo id and view.
    radius_kpc : ndarray, shape (radii,)
    """

    observables: np.ndarray
    log10_mass_dm: np.ndarray
    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray


@dataclass(frozen=True)
class Split(Catalogue):
    """Rows of one split with the images of one channel set.

    Attributes
    ----------
    images : ndarray of float32, shape (N, pixels, pixels, channels)
        Physical units; NaN where masked.
    """

    images: np.ndarray


def build(
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
    views, pixels = observation["realisations"], observation["pixels"]
    radius_kpc = read_profile(kept[0][3])[0]
    with files.atomic(output) as temporary, h5py.File(temporary, "w") as file:
        images = _create(file, rows=len(kept) * views, pixels=pixels, config_digest=config_digest)
        columns = {name: [] for name in ("distance_mpc", "observables", "log10_mass_dm")}
        progress = tqdm(kept, desc="dataset", unit="galaxy", disable=None)
        for index, (galaxy, bands, maps, profile) in enumerate(progress):
            rows = range(index * views, (index + 1) * views)
            _copy_views(images, columns, rows=rows, galaxy=galaxy, photometry=bands, moments=maps)
            columns["log10_mass_dm"] += [log10_mass(profile, radius_kpc=radius_kpc)] * views
        columns["galaxy"] = np.repeat([row[0] for row in kept], views)
        columns["realisation"] = np.tile(np.arange(views), len(kept))
        columns["split"] = np.array([parts[row[0]] for row in kept], dtype="S5").repeat(views)
        columns["radius_kpc"] = radius_kpc
        for name, values in columns.items():
            file[name] = np.asarray(values)
        file["observables"].attrs["names"] = list(OBSERVABLES)
        _check_truth(file)
        check_split(galaxy=file["galaxy"][:], split=file["split"].asstr()[:])


def split_galaxies(
    *, galaxies: Sequence[int], seed: int, train_fraction: float, val_fraction: float
) -> dict[int, str]:
    """Draw the split of each galaxy.

    Parameters
    ----------
    galaxies : sequence of int
        Subhalo ids.
    seed : int
        The run's seed.
    train_fraction, val_fraction : float
        Shares of the galaxies; the rest is the test split. Each split gets at least one.

    Returns
    -------
    dict
        Subhalo id -> "train", "val" or "test".

    Raises
    ------
    InputError
        If there are fewer than three galaxies.
    """
    if len(galaxies) < 3:
        raise InputError(
            f"Dataset: {len(galaxies)} galaxies are left, and three splits need at least 3; "
            "widen the cuts under sample, or see rejected.csv for why galaxies were left out."
        )
    draws = {g: seeds.generator(seed, seeds.Stage.SPLIT, g).random() for g in galaxies}
    ordered = sorted(draws, key=draws.get)
    train = min(max(round(train_fraction * len(ordered)), 1), len(ordered) - 2)
    val = min(max(round(val_fraction * len(ordered)), 1), len(ordered) - train - 1)
    names = ["train"] * train + ["val"] * val + ["test"] * (len(ordered) - train - val)
    return dict(zip(ordered, names, strict=True))


def check_split(*, galaxy: np.ndarray, split: np.ndarray) -> None:
    """Raise InputError if a galaxy is in two splits or a split is empty."""
    members = {name: set(galaxy[split == name].tolist()) for name in SPLITS}
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        if shared := members[first] & members[second]:
            raise InputError(
                f"Dataset: galaxy {min(shared)} is in both {first} and {second}; "
                "delete dataset.hdf5 and make it again."
            )
    for name, ids in members.items():
        if not ids:
            raise InputError(f"Dataset: no galaxy is in the {name} split; make it again.")


def read(path: Path, channels: str, split: str) -> Split:
    """Read the images of one channel set and one split.

    Parameters
    ----------
    path : path
        ``dataset.hdf5``.
    channels : str
        A key of `CHANNEL_SETS`.
    split : {"train", "val", "test"}

    Returns
    -------
    Split

    Raises
    ------
    InputError
        If the file cannot be read, or its splits share a galaxy.
    """
    with _open(path) as file:
        rows, images = _rows(file, split), file["images"]
        numbers = [CHANNELS.index(name) for name in CHANNEL_SETS[channels]]
        out = np.empty((len(rows), *images.shape[1:3], len(numbers)), dtype=np.float32)
        for index, row in enumerate(rows):
            for place, number in enumerate(numbers):
                out[index, :, :, place] = images[row, :, :, number]
        return Split(**_columns(file, rows), images=out)


def read_catalogue(path: Path, split: str) -> Catalogue:
    """Read the observables and the truth of one split, without images.

    Parameters
    ----------
    path : path
        ``dataset.hdf5``.
    split : {"train", "val", "test"}

    Returns
    -------
    Catalogue
    """
    with _open(path) as file:
        return Catalogue(**_columns(file, _rows(file, split)))


def _create(file: h5py.File, *, rows: int, pixels: int, config_digest: str) -> h5py.Dataset:
    file.attrs["channels"] = list(CHANNELS)
    file.attrs["config_digest"] = config_digest
    images = file.create_dataset(
        "images",
        shape=(rows, pixels, pixels, len(CHANNELS)),
        dtype="<f4",
        chunks=(1, pixels, pixels, 1),
    )
    images.attrs["units"] = ["nanomaggy"] * len(BANDS) + ["Jy/beam km/s", "km/s", "km/s"]
    return images


def _copy_views(
    images: h5py.Dataset,
    columns: dict[str, list],
    *,
    rows: range,
    galaxy: int,
    photometry: Path,
    moments: Path,
) -> None:
    side = images.shape[1]
    bands = read_views(photometry, galaxy=galaxy, shape=(len(rows), len(BANDS), side, side))
    maps = read_views(moments, galaxy=galaxy, shape=(len(rows), 3, side, side))
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


def _open(path: Path) -> h5py.File:
    try:
        file = h5py.File(path, "r")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; make it with `snakemake {path}`.") from None
    except OSError as error:
        raise InputError(
            f"{path}: not a whole HDF5 file ({error}); delete it and make it again."
        ) from error
    if list(file.attrs.get("channels", [])) != list(CHANNELS):
        file.close()
        raise InputError(f"{path}: not a dataset of this workflow (its attribute channels).")
    return file


def _rows(file: h5py.File, split: str) -> np.ndarray:
    names = file["split"].asstr()[:]
    check_split(galaxy=file["galaxy"][:], split=names)
    return np.flatnonzero(names == split)


def _columns(file: h5py.File, rows: np.ndarray) -> dict[str, np.ndarray]:
    by_row = ("observables", "log10_mass_dm", "galaxy", "realisation")
    return {name: file[name][rows] for name in by_row} | {"radius_kpc": file["radius_kpc"][:]}
