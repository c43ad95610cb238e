"""How much longer the cutout pass takes than reading the same bytes and doing nothing with them.

python tests/benchmarks/cutout_pass.py [--rows 8000000] [--galaxies 2000] [--repeat 5]

Writes one chunk with as many particles of gas and dark matter as asked for, a few haloes of the
sample among others and particles outside of any, in the order of TNG (halo after halo, the rest
last). Prints the best of several turns, warm: the pass, which ends with the shard on disk; a bare
h5py read of exactly the same bytes in the same slabs; and the same with whole data sets at once.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import builders

from umbra.simulation.fields import FIELDS
from umbra.simulation.galaxies import COLUMNS, read_galaxies, write_galaxies
from umbra.simulation.snapshot import open_chunk
from umbra.simulation.spheres import Spheres
from umbra.simulation.streaming import SLAB_ROWS, find_members, stream_shard, stretches_of

RADIUS_KPC = 100.0
HALOES, SAMPLE_HALOES, HALO_SCALE_CKPC_H = 400, 24, 30.0
MAKERS = {
    "PartType0": builders.gas,
    "PartType1": builders.dark_matter,
    "PartType4": builders.stars,
}


def write_run(folder: Path, *, rows: int, galaxies: int) -> tuple[list[Path], Path]:
    """Write a chunk and a sample of which a few galaxies lie in it."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(0, builders.BOX_CKPC_H, (galaxies, 3))
    others = rng.uniform(0, builders.BOX_CKPC_H, (HALOES - SAMPLE_HALOES, 3))
    haloes = rng.permutation(np.concatenate([centres[:SAMPLE_HALOES], others]))
    chunk = {}
    for particle_type, number in zip(FIELDS, (rows, rows, rows // 10), strict=True):
        host = np.repeat(haloes, number // 2 // HALOES, axis=0)
        bound = host + rng.normal(0, HALO_SCALE_CKPC_H, host.shape)
        rest = rng.uniform(0, builders.BOX_CKPC_H, (number - len(bound), 3))
        chunk[particle_type] = MAKERS[particle_type](np.concatenate([bound, rest]))
    chunks = builders.write_snapshot(folder, chunks=[chunk])
    sample = [
        {"subhalo_id": row} | dict(zip(COLUMNS[2:8], [*centre.tolist(), 0, 0, 0], strict=True))
        for row, centre in enumerate(centres)
    ]
    write_galaxies(folder / "galaxies.csv", sample)
    return chunks, folder / "galaxies.csv"


def wanted_reads(path: Path, galaxies_csv: Path) -> list[tuple[str, int, int]]:
    """List what the pass reads: (dataset, first row, end)."""
    reads = []
    with open_chunk(path) as chunk:
        centre = read_galaxies(galaxies_csv).centre_ckpc_h
        radius = np.full(len(centre), RADIUS_KPC / chunk.header.units.kpc)
        spheres = Spheres.build(centre=centre, radius=radius, box_size=builders.BOX_CKPC_H)
        for particle_type, fields in FIELDS.items():
            count = chunk.count(particle_type)
            reads += [
                (f"{particle_type}/Coordinates", begin, min(begin + SLAB_ROWS, count))
                for begin in range(0, count, SLAB_ROWS)
            ]
            with ThreadPoolExecutor(max_workers=1) as searcher:
                members = find_members(
                    chunk,
                    particle_type=particle_type,
                    spheres=spheres,
                    searcher=searcher,
                    slab_rows=SLAB_ROWS,
                )
            for stretch in stretches_of(members.row, slab_rows=SLAB_ROWS):
                reads += [
                    (f"{particle_type}/{name}", stretch.begin, stretch.end) for name in fields
                ]
            print(f"{particle_type}: {len(members.row)} of {count} kept")
    return reads


def read_bare(path: Path, reads: list[tuple[str, int, int]]) -> int:
    """Read and drop; return the bytes."""
    with open_chunk(path) as chunk:
        return sum(chunk.file[name][begin:end].nbytes for name, begin, end in reads)


def read_whole(path: Path, reads: list[tuple[str, int, int]]) -> int:
    """Read the coordinates as whole data sets, as a short script would, and the rest as above."""
    names = [f"{kind}/Coordinates" for kind in FIELDS]
    with open_chunk(path) as chunk:
        whole = sum(chunk.file[name][...].nbytes for name in names)
    return whole + read_bare(path, [read for read in reads if read[0] not in names])


def best(function, repeat: int) -> tuple[float, float]:
    """Return the least wall and CPU time of several turns [s]."""
    turns = []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        function()
        turns.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(turn[0] for turn in turns), min(turn[1] for turn in turns)


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument("--galaxies", type=int, default=2000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chunks, sample = write_run(Path(folder), rows=options.rows, galaxies=options.galaxies)
        reads = wanted_reads(chunks[0], sample)
        output = Path(folder) / "shard.hdf5"
        turns = {
            "cutout pass": lambda: stream_shard(
                chunks=chunks, galaxies_csv=sample, radius_kpc=RADIUS_KPC, output=output
            ),
            "bare read in slabs": lambda: read_bare(chunks[0], reads),
            "bare read, whole": lambda: read_whole(chunks[0], reads),
        }
        megabytes = read_bare(chunks[0], reads) / 1e6
        times = {name: best(function, options.repeat) for name, function in turns.items()}
        wall, cpu = times["cutout pass"]
        print(f"{megabytes:.0f} MB read, {output.stat().st_size / 1e6:.0f} MB written")
        for name, (seconds, processor) in times.items():
            print(
                f"{name:20s} {seconds:7.3f} s  {processor:7.3f} s CPU  "
                f"pass / this: {wall / seconds:.2f} wall, {cpu / processor:.2f} CPU"
            )


if __name__ == "__main__":
    main()
