"""Compiled functions that are kept on disk follow the code that was compiled into them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
INNER = """\
from umbra.compiled import compiled
FACTOR = {}
@compiled()
def inner(x): return FACTOR * x
"""
OUTER = """\
from umbra.compiled import compiled
from umbra.inner import FACTOR, inner
@compiled()
def outer(x): return inner(x) + FACTOR
"""


@pytest.fixture
def package(tmp_path):
    """Return the folder of a package `umbra` with two functions, one of which calls the other."""
    folder = tmp_path / "umbra"
    folder.mkdir()
    for name in (
        "__init__",
        "compiled",
        "code_fingerprint",
        "errors",
        "faults",
        "files",
        "source_code",
    ):
        text = (REPOSITORY / "workflow" / "umbra" / f"{name}.py").read_text()
        (folder / f"{name}.py").write_text(text)
    (folder / "outer.py").write_text(OUTER)
    return folder


def answer(package, *, factor):
    """Return what a fresh process computes, and whether it found the function compiled."""
    (package / "inner.py").write_text(INNER.format(factor))
    code = "from umbra.outer import outer; print(outer(1.0), sum(outer.stats.cache_hits.values()))"
    # Python itself would not see an edit of the same length within a second.
    python = {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {**os.environ, **python}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    value, found = result.stdout.split()
    return float(value), found == "1"


def test_a_constant_of_another_file_is_compiled_in_again(package):
    assert answer(package, factor=2.0) == (4, False)
    assert answer(package, factor=2.0) == (4, True)
    assert answer(package, factor=3.0) == (6, False)


def test_a_folder_that_cannot_be_written_is_not_used(package, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/proc/none")
    (package / "__pycache__").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert answer(package, factor=2.0) == (4, False)
    assert answer(package, factor=3.0) == (6, False)
    assert list((tmp_path / "cache" / "umbra" / "numba").iterdir())
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    assert answer(package, factor=4.0) == (8, False)


AT_ONCE = """
import sys
from umbra.outer import outer
print(flush=True)  # ready
sys.stdin.readline()
print(outer(1.0), sum(outer.stats.cache_misses.values()))
"""


def test_processes_that_need_a_function_at_once_compile_it_once(package):
    (package / "inner.py").write_text(INNER.format(2.0))
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", AT_ONCE]
    running = [subprocess.Popen(command, env=environment, **pipes) for _ in range(4)]
    for process in running:
        process.stdout.readline()
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    found = sorted(process.communicate(timeout=120)[0].split() for process in running)
    assert found == [["4.0", "0"]] * 3 + [["4.0", "1"]]


def test_a_lock_that_cannot_be_had_is_no_obstacle(package):
    assert answer(package, factor=2.0) == (4, False)
    for lock in package.glob("__pycache__/numba/*/lock"):
        lock.unlink()
        lock.mkdir()
    assert answer(package, factor=2.0) == (4, True)


def test_functions_work_uncompiled_too(package, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    (package / "inner.py").write_text(INNER.format(2.0))
    code = "from umbra.outer import outer; print(outer(1.0))"
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert float(result.stdout) == 4
