"""Calls of the C library that fail with a chosen error number: stale handles, no locks, bad disks.

`in_process` runs a script in a process in which `failing` has an effect.
"""

import ctypes
import errno
import os
import shutil
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def library(folder: Path) -> Path:
    """Compile the library that makes calls fail, or skip the test where that is not possible."""
    compiler = shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("failing calls need Linux and gcc")
    made = folder / "failing_calls.so"
    source = HERE / "failing_calls.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made


def in_process(library: Path, script: str, folder: Path) -> list[str]:
    """Run a script in a folder, with the library and this module, and return what it printed."""
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"LD_PRELOAD": str(library), "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@contextmanager
def failing(call: str, name: str, ending: str, *, skip: int = 0, times: int = 1_000_000):
    """Let calls fail for files whose path ends in `ending`, after `skip` calls that succeed.

    `call` is open, read, write, lock or rename; `name` that of the error number, such as ESTALE.
    """
    control = ctypes.CDLL(None).fail_calls
    control(f"{call}:{getattr(errno, name)}:{skip}:{times}:{ending}".encode())
    try:
        yield
    finally:
        control(b"")
