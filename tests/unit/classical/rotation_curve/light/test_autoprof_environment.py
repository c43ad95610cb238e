"""AutoProf's environment: made once, whole or not at all, and named when it cannot be made."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from failing_calls import in_process
from umbra.classical.rotation_curve.light import autoprof_environment
from umbra.classical.rotation_curve.light.autoprof_environment import (
    check_interpreter,
    environment_python,
    make_environment,
    ready_marker,
)
from umbra.errors import InputError

MODULE = "umbra.classical.rotation_curve.light.autoprof_environment"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Return a folder with one package, which has AutoProf's module."""
    wheel = tmp_path_factory.mktemp("wheels") / "stand_in-1.0-py3-none-any.whl"
    info = "stand_in-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("autoprof/__init__.py", "")
        archive.writestr("autoprof/Pipeline.py", "")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: stand-in\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel.parent


@pytest.fixture(scope="module", autouse=True)
def no_index(wheels):
    """Let pip find that package and no other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(wheels))
        yield


def lock_of(wheels, path, comment=""):
    """Write the lock of that package."""
    (wheel,) = wheels.iterdir()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    path.write_text(f"stand-in==1.0 --hash=sha256:{digest}\n{comment}")
    return path


@pytest.fixture(scope="module")
def of_two_jobs(wheels, no_index, tmp_path_factory):
    """Let two jobs make one environment, where a killed job has left its folder.

    Return the lock, the marker, how the jobs ended, what they printed and logged, and the names of
    what was there then.
    """
    folder = tmp_path_factory.mktemp("environments")
    lock = lock_of(wheels, folder / "small.lock")
    marker = ready_marker(folder / "environment", lock=lock)
    killed = f".{marker.stem}.{os.uname().nodename}-999999999.part"
    (marker.parent / killed / "bin").mkdir(parents=True)
    code = (
        "import logging, pathlib, sys; logging.basicConfig(level=logging.INFO);"
        f"from {MODULE} import make_environment as make;"
        "print(make(pathlib.Path(sys.argv[1]), lock=pathlib.Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, str(marker), str(lock)]
    jobs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed, logged = zip(*(job.communicate() for job in jobs), strict=True)
    return SimpleNamespace(
        lock=lock,
        marker=marker,
        ended=[job.returncode for job in jobs],
        printed=printed,
        logged=logged,
        left=sorted(path.name for path in marker.parent.iterdir()),
    )


def test_of_two_jobs_one_makes_the_environment(of_two_jobs):
    """A folder that a killed job left is not taken for an environment."""
    assert of_two_jobs.ended == [0, 0], of_two_jobs.logged
    python, other = (Path(one.strip()) for one in of_two_jobs.printed)
    assert python == other and python.is_file()
    assert "".join(of_two_jobs.logged).count("making AutoProf's environment") == 1
    digest = hashlib.sha256(of_two_jobs.lock.read_bytes()).hexdigest()[:12]
    assert of_two_jobs.left == [digest, of_two_jobs.marker.name, "lock"]
    subprocess.run([python, "-I", "-c", "import autoprof.Pipeline"], check=True)


def test_what_cannot_be_installed_names_the_command(tmp_path):
    """The packages of AutoProf's lock cannot be found, as without a network."""
    folder = tmp_path / "environment"
    result = subprocess.run([sys.executable, "-m", MODULE, folder], capture_output=True, text=True)
    assert result.returncode == 1
    message = result.stderr.rstrip().splitlines()[-1]
    assert message.startswith(f"umbra: AutoProf's environment {folder} cannot be made")
    assert re.search(r"No matching distribution found for [\w.-]+==\d", message)
    assert f"-m {MODULE} {folder}`" in message
    assert "set rotation_curve.light to photutils" in message
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_a_python_that_autoprof_cannot_use_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(autoprof_environment, "PYTHONS", ((3, 1), (3, 2)))
    with pytest.raises(InputError, match=r"neither python3\.1 nor python3\.2 is on the PATH"):
        make_environment(ready_marker(tmp_path / "environment"))


def test_such_a_python_is_named_before_the_first_job(tmp_path, monkeypatch):
    check_interpreter(tmp_path)
    monkeypatch.setattr(autoprof_environment, "PYTHONS", ((3, 1), (3, 2)))
    with pytest.raises(
        InputError, match=r"neither python3\.1 nor .* rotation_curve.light to photut"
    ):
        check_interpreter(tmp_path)
    python = environment_python(ready_marker(tmp_path))
    python.parent.mkdir(parents=True)
    python.touch()
    check_interpreter(tmp_path)


def test_another_lock_is_another_environment(of_two_jobs, wheels, tmp_path):
    """And the environment of the first lock stays, for another run may use it."""
    first = of_two_jobs.marker
    changed = lock_of(wheels, tmp_path / "changed.lock", comment="# changed\n")
    second = ready_marker(first.parent, lock=changed)
    assert second != first and not second.exists()
    make_environment(second, lock=changed)
    for marker in (first, second):
        assert marker.is_file() and (marker.with_suffix("") / "bin" / "python").is_file()


def test_a_deleted_marker_costs_no_environment(of_two_jobs, monkeypatch):
    marker = of_two_jobs.marker
    marker.unlink()
    monkeypatch.setattr(autoprof_environment, "_make", lambda *arguments: pytest.fail("made again"))
    python = make_environment(marker, lock=of_two_jobs.lock)
    assert str(python) == of_two_jobs.printed[0].strip()
    assert marker.is_file()


def test_a_missing_lock_is_named(tmp_path):
    with pytest.raises(
        InputError, match=r"none\.lock is missing: install .* or set rotation_curve"
    ):
        ready_marker(tmp_path, lock=tmp_path / "none.lock")


def test_an_environment_needs_no_locks(failing_library, tmp_path):
    (tmp_path / "abc" / "bin").mkdir(parents=True)
    (tmp_path / "abc" / "bin" / "python").write_text("")
    script = f"""
        from pathlib import Path
        from failing_calls import failing
        from {MODULE} import make_environment

        with failing("lock", "ENOLCK", "/lock"):
            print(make_environment(Path("abc.ready")))
    """
    made = tmp_path / "abc" / "bin" / "python"
    assert in_process(failing_library, script, tmp_path) == [str(made)]
    assert (tmp_path / "abc.ready").is_file()
