"""What the paper's run on TNG100-1 will cost, from what a finished run and the pass have cost.

python tests/benchmarks/paper_estimate.py RUN --cutouts TABLE --catalogue LINE [--galaxies 2974]

RUN is the folder of a finished run of config/config.yaml (its results, benchmarks and logs); TABLE
and LINE are files with what cutout_pass.py and catalogue_read.py printed. Prints a Markdown table
and every assumption behind it. The galaxies of the synthetic universe are drawn from the counts and
relations of TNG100-1, so that the mean galaxy of RUN stands for the mean galaxy there.
"""

import argparse
import csv
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import yaml

from umbra.performance import summarise_cost
from umbra.universe import tng_relations

REPOSITORY = Path(__file__).resolve().parents[2]
# TNG100-1: dark-matter particles, and as many of gas and stars together (Nelson et al. 2019)
PARTICLES = 2 * 1820**3
COORDINATE_BYTES = 24
# Msun of a particle of dark matter, and of a gas cell or star, in TNG100-1
DARK_MSUN, BARYON_MSUN = 7.5e6, 1.4e6
# bytes of the fields that are read, of a gas cell, a dark-matter particle and a star
PARTICLE_BYTES = {"gas_mass": 112, "dm_mass": 44, "stellar_mass": 60}
# CPU seconds of a real SKIRT 9 (git 1facef2), three views with emission by dust: 178 were measured
# with 1e6 packets, so about this many with the paper's 1e7
SKIRT_CPU_S, SKIRT_PACKETS = 1600.0, 1e7
RADIUS_KPC, CRITICAL_MSUN_KPC3 = 100.0, 127.4


@dataclass(frozen=True)
class Cost:
    """A row of the table: CPU hours, GB read, GB written and kept, GB written and deleted."""

    stage: str
    cpu_h: float
    read: float = 0.0
    kept: float = 0.0
    temporary: float = 0.0


class Run:
    """A finished run."""

    def __init__(self, folder: Path) -> None:
        self.results = folder / "results"
        self.config = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
        with open(self.results / "sample/galaxies.csv", newline="") as file:
            self.galaxies = sum(1 for _ in csv.DictReader(file))
        with tempfile.TemporaryDirectory() as made:
            table = Path(made) / "performance.csv"
            summarise_cost(
                benchmarks=folder / "benchmarks",
                logs=folder / "logs",
                galaxies=self.galaxies,
                output=table,
            )
            with open(table, newline="") as file:
                self.cpu = {row["stage"]: float(row["cpu_s"]) for row in csv.DictReader(file)}

    def cpu_per_galaxy(self, *stages: str) -> float:
        """Return CPU seconds."""
        return sum(self.cpu[stage] for stage in stages) / self.galaxies

    def gigabytes_per_galaxy(self, name: str) -> float:
        """Return the size of a result."""
        path = self.results / name
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        return sum(file.stat().st_size for file in files) / 1e9 / self.galaxies

    def particles_per_galaxy(self) -> np.ndarray:
        """Return the mean numbers of gas cells, dark-matter particles and stars of a cutout."""
        counts = []
        for path in sorted((self.results / "cutouts").glob("*.hdf5")):
            with h5py.File(path) as file:
                counts.append(file["Header"].attrs["NumPart_ThisFile"][[0, 1, 4]])
        return np.mean(counts, axis=0)

    def training_seconds(self) -> float:
        """Return CPU seconds of an epoch of all networks, a galaxy of the sample."""
        total = 0.0
        for history in self.results.glob("networks/*/*/history.csv"):
            architecture, channels = history.parts[-3:-1]
            epochs = len(history.read_text().splitlines()) - 1
            log = self.results.parent / f"logs/network/{architecture}_{channels}.log"
            work = float(re.search(r"cpu seconds: .*work ([0-9.]+)", log.read_text())[1])
            total += work / epochs
        return total / self.galaxies


