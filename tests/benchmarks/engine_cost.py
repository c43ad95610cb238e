"""What the embedded engine costs: CPU against stars, cells, packets, instruments; noise; memory.

``python tests/benchmarks/engine_cost.py [--figure FIGURE.png] [--skirt SKIRT_REFERENCE]``: one
thread. With a figure, exponential discs; with the folder of a galaxy that SKIRT has done, the CPU
for that galaxy at the noise of SKIRT's run. The machine should have nothing else to do.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
from astropy.io import fits

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))
from engine_case import instrument, ski, table

matplotlib.use("Agg")
import matplotlib.pyplot as plt

STARS, CELLS, PACKETS, INSTRUMENTS = 20_000, 10_000, 1e7, 3
SERIES = {
    "stars": [2_000, 20_000, 100_000, 500_000],
    "cells": [2_000, 10_000, 100_000, 500_000],
    "packets": [1e5, 1e6, 1e7, 1e8],
    "instruments": [1, 2, 3, 6],
}
SKIRT_CPU_S = 556.0
RUN = (
    "import sys, resource\n"
    "from umbra.skirt_engine.cli import main\n"
    "code = main(sys.argv[1:])\n"
    "used = resource.getrusage(resource.RUSAGE_SELF)\n"
    "print('USED', used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6)\n"
    "sys.exit(code)\n"
)


def disc(rng: np.random.Generator, n: int, length_pc: float, height_pc: float) -> np.ndarray:
    """Return positions in an exponential disc."""
    radius, angle = rng.gamma(2, length_pc, n), rng.uniform(0, 2 * np.pi, n)
    height = height_pc * np.arctanh(rng.uniform(-0.999, 0.999, n))
    return np.c_[radius * np.cos(angle), radius * np.sin(angle), height]


def write_galaxy(folder: Path, *, stars: int, cells: int, packets: float, instruments: int) -> Path:
    """Write the tables and the ski of a disc of 4e10 Msun with 5e9 Msun of gas."""
    rng = np.random.default_rng(3)
    place = disc(rng, stars, 3500, 300)
    age = 10 ** rng.uniform(7, 10.1, stars)
    smoothing = 300 * (STARS / stars) ** (1 / 3)
    rows = np.c_[place, np.full(stars, smoothing), np.full(stars, 4e10 / stars)]
    table(folder, "stars.txt", np.c_[rows, np.full(stars, 0.02), age])
    gas = disc(rng, cells, 4000, 150)
    density = 0.06 * np.exp(-np.hypot(*gas[:, :2].T) / 4000) / np.cosh(gas[:, 2] / 150) ** 2
    constant = [np.full(cells, 0.02), np.full(cells, 1e4)]
    table(folder, "gas.txt", np.c_[gas, density, *constant])
    angles = [(90 * k / max(instruments - 1, 1), 30 * k, 0) for k in range(instruments)]
    frames = [
        instrument(f"v{k}", angles=one, field=40000, pixels=128, components=False)
        for k, one in enumerate(angles)
    ]
    path = ski(folder, frames, dust=True, box=20000)
    path.write_text(path.read_text().replace('numPackets="1e6"', f'numPackets="{packets:g}"'))
    return path


def measure(path: Path, tables: Path, output: Path) -> tuple[float, float]:
    """Run a ski; return CPU seconds and memory in GB, start-up included."""
    command = [sys.executable, "-c", RUN, "-t", "1", "-i", tables, "-o", output, path]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env=environment
    )
    if result.returncode:
        sys.exit(result.stderr)
    _, cpu, memory = result.stdout.splitlines()[-1].split()
    return float(cpu), float(memory)


def measured_series(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Return CPU and memory along every series."""
    found = {}
    for name, values in SERIES.items():
        found[name] = []
        for value in values:
            galaxy = {
                "stars": STARS,
                "cells": CELLS,
                "packets": PACKETS,
                "instruments": INSTRUMENTS,
            }
            path = write_galaxy(folder, **galaxy | {name: value})
            found[name].append(measure(path, folder, folder))
            print(f"{name} {value:g}: {found[name][-1][0]:.1f} s, {found[name][-1][1]:.2f} GB")
    path = write_galaxy(
        folder, stars=500_000, cells=500_000, packets=PACKETS, instruments=INSTRUMENTS
    )
    cpu, memory = measure(path, folder, folder)
    print(f"500,000 stars, 500,000 cells, {INSTRUMENTS} instruments: {cpu:.1f} s, {memory:.2f} GB")
    return found


def noise(first: Path, second: Path, direction: str) -> float:
    """Return the noise of one pixel in r, rms over those above 1 % of the maximum."""
    a, b = (
        fits.getdata(one / f"tng_ref_ext_sdss_{direction}_total.fits")[2] for one in (first, second)
    )
    bright = a > 0.01 * a.max()
    return float(np.sqrt(np.mean(2 * ((a - b)[bright] / (a + b)[bright]) ** 2)))


def compare_with_skirt(reference: Path, folder: Path) -> None:
    """Print noise and CPU of SKIRT's galaxy for several numbers of packets."""
    text = (reference / "tng_ref_ext.ski").read_text()
    for packets in ("4e5", "8e6"):
        outputs, cpu = [], 0.0
        for seed in ("1", "2"):
            outputs.append(folder / f"{packets}_{seed}")
            outputs[-1].mkdir()
            path = outputs[-1] / "tng_ref_ext.ski"
            changed = text.replace('numPackets="8e6"', f'numPackets="{packets}"')
            path.write_text(changed.replace('seed="0"', f'seed="{seed}"'))
            cpu += 0.5 * measure(path, reference, outputs[-1])[0]
        levels = [noise(*outputs, direction) for direction in ("xy", "xz")]
        print(
            f"numPackets {packets}: noise in r {100 * levels[0]:.1f} % face-on,"
            f" {100 * levels[1]:.1f} % edge-on, {cpu:.1f} s CPU,"
            f" {SKIRT_CPU_S / cpu:.0f} times less than SKIRT"
        )


def draw(found: dict[str, list[tuple[float, float]]], path: Path) -> None:
    """Draw CPU against everything."""
    figure, axes = plt.subplots(1, 4, figsize=(11, 2.8), sharey=True, layout="constrained")
    for axis, (name, values) in zip(axes, SERIES.items(), strict=True):
        axis.plot(values, [cpu for cpu, _ in found[name]], "o-", color="tab:blue")
        axis.set(xlabel={"packets": "numPackets"}.get(name, name), yscale="log")
        if name != "instruments":
            axis.set_xscale("log")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("CPU seconds")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--skirt", type=Path)
    options = parser.parse_args()
    if not (options.figure or options.skirt):
        parser.error("give --figure, --skirt or both")
    with tempfile.TemporaryDirectory() as temporary:
        if options.skirt:
            compare_with_skirt(options.skirt, Path(temporary))
        if options.figure:
            draw(measured_series(Path(temporary)), options.figure)
