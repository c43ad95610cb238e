"""One pass over chunks of a snapshot that cuts out the spheres of all galaxies at once.

Coordinates are read first, in slabs, and each slab is searched while the next one is read. Of the
other fields only stretches with kept rows are read. The result is a shard: chunk after chunk, each
sorted by galaxy and row. So the cutouts do not depend on how chunks are grouped into shards, and a
job needs the memory of one chunk, however many it streams.

illustris_python is not used here: it returns a field of all particles at once, or of one group,
which for the coordinates of TNG100-1's dark matter is 145 GB.
"""

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from umbra.errors import InputError
from umbra.hdf5 import create, open_file, reading
from umbra.simulation.chunk_identity import (
    ChunkIdentity,
    check_distinct,
    chunk_identity,
    write_identities,
)
from umbra.simulation.fields import FIELDS, fields_of
from umbra.simulation.galaxies import read_galaxies
from umbra.simulation.header import Header
from umbra.simulation.numbers import native, wrong_numbers, wrong_rows
from umbra.simulation.snapshot import Chunk, chunk_number, open_chunk
from umbra.simulation.spheres import Spheres
from umbra.simulation.stretches import read_stretches, stretches_of

logger = logging.getLogger(__name__)

SLAB_ROWS = 1 << 17
# Rows of output that are put together in memory at a time: 10 MB of the widest field, little enough
# that the same memory is used again.
PIECE_ROWS = 1 << 18


@dataclass(frozen=True)
class Contents:
    """Pairs of a particle of one chunk and a galaxy whose sphere contains it, by row.

    Parameters
    ----------
    row : ndarray of int, shape (n,)
        Row in the chunk.
    galaxy : ndarray of int, shape (n,)
        Index into the shard's galaxies.
    """

    row: np.ndarray
    galaxy: np.ndarray


def stream_shard(
    *,
    chunks: list[Path],
    galaxies_csv: Path,
    radius_kpc: dict[int, float] | float,
    output: Path,
    slab_rows: int = SLAB_ROWS,
) -> None:
    """Write a shard: the particles of some chunks that lie in the spheres of galaxies.

    Parameters
    ----------
    chunks : list of Path
        Chunk files, in any order.
    galaxies_csv : Path
        The sample.
    radius_kpc : float or dict of int to float
        Radius of the spheres [kpc], or one for each subhalo id.
    output : Path
        The shard. Group ``Header`` is that of the first chunk; ``Galaxies`` and ``Chunks`` list
        subhalo ids and chunk numbers, ``ChunkFiles`` and ``FirstIDs``, shape (chunks, types),
        what tells chunks apart; ``PartType*/{chunk number}/{field}`` holds the rows of one
        chunk, galaxy after galaxy; ``PartType*/Begins`` and ``Counts``, shape (galaxies, chunks),
        are the first row and the number of rows of each galaxy.
    slab_rows : int
        Rows that are read at once.

    Raises
    ------
    InputError
        If a chunk is damaged, lacks a field, is there twice or holds positions that cannot be, if
        the files are not of one snapshot, or the disk is full.
    """
    galaxies = read_galaxies(galaxies_csv)
    chunks = sorted(chunks, key=chunk_number)
    headers, identities = _headers(chunks)
    galaxies.check_run(headers[0].run)
    if isinstance(radius_kpc, dict):
        radius_kpc = [radius_kpc[galaxy] for galaxy in galaxies.subhalo_id.tolist()]
    radius_kpc = np.broadcast_to(np.asarray(radius_kpc, dtype=float), len(galaxies.subhalo_id))
    spheres = Spheres.build(
        centre=galaxies.centre_ckpc_h,
        radius=radius_kpc / headers[0].units.kpc,
        box_size=headers[0].box_size_ckpc_h,
    )
    with create(output) as shard:
        with open_file(chunks[0]) as first, reading(chunks[0]):
            header = dict(first["Header"].attrs)
        shard.create_group("Header").attrs.update(header)
        shard["Galaxies"] = galaxies.subhalo_id
        shard["RadiusKpc"] = radius_kpc
        write_identities(shard, identities)
        shard["Particles"] = [header.particles_this_file for header in headers]
        _write_particles(shard, chunks, spheres=spheres, slab_rows=slab_rows)


