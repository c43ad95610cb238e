"""A run that is killed, or that another run meets, is started again and finishes.

`pytest tests/integration/test_soak.py --soak N` kills whole runs at random.
"""

import csv
import os
import re
import signal
import time
from contextlib import suppress

import h5py
import numpy as np
import pytest

import rule_files
import tng_server
from interruption import (
    content,
    files_of,
    jobs,
    kill,
    left_over,
    paused,
    processes,
    records_the_run,
    said,
    started,
    unfinished,
    wait_until,
)
from workflow_case import Workflow, succeed

# The stages up to the cutouts, outputs of theirs, and what is asked for: more than the stage where
# it is one job, so that Snakemake never ends by itself before it is killed.
CUTOUTS = "results/cutouts/{galaxy}.hdf5"
FIRST = {
    "universe": (r"results/universe/output/groups_099", "results/sample/galaxies.csv"),
    "sample": (r"results/sample/galaxies\.csv", CUTOUTS),
    "cutout_shard": (r"results/cutouts/shards/\d\.hdf5", CUTOUTS),
    "cutout": (r"results/cutouts/\d\.hdf5", CUTOUTS),
}
# The other stages are killed together in a copy of the undisturbed run, without these paths below
# its results. Those of a galaxy are killed each at another galaxy.
OF_GALAXIES = {
    "ski": "ski/{galaxy}/galaxy.ski",
    "radiative_transfer": "radiative_transfer/{galaxy}/galaxy_r0_total.fits",
    "photometry": "photometry/{galaxy}.fits",
    "hi_cubes": "hi/cubes/{galaxy}_r0.fits",
    "moments": "hi/moments/{galaxy}.fits",
    "profile": "profiles/{galaxy}.csv",
}
NETWORK = "networks/B/urz_hi"
ENSEMBLE = "ensemble/bootstrap/SymmetricResNet/hi"
LATER = {
    "network": f"{NETWORK}/model.keras",
    "ensemble_part": f"{ENSEMBLE}/parts/0.hdf5",
    "baselines": "baselines/ridge/catalogue/predictions.csv",
    "figure_photometry": "plots/fig01_photometry.pdf",
    "rings": "classical/rotation_curves/{galaxy}/rings.csv",
    "light_profile": "classical/rotation_curves/{galaxy}/light.csv",
}
MASS_MODEL = {"mass_model": "classical/rotation_curves/{galaxy}/posterior.hdf5"}


@pytest.fixture(autouse=True)
def _poisoned_memory(monkeypatch):
    """Have the C library fill memory that programs give back with ones.

    So a program that takes for data what memory had before, as 3DBAROLO can, differs from the
    undisturbed run.
    """
    monkeypatch.setenv("MALLOC_PERTURB_", "255")


@pytest.fixture(scope="module")
def galaxies(finished):
    return [row["subhalo_id"] for row in finished.galaxies()]


@pytest.fixture
def rng():
    return np.random.default_rng(20260704)


def seconds(finished, stage):
    """Return what the shortest job of a stage took in the undisturbed run."""
    benchmarks = finished.folder / "benchmarks"
    paths = [benchmarks / f"{stage}.tsv", *benchmarks.glob(f"{stage}/*.tsv")]
    taken = []
    for path in filter(os.path.exists, paths):
        with open(path, newline="") as file:
            taken += [float(row["s"]) for row in csv.DictReader(file, delimiter="\t")]
    return min(taken)


def check_whole(workflow, finished, checked):
    """Compare every file that has appeared with that of the undisturbed run.

    Also those of unfinished jobs, whose marks Snakemake does not look at behind a checkpoint.
    """
    for name, path in files_of(workflow.folder / "results").items():
        state = name, path.stat().st_mtime_ns
        undisturbed = finished.folder / "results" / name
        if state in checked or records_the_run(name):
            continue
        if not undisturbed.exists():  # temporary: the shards
            with h5py.File(path) as file:
                assert len(file)
        else:
            assert undisturbed.samefile(path) or content(path) == content(undisturbed), name
        checked.add(state)


def stop_jobs(folder, scripts, stopped):
    """Stop a job of each of these scripts, of which `stopped` has the process; true if all are."""
    for pid, script in jobs(folder).items():
        if script in scripts - stopped.keys():
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, signal.SIGSTOP)
                stopped[script] = pid
    return scripts == stopped.keys()


def kill_during(workflow, targets, outputs, moment_s, **options):
    """Kill a run so long after jobs of all these rules have begun, or when one of them ends.

    Each rule has the pattern of an output, and a script of its own. Jobs that begin earlier,
    because the imports of others take longer, wait for the last one; jobs of other rules go on.
    """
    folder = workflow.folder
    scripts = {rule_files.script(rule) for rule in outputs}
    with started(workflow, *targets, **options) as run:
        stopped = {}

        def all_run():
            names = unfinished(folder, run.since)
            return all(any(re.fullmatch(one, name) for name in names) for one in outputs.values())

        wait_until(lambda: stop_jobs(folder, scripts, stopped), run)
        assert all_run()
        for pid in stopped.values():
            os.kill(pid, signal.SIGCONT)
        moment = time.monotonic() + moment_s
        wait_until(lambda: time.monotonic() > moment or not all_run(), run)
        assert run.poll() is None  # it still runs
        kill(run, folder)


