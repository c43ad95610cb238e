"""A run of two groups and some fuzz, small enough to be downloaded hundreds of times."""

from pathlib import Path

import h5py
import numpy as np

import tng_files

# across the edge of the box
CENTRE = np.array([74990.0, 20.0, 37000.0])
# gas, dark matter and stars of each group; the last group has no stars
COUNTS = {0: (30, 40, 20), 1: (10, 12, 0)}
# dark-matter particles of no group around the first galaxy
FUZZ = 40


def write_run(folder: Path) -> Path:
    """Write snapshot, catalogue and offsets; return the `output` folder."""
    rng = np.random.default_rng(1)
    output = folder / "output"
    around = {0: CENTRE, 1: np.full(3, 20000.0), "fuzz": CENTRE}
    counts = COUNTS | {"fuzz": (0, FUZZ, 0)}
    position = [
        np.concatenate(
            [around[owner] + rng.uniform(-90, 90, (n[kind], 3)) for owner, n in counts.items()]
        )
        for kind in range(3)
    ]
    chunk = {
        "PartType0": tng_files.gas(position[0], first_id=1000),
        "PartType1": tng_files.dark_matter(position[1], first_id=2000),
        "PartType4": tng_files.stars(position[2], first_id=3000),
    }
    tng_files.write_snapshot(output, chunks=[chunk])
    lengths = np.zeros((2, 6), dtype=np.int32)
    lengths[:, [0, 1, 4]] = list(COUNTS.values())
    fields = tng_files.subhaloes([0, 0, 1])
    fields["SubhaloPos"][:] = [CENTRE, CENTRE + [0, 40, 0], around[1]]
    fields["SubhaloSFR"][2] = 0.0  # no galaxy of the sample
    first = np.array([0, 2], dtype=np.int32)
    tng_files.write_catalogue(
        output,
        subhaloes=[
            {name: values[:2] for name, values in fields.items()},
            {name: values[2:] for name, values in fields.items()},
        ],
        groups=[{"GroupFirstSub": first, "GroupLenType": lengths}, {}],
    )
    _write_offsets(folder / "postprocessing" / "offsets" / "offsets_099.hdf5", lengths)
    return output


def _write_offsets(path: Path, lengths: np.ndarray) -> None:
    path.parent.mkdir(parents=True)
    with h5py.File(path, "w") as file:
        file["FileOffsets/Group"] = np.array([0, len(lengths)])
        file["FileOffsets/Subhalo"] = np.array([0, 2])
        file["FileOffsets/SnapByType"] = np.zeros((1, 6), dtype=np.int64)
        file["Group/SnapByType"] = np.cumsum(np.vstack([np.zeros(6, int), lengths]), axis=0)[:-1]