def expected_dark_matter() -> float:
    """Return the mean number of dark-matter particles within 100 kpc, from haloes of NFW."""
    mass = 10 ** tng_relations.PERCENTILES["dm_mass"][:, 1]
    concentration, _ = tng_relations.concentration(np.log10(mass))
    radius = (3 * mass / (800 * np.pi * CRITICAL_MSUN_KPC3)) ** (1 / 3)
    reach = np.minimum(concentration * RADIUS_KPC / radius, concentration)

    def enclosed(x):
        return np.log1p(x) - x / (1 + x)

    within = mass * enclosed(reach) / enclosed(concentration)
    return float(np.average(within, weights=tng_relations.BIN_COUNTS) / DARK_MSUN)


def downloaded_gigabytes() -> float:
    """Return the size of all galaxies' haloes, whole, as the web API sends them."""
    logs = {name: tng_relations.PERCENTILES[name][:, 1] for name in ("gas_mass", "dm_mass")}
    logs["stellar_mass"] = tng_relations.BIN_CENTRES
    return sum(
        float(tng_relations.BIN_COUNTS @ 10 ** logs[name])
        / (DARK_MSUN if name == "dm_mass" else BARYON_MSUN)
        * size
        / 1e9
        for name, size in PARTICLE_BYTES.items()
    )


def number(path: Path, pattern: str) -> float:
    """Return the number that a pattern finds in a file."""
    return float(re.search(pattern, path.read_text())[1])


def costs(run: Run, options: argparse.Namespace, paper: dict) -> list[Cost]:
    """Return the rows of the table."""
    n = options.galaxies

    def hours(*stages: str) -> float:
        return n * run.cpu_per_galaxy(*stages) / 3600

    def size(name: str) -> float:
        return n * run.gigabytes_per_galaxy(name)

    cutouts, moments = size("cutouts"), size("hi/moments")
    cubes = size("hi/cubes") * paper["hi"]["channels"] / run.config["hi"]["channels"]
    frames, images, dataset = size("radiative_transfer"), size("photometry"), size("dataset.hdf5")
    snapshot = PARTICLES * COORDINATE_BYTES / 1e9 + cutouts
    pass_cpu = number(options.cutouts, r"pass, 2000 galaxies, cold +[0-9.]+ +([0-9.]+)")
    pass_gb = number(options.cutouts, r"2000 galaxies: ([0-9.]+) GB to read")
    networks = len(list(run.results.glob("networks/*/*/history.csv")))
    epochs = {name: how["epochs"] for name, how in paper["networks"]["training"].items()}
    ensemble, made = paper["ensemble"], run.config["ensemble"]
    members = ensemble["members"] + ensemble["gaussian_members"]
    made_members = made["members"] + made["gaussian_members"]
    made_epochs = run.config["networks"]["training"][made["architecture"]]["epochs"]
    longer = epochs[made["architecture"]] / made_epochs
    skirt = SKIRT_CPU_S * float(paper["photometry"]["packets"]) / SKIRT_PACKETS
    samples = paper["sensitivity"]["samples"] / run.config["sensitivity"]["samples"]
    classical = sum(run.cpu[stage] for stage in ("rings", "light_profile", "mass_model"))
    sample_cpu = number(options.catalogue, r"([0-9.]+) s CPU")
    return [
        Cost("sample", sample_cpu / 3600, read=0.5),
        Cost("cutout_shard", snapshot * pass_cpu / pass_gb / 3600, snapshot, temporary=cutouts),
        Cost("cutout", hours("cutout"), cutouts, cutouts),
        Cost("ski", hours("ski"), cutouts, size("ski")),
        Cost("radiative_transfer, embedded", hours("radiative_transfer"), size("ski"), frames),
        Cost("radiative_transfer, SKIRT 9", n * skirt / 3600, size("ski"), frames),
        Cost("photometry", hours("photometry"), frames, images),
        Cost("hi_cubes", hours("hi_cubes"), cutouts, temporary=cubes),
        Cost("moments", hours("moments"), cubes, moments),
        Cost("profile", hours("profile"), cutouts, size("profiles")),
        Cost("dataset", hours("dataset"), images + moments, dataset),
        Cost(
            f"network, {networks} trainings, each epoch",
            n * run.training_seconds() / 3600,
            networks * dataset,
            sum(f.stat().st_size for f in (run.results / "networks").rglob("*")) / 1e9,
        ),
        Cost(
            f"ensemble_part, {members} members on {len(ensemble['channel_sets'])} channel sets",
            hours("ensemble_part") * members / made_members * longer,
            dataset * members * len(ensemble["channel_sets"]) / made["members_per_job"],
            size("ensemble") * members / made_members,
        ),
        Cost("sensitivity", hours("sensitivity") * samples + hours("importance"), dataset),
        Cost("rotation curves of 4 galaxies", classical / 3600),
        Cost("idealised curves", hours("idealised_curves")),
    ]


