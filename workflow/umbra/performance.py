"""What the run cost: Snakemake's benchmark files and the stages' logs, one row a stage."""

import csv
import re
from pathlib import Path

from umbra.files import atomic

_CPU = re.compile(r"cpu seconds: start-up ([0-9.]+), work ([0-9.]+)")
# A program that a stage runs says this of itself; the stage counts it all as work.
_PROGRAM_START_UP = re.compile(r"cpu seconds of the engine's start-up: ([0-9.]+)")
COLUMNS = (
    "stage",
    "jobs",
    "wall_s",
    "wall_s_per_galaxy",
    "cpu_s",
    "start_up_cpu_s",
    "start_up_fraction",
    "peak_memory_mb",
)


def summarise_cost(*, benchmarks: Path, logs: Path, galaxies: int, output: Path) -> None:
    """Write the cost of each stage, and of all together.

    Parameters
    ----------
    benchmarks, logs : pathlib.Path
        The folders that the rules' ``benchmark`` and ``log`` files are in.
    galaxies : int
        Galaxies of the sample, to divide by.
    output : pathlib.Path
        CSV with the columns `COLUMNS`, of the latest run of each job. Wall seconds are summed over
        jobs that may have run side by side; start-up is the CPU time of interpreters and imports;
        Snakemake's own time is not in any row.
    """
    names = sorted({path.name.removesuffix(".tsv") for path in benchmarks.iterdir()})
    rows = [_stage(name, _files(benchmarks, name), _files(logs, name)) for name in names]
    rows.append(_total(rows))
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow(_rounded(_with_ratios(row, galaxies)))


def _files(folder: Path, stage: str) -> list[Path]:
    """Return the files of a stage: one if it is one job, else a folder of them."""
    if (folder / stage).is_dir():
        return sorted((folder / stage).iterdir())
    return sorted(folder.glob(f"{stage}.*"))


def _stage(name: str, benchmarks: list[Path], logs: list[Path]) -> dict:
    measured = [row for path in benchmarks for row in _benchmark_rows(path)]
    texts = [path.read_text(errors="replace") for path in logs]
    cpu = [(float(a), float(b)) for text in texts for a, b in _CPU.findall(text)]
    start_up = sum(start for start, _ in cpu)
    start_up += sum(float(own) for text in texts for own in _PROGRAM_START_UP.findall(text))
    return {
        "stage": name,
        "jobs": len(measured),
        "wall_s": sum(float(row["s"]) for row in measured),
        "cpu_s": sum(start + work for start, work in cpu),
        "start_up_cpu_s": start_up,
        "peak_memory_mb": max((_number(row["max_rss"]) for row in measured), default=0.0),
    }


def _benchmark_rows(path: Path) -> list[dict]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _number(text: str) -> float:
    """Return a benchmark's number; jobs too short to be sampled have none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _total(rows: list[dict]) -> dict:
    summed = ("jobs", "wall_s", "cpu_s", "start_up_cpu_s")
    total = {column: sum(row[column] for row in rows) for column in summed}
    peak = max((row["peak_memory_mb"] for row in rows), default=0.0)
    return {"stage": "all", "peak_memory_mb": peak, **total}


def _with_ratios(row: dict, galaxies: int) -> dict:
    share = row["start_up_cpu_s"] / row["cpu_s"] if row["cpu_s"] else 0.0
    return {**row, "wall_s_per_galaxy": row["wall_s"] / galaxies, "start_up_fraction": share}


def _rounded(row: dict) -> dict:
    return {
        key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()
    }
