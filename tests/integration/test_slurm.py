"""The workflow on a real Slurm cluster of one node, through workflow/profiles/slurm."""

import json
import re
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from slurm_cluster import Cluster, NotInstalled
from workflow_case import REPOSITORY, Workflow, succeed

# As few jobs as there can be, but of each kind: of galaxies that share a submission, of networks,
# of other programs, of rules that are grouped; of the figures, which are drawn where Snakemake
# runs, one. Submissions of the other rules are planned in test_partial_reruns.py. The memory that
# each rule asks for is compared with what it takes in test_workflow.py.
TARGETS = [
    "results/networks/B/urz_hi/predictions.csv",
    "results/classical/tully_fisher.csv",
    "results/classical/line_widths_summary.csv",
    "results/classical/rotation_curves.csv",
    "results/plots/fig01_photometry.png",
]
SHORT = {
    "cutouts": {"chunks_per_job": 3},
    "observation": {"realisations": 1},
    "photometry": {"packets": 1e5},
    "tully_fisher": {"architecture": "B"},
    "rotation_curve": {"architecture": "B", "rings": {"max_rings": 6}},
}
# The profile is for jobs of hours, and the plugin looks ever more rarely at the queue: here, every
# second. Nothing else differs from what a user runs.
SNAKEMAKE = """\
import asyncio
from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

async def sleep(self):
    await asyncio.sleep(1)

RemoteExecutor.sleep = sleep
main()
"""
# Two submissions of galaxies.
TOGETHER = ["--config", "galaxies_per_submission=3"]
HASTE = ["--max-jobs-per-timespan", "1000/3s"]
SECRET = "c0ffee-key-of-the-web-api"

