"""What tells the chunks of a snapshot apart, so that none is counted twice.

A shard hands it on, since the chunks of two jobs meet only when a cutout is gathered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import h5py
import numpy as np

from umbra.errors import InputError
from umbra.simulation.fields import FIELDS, PARTICLE_TYPES, type_number
from umbra.simulation.snapshot import Chunk


@dataclass(frozen=True)
class ChunkIdentity:
    """What tells a chunk from the others of its snapshot.

    Parameters
    ----------
    file : str
        Its file.
    number : int
        Its number.
    first : mapping of str to int
        Particle type -> id of the first particle, of the types that the chunk has.
    """

    file: str
    number: int
    first: Mapping[str, int]


def check_distinct(chunks: Iterable[ChunkIdentity]) -> None:
    """Check that no chunk is there twice, under one number or under two.

    Raises
    ------
    InputError
        If two chunks have one number, or begin with the same particle. Ids are unique.
    """
    seen: dict[tuple[str, int], str] = {}
    for chunk in chunks:
        for what, value in (("number", chunk.number), *chunk.first.items()):
            if other := seen.get((what, value)):
                shared = (
                    f"are both chunk {value} of the snapshot"
                    if what == "number"
                    else f"begin with the same particle ({what}/ParticleIDs {value}), so one is a"
                    " copy of the other"
                )
                raise InputError(f"{other} and {chunk.file} {shared}; fetch the right file.")
            seen[what, value] = chunk.file


def chunk_identity(chunk: Chunk) -> ChunkIdentity:
    """Read the identity of an open chunk.

    Some files have ids as signed integers. A negative one is taken as the unsigned one of 64 bits.
    """
    first = {
        kind: int(chunk.field(kind, "ParticleIDs")[:1].astype(np.uint64)[0])
        for kind in FIELDS
        if chunk.count(kind)
    }
    return ChunkIdentity(file=str(chunk.path), number=chunk.number, first=first)


def write_identities(shard: h5py.File, chunks: Sequence[ChunkIdentity]) -> None:
    """Write ``Chunks`` (numbers), ``ChunkFiles`` and ``FirstIDs``, shape (chunks, types)."""
    first = np.zeros((len(chunks), PARTICLE_TYPES), dtype=np.uint64)
    for row, chunk in zip(first, chunks, strict=True):
        for kind, particle_id in chunk.first.items():
            row[type_number(kind)] = particle_id
    shard["Chunks"] = [chunk.number for chunk in chunks]
    shard["ChunkFiles"] = [chunk.file for chunk in chunks]
    shard["FirstIDs"] = first


def read_identities(shard: h5py.File) -> list[ChunkIdentity]:
    """Read what `write_identities` has written; ``Particles`` tells which types a chunk has."""
    files = shard["ChunkFiles"].asstr()[...].tolist()
    columns = [shard[name][...].tolist() for name in ("Chunks", "Particles", "FirstIDs")]
    return [
        ChunkIdentity(
            file=file,
            number=number,
            first={kind: first[type_number(kind)] for kind in FIELDS if held[type_number(kind)]},
        )
        for file, number, held, first in zip(files, *columns, strict=True)
    ]
