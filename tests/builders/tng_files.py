"""Small snapshots and group catalogues in TNG's format, from particles placed by hand."""

from pathlib import Path

import h5py
import numpy as np

BOX_CKPC_H = 75000.0
HUBBLE = 0.6774
DM_MASS = 5.0e-4
HEADER = {
    "BoxSize": BOX_CKPC_H,
    "HubbleParam": HUBBLE,
    "Omega0": 0.3089,
    "OmegaBaryon": 0.0486,
    "OmegaLambda": 0.6911,
    "Redshift": 0.0,
    "Time": 1.0,
    "UnitLength_in_cm": 3.085678e21,
    "UnitMass_in_g": 1.989e43,
    "UnitVelocity_in_cm_per_s": 1e5,
}


def gas(position: np.ndarray, *, first_id: int = 0, **fields) -> dict[str, np.ndarray]:
    """Return gas cells at positions of shape (n, 3) [ckpc/h]; any field can be given."""
    n = len(position)
    metals = np.zeros((n, 10), dtype=np.float32)
    metals[:, :3] = (0.75, 0.24, 0.01)
    return _vectors(position, first_id) | {
        "Masses": np.full(n, 1e-4, dtype=np.float32),
        "Density": np.full(n, 1e-6, dtype=np.float32),
        "InternalEnergy": np.full(n, 100.0, dtype=np.float32),
        "ElectronAbundance": np.full(n, 0.1, dtype=np.float32),
        "NeutralHydrogenAbundance": np.full(n, 0.9, dtype=np.float32),
        "GFM_Metallicity": np.full(n, 0.01, dtype=np.float32),
        "GFM_Metals": metals,
        "StarFormationRate": np.zeros(n, dtype=np.float32),
        **fields,
    }


def dark_matter(position: np.ndarray, *, first_id: int = 0, **fields) -> dict[str, np.ndarray]:
    """Return dark-matter particles at positions of shape (n, 3) [ckpc/h]."""
    return _vectors(position, first_id) | fields


def stars(position: np.ndarray, *, first_id: int = 0, **fields) -> dict[str, np.ndarray]:
    """Return star particles at positions of shape (n, 3) [ckpc/h], born at a = 0.5."""
    n = len(position)
    return _vectors(position, first_id) | {
        "Masses": np.full(n, 1e-4, dtype=np.float32),
        "GFM_InitialMass": np.full(n, 1.5e-4, dtype=np.float32),
        "GFM_Metallicity": np.full(n, 0.02, dtype=np.float32),
        "GFM_StellarFormationTime": np.full(n, 0.5, dtype=np.float32),
        **fields,
    }


def write_snapshot(
    output: Path,
    *,
    chunks: list[dict[str, dict[str, np.ndarray]]],
    snapshot: int = 99,
    dm_mass: float = DM_MASS,
    **header,
) -> list[Path]:
    """Write chunk files; a type without particles has no group, as in TNG.

    Parameters
    ----------
    output : Path
        The run's `output` folder.
    chunks : list of dict
        For each chunk the fields of ``PartType0``, ``PartType1``, ``PartType4``.
    dm_mass : float
        Entry of the mass table; 0 if particles bring ``Masses``.
    **header
        Attributes that differ from `HEADER`.
    """
    counts = [
        [len(chunk.get(f"PartType{i}", {}).get("Coordinates", ())) for i in range(6)]
        for chunk in chunks
    ]
    total = np.sum(counts, axis=0)
    return [
        write_chunk(
            output,
            chunk,
            number=number,
            total=total,
            files=len(chunks),
            snapshot=snapshot,
            dm_mass=dm_mass,
            **header,
        )
        for number, chunk in enumerate(chunks)
    ]


