"""Runs of the workflow that can be watched, stopped, killed and starved of disk."""

import os
import re
import signal
import subprocess
import time
import zipfile
from base64 import urlsafe_b64decode
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from workflow_case import REPOSITORY

DEADLINE_S = 300
# A fork has the name of its script (umbra.fork_server), of which Linux keeps 15 characters.
SCRIPTS = {
    name: path.stem
    for path in (REPOSITORY / "workflow" / "scripts").glob("*.py")
    for name in (path.stem, path.stem[:15])
}


def wait_until(condition, process=None):
    """Return the first true value of `condition()`.

    Fail if `process`, a run that was started, ends before that, or after the deadline.
    """
    end, reason = time.monotonic() + DEADLINE_S, f"it did not happen within {DEADLINE_S} s"
    while time.monotonic() < end:
        if value := condition():
            return value
        if process and process.poll() is not None:
            reason = "Snakemake ended"
            break
        time.sleep(0.01)
    heard = said(process)[-3000:] if process else ""
    return pytest.fail(f"what was waited for: {reason}\n{heard}")


def said(process):
    """Return what a started run has said."""
    return Path(process.log).read_text(errors="replace")


@contextmanager
def started(workflow, *arguments, prefix=(), **options):
    """Start Snakemake in a process group of its own, which is killed in the end."""
    command = [*prefix, *workflow.command(*arguments, **options)]
    log = workflow.folder.with_name(f"{workflow.folder.name}.log")
    with open(log, "w") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    process.log, process.since = log, time.time()
    try:
        yield process
    finally:
        kill(process, workflow.folder)


@contextmanager
def paused(process):
    """Let Snakemake and all its jobs do nothing meanwhile."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


def kill(process, folder):
    """Kill Snakemake and all its jobs, and wait until they are gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not processes(folder))


def processes(folder):
    """Return the process ids and command lines of those that work in a folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
    return found


def jobs(folder):
    """Return the process ids of the scripts that run in a folder, and the names of the scripts."""
    found = {}
    for pid, command in processes(folder).items():
        with suppress(OSError):  # it may end meanwhile
            in_interpreter = re.search(r" \S*/\.snakemake/scripts/\w+\.(\w+)\.py $", command)
            name = in_interpreter[1] if in_interpreter else Path(f"/proc/{pid}/comm").read_text()
            if name.strip() in SCRIPTS:
                found[pid] = SCRIPTS[name.strip()]
    return found


def unfinished(folder, since=0.0):
    """Return the outputs of the jobs that Snakemake has begun since then and not seen end."""
    markers = folder / ".snakemake" / "incomplete"
    found = set()
    for path in markers.rglob("*"):
        with suppress(OSError):  # it may vanish meanwhile
            if path.is_file() and path.stat().st_mtime >= since:
                name = "".join(part.removeprefix("@") for part in path.relative_to(markers).parts)
                found.add(urlsafe_b64decode(name).decode())
    return found


def files_of(folder):
    """Return the files under a folder by their paths from there, without hidden ones."""
    return {
        path.relative_to(folder): path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def records_the_run(name):
    """Return whether a result tells how a run went: a log, or what jobs took. No two are alike."""
    return name.suffix == ".log" or name.name.endswith("_log.txt") or name.name == "performance.csv"


def content(path):
    """Return the bytes of a file without the date in SKIRT's format, and Keras's account of itself.

    Beside the weights, Keras writes the date and addresses in memory.
    """
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as parts:
            return parts.read("model.weights.h5")
    return re.sub(rb"DATE    = '[^']*'", b"", path.read_bytes())


def left_over(folder):
    """Return what interrupted jobs have left: temporary files, and outputs that are not whole."""
    parts = [path for path in (folder / "results").rglob(".*") if ".part" in path.name]
    return [*parts, *unfinished(folder)]


class SmallDisk:
    """A disk of a few megabytes, which only the commands of `prefix` see at its folder."""

    def __init__(self, folder, megabytes):
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        mount = f"mount -t tmpfs -o size={megabytes}m umbra {folder} && echo ready && exec cat"
        self._holder = subprocess.Popen(
            ["unshare", "--mount", *user, "sh", "-c", mount],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        answer = self._holder.stdout.readline().strip()
        if answer != "ready":
            self.close()
            if re.search("not permitted|denied", answer):
                pytest.skip(f"no small disk may be mounted here: {answer}")
            raise RuntimeError(answer)
        pid = str(self._holder.pid)
        user = ["--user", "--preserve-credentials"] if user else []
        self.prefix = ["nsenter", "--target", pid, "--mount", *user, "env", f"--chdir={folder}"]
        self.folder = Path(f"/proc/{pid}/root{folder}")

    def fill(self, leave=0):
        """Write a file until no more than `leave` bytes are free."""
        with open(self.folder / "ballast", "ab", buffering=0) as file:
            while (free := self._free() - leave) > 0:
                with suppress(OSError):
                    file.write(bytes(min(free, 1 << 20)))

    def empty(self):
        """Remove that file."""
        (self.folder / "ballast").unlink()

    def close(self):
        """Give the disk back."""
        self._holder.stdin.close()
        self._holder.wait()

    def _free(self):
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize
