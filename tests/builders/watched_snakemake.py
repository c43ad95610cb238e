"""Snakemake that notes what it takes: ``watched_snakemake.py NOTES.json plan|record ARGUMENTS``.

With ``record``, the jobs of a dry run count as done: each output is a file of a line, or a copy of
the file of that name in the folder of tables.
"""

import json
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from peak_memory import peak_memory_mib

TABLES = "tables"


def _record_what_is_planned() -> None:
    """Make Snakemake's dry run write outputs and metadata of each job, in the order of the jobs."""
    from snakemake.executors import dryrun

    def record(workflow, job):
        for path in job.output:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            if path.is_directory:
                Path(path).mkdir(exist_ok=True)
                path.touch()
            elif (table := Path(TABLES, path)).exists():
                shutil.copyfile(table, path)
            else:
                Path(path).write_text(f"{path}\n")
        workflow.async_run(workflow.persistence.finished(job))

    def run_job(self, job):
        # What is cached from planning is older than the files that are made here.
        self.workflow.iocache.deactivate()
        for level in job.toposorted if job.is_group() else [[job]]:
            for one in level:
                record(self.workflow, one)
        report(self, job)

    report = dryrun.Executor.run_job
    dryrun.Executor.run_job = run_job


def main(observed: str, mode: str, *arguments: str) -> None:
    """Be Snakemake, and note the files that are opened in the run's folder, CPU time and memory."""
    counts = Counter()

    def count(event, details):
        if event == "open" and isinstance(details[0], str):
            counts[details[0]] += 1

    sys.addaudithook(count)
    from snakemake import cli

    if mode == "record":
        _record_what_is_planned()
    sys.argv = ["snakemake", *arguments]
    try:
        cli.main()
    finally:
        opened = {path: number for path, number in counts.items() if "results/" in path}
        took = {"cpu_s": time.process_time(), "memory_mb": peak_memory_mib()}
        Path(observed).write_text(json.dumps({"opened": opened, **took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
