"""What the workflow uses of Snakemake beyond its documentation is in one file, and still there."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
from snakemake.api import Workflow  # its own module cannot be imported first
from snakemake.settings.types import WorkflowSettings
from snakemake_interface_executor_plugins.settings import ExecMode

REPOSITORY = Path(__file__).resolve().parents[2]
INTERNALS = REPOSITORY / "workflow" / "rules" / "internals.smk"
RULE_FILES = [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "workflow" / "rules").glob("*.smk"))]
# What Snakemake's documentation names: the folder of the workflow.
DOCUMENTED = {"basedir"}

# Snakemake's own check of groups, with a note of how many groups it is given.
COUNTED = """
import atexit
from snakemake.dag import DAG

checked = set()
atexit.register(lambda: print("groups checked:", checked))
check_groups_of_snakemake = DAG._check_groups

def counted(dag):
    checked.add(len(dag._group))
    check_groups_of_snakemake(dag)

DAG._check_groups = counted
"""
SNAKEFILE = f"""\
from snakemake_interface_common.exceptions import WorkflowError

include: {str(INTERNALS)!r}

limit("downloads", 4)
{COUNTED}
check_each_group_once()
check_each_group_once()

configfile: "own.yaml"

print("files:", *map(str, config_sources()["files"]))
print("entries:", config_sources()["entries"])

onstart:
    print("limiter before:", workflow.scheduler.job_rate_limiter)
    no_limit_on_job_starts()
    print("limiter after:", workflow.scheduler.job_rate_limiter)
    print("planned:", sorted(planned_rules()))
    print("folders:", sorted(planned_folders()))
    print("submission:", is_submission(), "submits:", submits())

rule all:
    input: "made", "there", expand("chained/{{i}}", i=range(6))

