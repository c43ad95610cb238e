"""What the cutout pass costs beside a bare read of the same bytes, on a snapshot of any size.

python tests/benchmarks/cutout_pass.py [--particles 1e8] [--folder /tmp] [--repeat 2]

Writes a snapshot in TNG's layout (halo after halo, the rest last; 8.0 GB for 1e8 particles, so that
4 chunks are each as large as one of TNG100-1) and a sample whose share in it is that of TNG100-1,
and prints a table: the pass against a bare h5py read of exactly the same rows in the same order,
and against this read and a bare write of as many rows as the pass keeps, warm (in the page cache)
and cold (dropped from it); the peak memory of a job; 2000 galaxies against 20; two jobs side by
side, half the chunks each, against one; and where the time of a warm pass goes, by the profiler.
Everything is deleted in the end. Each turn is a process of its own, as a job is; its time is that
of the work, without imports.
"""

import argparse
import cProfile
import json
import math
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))

import tng_files
from peak_memory import peak_memory_mib
from tng_like import TngLike
from umbra.simulation.fields import FIELDS, fields_of
from umbra.simulation.galaxies import (
    CENTRE_COLUMNS,
    VELOCITY_COLUMNS,
    read_galaxies,
    write_galaxies,
)
from umbra.simulation.snapshot import open_chunk
from umbra.simulation.spheres import Spheres
from umbra.simulation.streaming import SLAB_ROWS, find_contents, stream_shard
from umbra.simulation.stretches import stretches_of

RADIUS_KPC = 100.0
# particles of TNG100-1: 1820^3 of dark matter and about as many of gas and stars
TNG100_PARTICLES = 2 * 1820**3
SAMPLES = (20, 2000)
SHOWN_FUNCTIONS = 6


def write_sample(folder: Path, plan: TngLike, *, galaxies: int, particles: float) -> Path:
    """Write a sample; its share in this part of TNG100-1 lies in the largest haloes."""
    inside = math.ceil(galaxies * particles / TNG100_PARTICLES)
    outside = np.random.default_rng(1).uniform(0, tng_files.BOX_CKPC_H, (galaxies - inside, 3))
    centres = np.concatenate([plan.centre[:inside], outside])
    path = folder / f"galaxies_{galaxies}.csv"
    columns = dict(zip(CENTRE_COLUMNS, centres.T, strict=True)) | dict.fromkeys(VELOCITY_COLUMNS, 0)
    write_galaxies(path, pd.DataFrame({"subhalo_id": np.arange(len(centres)), **columns}))
    return path


def list_reads(path: Path, sample: Path) -> tuple[list[tuple[str, int, int]], dict[str, int]]:
    """List what the pass reads of a chunk, (dataset, first row, end), and count what it keeps."""
    reads, kept = [], {}
    with open_chunk(path) as chunk, ThreadPoolExecutor(max_workers=1) as searcher:
        centre = read_galaxies(sample).centre_ckpc_h
        radius = np.full(len(centre), RADIUS_KPC / chunk.header.units.kpc)
        spheres = Spheres.build(centre=centre, radius=radius, box_size=tng_files.BOX_CKPC_H)
        for kind in FIELDS:
            count = chunk.count(kind)
            reads += [
                (f"{kind}/Coordinates", begin, min(begin + SLAB_ROWS, count))
                for begin in range(0, count, SLAB_ROWS)
            ]
            contents = find_contents(
                chunk, particle_type=kind, spheres=spheres, searcher=searcher, slab_rows=SLAB_ROWS
            )
            kept[kind] = len(contents.row)
            if kept[kind]:
                stretches = stretches_of(
                    np.sort(contents.row), to=np.arange(kept[kind]), slab_rows=SLAB_ROWS
                )
                for name in fields_of(kind, chunk.header.mass_table):
                    reads += [(f"{kind}/{name}", part.begin, part.end) for part in stretches]
    return reads, kept


def turn(task: dict) -> None:
    """Do one thing in this process and print what it cost."""
    chunks, sample = [Path(path) for path in task["chunks"]], Path(task["sample"])
    if task["what"] == "pass":
        # the first call loads the compiled loops, and is not measured
        Spheres.build(centre=np.zeros((1, 3)), radius=np.ones(1), box_size=9.0).contents(
            np.zeros((1, 3))
        )
    else:
        bare = json.loads(Path(task["bare"]).read_text())
    # a file in place of another is flushed to the disk at once; in a run there is none before
    Path(task["output"]).unlink(missing_ok=True)
    profile = cProfile.Profile()
    wall, cpu = time.perf_counter(), time.process_time()
    if task["what"] == "pass":
        with profile if task["profiled"] else nullcontext():
            stream_shard(
                chunks=chunks,
                galaxies_csv=sample,
                radius_kpc=RADIUS_KPC,
                output=Path(task["output"]),
            )
    else:
        read_and_write(chunks, bare, Path(task["output"]), writes=task["what"] == "read and write")
    cost = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "mib": peak_memory_mib(),
    }
    if task["profiled"]:
        cost["functions"] = longest_functions(profile)
    print(json.dumps(cost))


