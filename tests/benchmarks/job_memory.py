"""What the jobs of a large galaxy, and trainings on thousands of images, take.

python tests/benchmarks/job_memory.py RUN [--particles 1000000] [--galaxies 2000] [--folder /tmp]

RUN is the folder of a finished run of config/config.yaml. Its galaxy of most gas is made larger:
copies of its particles, each turned and shaken and with a share of the mass, until there are so
many of each type. Its images are repeated until the dataset is that of so many galaxies. The
workflow goes on from these files; each line is CPU time and peak memory of one of its jobs
(Snakemake's own 0.2 GB is a lower bound). Trainings last one epoch. Needs 4 GB in the folder.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
from scipy.spatial.transform import Rotation

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = ("Masses", "GFM_InitialMass", "StarFormationRate")
SHAKEN_CKPC_H = 0.3


def enlarge(source: Path, target: Path, *, particles: int) -> int:
    """Write a larger galaxy; return its id."""
    rng = np.random.default_rng(0)
    target.parent.mkdir(parents=True)
    with h5py.File(source) as small, h5py.File(target, "w") as large:
        header = dict(small["Header"].attrs)
        counts = header["NumPart_ThisFile"].copy()
        for kind in (0, 1, 4):
            copies = -(-particles // counts[kind])
            for name, values in small[f"PartType{kind}"].items():
                many = np.concatenate([values[:]] * copies)
                if name in SHARED:
                    many /= copies
                if name in ("Coordinates", "Velocities"):
                    shift = header["CutoutCentre"] if name == "Coordinates" else 0
                    many = np.concatenate(
                        [
                            Rotation.random(rng=turn).apply(values[:] - shift) + shift
                            for turn in range(copies)
                        ]
                    )
                if name == "Coordinates":
                    many += rng.normal(0, SHAKEN_CKPC_H, many.shape)
                if name == "ParticleIDs":
                    many = np.arange(len(many), dtype=many.dtype)
                large[f"PartType{kind}/{name}"] = many
            counts[kind] *= copies
        header["NumPart_ThisFile"] = header["NumPart_Total"] = counts
        large.create_group("Header").attrs.update(header)
        return int(header["SubhaloID"])


def repeat(source: Path, target: Path, *, galaxies: int) -> None:
    """Write a dataset of many galaxies from those of a small one."""
    with h5py.File(source) as small, h5py.File(target, "w") as large:
        large.attrs.update(small.attrs)
        rows = len(small["galaxy"])
        realisations = rows // len(np.unique(small["galaxy"]))
        image = small["images"]
        large.create_dataset(
            "images", (galaxies * realisations, *image.shape[1:]), image.dtype, chunks=image.chunks
        )
        for begin in range(0, galaxies * realisations, rows):
            end = min(begin + rows, galaxies * realisations)
            large["images"][begin:end] = image[: end - begin]
        pick = np.arange(galaxies * realisations) % rows
        for name in set(small) - {"images", "radius_kpc", "galaxy"}:
            large[name] = small[name][:][pick]
        large["radius_kpc"] = small["radius_kpc"][:]
        # a galaxy is a galaxy of RUN's and the number of the repetition, so that splits stay apart
        large["galaxy"] = small["galaxy"][:][pick] + 10**7 * (
            np.arange(galaxies * realisations) // rows
        )


def measure(folder: Path, target: str, config: dict, *flags: str) -> None:
    """Make one file and print what its job took."""
    (folder / "options.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "snakemake", target, "--cores", "1", *flags]
    command += ["--rerun-triggers", "mtime", "--directory", folder]
    command += ["--snakefile", REPOSITORY / "Snakefile", "--configfile", folder / "options.json"]
    with open(folder / "said.txt", "w") as said:
        child = subprocess.Popen(list(map(str, command)), stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError((folder / "said.txt").read_text()[-3000:])
    newest = max((folder / "logs").rglob("*.log"), key=lambda path: path.stat().st_mtime)
    start, work = re.findall(r"(?:start-up|work) ([0-9.]+)", newest.read_text())[-2:]
    name = str(newest.relative_to(folder / "logs"))
    seconds = float(start) + float(work)
    print(f"{name:45}{seconds:8.1f} s CPU {usage.ru_maxrss / 1024:8.0f} MiB", flush=True)


def main() -> None:
    """Print a line for each job."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--particles", type=int, default=1_000_000)
    parser.add_argument("--galaxies", type=int, default=2000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    sources = sorted((options.run / "results/cutouts").glob("*.hdf5"))
    source = max(sources, key=lambda path: path.stat().st_size)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="jobs_") as made:
        folder = Path(made)
        results = folder / "results"
        (results / "sample").mkdir(parents=True)
        table = (options.run / "results/sample/galaxies.csv").read_text().splitlines()
        row = next(line for line in table if line.startswith(f"{source.stem},"))
        (results / "sample/galaxies.csv").write_text("\n".join([table[0], row, ""]))
        galaxy = enlarge(source, results / f"cutouts/{source.name}", particles=options.particles)
        config = {"simulation": {"source": "local", "path": str(folder / "none")}}
        for target in (
            f"ski/{galaxy}/galaxy.ski",
            f"radiative_transfer/{galaxy}/galaxy_r0_total.fits",
            f"photometry/{galaxy}.fits",
            f"hi/cubes/{galaxy}_r0.fits",
            f"hi/moments/{galaxy}.fits",
            f"profiles/{galaxy}.csv",
        ):
            measure(folder, f"results/{target}", config)
        repeat(
            options.run / "results/dataset.hdf5",
            results / "dataset.hdf5",
            galaxies=options.galaxies,
        )
        print(f"dataset.hdf5: {(results / 'dataset.hdf5').stat().st_size / 1e6:.0f} MB")
        config |= {
            "networks": {"training": {"B": {"epochs": 1}}},
            "ensemble": {"members": 2, "members_per_job": 2},
        }
        measure(
            folder, "results/networks/B/urz_hi/model.keras", config, "--allowed-rules", "network"
        )
        part = "results/ensemble/bootstrap/B/urz_hi/parts/0.hdf5"
        measure(folder, part, config, "--allowed-rules", "ensemble_part")


if __name__ == "__main__":
    main()