def totals(rows: list[Cost]) -> list[Cost]:
    """Return the sums up to the dataset, with either engine."""
    until = [row.stage for row in rows].index("dataset") + 1
    engines = [row for row in rows if row.stage.startswith("radiative_transfer")]
    sums = []
    for engine in engines:
        parts = [row for row in rows[:until] if row is engine or row not in engines]
        numbers = zip(*((r.cpu_h, r.read, r.kept, r.temporary) for r in parts), strict=True)
        name = engine.stage.partition(", ")[2]
        sums.append(Cost(f"**up to the dataset, {name}**", *map(sum, numbers)))
    return sums


def shown(value: float) -> str:
    """Return a number with two digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"


def main() -> None:
    """Print the table and what it assumes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--cutouts", type=Path, required=True)
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--galaxies", type=int, default=int(tng_relations.BIN_COUNTS.sum()))
    options = parser.parse_args()
    run = Run(options.run)
    paper = dict(run.config)
    for section, values in yaml.safe_load((REPOSITORY / "config/paper.yaml").read_text()).items():
        paper[section] = paper[section] | values
    rows = costs(run, options, paper)
    print("| stage | CPU hours | GB read | GB kept | GB temporary |\n|---|---|---|---|---|")
    for row in [*rows, *totals(rows)]:
        cells = " | ".join(map(shown, (row.cpu_h, row.read, row.kept, row.temporary)))
        print(f"| {row.stage} | {cells} |")
    gas, dark, stars = run.particles_per_galaxy()
    gigabytes = run.gigabytes_per_galaxy("cutouts")
    pixels, realisations = paper["observation"]["pixels"], paper["observation"]["realisations"]
    frames = 1000 * realisations * pixels**2 * 4 * options.galaxies / 1e9
    epochs = paper["networks"]["training"]["B"]["epochs"]
    rate = number(options.cutouts, r"rate of one job, cold: (\d+) MB/s")
    print(
        f"""
- {options.galaxies} galaxies, {realisations} realisations each: per galaxy what those of the run
  ({run.galaxies})
  cost on average.
- A cutout has {gas:.0f} gas cells, {dark:.0f} dark-matter particles and {stars:.0f} stars on
  average, {1e3 * gigabytes:.1f} MB; NFW haloes of TNG100-1's median masses and concentrations have
  {expected_dark_matter():.0f} dark-matter particles within 100 kpc.
- The pass reads the coordinates of {PARTICLES:.3g} particles in double precision
  ({PARTICLES * COORDINATE_BYTES / 1e9:.0f} GB) and of the other fields the kept rows; one job took
  {rate:.0f} MB/s from the disk.
- From the web API, in place of cutout_shard: {downloaded_gigabytes():.0f} GB of whole haloes for
  all {tng_relations.BIN_COUNTS.sum():.0f} galaxies, from TNG100-1's median masses, without
  satellites.
- SKIRT: a real SKIRT 9 (git 1facef2) took 178 CPU s for 1e6 packets, three views with emission by
  dust, so about {SKIRT_CPU_S:.0f} s at {SKIRT_PACKETS:.0e}; the same for every galaxy. The default
  of `photometry.simulation_mode`, ExtinctionOnly, takes a fifth to a half less.
- Images in SDSS's own bands. `photometry.instrument_grid: log`, the paper's, keeps
  {frames:.0f} GB of frames.
- Networks: one epoch; with the configured limit of {epochs} epochs at most that many times as much.
  Ensembles: all {epochs} epochs, at most. CPU time without an accelerator.
- HI cubes are deleted (`hi.keep_cubes: false`), shards too."""
    )


if __name__ == "__main__":
    main()