def unlock(workflow):
    """Do what `snakemake --unlock` does, which one of the tests calls."""
    for lock in (workflow.folder / ".snakemake" / "locks").iterdir():
        lock.unlink()


def check_refused(result):
    """Check what Snakemake says to a second run, or to one after a kill."""
    assert result.returncode == 1
    assert "Error: Directory cannot be locked." in result.stderr
    assert "It can be removed with the --unlock argument." in result.stderr
    assert "Traceback" not in result.stderr


def test_killed_up_to_the_cutouts_it_ends_with_the_same_bytes(finished, galaxies, rng, tmp_path):
    workflow, as_typed = Workflow(tmp_path), Workflow(tmp_path, configfile=None)
    checked = set()
    for stage, (output, wanted) in FIRST.items():
        targets = sorted({wanted.format(galaxy=galaxy) for galaxy in galaxies})
        moment_s = rng.uniform(0.05, 0.95) * seconds(finished, stage)
        kill_during(workflow, targets, {stage: output}, moment_s)
        check_whole(workflow, finished, checked)
        if stage == "universe":
            check_refused(workflow.snakemake(*targets))
            succeed(as_typed.snakemake("--unlock", cores=None))
        else:
            unlock(workflow)
    succeed(workflow.snakemake(*targets))
    check_whole(workflow, finished, checked)
    assert {f"results/{name}" for name, _ in checked} >= set(targets)
    assert not left_over(tmp_path)


def kill_together(workflow, finished, phases, rng):
    """Kill the jobs of all stages of each phase at once, run again, and compare the end."""
    targets = [f"results/{name}" for phase in phases for name in phase.values()]
    checked = set()
    for phase in phases:
        outputs = {stage: re.escape(f"results/{name}") for stage, name in phase.items()}
        moment_s = rng.uniform(0.05, 0.95) * min(seconds(finished, stage) for stage in phase)
        kill_during(workflow, targets, outputs, moment_s, cores=20)
        check_whole(workflow, finished, checked)
        unlock(workflow)
    succeed(workflow.snakemake(*targets))
    check_whole(workflow, finished, checked)
    assert {f"results/{name}" for name, _ in checked} >= set(targets)
    assert not left_over(workflow.folder)


def test_killed_in_the_stages_of_a_galaxy_it_ends_with_the_same_bytes(
    finished, galaxies, rng, tmp_path
):
    of = dict(zip(OF_GALAXIES, rng.permutation(galaxies).tolist(), strict=True))
    made = {stage: name.format(galaxy=of[stage]) for stage, name in OF_GALAXIES.items()}
    workflow = finished.copy(tmp_path, without=made.values())
    kill_together(workflow, finished, [made], rng)


def test_killed_in_networks_and_figures_it_ends_with_the_same_bytes(finished, rng, tmp_path):
    fits = finished.folder / "results/classical/rotation_curves"
    galaxy = next(path.name for path in fits.iterdir() if path.is_dir())
    phases = [
        {stage: name.format(galaxy=galaxy) for stage, name in phase.items()}
        for phase in (LATER, MASS_MODEL)
    ]
    folders = [NETWORK, ENSEMBLE, f"classical/rotation_curves/{galaxy}"]
    files = [phases[0]["baselines"], phases[0]["figure_photometry"]]
    workflow = finished.copy(tmp_path, without=[*folders, *files])
    kill_together(workflow, finished, phases, rng)


def test_killed_while_it_downloads_it_ends_with_the_bytes_of_the_server(finished, rng, tmp_path):
    row = finished.galaxies()[0]
    halo = f"TNG100-1/snapshots/99/halos/{row['group_id']}/cutout.hdf5"
    field = "results/api/groupcat/Subhalo/SubhaloPos.hdf5"
    targets = [f"results/api/halos/{row['group_id']}.hdf5", field]
    output = finished.folder / "results/universe/output"
    workflow = Workflow(tmp_path)
    with tng_server.serve_with_key(output, key="the-key") as server:
        for path in (halo, "TNG100-1/files/groupcat-99/"):
            server.plan(path, tng_server.stalled(share=rng.uniform(0.05, 0.95)))
        config = {"simulation": {"source": "api", "api_url": server.url}}
        with started(workflow, *targets, config=config) as run:
            wait_until(lambda: len(left_over(tmp_path)) == 4, run)  # two of them are unfinished
            kill(run, tmp_path)
        assert not files_of(tmp_path / "results")
        unlock(workflow)
        succeed(workflow.snakemake(*targets, config=config))
        served = {body for body, _ in server.bodies.values()}
    assert {(tmp_path / target).read_bytes() for target in targets} <= served
    assert not left_over(tmp_path)


def test_second_run_in_a_folder_is_refused_and_the_first_goes_on(finished, galaxies, tmp_path):
    made = [f"ski/{galaxy}/galaxy.ski" for galaxy in galaxies[:2]]
    targets = [f"results/{name}" for name in made]
    workflow = finished.copy(tmp_path, without=made)
    with started(workflow, *targets) as first:
        wait_until(lambda: unfinished(tmp_path), first)
        with paused(first):
            running = processes(tmp_path)
            check_refused(workflow.snakemake(*targets))
            assert processes(tmp_path) == running
        assert first.wait() == 0, said(first)
    for target in targets:
        assert (tmp_path / target).read_bytes() == (finished.folder / target).read_bytes()
