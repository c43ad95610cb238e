"""A finished run of any size whose files are fakes, so that planning can be tried at full size.

Every job of the chain is planned by Snakemake itself, which then writes for it what it writes after
a real job: its metadata (parameters, inputs, code). Only the work of the job is left out: each
output is a file of a line. What is read at planning time, the two tables that checkpoints write and
the headers of a snapshot, has real content.
"""

import csv
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import watched_snakemake
from watched_snakemake import TABLES
from workflow_case import REPOSITORY, forked, run, succeed

SAMPLE = "results/sample/galaxies.csv"
SELECTION = "results/classical/rotation_curves/galaxies.csv"
# Folders of temporary files, the cubes only where they are not kept.
TEMPORARY = ("results/cutouts/shards", "results/cutouts/all_shards", "results/hi/cubes")
# The files of a galaxy that are read once it is made.
KEPT_FILES = (
    "results/cutouts/{}.hdf5",
    "results/photometry/{}.fits",
    "results/hi/moments/{}.fits",
    "results/profiles/{}.csv",
)
# Ids as far apart as those of a catalogue of millions.
STRIDE = 137


@dataclass(frozen=True)
class Plan:
    """What a dry run says and takes.

    Attributes
    ----------
    jobs : dict of str to int
        Jobs of each rule.
    cpu_s, memory_mb : float
        CPU time and peak memory of the process.
    opened : dict of str to int
        How often it opened each file of the run's folder, by path.
    said : str
        What it printed.
    """

    jobs: dict[str, int]
    cpu_s: float
    memory_mb: float
    opened: dict[str, int]
    said: str


def plan(
    folder: Path,
    *targets: str,
    options: dict,
    flags=(),
    record: bool = False,
    fresh: bool = False,
) -> Plan:
    """Plan the making of `targets` in `folder` with `options`, in a process of its own.

    Parameters
    ----------
    folder : path
        The run's folder.
    *targets
        What to make.
    options : dict
        The configuration, as far as it differs from config/config.yaml.
    flags : sequence of str
        Further options of Snakemake.
    record : bool
        Whether the planned jobs count as done from now on.
    fresh : bool
        Whether the process is an interpreter that imports and reads all by itself, as a user's
        does, and not a fork that has most of that.
    """
    (folder / "options.json").write_text(json.dumps(options))
    observed = folder / "observed.json"
    arguments = [observed, "record" if record else "plan"]
    arguments += [*targets, "--dry-run", "--cores", 2, "--nocolor", *flags]
    arguments += ["--snakefile", REPOSITORY / "Snakefile", "--directory", folder]
    arguments += ["--configfile", folder / "options.json"]
    arguments = list(map(str, arguments))
    if fresh:
        command = [sys.executable, watched_snakemake.__file__, *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    else:
        result = forked(watched_snakemake.main, *arguments)
    said = result.stdout + result.stderr
    if result.returncode:
        raise RuntimeError(said[-5000:])
    return Plan(jobs=job_table(said), said=said, **json.loads(observed.read_text()))


def make_run(folder: Path, *, galaxies: int, options: dict) -> None:
    """Fake a finished run.

    Parameters
    ----------
    folder : path
        An empty folder.
    galaxies : int
        Size of the sample.
    options : dict
        The configuration, as far as it differs from config/config.yaml.
    """
    make_sample(folder, galaxies=galaxies, options=options)
    # Jobs behind the second checkpoint are known only once the first of these is recorded.
    plan(folder, SELECTION, options=options, record=True)
    plan(folder, "results/figures", options=options, record=True)
    for temporary in TEMPORARY[: 3 if not options.get("hi", {}).get("keep_cubes", True) else 2]:
        shutil.rmtree(folder / temporary)


def make_sample(folder: Path, *, galaxies: int, options: dict) -> None:
    """Fake a run that has selected its sample and done nothing else."""
    import pandas as pd

    from umbra.simulation.galaxies import write_galaxies

    folder.mkdir(parents=True, exist_ok=True)
    sample = pd.DataFrame({"subhalo_id": [STRIDE * i for i in range(galaxies)]})
    write_galaxies(folder / TABLES / SAMPLE, sample)
    # A fifth of the galaxies is the test split; the configuration may want fewer curves.
    curves = options.get("rotation_curve", {}).get("galaxies", 4)
    chosen = galaxies // 5 if curves == "all" else curves
    _write_selection(folder / TABLES / SELECTION, [STRIDE * i for i in range(chosen)])
    plan(folder, SAMPLE, options=options, record=True)


def make_galaxies(folder: Path, *, galaxies: int) -> None:
    """Fake the files of each galaxy of the sample, as if they came from elsewhere."""
    for pattern in KEPT_FILES:
        (folder / pattern).parent.mkdir(parents=True, exist_ok=True)
        for i in range(galaxies):
            (folder / pattern.format(STRIDE * i)).write_text("fake")


def rules_after_the_parts(folder: Path) -> list[str]:
    """Return the rules that docs/cluster.md allows when all parts of a sample are made.

    Parameters
    ----------
    folder : path
        A folder in which something was planned.
    """
    page = (REPOSITORY / "docs" / "cluster.md").read_text()
    made = re.search(r"--list-rules.*\| grep -vxE '([\w|]+)'", page)[1].split("|")
    command = [sys.executable, "-m", "snakemake", "--list-rules"]
    command += ["--snakefile", REPOSITORY / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / "options.json"]
    listed = succeed(run(list(map(str, command)))).stdout.split()
    assert set(made) <= set(listed)
    return [rule for rule in listed if rule not in made]


def paper(folder: Path, *, chunks: int = 448) -> dict:
    """Return the configuration of the paper's run, on a snapshot with all particles in a chunk."""
    import yaml

    import tng_files
    from tng_like import MAKERS

    if not folder.exists():
        first = {kind: maker([[5.0, 5.0, 5.0]]) for kind, maker in MAKERS.items()}
        tng_files.write_snapshot(folder, chunks=[first, *[{}] * (chunks - 1)])
        tng_files.write_catalogue(folder, subhaloes=[tng_files.subhaloes([0])], groups=[{}])
    options = yaml.safe_load((REPOSITORY / "config" / "paper.yaml").read_text())
    options["simulation"]["path"] = str(folder)
    return options


def _write_selection(path: Path, chosen: list[int]) -> None:
    from umbra.classical.rotation_curve.selection_table import SELECTION_COLUMNS

    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, SELECTION_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({"galaxy": galaxy, "chosen": "yes"} for galaxy in chosen)


def job_table(said: str) -> dict[str, int]:
    """Return the jobs of each rule from what a dry run printed."""
    if "Nothing to be done" in said:
        return {}
    table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", said, re.S | re.M)
    rows = (line.split() for line in table[1].splitlines())
    return {rule: int(count) for rule, count in rows if rule not in ("total", "all")}