rule chained:
    output: touch("chained/{{i}}")
    group: lambda wildcards: group_of_submission("galaxy", int(wildcards.i) // 3)
    shell: "true"

rule makes:
    output: touch("made")
    resources: downloads=1
    shell: "true"

rule not_needed:
    output: "there"
    shell: "false"
"""


def run(folder, *arguments):
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "there").touch()
    for name in ("own", "first", "second"):
        (folder / f"{name}.yaml").write_text("a: 1\n")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


def test_what_is_not_documented_does_what_the_workflow_wants(tmp_path):
    said = run(tmp_path)
    assert re.search(r"^limiter before: <.*JobRateLimiter", said, re.M)
    assert "limiter after: None" in said
    assert "planned: ['all', 'chained', 'makes']" in said
    assert "folders: ['', 'chained']" in said
    assert "submission: False submits: False" in said
    assert re.search(r"^Provided resources: .*\bdownloads\D+4\b", said, re.M)


@pytest.mark.parametrize(("flags", "submissions"), [((), 6), (("galaxy=100000",), 2)])
def test_jobs_that_nothing_connects_share_a_submission(tmp_path, flags, submissions):
    said = run(tmp_path, "--dry-run", *(["--group-components", *flags] if flags else []))
    assert len(re.findall(r"Group job galaxy_[01] ", said)) == submissions


def test_each_group_is_checked_once(tmp_path):
    """Six jobs in two groups; where jobs run on this machine, there is no group."""
    flags = ["--group-components", "galaxy=100000"]
    assert "groups checked: {2}" in run(tmp_path, "--dry-run", *flags)
    assert "groups checked: {0}" in run(tmp_path, *flags)


FORKS = f"""\
from snakemake_interface_common.exceptions import WorkflowError

include: {str(INTERNALS)!r}

run_scripts_in_forks()
run_scripts_in_forks()

rule all:
    input: "one", "two", "three"

rule one:
    output: "one"
    benchmark: "one.tsv"
    resources: tmpdir="here"
    script: "script.py"

use rule one as two with:
    output: "two"
    benchmark: "two.tsv"

use rule one as three with:
    output: "three"
    benchmark: "three.tsv"
    threads: 2
"""
SCRIPT = """
import os, tempfile, time
from pathlib import Path

until = time.process_time() + 1  # long enough for a benchmark
while time.process_time() < until:
    pass
parent = Path(f"/proc/{os.getppid()}/cmdline").read_text()
threads = os.environ.get("OMP_NUM_THREADS")
Path(snakemake.output[0]).write_text(
    f"{'fork_server' in parent} {tempfile.gettempdir()} {threads} {snakemake.rule}"
)
if snakemake.rule in snakemake.config:
    raise ValueError("as configured")
"""


def test_scripts_of_one_thread_run_in_forks(tmp_path):
    (tmp_path / "Snakefile").write_text(FORKS)
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "here").mkdir()

    def make(*flags):
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *flags]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    result = make()
    assert result.returncode == 0, result.stderr
    for name, in_fork, threads in (("one", True, 1), ("two", True, 1), ("three", False, 2)):
        assert (tmp_path / name).read_text() == f"{in_fork} {tmp_path}/here {threads} {name}"
        with open(tmp_path / f"{name}.tsv", newline="") as file:
            (measured,) = csv.DictReader(file, delimiter="\t")
        assert float(measured["cpu_time"]) > 0.3 and float(measured["max_rss"]) > 5
    failed = make("--forcerun", "one", "three", "--config", "one=", "three=", "--keep-going")
    assert failed.returncode == 1
    for name in ("one", "three"):
        assert f"Error in rule {name}:" in failed.stderr
        assert not (tmp_path / name).exists()
    assert failed.stderr.count("ValueError: as configured") == 2
    assert failed.stderr.count("returned non-zero exit status 1") == 2


PARTS = f"""\
from snakemake_interface_common.exceptions import WorkflowError

include: {str(INTERNALS)!r}

leave_out_rules_not_allowed("galaxy")
leave_out_rules_not_allowed("galaxy")

rule all:
    input: "whole"

checkpoint sample:
    output: touch("sample")

rule early:
    output: touch("early")

rule of_a_galaxy:
    input: "early"
    output: touch("{{galaxy}}.image")
    shell: "true"

rule whole:
    input: "sample", "early", lambda wildcards: checkpoints.sample.get() and ["7.image", "8.image"]
    output: touch("whole")
"""


def test_files_of_rules_that_are_not_allowed_are_taken_as_they_are(tmp_path):
    (tmp_path / "Snakefile").write_text(PARTS)
    for name in ("sample", "early", "7.image"):
        (tmp_path / name).touch()

    def plan(*flags):
        command = [sys.executable, "-m", "snakemake", "--dry-run", "--cores", "1", *flags]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    allowed = ["--allowed-rules", "all", "whole"]
    missing = plan(*allowed)
    assert missing.returncode != 0
    assert re.search("Missing input files(?s:.*)8.image", missing.stdout + missing.stderr)
    (tmp_path / "8.image").touch()
    (tmp_path / "early").touch()  # newer than the images
    assert "of_a_galaxy" in plan().stdout
    made = plan(*allowed)
    assert made.returncode == 0 and "of_a_galaxy" not in made.stdout
    assert re.search(r"^whole +1$", made.stdout, re.M)


def test_a_limit_of_the_user_stays(tmp_path):
    said = run(tmp_path, "--resources", "downloads=2")
    assert re.search(r"^Provided resources: .*\bdownloads\D+2\b", said, re.M)


def test_the_sources_of_the_configuration_are_in_their_order(tmp_path):
    files = ["--configfile", "first.yaml", "second.yaml"]
    said = run(tmp_path, "--dry-run", *files, "--config", "seed=010", "hi={channels: 064}")
    assert f"files: own.yaml {tmp_path}/first.yaml {tmp_path}/second.yaml\n" in said
    assert "entries: ['seed=010', 'hi={channels: 064}']" in said
    said = run(tmp_path, "--dry-run", *files, "--replace-workflow-config")
    assert f"files: {tmp_path}/first.yaml {tmp_path}/second.yaml\n" in said
    assert "entries: []" in said


@pytest.mark.parametrize("mode", ExecMode)
def test_a_submission_is_told_from_other_processes(mode):
    workflow = Workflow.__new__(Workflow)
    workflow.workflow_settings = WorkflowSettings(exec_mode=mode)
    assert workflow.remote_exec is (mode is ExecMode.REMOTE)


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_undocumented_attributes_are_used_in_one_file_alone(path):
    code = re.sub(r"#.*", "", path.read_text())
    used = set(re.findall(r"(?<!/)\bworkflow\.([a-z_]\w*)", code))
    if path == INTERNALS:
        known = {"config_settings", "configfiles", "local_exec", "scheduler", "dag", "remote_exec"}
        known |= {"rules", "basedir"}
        assert used == known | {"global_resources", "register_resource", "parent_groupids"}
    else:
        assert used <= DOCUMENTED
        assert not re.search(r"^\s*(?:from|import) snakemake(?!_interface_)", code, re.M)