GREEDY = """\
rule greedy:
    output: "greedy.txt"
    log: "greedy.log"
    resources: mem_mb=lambda wildcards, attempt: 700 * attempt
    script: "greedy.py"
"""
GREEDY_SCRIPT = """\
import signal
from pathlib import Path

held = b"x" * 800_000_000
if snakemake.resources.mem_mb < 800:
    signal.pause()
Path(snakemake.output[0]).touch()
"""


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster, or skip the test where Slurm is not installed."""
    try:
        cluster = Cluster()
    except NotInstalled as error:
        pytest.skip(f"Slurm cannot be started: {error}")
    yield cluster
    cluster.stop()


def start(cluster, folder, *arguments, snakefile=REPOSITORY / "Snakefile", **environment):
    """Start Snakemake with the profile; what it says is in `said.txt` in the folder."""
    command = [sys.executable, "-c", SNAKEMAKE, *arguments, *HASTE]
    command += ["--workflow-profile", REPOSITORY / "workflow" / "profiles" / "slurm"]
    command += ["--snakefile", snakefile, "--directory", folder]
    return cluster.start(command, folder / "said.txt", **environment)


def ended(process, folder, *, seconds):
    """Return how a run ended, as `subprocess.run` would."""
    code = process.wait(timeout=seconds)
    return subprocess.CompletedProcess(process.args, code, (folder / "said.txt").read_text(), "")


def submissions(result):
    """Return the Slurm job ids that a run named."""
    return re.findall(r"submitted with SLURM jobid (\d+)", result.stdout)


def asked(cluster, job):
    """Return what a submission asked for: cores, memory, time limit."""
    shown = cluster.output("scontrol", "show", "job", job)
    fields = dict(re.findall(r"(NumCPUs|MinMemoryNode|TimeLimit)=(\S+)", shown))
    return fields["NumCPUs"], fields["MinMemoryNode"], fields["TimeLimit"]


def running_galaxies(cluster, folder):
    """Return the submissions of galaxies that run, once the first of their files is there."""
    if not list(folder.glob("results/cutouts/*.hdf5")):
        return []
    listed = cluster.output("squeue", "--noheader", "--states=RUNNING", "--format=%i %k")
    return [line.split()[0] for line in listed.splitlines() if "hi_cubes" in line]


@pytest.fixture(scope="module")
def runs(cluster, tmp_path_factory):
    """Return a run whose galaxies were cancelled, the run after it, and their folder."""
    folder = tmp_path_factory.mktemp("slurm")
    override = folder / "override.json"
    override.write_text(json.dumps(SHORT))
    options = [*TARGETS, "--configfile", REPOSITORY / "config" / "test.yaml", override]

    process = start(cluster, folder, *options, *TOGETHER, "--retries", "0")
    deadline = time.monotonic() + 600
    while not (galaxies := running_galaxies(cluster, folder)):
        assert process.poll() is None, (folder / "said.txt").read_text()[-3000:]
        assert time.monotonic() < deadline, (folder / "said.txt").read_text()[-3000:]
        time.sleep(0.2)
    cluster.output("scancel", galaxies[0])
    first = ended(process, folder, seconds=600)
    options += [*TOGETHER, "--verbose", "--slurm-keep-successful-logs"]
    process = start(cluster, folder, *options, TNG_API_KEY=SECRET)
    second = ended(process, folder, seconds=1200)
    return galaxies[0], first, second, folder


def test_a_cancelled_submission_is_reported_with_its_jobs_and_logs(runs):
    cancelled, first, _, _ = runs
    assert first.returncode == 1
    report = first.stdout[first.stdout.index("Error in group galaxy_") :]
    assert f"JOB {cancelled} ON node CANCELLED" in report
    for rule in ("cutout", "ski", "radiative_transfer", "photometry", "hi_cubes", "moments"):
        assert re.search(rf"rule {rule}:.*?log: logs/{rule}/\d+\.log", report, re.S)
    assert re.search(rf"slurm_logs/\S+/{cancelled}\.log", report)


def test_the_next_run_finishes(runs):
    _, _, second, folder = runs
    succeed(second)
    assert all((folder / target).is_file() for target in TARGETS)
    curves = pd.read_csv(folder / "results/classical/rotation_curve_galaxies.csv")
    assert curves["status"].tolist() == ["succeeded"]
    # Nothing that was done before is done again.
    assert "Making the synthetic universe" not in second.stdout
    # And nothing is left for a run without the cluster, or with other submissions.
    for flags in ([], ["--config", "galaxies_per_submission=4"]):
        again = Workflow(folder).snakemake(*TARGETS, "--dry-run", *flags, config=SHORT)
        assert "Nothing to be done" in succeed(again).stdout + again.stderr


def test_a_submission_carries_several_galaxies(cluster, runs):
    _, first, _, folder = runs
    galaxies = len(list(folder.glob("results/profiles/*.csv")))
    assert galaxies == 6
    groups = re.findall(r"SLURM jobid (\d+) \(log: \S+/group_galaxy_", first.stdout)
    assert len(groups) == 2
    # Seven rules a galaxy, and the few rules before them.
    assert len(submissions(first)) < 7 * galaxies
    for job in groups:
        # Most cores: ski, HI and profiles of three galaxies. Most memory: three radiative transfers
        # beside three moment maps. Time, one after the other: 10 + 20 + 5 + 120 + 10 minutes.
        assert asked(cluster, job) == ("8", "15000M", "02:45:00")


def test_what_other_submissions_ask_for(cluster, runs):
    _, first, second, _ = runs
    universe = re.search(r"SLURM jobid (\d+) \(log: \S+/rule_universe/", first.stdout)[1]
    assert asked(cluster, universe) == ("8", "4000M", "04:00:00")
    shard = re.search(r"SLURM jobid (\d+) \(log: \S+/rule_cutout_shard/", first.stdout)[1]
    assert asked(cluster, shard) == ("2", "1000M", "08:00:00")  # one thread reads, one searches
    curve = re.search(r"SLURM jobid (\d+) \(log: \S+/group_rotation_curve_", second.stdout)[1]
    # The rings' 2000 MB beside the profile's default for the light; then the mass model.
    assert asked(cluster, curve) == ("2", "4000M", "06:00:00")
    network = re.search(r"SLURM jobid (\d+) \(log: \S+/rule_network/", second.stdout)[1]
    cores, memory, time_limit = asked(cluster, network)
    assert (cores, time_limit) == ("1", "1-00:00:00")
    # TensorFlow, and a dataset that is small here.
    assert 3500 <= int(memory.removesuffix("M")) < 3600


def test_small_rules_run_where_snakemake_runs(runs):
    _, _, second, _ = runs
    for rule, message in (
        ("rule_figure", "Drawing SDSS images"),
        ("rule_tully_fisher", "Comparing with the Tully-Fisher relation"),
        ("rule_line_widths", "Comparing line widths"),
        ("rule_rotation_curve_galaxies", "Choosing galaxies for rotation curves"),
        ("rule_rotation_curves", "Comparing rotation curves with the network"),
    ):
        assert message in second.stdout and rule not in second.stdout


def test_same_results_as_a_local_run(runs, finished):
    folder = runs[3]
    profiles = sorted(folder.glob("results/profiles/*.csv"))
    for path in (folder / "results/sample/galaxies.csv", *profiles):
        assert path.read_bytes() == (finished.folder / path.relative_to(folder)).read_bytes()
    for profile in profiles:
        # The first realisation, which is the same whatever their number.
        name = f"results/hi/moments/{profile.stem}.fits"
        first = [fits.getdata(run / name, 1) for run in (folder, finished.folder)]
        np.testing.assert_array_equal(*first)


def test_no_command_and_no_log_shows_the_key_of_the_web_api(cluster, runs):
    _, _, second, folder = runs
    scripts = [
        cluster.output("scontrol", "write", "batch_script", job, "-") for job in submissions(second)
    ]
    assert all("-m snakemake" in script for script in scripts)
    logs = [path.read_text() for path in folder.rglob("*.log")]
    # What --verbose shows: the plugin's own words, and the environment that a submission saw.
    assert "sbatch call" in second.stdout
    assert any("SLURM_JOB_ID" in log for log in logs)
    assert not [text for text in (second.stdout, *scripts, *logs) if SECRET in text]


def test_more_memory_after_a_job_that_had_too_little(cluster, tmp_path):
    (tmp_path / "Snakefile").write_text(GREEDY)
    (tmp_path / "greedy.py").write_text(GREEDY_SCRIPT)
    process = start(cluster, tmp_path, "greedy.txt", snakefile=tmp_path / "Snakefile")
    result = succeed(ended(process, tmp_path, seconds=300))
    first, second = submissions(result)
    assert "memory limit" in (cluster.folder / "slurmd.log").read_text()
    assert asked(cluster, first) == ("1", "700M", "01:00:00")
    assert asked(cluster, second) == ("1", "1400M", "02:00:00")
