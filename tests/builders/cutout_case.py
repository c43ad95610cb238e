"""A galaxy in a snapshot of two chunks, to be spoilt and cut out."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

import tng_files
from tng_like import MAKERS
from umbra.config.sample import ParticleLimits
from umbra.simulation.cutout import gather_cutout
from umbra.simulation.galaxies import CENTRE_COLUMNS, VELOCITY_COLUMNS, write_galaxies
from umbra.simulation.streaming import stream_shard

CENTRE = np.array([74999.0, 5.0, 100.0])
GALAXY, RADIUS_KPC, ROWS = 3, 100.0, 6


def write_chunks(folder: Path, **header) -> list[Path]:
    """Write two chunks with `ROWS` particles of each type in the galaxy's sphere."""
    offsets = np.arange(3 * ROWS).reshape(ROWS, 3)
    chunks = [
        {kind: maker(CENTRE + offsets, first_id=100 * i) for kind, maker in MAKERS.items()}
        for i in range(2)
    ]
    write_sample(folder / "galaxies.csv")
    return tng_files.write_snapshot(folder, chunks=chunks, **header)


def write_sample(path: Path, **columns) -> Path:
    """Write the sample, of the galaxy alone; it tells nothing of its run unless `columns` do."""
    centre = dict(zip(CENTRE_COLUMNS, CENTRE, strict=True)) | dict.fromkeys(VELOCITY_COLUMNS, 0.0)
    write_galaxies(path, pd.DataFrame([{"subhalo_id": GALAXY, **centre, **columns}]))
    return path


def spoil(path: Path, field: str, value: float, rows: slice = slice(2)) -> None:
    """Overwrite rows of a field."""
    with h5py.File(path, "a") as file:
        file[field][rows] = value


def set_header(path: Path, **attributes) -> None:
    """Overwrite attributes of a header."""
    with h5py.File(path, "a") as file:
        file["Header"].attrs.update(attributes)


def replace(path: Path, field: str, values: np.ndarray) -> None:
    """Write a field anew, of whatever type and shape."""
    with h5py.File(path, "a") as file:
        del file[field]
        file[field] = values


def stream(chunks: list[Path], folder: Path, *, jobs: int = 1) -> list[Path]:
    """Write a shard for each of one or two jobs."""
    shards = []
    for number in range(jobs):
        shards.append(folder / f"{number}.shard")
        stream_shard(
            chunks=chunks[number::jobs],
            galaxies_csv=folder / "galaxies.csv",
            radius_kpc=RADIUS_KPC,
            output=shards[-1],
        )
    return shards


def cut_out(chunks: list[Path], folder: Path, *, jobs: int = 1) -> Path:
    """Stream the chunks and gather the cutout."""
    gather_cutout(
        shards=stream(chunks, folder, jobs=jobs),
        galaxy=GALAXY,
        galaxies_csv=folder / "galaxies.csv",
        radius_kpc=RADIUS_KPC,
        limits=ParticleLimits(min_gas_cells=1, min_star_particles=1),
        output=folder / "cutout.hdf5",
    )
    return folder / "cutout.hdf5"
