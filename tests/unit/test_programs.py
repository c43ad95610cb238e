"""A program's failure is its data's only if neither the system nor the machine caused it."""

import signal
import subprocess
import sys

import pytest

from umbra.errors import InputError, Rejected
from umbra.programs import check_program, run_program

NEVER_ENDS = "while True: pass"


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (-signal.SIGKILL, "", r"ended from outside \(Killed\)"),
        (-signal.SIGTERM, "Fitting ring 3", r"ended from outside \(Terminated\)"),
        (-signal.SIGXCPU, "", r"ended from outside \(CPU time limit exceeded\)"),
        (-signal.SIGABRT, "terminate called: std::bad_alloc", "its data cannot be held"),
        (1, "cannot open cube.fits: Permission denied", "Permission denied"),
        (1, "RuntimeError: can't start new thread: Resource temporarily unavailable", "run again"),
        (1, "write error: No space left on device", "make room"),
        (3, "OSError: [Errno 5] Input/output error: 'image.npy'", "Input/output error"),
        (3, "OSError: [Errno 24] Too many open files: 'image.npy'", "limit of open files"),
        (3, "OSError: [Errno 116] Stale file handle", "Stale file handle"),
    ],
)
def test_a_program_that_the_system_ended_is_no_rejection(status, text, reason):
    with pytest.raises(InputError, match=reason):
        check_program("3DBAROLO", status=status, text=text)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (1, "MASKING error"),
        (-signal.SIGSEGV, "MASKING error"),
        (-signal.SIGABRT, "MASKING error"),
        (1, "read failed: errno = 0, error message = 'Success'"),
        (1, "[Errno 22] Invalid argument"),
        # of its own files, which it did not write because of its data
        (3, "FileNotFoundError: [Errno 2] No such file or directory: 'autoprof.aux'"),
        (3, "FileExistsError: [Errno 17] File exists: 'plots'"),
        (3, "NotADirectoryError: [Errno 20] Not a directory: 'plots/1'"),
        (1, "output/rings_final1.txt: No such file or directory"),
    ],
)
def test_a_program_that_fails_on_its_data_is_left_to_its_caller(status, text):
    check_program("AutoProf", status=status, text=text)


def test_a_program_that_uses_its_cpu_seconds_up_rejects(monkeypatch):
    monkeypatch.setattr("umbra.programs._PATIENCE", 100)  # the machine may be busy
    with pytest.raises(Rejected, match="looping did not end within 1 s of the CPU"):
        run_program("looping", [sys.executable, "-c", "while True: pass"], cpu_limit_s=1)


HELD_UP = """
import signal, time
while time.process_time() < 0.6: pass
signal.pause()
"""


def test_a_program_that_is_held_up_is_no_rejection():
    """It gets a fifth of the CPU."""
    with pytest.raises(InputError, match=r"did not end in 3 s, in which it got less than 1 s"):
        run_program("held", [sys.executable, "-c", HELD_UP], cpu_limit_s=1)


OF_THE_USER = """
import resource, subprocess
from umbra.programs import run_program
resource.setrlimit(resource.RLIMIT_CPU, (50, 60))
found = run_program("sh", ["sh", "-c", "ulimit -S -t"], cpu_limit_s=1800, stdout=subprocess.PIPE)
print(found.returncode, found.stdout.decode())
"""


def test_a_lower_limit_of_the_user_remains():
    assert subprocess.check_output([sys.executable, "-c", OF_THE_USER]).split() == [b"0", b"50"]
