"""The cost of a run, from Snakemake's benchmark files and the logs of the stages."""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from umbra.tables import read_table, write_table

_CPU = re.compile(r"cpu seconds: start-up ([0-9.]+), work ([0-9.]+)")
# The engine logs its own start-up. The stage that runs it counts all of its time as work.
_PROGRAM_START_UP = re.compile(r"cpu seconds of the engine's start-up: ([0-9.]+)")
COST_COLUMNS = (
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
    """Write the cost of each stage and of all stages together.

    Parameters
    ----------
    benchmarks, logs : Path
        Folders of the rules' ``benchmark`` and ``log`` files.
    galaxies : int
        Number of galaxies in the sample.
    output : Path
        CSV file with the columns `COST_COLUMNS`, from the latest run of each job. Wall seconds are
        sums over jobs, which may have run at the same time. Start-up is the CPU time of
        interpreters and imports of a job's own. Snakemake's time, and that of imports for many jobs
        (`umbra.fork_server`), is not included; their memory is.
    """
    names = sorted({path.name.removesuffix(".tsv") for path in benchmarks.iterdir()})
    stages = [_stage(_files(benchmarks, name), _files(logs, name)) for name in names]
    table = pd.DataFrame(stages, index=pd.Index(names, name="stage"))
    total = table.sum()
    total["peak_memory_mb"] = table["peak_memory_mb"].max()
    table.loc["all"] = total
    table = table.astype({"jobs": int})
    table["wall_s_per_galaxy"] = table["wall_s"] / galaxies
    share = table["start_up_cpu_s"] / table["cpu_s"].where(table["cpu_s"] > 0)
    table["start_up_fraction"] = share.fillna(0.0)
    write_table(table.round(3).reset_index()[list(COST_COLUMNS)], output)


def _files(folder: Path, stage: str) -> list[Path]:
    """Return the files of a stage: one file if the stage is one job, else a folder of files."""
    if (folder / stage).is_dir():
        return sorted((folder / stage).iterdir())
    return sorted(folder.glob(f"{stage}.*"))


def _stage(benchmarks: Iterable[Path], logs: Iterable[Path]) -> dict[str, float]:
    columns = {"s": float, "max_rss": str}
    measured = pd.concat(
        [
            pd.DataFrame({"s": [], "max_rss": []}, dtype=object),
            *(read_table(path, columns, separator="\t") for path in benchmarks),
        ]
    )
    # Snakemake writes NA or - for the memory of jobs that are too short to be measured.
    memory_mb = pd.to_numeric(measured["max_rss"], errors="coerce")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in logs]
    cpu = [(float(start), float(work)) for text in texts for start, work in _CPU.findall(text)]
    of_program = [float(start) for text in texts for start in _PROGRAM_START_UP.findall(text)]
    return {
        "jobs": len(measured),
        "wall_s": measured["s"].sum(),
        "cpu_s": sum(start + work for start, work in cpu),
        "start_up_cpu_s": sum(start for start, _ in cpu) + sum(of_program),
        "peak_memory_mb": memory_mb.max() if memory_mb.any() else 0.0,
    }
