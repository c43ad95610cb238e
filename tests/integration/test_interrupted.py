"""A run that is killed, or that another run meets, is started again and finishes."""

import csv
import os
import re
import signal
import subprocess
import zipfile

import h5py
import numpy as np
import pytest

from interruption import (
    files_of,
    kill,
    processes,
    said,
    started,
    unfinished,
    wait_until,
)
from workflow_case import Workflow, succeed

NETWORK = "results/networks/B/urz_hi"
ENSEMBLE = "results/ensemble/bootstrap/B/urz"
# The stages, outputs of theirs, and what is asked for: more than the stage where it is one job, so
# that Snakemake never ends by itself before it is killed.
FRAME = "results/radiative_transfer/{galaxy}/galaxy_r0_total.fits"
STAGES = {
    "universe": (r"results/universe/output/groups_099", "results/sample/galaxies.csv"),
    "sample": (r"results/sample/galaxies\.csv", "results/cutouts/{galaxy}.hdf5"),
    "cutout_shard": (r"results/cutouts/shards/\d\.hdf5", "results/cutouts/{galaxy}.hdf5"),
    "cutout": (r"results/cutouts/\d\.hdf5", "results/cutouts/{galaxy}.hdf5"),
    "ski": (r"results/ski/\d/galaxy\.ski", "results/ski/{galaxy}/galaxy.ski"),
    "radiative_transfer": (r"results/radiative_transfer/\d/galaxy_r0_total\.fits", FRAME),
    "photometry": (r"results/photometry/\d\.fits", "results/photometry/{galaxy}.fits"),
    "hi_cubes": (r"results/hi/cubes/\d_r0\.fits", "results/hi/cubes/{galaxy}_r0.fits"),
    "moments": (r"results/hi/moments/\d\.fits", "results/hi/moments/{galaxy}.fits"),
    "profile": (r"results/profiles/\d\.csv", "results/profiles/{galaxy}.csv"),
    "dataset": (r"results/dataset\.hdf5", "results/plots/fig19_predicted_profiles.pdf"),
    "network": (rf"{NETWORK}/model\.keras", "results/plots/fig19_predicted_profiles.pdf"),
    "ensemble_part": (rf"{ENSEMBLE}/parts/0\.hdf5", f"{ENSEMBLE}/predictions.hdf5"),
}


@pytest.fixture(scope="module")
def galaxies(finished):
    return [row["subhalo_id"] for row in finished.galaxies()]


def seconds(finished, stage):
    """Return what the shortest job of a stage took in the undisturbed run."""
    benchmarks = finished.folder / "benchmarks"
    paths = [benchmarks / f"{stage}.tsv", *benchmarks.glob(f"{stage}/*.tsv")]
    taken = []
    for path in filter(os.path.exists, paths):
        with open(path, newline="") as file:
            taken += [float(row["s"]) for row in csv.DictReader(file, delimiter="\t")]
    return min(taken)


def content(path):
    """Return the bytes of a file without the date in SKIRT's format, and Keras's account of itself.

    Beside the weights, Keras writes the date and addresses in memory.
    """
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as parts:
            return parts.read("model.weights.h5")
    return re.sub(rb"DATE    = '[^']*'", b"", path.read_bytes())


def check_whole(workflow, finished, checked):
    """Compare every file that has appeared with that of the undisturbed run.

    Also those of unfinished jobs, whose marks Snakemake does not look at behind a checkpoint.
    """
    for name, path in files_of(workflow.folder / "results").items():
        state = name, path.stat().st_mtime_ns
        undisturbed = finished.folder / "results" / name
        if state in checked or name.name.endswith("_log.txt"):
            continue
        if undisturbed.exists():
            assert content(path) == content(undisturbed), name
        else:  # temporary: the shards, and the members that ensembles keep
            with h5py.File(path) as file:
                assert len(file)
        checked.add(state)


def test_killed_in_every_stage_it_ends_with_the_same_bytes(finished, galaxies, tmp_path):
    workflow, as_typed = Workflow(tmp_path), Workflow(tmp_path, configfile=None)
    rng = np.random.default_rng(20260704)
    checked = set()
    for stage, (output, wanted) in STAGES.items():
        targets = sorted({wanted.format(galaxy=galaxy) for galaxy in galaxies})
        moment = rng.uniform(0.05, 0.95) * seconds(finished, stage)
        with started(workflow, *targets) as run:
            wait_until(
                lambda output=output, run=run: any(
                    re.fullmatch(output, name) for name in unfinished(tmp_path, run.since)
                ),
                run,
            )
            with pytest.raises(subprocess.TimeoutExpired):  # it still ran
                run.wait(moment)
            kill(run, tmp_path)
        check_whole(workflow, finished, checked)
        if stage == "universe":
            check_refused(workflow.snakemake(*targets))
        succeed(as_typed.snakemake("--unlock", cores=None))
    targets = ["results/dataset.hdf5", f"{NETWORK}/predictions.csv", STAGES["ensemble_part"][1]]
    succeed(workflow.snakemake(*targets))
    check_whole(workflow, finished, checked)
    made = {f"results/{name}" for name, _ in checked}
    assert {"results/dataset.hdf5", f"{NETWORK}/model.keras"} <= made
    assert {f"{NETWORK}/predictions.csv", f"{ENSEMBLE}/predictions.hdf5"} <= made
    assert not list((tmp_path / "results").rglob(".*part*"))


def check_refused(result):
    """Check what Snakemake says to a second run, or to one after a kill."""
    assert result.returncode == 1
    assert "Error: Directory cannot be locked." in result.stderr
    assert "It can be removed with the --unlock argument." in result.stderr
    assert "Traceback" not in result.stderr


def test_second_run_in_a_folder_is_refused_and_the_first_goes_on(finished, galaxies, tmp_path):
    config = {"simulation": finished.universe}
    targets = [f"results/ski/{galaxy}/galaxy.ski" for galaxy in galaxies[:2]]
    workflow = Workflow(tmp_path)
    with started(workflow, *targets, config=config) as first:
        wait_until(lambda: unfinished(tmp_path), first)
        os.killpg(first.pid, signal.SIGSTOP)
        running = processes(tmp_path)
        check_refused(workflow.snakemake(*targets, config=config))
        assert processes(tmp_path) == running
        os.killpg(first.pid, signal.SIGCONT)
        assert first.wait() == 0, said(first)
    for target in targets:
        assert (tmp_path / target).read_bytes() == (finished.folder / target).read_bytes()
