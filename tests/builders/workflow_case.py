"""The workflow in a folder of its own, as the integration tests run it."""

import csv
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import forkserver
from multiprocessing.reduction import DupFd
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# What the run makes that the integration tests share.
SHARED_TARGETS = ("results/figures", "results/observed", "results/performance.csv")
# Without the folder of unfinished outputs, Snakemake takes the records for those of an old version.
RUN_FOLDERS = ("results", "logs", "benchmarks", ".snakemake/metadata", ".snakemake/incomplete")


@dataclass(frozen=True)
class Workflow:
    """The workflow in a folder of its own."""

    folder: Path
    configfile: Path | None = REPOSITORY / "config" / "test.yaml"
    repository: Path = REPOSITORY

    @property
    def universe(self):
        """Return the options of another run that takes this one's universe from disk."""
        return {"source": "local", "path": str(self.folder / "results/universe/output")}

    def snapshot_alone(self, folder):
        """Return the options of a run that takes this one's snapshot, without the catalogue.

        Ids in a table of centres may then be any.
        """
        (folder / "output").mkdir()
        snapshot = self.folder / "results/universe/output/snapdir_099"
        (folder / "output" / snapshot.name).symlink_to(snapshot)
        return {"source": "local", "path": str(folder / "output")}

    def galaxies(self):
        """Return the rows of the sample."""
        with open(self.folder / "results/sample/galaxies.csv", newline="") as file:
            return list(csv.DictReader(file))

    def copy(self, folder, *, without=()):
        """Return a workflow with the results of this one, but for some paths below `results`.

        Results are links, which is safe because no job writes into a file that is there. Snakemake
        does so with its records, and logs are written over too.
        """
        for name in RUN_FOLDERS:
            copy = os.link if name == "results" else shutil.copy2
            shutil.copytree(self.folder / name, folder / name, copy_function=copy)
        for name in without:
            path = folder / "results" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return replace(self, folder=folder)

    def snakemake(self, *arguments, config=None, cores=2):
        """Run Snakemake here; `config` differs from the configuration file."""
        return run(self.command(*arguments, config=config, cores=cores))

    def command(self, *arguments, config=None, cores=2):
        """Return what to type for that."""
        # Workers of pytest plan in one folder at the same time, each with options of its own.
        override = self.folder.with_name(f"{self.folder.name}_{os.getpid()}.json")
        override.write_text(json.dumps(config or {}))
        files = [self.configfile, override] if self.configfile else [override]
        command = [sys.executable, "-m", "snakemake", *arguments]
        command += ["--cores", cores] if cores else []
        command += ["--snakefile", self.repository / "Snakefile", "--directory", self.folder]
        command += ["--configfile", *files]
        return list(map(str, command))


@cache
def _parent():
    """Start the process whose forks run what `forked` is given.

    It has the imports and the fingerprints of the code, most of the CPU time of a small plan.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["plan_parent"])
    with pytest.MonkeyPatch.context() as patch:
        folders = (REPOSITORY / "workflow", Path(__file__).parent, *sys.path)
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, folders)))
        forkserver.ensure_running()
    return context


def run(command):
    """Return what `subprocess.run` would, of a command that starts `python -m snakemake`."""
    return forked(_be_snakemake, *command[3:])


def forked(function, *arguments):
    """Return what `subprocess.run` would, of a process with Snakemake that calls a function."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        streams = (DupFd(out.fileno()), DupFd(err.fileno()))
        process = _parent().Process(
            target=_in_fork, args=(function, arguments, dict(os.environ), os.getcwd(), streams)
        )
        process.start()
        process.join()
        said = [file.seek(0) or file.read() for file in (out, err)]
    return subprocess.CompletedProcess(arguments, process.exitcode, *said)


def _in_fork(function, arguments, environment, folder, streams):
    """Call a function as in a process that has just started, in this environment and folder."""
    assert "plan_parent" in sys.modules
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for stream, place in zip(streams, (1, 2), strict=True):
        os.dup2(stream.detach(), place)
    function(*arguments)


def _be_snakemake(*arguments):
    """Be Snakemake in this repository, or in a copy of it."""
    sys.argv = ["snakemake", *arguments]
    if str(REPOSITORY / "Snakefile") not in arguments:  # a copy has its own package
        for name in [name for name in sys.modules if name.partition(".")[0] == "umbra"]:
            del sys.modules[name]
    from snakemake.cli import main

    main()


def centre(row):
    """Return where a galaxy of the sample is [ckpc/h]."""
    return tuple(float(row[f"{axis}_ckpc_h"]) for axis in "xyz")


def succeed(result):
    """Return a finished run, or fail with the end of what it said."""
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-6000:]
    return result
