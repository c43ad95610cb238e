"""Headers, chunk borders, catalogue files and offsets in the layout of TNG."""

from pathlib import Path
from typing import Protocol

import h5py
import numpy as np

from umbra.hdf5 import create
from umbra.physics.cosmology import (
    PLANCK_2015_HUBBLE,
    PLANCK_2015_OMEGA_BARYON,
    PLANCK_2015_OMEGA_MATTER,
)
from umbra.universe.dark_matter import PARTICLE_MASS_CODE
from umbra.universe.fields import Fields
from umbra.universe.particle_types import BLACK_HOLE_INDEX, DM_INDEX, STAR_INDEX
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


class _GroupFile(Protocol):
    """Attributes of `writer.GroupFile` that this module reads."""

    lengths: np.ndarray
    group: Fields | None
    subhaloes: tuple[Fields, ...]


def snapshot_starts(*, total: np.ndarray, chunks: int) -> np.ndarray:
    """Return the first particle of each chunk, by type.

    Chunks are of unequal size. The last one has neither stars nor black holes. With three chunks
    or more, the middle one has no particle at all. Real runs contain such files too.

    Parameters
    ----------
    total : ndarray, shape (6,)
        Number of particles by type.
    chunks : int
        Number of files.

    Returns
    -------
    ndarray, shape (chunks + 1, 6)
        The last row is `total`.
    """
    weight = np.repeat(1.0 + 0.3 * np.cos(2.4 * np.arange(chunks))[:, None], 6, axis=1)
    if chunks >= 3:
        weight[chunks // 2] = 0.0
    if chunks >= 2:
        weight[-1, [STAR_INDEX, BLACK_HOLE_INDEX]] = 0.0
    share = np.cumsum(weight, axis=0) / weight.sum(axis=0)
    starts = np.zeros((chunks + 1, 6), dtype=np.int64)
    starts[1:] = np.round(share * total)
    starts[-1] = total
    return starts


def write_snapshot_header(
    file: h5py.File, *, this_file: np.ndarray, total: np.ndarray, chunks: int
) -> None:
    """Write the Header of one snapshot file.

    Parameters
    ----------
    file : h5py.File
        The open snapshot file.
    this_file, total : ndarray, shape (6,)
        Number of particles by type in this file and in the snapshot.
    chunks : int
        Number of files of the snapshot.
    """
    mass_table = np.zeros(6)
    mass_table[DM_INDEX] = PARTICLE_MASS_CODE
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
    """Return the options with which h5py stores a field.

    Parameters
    ----------
    name : str
        Name of the field.
    shape : tuple of int
        Shape of the dataset.

    Returns
    -------
    dict
        Compression for the two fields that compress well; nothing for all others.
    """
    if name not in ("GFM_Metals", "ParticleIDs"):
        return {}
    rows = (min(shape[0], 16384), *shape[1:])
    return {"chunks": rows, "compression": "gzip", "compression_opts": 1, "shuffle": True}


def catalogue_tables(files: list[_GroupFile]) -> dict[str, Fields]:
    """Collect the catalogue entries of all groups.

    Parameters
    ----------
    files : list of GroupFile
        In the order of the snapshot. The fuzz has no group, and is left out.

    Returns
    -------
    dict
        ``Group`` and ``Subhalo`` -> field -> array over all groups or subhaloes.
    """
    groups, subhaloes = [], []
    for number, drawn in enumerate(one for one in files if one.group is not None):
        first = len(subhaloes) if drawn.subhaloes else -1
        groups.append({**drawn.group, "GroupFirstSub": first})
        subhaloes += [{**row, "SubhaloGrNr": number} for row in drawn.subhaloes]
    return {"Group": _columns(groups), "Subhalo": _columns(subhaloes)}


def _columns(rows: list[Fields]) -> Fields:
    """Return the fields of all rows as arrays with the types of TNG."""
    return {
        name: np.array([row[name] for row in rows]).astype(_INTEGERS.get(name, np.float32))
        for name in sorted(rows[0])
    }


def catalogue_starts(*, tables: dict[str, Fields], chunks: int) -> dict[str, np.ndarray]:
    """Return the first group and the first subhalo of each catalogue file.

    Parameters
    ----------
    tables : dict
        What `catalogue_tables` returns.
    chunks : int
        Number of files.

    Returns
    -------
    dict
        ``Group`` and ``Subhalo`` -> array of shape (chunks + 1,); the last entry is the number.
    """
    return {
        kind: np.round(np.linspace(0, len(columns[f"{kind}Len"]), chunks + 1)).astype(np.int64)
        for kind, columns in tables.items()
    }


def write_catalogue_chunk(
    *, path: Path, tables: dict[str, Fields], starts: dict[str, np.ndarray], chunk: int, chunks: int
) -> None:
    """Write one file of the group catalogue.

    Parameters
    ----------
    path : Path
        The file to write.
    tables : dict
        What `catalogue_tables` returns.
    starts : dict
        What `catalogue_starts` returns.
    chunk : int
        Number of this file. A file without rows has empty HDF5 groups.
    chunks : int
        Number of files.
    """
    header = {**_COSMOLOGY, "FlagDoubleprecision": np.int32(0), "NumFiles": np.int32(chunks)}
    with create(path) as file:
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
    *, path: Path, files: list[_GroupFile], starts: np.ndarray, ranges: dict[str, np.ndarray]
) -> None:
    """Write the first particle of each group, subhalo and file.

    Parameters
    ----------
    path : Path
        The file to write.
    files : list of GroupFile
        In the order of the snapshot.
    starts : ndarray, shape (chunks + 1, 6)
        What `snapshot_starts` returns.
    ranges : dict
        What `catalogue_starts` returns.
    """
    position = np.zeros(6, dtype=np.int64)
    groups, subhaloes = [], []
    for drawn in files:
        if drawn.group is not None:
            groups.append(position)
            inner = position
            for row in drawn.subhaloes:
                subhaloes.append(inner)
                inner = inner + row["SubhaloLenType"]
        position = position + drawn.lengths
    with create(path) as file:
        file["FileOffsets/SnapByType"] = starts[:-1]
        file["FileOffsets/Group"] = ranges["Group"][:-1]
        file["FileOffsets/Subhalo"] = ranges["Subhalo"][:-1]
        file["Group/SnapByType"] = np.array(groups)
        file["Subhalo/SnapByType"] = np.array(subhaloes)
