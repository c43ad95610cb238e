"""Running a stage from a script: the error messages, the log, the marker of a rejected galaxy."""

import subprocess
import sys

from umbra.files import rejection, write_rejection

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