def _write_particles(
    shard: h5py.File, chunks: list[Path], *, spheres: Spheres, slab_rows: int
) -> None:
    shape = (len(spheres.radius), len(chunks))
    counts = {particle_type: np.zeros(shape, dtype=np.int64) for particle_type in FIELDS}
    with ThreadPoolExecutor(max_workers=1) as searcher:
        for column, path in enumerate(tqdm(chunks, desc="chunks", unit="chunk", disable=None)):
            # one open file at a time, as a job may stream more chunks than a process may open
            with open_chunk(path) as chunk:
                kept = {}
                for particle_type in FIELDS:
                    contents = find_contents(
                        chunk,
                        particle_type=particle_type,
                        spheres=spheres,
                        searcher=searcher,
                        slab_rows=slab_rows,
                    )
                    of_galaxy = np.bincount(contents.galaxy, minlength=shape[0])
                    counts[particle_type][:, column] = of_galaxy
                    kept[particle_type] = len(contents.galaxy)
                    _write_contents(
                        shard,
                        chunk,
                        particle_type=particle_type,
                        contents=contents,
                        slab_rows=slab_rows,
                    )
            logger.info("%s: particles in spheres: %s", path, kept)
    for particle_type, of_type in counts.items():
        shard[f"{particle_type}/Counts"] = of_type
        # so that a galaxy's rows are found without the counts of all others
        shard[f"{particle_type}/Begins"] = np.cumsum(of_type, axis=0) - of_type


def find_contents(
    chunk: Chunk,
    *,
    particle_type: str,
    spheres: Spheres,
    searcher: Executor,
    slab_rows: int,
) -> Contents:
    """Read all coordinates of a type once, and find the particles in the spheres.

    Parameters
    ----------
    chunk : Chunk
    particle_type : str
        Such as PartType0.
    spheres : Spheres
    searcher : Executor
        Searches a slab while the next one is read.
    slab_rows : int
        Rows of a slab.

    Returns
    -------
    Contents

    Raises
    ------
    InputError
        If a position is not finite or outside of the box: its galaxy is not known.
    """
    found = []
    searched = None
    limits = chunk.header.limits
    for begin, position in _slabs(chunk, particle_type=particle_type, rows=slab_rows):
        if searched is not None:
            found.append(searched.result())
        searched = searcher.submit(_search, spheres, position, begin, limits)
    if searched is None:
        return Contents(row=np.empty(0, dtype=np.int64), galaxy=np.empty(0, dtype=np.int32))
    found.append(searched.result())
    rows, galaxies, wrong = zip(*found, strict=True)
    count = chunk.count(particle_type)
    if fault := wrong_numbers(np.sum(wrong, axis=0), "Coordinates", limits, rows=count):
        raise InputError(
            f"{chunk.path}: {particle_type}/Coordinates {fault}; fetch or make the file again."
        )
    return Contents(row=np.concatenate(rows), galaxy=np.concatenate(galaxies))


def _slabs(chunk: Chunk, *, particle_type: str, rows: int) -> Iterator[tuple[int, np.ndarray]]:
    count = chunk.count(particle_type)
    if not count:
        return
    coordinates = chunk.field(particle_type, "Coordinates")
    for begin in range(0, count, rows):
        with reading(chunk.path):
            position = native(coordinates[begin : begin + rows])
        yield begin, position


def _search(
    spheres: Spheres, position: np.ndarray, begin: int, limits: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, galaxy = spheres.contents(position)
    return row.astype(np.int64) + begin, galaxy, wrong_rows(position, "Coordinates", limits)


def _headers(chunks: list[Path]) -> tuple[list[Header], list[ChunkIdentity]]:
    """Check every chunk before the first one is streamed; return headers and identities."""
    headers, identities = [], []
    for path in chunks:
        with open_chunk(path) as chunk, reading(path):
            headers.append(chunk.header)
            identities.append(chunk_identity(chunk))
        headers[-1].run.check_same(headers[0].run)
    check_distinct(identities)
    return headers, identities


def _write_contents(
    shard: h5py.File, chunk: Chunk, *, particle_type: str, contents: Contents, slab_rows: int
) -> None:
    """Write the kept rows of one chunk, sorted by galaxy; nothing if there are none."""
    order = np.argsort(contents.galaxy, kind="stable")
    if not order.size:
        return
    group = shard.create_group(f"{particle_type}/{chunk.number}")
    fields = {
        name: chunk.field(particle_type, name)
        for name in fields_of(particle_type, chunk.header.mass_table)
    }
    for name, source in fields.items():
        dtype = source.dtype.newbyteorder("=")
        group.create_dataset(name, shape=(order.size, *source.shape[1:]), dtype=dtype)
    for begin in range(0, order.size, PIECE_ROWS):
        piece = order[begin : begin + PIECE_ROWS]
        # rows ascend within each galaxy already, so a stable sort only merges them
        to = np.argsort(piece, kind="stable")
        stretches = stretches_of(contents.row[piece[to]], to=to, slab_rows=slab_rows)
        for name, source in fields.items():
            with reading(chunk.path):
                values = read_stretches(source, stretches, rows=len(piece))
            group[name][begin : begin + len(piece)] = values
