"""External programs that run on the data of one galaxy: their limit, and why they failed.

A program that fails on its data rejects its galaxy. One that the system or the machine stopped does
not: the job fails, so that it can be tried again.
"""

import errno
import resource
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from umbra.errors import InputError, Rejected
from umbra.faults import KNOWN, fault_in_text

# They may be about a program's own files, which it did not write because of its data.
_OF_OWN_FILES = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ELOOP,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.EINTR,
}
_OF_MACHINE = KNOWN - _OF_OWN_FILES
# A program that meets data which it cannot handle may end with these. Others come from outside.
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}
_PATIENCE = 3  # seconds on the clock for each CPU second, as the machine or its disk may be busy


def run_program(
    name: str, command: Sequence[str | Path], *, cpu_limit_s: int, **options: Any
) -> subprocess.CompletedProcess:
    """Run a program with a limit on its CPU seconds, those of all its threads together.

    So neither the load of the machine nor the number of threads decides whether a galaxy is
    rejected.

    Parameters
    ----------
    name : str
        Name of the program.
    command : sequence of str or Path
        The program and its arguments.
    cpu_limit_s : int
        The limit [s].
    **options
        Further arguments of `subprocess.Popen`.

    Returns
    -------
    subprocess.CompletedProcess

    Raises
    ------
    Rejected
        If the program has used its CPU seconds up.
    InputError
        If it did not end in three times as many seconds on the clock.
    """
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, **options) as process:
        try:
            limited = _limit_cpu(process.pid, cpu_limit_s)
            output, errors = process.communicate(timeout=_PATIENCE * cpu_limit_s)
        except subprocess.TimeoutExpired:
            raise InputError(
                f"{name} did not end in {_PATIENCE * cpu_limit_s} s, in which it got less than"
                f" {cpu_limit_s} s of the CPU, because the machine or its disk is too busy; run"
                " again with fewer jobs at the same time."
            ) from None
        finally:
            process.kill()
    if limited and process.returncode == -signal.SIGXCPU:
        raise Rejected(f"{name} did not end within {cpu_limit_s} s of the CPU")
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _limit_cpu(process: int, limit_s: int) -> bool:
    """Limit the CPU seconds of a process; return False if the user has set a lower limit."""
    _, hard = resource.prlimit(process, resource.RLIMIT_CPU)
    if 0 <= hard <= limit_s:  # below 0, there is none
        return False
    resource.prlimit(process, resource.RLIMIT_CPU, (limit_s, hard))
    return True


def check_program(name: str, *, status: int, text: str) -> None:
    """Raise InputError if a program failed because of the system, and not of its data.

    Parameters
    ----------
    name : str
        Name of the program.
    status : int
        Its exit status; below 0, the signal that ended it.
    text : str
        What it printed last.
    """
    found = fault_in_text(text)
    if found and found.number in _OF_MACHINE:
        if found.number == errno.ENOMEM:
            raise InputError(found.sentence(f"{name} failed, because its data", "held"))
        raise InputError(found.sentence(f"{name} failed, because a file", "read or written"))
    if status < 0 and -status not in _CRASHES:
        raise InputError(
            f"{name} was ended from outside ({signal.strsignal(-status)}); give the job more memory"
            " or time and run again."
        )
