"""Headers, chunk borders, catalogue files and offsets, as TNG has them."""

from pathlib import Path
from typing import Protocol

import h5py
import numpy as np

from umbra.physics.cosmology import (
    PLANCK_2015_HUBBLE,
    PLANCK_2015_OMEGA_BARYON,
    PLANCK_2015_OMEGA_MATTER,
)
from umbra.universe.dark_matter import PARTICLE_MASS_CODE
from umbra.universe.fields import Fields
from umbra.universe.galaxy import BLACK_HOLES, DARK, STARS
from umbra.universe.plan import BOX_CKPC_H

_COSMOLOGY = {
    "BoxSize": BOX_CKPC_H,
    "HubbleParam": PLANCK_2015_HUBBLE,
    "Omega0": PLANCK_2015_OMEGA_MATTER,
    "OmegaLambda": 1.0 - PLANCK_2015_OMEGA_MATTER,
    "OmegaBaryon": PLANCK_2015_OMEGA_BARYON,
    "Redshift": 0.0,
    "Time": 1.0,
}
_INTEGERS = {
    "GroupLen": np.int32,
    "GroupLenType": np.int32,
    "GroupNsubs": np.int32,
    "GroupFirstSub": np.int32,
    "SubhaloFlag": np.int16,
    "SubhaloGrNr": np.int32,
    "SubhaloIDMostbound": np.uint64,
    "SubhaloLen": np.int32,
    "SubhaloLenType": np.int32,
    "SubhaloParent": np.int32,
}


class _Shard(Protocol):
    lengths: np.ndarray
    group: Fields | None
    subhaloes: tuple[Fields, ...]


def snapshot_starts(*, total: np.ndarray, chunks: int) -> np.ndarray:
    """Return the first particle of each chunk, by type.

    Chunks are of unequal size. With three or more, the middle one holds no particle at all, and
    the last one neither stars nor black holes: real runs have both, and readers must cope.

    Parameters
    ----------
    total : numpy.ndarray
        Shape (6,), particles by type.
    chunks : int
        Number of files.

    Returns
    -------
    numpy.ndarray
        Shape (chunks + 1, 6); the last row is `total`.
    """
    weight = np.repeat(1.0 + 0.3 * np.cos(2.4 * np.arange(chunks))[:, None], 6, axis=1)
    if chunks >= 3:
        weight[chunks // 2] = 0.0
    if chunks >= 2:
        weight[-1, [STARS, BLACK_HOLES]] = 0.0
    share = np.cumsum(weight, axis=0) / weight.sum(axis=0)
    starts = np.zeros((chunks + 1, 6), dtype=np.int64)
    starts[1:] = np.round(share * total)
    starts[-1] = total
    return starts


def write_snapshot_header(
    file: h5py.File, *, this_file: np.ndarray, total: np.ndarray, chunks: int
) -> None:
    """Write the Header of one snapshot file, shapes (6,)."""
    mass_table = np.zeros(6)
    mass_table[DARK] = PARTICLE_MASS_CODE
    header = {
        **_COSMOLOGY,
        "Composition_vector_length": np.int32(0),
        "Flag_Cooling": np.int32(1),
        "Flag_DoublePrecision": np.int32(0),
        "Flag_Feedback": np.int32(1),
        "Flag_Metals": np.int32(0),
        "Flag_Sfr": np.int32(1),
        "Flag_StellarAge": np.int32(0),
        "MassTable": mass_table,
        "NumFilesPerSnapshot": np.int32(chunks),
        "NumPart_ThisFile": this_file.astype(np.int32),
        "NumPart_Total": (total & 0xFFFFFFFF).astype(np.uint32),
        "NumPart_Total_HighWord": (total >> 32).astype(np.uint32),
        "UnitLength_in_cm": 3.085678e21,
        "UnitMass_in_g": 1.989e43,
        "UnitVelocity_in_cm_per_s": 1e5,
    }
    file.create_group("Header").attrs.update(header)


def storage(name: str, shape: tuple[int, ...]) -> dict:
    """Return how h5py stores a field: the two that compress well are, the others are not."""
    if name not in ("GFM_Metals", "ParticleIDs"):
        return {}
    rows = (min(shape[0], 16384), *shape[1:])
    return {"chunks": rows, "compression": "gzip", "compression_opts": 1, "shuffle": True}


def catalogue_tables(shards: list[_Shard]) -> dict[str, Fields]:
    """Put the rows of all groups together.

    Parameters
    ----------
    shards : list
        In the order of the snapshot; those without a group (fuzz) are passed over.

    Returns
    -------
    dict
        ``Group`` and ``Subhalo`` -> field -> array over all of them.
    """
    groups, subhaloes = [], []
    for number, shard in enumerate(s for s in shards if s.group is not None):
        first = len(subhaloes) if shard.subhaloes else -1
        groups.append({**shard.group, "GroupFirstSub": first})
        subhaloes += [{**row, "SubhaloGrNr": number} for row in shard.subhaloes]
    return {"Group": _columns(groups), "Subhalo": _columns(subhaloes)}


def _columns(rows: list[Fields]) -> Fields:
    return {
        name: np.array([row[name] for row in rows]).astype(_INTEGERS.get(name, np.float32))
        for name in sorted(rows[0])
    }


def catalogue_starts(*, tables: dict[str, Fields], chunks: int) -> dict[str, np.ndarray]:
    """Return the first group and subhalo of each catalogue file, shape (chunks + 1,)."""
    return {
        kind: np.round(np.linspace(0, len(columns[f"{kind}Len"]), chunks + 1)).astype(np.int64)
        for kind, columns in tables.items()
    }


def write_catalogue_chunk(
    *, path: Path, tables: dict[str, Fields], starts: dict[str, np.ndarray], chunk: int, chunks: int
) -> None:
    """Write one file of the group catalogue; a file without rows has empty groups."""
    header = {**_COSMOLOGY, "FlagDoubleprecision": np.int32(0), "NumFiles": np.int32(chunks)}
    with h5py.File(path, "w") as file:
        for kind, count in (("Group", "groups"), ("Subhalo", "subgroups")):
            begin, end = starts[kind][chunk], starts[kind][chunk + 1]
            header[f"N{count}_ThisFile"] = np.int32(end - begin)
            header[f"N{count}_Total"] = np.int32(starts[kind][-1])
            group = file.create_group(kind)
            if end > begin:
                for name, values in tables[kind].items():
                    group[name] = values[begin:end]
        file.create_group("Header").attrs.update(header)


def write_offsets(
    *, path: Path, shards: list[_Shard], starts: np.ndarray, ranges: dict[str, np.ndarray]
) -> None:
    """Write where each group and subhalo begins in the snapshot, and each file among all.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    shards : list
        In the order of the snapshot.
    starts : numpy.ndarray
        `snapshot_starts`.
    ranges : dict
        `catalogue_starts`.
    """
    position = np.zeros(6, dtype=np.int64)
    groups, subhaloes = [], []
    for shard in shards:
        if shard.group is not None:
            groups.append(position)
            inner = position
            for row in shard.subhaloes:
                subhaloes.append(inner)
                inner = inner + row["SubhaloLenType"]
        position = position + shard.lengths
    with h5py.File(path, "w") as file:
        file["FileOffsets/SnapByType"] = starts[:-1]
        file["FileOffsets/Group"] = ranges["Group"][:-1]
        file["FileOffsets/Subhalo"] = ranges["Subhalo"][:-1]
        file["Group/SnapByType"] = np.array(groups)
        file["Subhalo/SnapByType"] = np.array(subhaloes)
