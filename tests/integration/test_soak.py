"""Whole runs that are killed at random moments again and again: `--soak N` makes N of them.

Each takes about twice as long as a run that nobody disturbs. The gate makes none; it tests that
jobs are killed.
"""

import os
import signal
import subprocess
from contextlib import suppress

import numpy as np

import tng_server
from interruption import (
    content,
    files_of,
    kill,
    left_over,
    processes,
    records_the_run,
    said,
    started,
    wait_until,
)
from workflow_case import SHARED_TARGETS, Workflow, succeed

MOST_KILLS = 25


def kill_at_random(workflow, targets, rng, *, longest_s, config=None):
    """Kill runs until one ends by itself or enough were killed; let the last one end."""
    for _ in range(MOST_KILLS):
        with started(workflow, *targets, config=config) as run:
            if ended(run, rng.uniform(4, longest_s)):
                assert run.returncode == 0, said(run)
                return
            if rng.random() < 0.3:
                kill_one_job(run, workflow.folder, rng)
                ended(run, rng.uniform(4, longest_s))
            kill(run, workflow.folder)
        succeed(Workflow(workflow.folder, configfile=None).snakemake("--unlock", cores=None))
    succeed(workflow.snakemake(*targets, config=config))


def ended(run, within_s):
    """Wait for the end of a run, but not longer; return whether it ended."""
    with suppress(subprocess.TimeoutExpired):
        run.wait(within_s)
    return run.poll() is not None


def kill_one_job(run, folder, rng):
    """Kill a process of a job, as the system does when memory runs out."""
    jobs = sorted(set(processes(folder)) - {run.pid})
    if jobs:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(int(rng.choice(jobs)), signal.SIGKILL)


def check_same_end(workflow, finished):
    """Compare all files of two runs, and see that nothing else is left."""
    made, undisturbed = (files_of(one.folder / "results") for one in (workflow, finished))
    assert set(made) == set(undisturbed)
    for name, path in made.items():
        if not records_the_run(name):
            assert content(path) == content(undisturbed[name]), name
    assert not left_over(workflow.folder)


def test_a_job_is_killed_and_then_the_run(tmp_path):
    """On commands in place of a run and its job, which last until they are killed."""
    command = ["sh", "-c", "sleep 300 & wait; sleep 300; true"]
    run = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    try:
        job = wait_until(lambda: set(processes(tmp_path)) - {run.pid})
        assert len(job) == 1 and not ended(run, 0)
        kill_one_job(run, tmp_path, np.random.default_rng(0))
        wait_until(lambda: set(processes(tmp_path)) - {run.pid} - job)  # the run goes on
    finally:
        kill(run, tmp_path)
    assert ended(run, 0) and run.returncode == -signal.SIGKILL and not processes(tmp_path)
    kill_one_job(run, tmp_path, np.random.default_rng(0))  # nothing is left to kill


def test_whole_run(finished, soak_round, tmp_path):
    rng = np.random.default_rng([20260704, soak_round])
    workflow = Workflow(tmp_path)
    kill_at_random(workflow, SHARED_TARGETS, rng, longest_s=60)
    # A run that is killed after the last use of the shards leaves them to later runs.
    succeed(workflow.snakemake("--delete-temp-output", *SHARED_TARGETS))
    check_same_end(workflow, finished)


def test_downloads(finished, soak_round, tmp_path):
    rng = np.random.default_rng([20260705, soak_round])
    workflow = Workflow(tmp_path)
    output = finished.folder / "results/universe/output"
    with tng_server.serve_with_key(output, key="the-key") as server:
        config = {"simulation": {"source": "api", "api_url": server.url}}
        kill_at_random(workflow, ["cutouts"], rng, longest_s=15, config=config)
        served = {body for body, _ in filter(None, server.bodies.values())}
    api = tmp_path / "results" / "api"
    assert {path.read_bytes() for path in api.rglob("*.hdf5")} <= served
    assert not left_over(tmp_path)