def longest_functions(profile: cProfile.Profile) -> list[tuple[str, float]]:
    """Return the functions that took longest without those they called, and their shares."""
    shares = Counter()
    for (path, _, name), (_, _, own, *_) in pstats.Stats(profile).stats.items():
        shares[f"{Path(path).name}: {name}"] += own
    return [(name, own / shares.total()) for name, own in shares.most_common(SHOWN_FUNCTIONS)]


def read_and_write(chunks: list[Path], bare: dict, output: Path, *, writes: bool) -> None:
    """Read rows and forget them, and write as many rows as are kept, with nothing in between."""
    with h5py.File(output, "w") as shard:
        for path in chunks:
            reads, kept = bare[str(path)]
            with open_chunk(path) as chunk:
                for name, begin, end in reads:
                    chunk.file[name][begin:end]
                for kind, rows in kept.items() if writes else ():
                    for name in fields_of(kind, chunk.header.mass_table) if rows else ():
                        field = chunk.file[f"{kind}/{name}"]
                        values = np.ones((rows, *field.shape[1:]), dtype=field.dtype)
                        shard[f"{kind}/{chunk.number}/{name}"] = values


def start(**task) -> subprocess.Popen:
    """Start a turn in a process of its own."""
    command = [sys.executable, __file__, "--turn", json.dumps(task, default=str)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen) -> dict[str, float]:
    """Wait for a turn and return its cost."""
    said, _ = process.communicate()
    if process.returncode:
        sys.exit("a turn failed")
    return json.loads(said)


def drop(paths: list[Path]) -> None:
    """Write files to the disk and drop them from the page cache, so that the disk is read."""
    os.sync()
    for path in paths:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def warm(paths: list[Path]) -> None:
    """Read files into the page cache, and let the disk come to rest."""
    os.sync()
    buffer = bytearray(1 << 24)
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def best(turns: list[dict[str, float]]) -> dict[str, float]:
    """Return the least of each cost, but the most memory."""
    least = {key: min(cost[key] for cost in turns) for key in ("wall", "cpu")}
    return least | {"mib": max(cost["mib"] for cost in turns)}


