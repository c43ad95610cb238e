"""AutoProf's environment: made once, whole or not at all, and named when it cannot be made."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

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


@pytest.fixture(autouse=True)
def no_index(wheels, monkeypatch):
    """Let pip find that package and no other."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))


@pytest.fixture
def small_lock(wheels, tmp_path):
    """Return the lock of that package."""
    (wheel,) = wheels.iterdir()
    lock = tmp_path / "small.lock"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"stand-in==1.0 --hash=sha256:{digest}\n")
    return lock


@pytest.fixture(scope="module")
def environments(tmp_path_factory):
    """Return a folder for environments that two tests look at."""
    return tmp_path_factory.mktemp("environments")


def test_of_two_jobs_one_makes_the_environment(tmp_path, small_lock):
    """A folder that a killed job left is not taken for an environment."""
    marker = ready_marker(tmp_path / "environment", lock=small_lock)
    digest = hashlib.sha256(small_lock.read_bytes()).hexdigest()[:12]
    killed = f".{digest}.{os.uname().nodename}-999999999.part"
    (marker.parent / killed / "bin").mkdir(parents=True)
    code = (
        "import logging, pathlib, sys; logging.basicConfig(level=logging.INFO);"
        f"from {MODULE} import make_environment as make;"
        "print(make(pathlib.Path(sys.argv[1]), lock=pathlib.Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, str(marker), str(small_lock)]
    jobs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [job.communicate() for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], said
    python = Path(said[0][0].strip())
    assert said[1][0] == said[0][0] and python.is_file()
    assert "".join(error for _, error in said).count("making AutoProf's environment") == 1
    assert sorted(path.name for path in marker.parent.iterdir()) == [digest, marker.name, "lock"]
    subprocess.run([python, "-I", "-c", "import autoprof.Pipeline"], check=True)


def test_what_cannot_be_installed_names_the_command(tmp_path, small_lock):
    """The package cannot be found, as without a network."""
    small_lock.write_text(f"another==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(InputError) as caught:
        make_environment(ready_marker(tmp_path / "environment", lock=small_lock), lock=small_lock)
    message = str(caught.value)
    assert "No matching distribution found for another==1.0" in message
    assert f"-m {MODULE} {tmp_path / 'environment'}`" in message
    assert "set rotation_curve.light to photutils" in message
    assert [path.name for path in (tmp_path / "environment").iterdir()] == ["lock"]


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


def test_the_command_says_the_same(tmp_path):
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            MODULE,
            str(tmp_path / "environment"),
        ],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.rstrip().splitlines()[-1].startswith("umbra: AutoProf's environment")
    assert MODULE in result.stderr


def test_another_lock_is_another_environment(environments, small_lock):
    """And the environment of the first lock stays, for another run may use it."""
    first = ready_marker(environments, lock=small_lock)
    make_environment(first, lock=small_lock)
    small_lock.write_text(small_lock.read_text() + "# changed\n")
    second = ready_marker(environments, lock=small_lock)
    assert second != first and not second.exists()
    make_environment(second, lock=small_lock)
    for marker in (first, second):
        assert marker.is_file() and (marker.with_suffix("") / "bin" / "python").is_file()


def test_a_deleted_marker_costs_no_environment(environments, small_lock, monkeypatch):
    marker = ready_marker(environments, lock=small_lock)
    python = make_environment(marker, lock=small_lock)
    marker.unlink()
    monkeypatch.setattr(autoprof_environment, "_make", lambda *arguments: pytest.fail("made again"))
    assert make_environment(marker, lock=small_lock) == python
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
