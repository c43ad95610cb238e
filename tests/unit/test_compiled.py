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