def write_chunk(
    output: Path,
    chunk: dict[str, dict[str, np.ndarray]],
    *,
    number: int,
    total: np.ndarray,
    files: int,
    snapshot: int = 99,
    dm_mass: float = DM_MASS,
    storage: dict | None = None,
    **header,
) -> Path:
    """Write one of the `files` files of a snapshot with `total` particles of the six types.

    `storage` holds options of `h5py.Group.create_dataset`, such as compression.
    """
    count = [len(chunk.get(f"PartType{i}", {}).get("Coordinates", ())) for i in range(6)]
    path = output / f"snapdir_{snapshot:03d}" / f"snap_{snapshot:03d}.{number}.hdf5"
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_group("Header").attrs.update(
            HEADER
            | {
                "MassTable": [0.0, dm_mass, 0.0, 0.0, 0.0, 0.0],
                "NumPart_ThisFile": np.array(count, dtype=np.int32),
                "NumPart_Total": (np.asarray(total) & 0xFFFFFFFF).astype(np.uint32),
                "NumPart_Total_HighWord": (np.asarray(total) >> 32).astype(np.uint32),
                "NumFilesPerSnapshot": files,
            }
            | header
        )
        for particle_type, fields in chunk.items():
            if len(fields["Coordinates"]):
                for name, values in fields.items():
                    file.create_dataset(f"{particle_type}/{name}", data=values, **(storage or {}))
    return path


def write_catalogue(
    output: Path,
    *,
    subhaloes: list[dict[str, np.ndarray]],
    groups: list[dict[str, np.ndarray]],
    snapshot: int = 99,
) -> list[Path]:
    """Write the files of a group catalogue, one for each entry of `subhaloes` and `groups`."""
    totals = [
        sum(len(next(iter(part.values()), ())) for part in kind) for kind in (groups, subhaloes)
    ]
    paths = []
    for number, (subhalo, group) in enumerate(zip(subhaloes, groups, strict=True)):
        name = f"fof_subhalo_tab_{snapshot:03d}.{number}.hdf5"
        path = output / f"groups_{snapshot:03d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file.create_group("Header").attrs.update(
                HEADER
                | {
                    "NumFiles": len(subhaloes),
                    "Ngroups_ThisFile": len(next(iter(group.values()), ())),
                    "Nsubgroups_ThisFile": len(next(iter(subhalo.values()), ())),
                    "Ngroups_Total": totals[0],
                    "Nsubgroups_Total": totals[1],
                }
            )
            for kind, fields in (("Group", group), ("Subhalo", subhalo)):
                file.create_group(kind)
                for field, values in fields.items():
                    file[f"{kind}/{field}"] = values
        paths.append(path)
    return paths


def subhaloes(group: list[int], **fields) -> dict[str, np.ndarray]:
    """Return subhaloes that pass every cut of the sample, except where `fields` say otherwise."""
    n = len(group)
    mass = np.zeros((n, 6), dtype=np.float32)
    mass[:, [0, 1, 4]] = (1.0, 60.0, 3.0)
    lengths = np.zeros((n, 6), dtype=np.int32)
    lengths[:, [0, 1, 4]] = (10_000, 60.0 / DM_MASS, 30_000)
    return {
        "SubhaloGrNr": np.array(group, dtype=np.int32),
        "SubhaloFlag": np.ones(n, dtype=bool),
        "SubhaloParent": np.zeros(n, dtype=np.int32),
        "SubhaloSFR": np.full(n, 2.0, dtype=np.float32),
        "SubhaloPos": np.full((n, 3), 1000.0, dtype=np.float32),
        "SubhaloVel": np.full((n, 3), 50.0, dtype=np.float32),
        "SubhaloMassType": mass,
        "SubhaloLenType": lengths,
        "SubhaloMassInRadType": (mass / 2).astype(np.float32),
        "SubhaloHalfmassRadType": np.full((n, 6), 3.387, dtype=np.float32),
        **fields,
    }


def write_centres(path: Path, centres: dict[int, tuple[float, float, float]]) -> Path:
    """Write a user's table of centres [ckpc/h] at rest."""
    rows = [f"{galaxy},{x!r},{y!r},{z!r},0,0,0" for galaxy, (x, y, z) in centres.items()]
    path.write_text("\n".join(["id,x,y,z,vx,vy,vz", *rows]) + "\n")
    return path


def _vectors(position: np.ndarray, first_id: int) -> dict[str, np.ndarray]:
    position = np.asarray(position, dtype=float).reshape(-1, 3)
    return {
        "Coordinates": position % BOX_CKPC_H,
        "Velocities": np.zeros(position.shape, dtype=np.float32),
        "ParticleIDs": np.arange(first_id, first_id + len(position), dtype=np.uint64),
    }