class Table:
    """The measurements, printed as they come."""

    def __init__(self) -> None:
        self.costs: dict[str, dict[str, float]] = {}

    def add(self, name: str, cost: dict[str, float]) -> None:
        """Print a line."""
        self.costs[name] = cost
        cells = f"{cost['wall']:8.2f} {cost['cpu']:8.2f} {cost['mib']:8.0f}"
        print(f"{name:44s} {cells}", flush=True)

    def ratio(self, text: str, above: str, below: str, limit: str = "") -> None:
        """Print the ratio of two lines."""
        wall, cpu = (self.costs[above][key] / self.costs[below][key] for key in ("wall", "cpu"))
        print(f"{text:58s} {wall:6.2f} wall {cpu:6.2f} CPU   {limit}", flush=True)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Write the snapshot, take the turns and print the table."""
    plan = TngLike.plan(particles=int(options.particles), chunks=options.chunks)
    begun = time.perf_counter()
    chunks = plan.write(folder)
    size = sum(path.stat().st_size for path in chunks)
    print(f"{sum(plan.rows.values()):.3g} particles, {size / 1e9:.2f} GB in {len(chunks)} files,")
    print(f"written in {time.perf_counter() - begun:.0f} s", flush=True)
    samples, bare, read_bytes = {}, {}, {}
    for galaxies in SAMPLES:
        samples[galaxies] = write_sample(
            folder, plan, galaxies=galaxies, particles=options.particles
        )
        listed = {str(path): list_reads(path, samples[galaxies]) for path in chunks}
        bare[galaxies] = folder / f"bare_{galaxies}.json"
        bare[galaxies].write_text(json.dumps(listed))
        read_bytes[galaxies] = sum(_bytes(path, rows) for path, (rows, _) in listed.items())
        kept = {kind: sum(k[kind] for _, k in listed.values()) for kind in FIELDS}
        shares = ", ".join(
            f"{kind} {number / plan.rows[kind]:.2%}" for kind, number in kept.items()
        )
        print(f"{galaxies} galaxies: {read_bytes[galaxies] / 1e9:.2f} GB to read; kept: {shares}")

    def task(what: str, galaxies: int, paths: list[Path], number: int = 0) -> dict:
        return {
            "what": what,
            "chunks": [str(path) for path in paths],
            "sample": samples[galaxies],
            "bare": bare[galaxies],
            "output": folder / f"shard_{number}.hdf5",
            "profiled": False,
        }

    table = Table()
    print(f"\n{'':44s} {'wall [s]':>8s} {'CPU [s]':>8s} {'peak MiB':>8s}")
    plans = [
        ("bare read, 2000 galaxies", task("read", 2000, chunks)),
        ("bare read and write, 2000 galaxies", task("read and write", 2000, chunks)),
        ("bare read and write, 20 galaxies", task("read and write", 20, chunks)),
        ("pass, 2000 galaxies", task("pass", 2000, chunks)),
        ("pass, 20 galaxies", task("pass", 20, chunks)),
    ]
    for state, prepare, repeat in (("warm", warm, options.repeat), ("cold", drop, options.cold)):
        turns: dict[str, list] = {name: [] for name, _ in plans}
        for _ in range(repeat):
            for name, what in plans:
                prepare(chunks)
                turns[name].append(finish(start(**what)))
        for name, costs in turns.items():
            if costs:
                table.add(f"{name}, {state}", best(costs))
        if repeat:
            table.add(
                f"two jobs side by side, {state}",
                best([_side_by_side(task, chunks, prepare) for _ in range(repeat)]),
            )
    warm(chunks)
    whole = task("pass", 2000, chunks) | {"profiled": True}
    print("\nshares of a warm pass, under the profiler, of its first thread:")
    for name, share in finish(start(**whole))["functions"]:
        print(f"{name:58s} {share:6.2f}")
    shards = [(folder / f"shard_{part}.hdf5").stat().st_size for part in (0, 1)]
    print(f"\nshards of the two jobs: {sum(shards) / 1e6:.0f} MB\n")
    _ratios(table, read_bytes[2000], cold=options.cold)


def _bytes(path: str, reads: list[tuple[str, int, int]]) -> int:
    with open_chunk(Path(path)) as chunk:
        width = {}
        total = 0
        for name, begin, end in reads:
            if name not in width:
                field = chunk.file[name]
                width[name] = field.dtype.itemsize * math.prod(field.shape[1:])
            total += width[name] * (end - begin)
    return total


def _side_by_side(task, chunks: list[Path], prepare) -> dict[str, float]:
    """Two jobs at once, alternate chunks each, since the first hold the haloes."""
    prepare(chunks)
    running = [start(**task("pass", 2000, chunks[part::2], part)) for part in (0, 1)]
    costs = [finish(process) for process in running]
    return {
        "wall": max(cost["wall"] for cost in costs),
        "cpu": sum(cost["cpu"] for cost in costs),
        "mib": max(cost["mib"] for cost in costs),
    }


def _ratios(table: Table, read: int, *, cold: int) -> None:
    for state in ("warm", "cold") if cold else ("warm",):
        whole = f"pass, 2000 galaxies, {state}"
        table.ratio(
            f"pass / bare read, {state}", whole, f"bare read, 2000 galaxies, {state}", "<= 1.4"
        )
        both = "bare read and write, {} galaxies, {}"
        table.ratio(f"pass / bare read and write, {state}", whole, both.format(2000, state))
        table.ratio(f"2000 / 20 galaxies, {state}", whole, f"pass, 20 galaxies, {state}", "<= 1.5")
        table.ratio(
            f"2000 / 20 galaxies, bare read and write, {state}",
            both.format(2000, state),
            both.format(20, state),
        )
        table.ratio(
            f"two jobs / one, {state}", f"two jobs side by side, {state}", whole, "0.5 ideal"
        )
        rate = read / 1e6 / table.costs[whole]["wall"]
        print(f"rate of one job, {state}: {rate:.0f} MB/s of bytes read")
    most = max(cost["mib"] for name, cost in table.costs.items() if not name.startswith("bare"))
    print(f"peak memory of a job: {most:.0f} MiB (limit 2048)")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--particles", type=float, default=1e8)
    parser.add_argument("--chunks", type=int, default=4)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--repeat", type=int, default=2, help="turns with the files in memory")
    parser.add_argument("--cold", type=int, default=1, help="turns with the files on disk alone")
    parser.add_argument("--turn", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        turn(json.loads(options.turn))
        return
    free = shutil.disk_usage(options.folder).free
    needed = 1.2e2 * options.particles
    if free < needed:
        sys.exit(f"{options.folder} has {free / 1e9:.0f} GB free, {needed / 1e9:.0f} GB are needed")
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="cutout_pass_") as folder:
        measure(Path(folder), options)


if __name__ == "__main__":
    main()
