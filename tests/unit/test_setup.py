"""Set-up: what it says on a machine that lacks something."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENVS = Path(__file__).resolve().parents[2] / "envs"


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 14, 0)])
def test_a_python_without_locked_packages_is_named_with_the_remedy(tmp_path, version):
    """As such a Python would run it."""
    code = f"import runpy, sys; sys.version_info = {version}; runpy.run_path(sys.argv[1])"
    target = tmp_path / "venv"
    result = subprocess.run(
        [sys.executable, "-c", code, ENVS / "make_venv.py", target], capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stderr.startswith("umbra: the locked packages need Python 3.11 to 3.13")
    assert f"this is 3.{version[1]}" in result.stderr and "make PYTHON=" in result.stderr
    assert not target.exists()


def system_packages(tmp_path, *, path):
    wanted = tmp_path / "apt.txt"
    wanted.write_text("# a comment\numbra-no-such-package\n")
    return subprocess.run(
        ["/bin/sh", ENVS / "system_packages.sh", wanted],
        env={"PATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
    )


def test_missing_packages_give_the_one_command_that_installs_them(tmp_path):
    for name, body in {"id": "echo 1000", "sudo": "exit 1", "dpkg-query": "exit 1"}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    result = system_packages(tmp_path, path=[str(tmp_path), os.environ["PATH"]])
    assert result.returncode == 1
    assert result.stderr.endswith("run: sudo apt-get install umbra-no-such-package\n")


def test_elsewhere_than_on_debian_nothing_is_installed(tmp_path):
    result = system_packages(tmp_path, path=[str(tmp_path)])
    assert result.returncode == 0
    assert "not a Debian-like system" in result.stderr
