"""One real run of the workflow, shared by the tests that look at it."""

import fcntl
import json
import subprocess

import pytest

from workflow_case import SHARED_TARGETS, Workflow, succeed


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id):
    """Yield the whole chain of config/test.yaml, run once for all workers.

    Tests only read it, because other workers do so at the same time. A test that changes files
    takes a copy.
    """
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    workflow, result = Workflow(base / "finished"), base / "finished_result.json"
    with open(base / "finished.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            workflow.folder.mkdir()
            command = workflow.command(*SHARED_TARGETS)  # as a user types it
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            result.write_text(json.dumps([run.args, run.returncode, run.stdout, run.stderr]))
    succeed(subprocess.CompletedProcess(*json.loads(result.read_text())))
    yield workflow
    made = result.stat().st_mtime
    kept = [workflow.folder / name for name in ("results", "logs", ".snakemake/metadata")]
    paths = [path for folder in kept for path in (folder, *folder.rglob("*"))]
    changed = [path for path in paths if path.lstat().st_mtime > made]
    assert not changed, f"a test has changed the shared run: {changed}"


@pytest.fixture(scope="session")
def galaxies(finished):
    """Return the ids of the galaxies of the finished run."""
    return [int(row["subhalo_id"]) for row in finished.galaxies()]
