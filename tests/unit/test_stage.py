"""What surrounds a script's call: the sentence, the log, the marker."""

import os
import re
import subprocess
import sys
import time

import pytest

from umbra.files import atomic, check_room, rejection, write_rejection

FAILING = """
from umbra.errors import InputError, Rejected
from umbra.stage import run, run_galaxy

def raises(error):
    raise error

{call}
"""


def execute(tmp_path, call):
    script = tmp_path / "script.py"
    script.write_text(FAILING.format(call=call))
    return subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )


def test_input_error_is_one_sentence(tmp_path):
    result = execute(tmp_path, "run(raises, 'log', error=InputError('mend the key'))")
    assert result.returncode == 1
    assert result.stderr == "umbra: mend the key\n"
    assert "mend the key" in (tmp_path / "log").read_text()


def test_other_errors_leave_their_traceback_in_the_log(tmp_path):
    result = execute(tmp_path, "run(raises, 'log', error=ZeroDivisionError('by zero'))")
    assert result.returncode == 1
    assert result.stderr == "umbra: ZeroDivisionError: by zero (traceback in log)\n"
    assert "Traceback" in (tmp_path / "log").read_text()


def test_rejected_galaxy_leaves_a_marker_in_every_output(tmp_path):
    result = execute(
        tmp_path, "run_galaxy(raises, [], ['a', 'b'], 'log', error=Rejected('no gas'))"
    )
    assert result.returncode == 0
    assert rejection(tmp_path / "a") == rejection(tmp_path / "b") == "no gas"


def test_marker_is_handed_on_without_calling_the_stage(tmp_path):
    write_rejection(tmp_path / "input", "no stars")
    call = "run_galaxy(raises, ['input'], ['output'], 'log', error=ZeroDivisionError())"
    assert execute(tmp_path, call).returncode == 0
    assert rejection(tmp_path / "output") == "no stars"


def test_log_tells_of_this_package_and_not_of_every_step_of_others(tmp_path):
    (tmp_path / "speak.py").write_text(
        "import logging\nimport warnings\n\n\ndef speak():\n"
        "    logging.getLogger('umbra.hi').info('cube written')\n"
        "    logging.getLogger('fonts').info('glyph pruned')\n"
        "    warnings.warn('odd header')\n"
    )
    call = "from speak import speak\nrun(speak, 'log')"
    assert execute(tmp_path, call).stderr == ""
    said = (tmp_path / "log").read_text()
    assert "cube written" in said and "odd header" in said
    assert "glyph" not in said


def test_log_closes_with_the_cost_of_start_up(tmp_path):
    execute(tmp_path, "run(lambda: None, 'log')")
    assert "cpu seconds: start-up" in (tmp_path / "log").read_text()


def test_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def leave_part(tmp_path):
    """Return what a job that was killed while it wrote `file.txt` left behind."""
    script = "import os\nfrom umbra.files import atomic\n"
    script += "with atomic('file.txt') as temporary:\n"
    script += "    temporary.write_text('half')\n    os.kill(os.getpid(), 9)\n"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    assert done.returncode == -9
    (part,) = tmp_path.iterdir()
    return part


def test_what_a_killed_job_left_goes_when_its_file_is_written(tmp_path):
    leave_part(tmp_path)
    write_rejection(tmp_path / "other.txt", "not its file")
    assert len(list(tmp_path.iterdir())) == 2
    write_rejection(tmp_path / "file.txt", "whole")
    assert {path.name for path in tmp_path.iterdir()} == {"file.txt", "other.txt"}


def test_what_a_running_job_writes_is_left_alone(tmp_path):
    part = leave_part(tmp_path)
    number = re.search(r"-(\d+)\.part", part.name)[1]
    running = part.rename(part.with_name(part.name.replace(number, str(os.getppid()))))
    write_rejection(tmp_path / "file.txt", "whole")
    assert running.exists()


def test_what_another_machine_writes_is_left_for_a_day(tmp_path):
    """Its processes cannot be seen from here."""
    part = leave_part(tmp_path)
    host = os.uname().nodename
    elsewhere = part.rename(part.with_name(part.name.replace(f".{host}-", ".node-17-")))
    write_rejection(tmp_path / "file.txt", "whole")
    assert elsewhere.exists()
    written = time.time() - 90000
    os.utime(elsewhere, (written, written))
    write_rejection(tmp_path / "file.txt", "whole")
    assert not elsewhere.exists()


def test_disk_of_unknown_size_is_not_refused(tmp_path):
    check_room(tmp_path)
    check_room("/proc")
