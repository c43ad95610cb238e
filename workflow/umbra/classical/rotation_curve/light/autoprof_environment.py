"""The Python environment in which AutoProf runs, because it needs an older NumPy.

The rule ``autoprof_environment`` makes it. The same by hand, for example to prepare a machine:
``python -m umbra.classical.rotation_curve.light.autoprof_environment FOLDER``.

FOLDER has a folder for each lock file, named by its digest. Several runs, and checkouts with
different locks, can share FOLDER.
"""

import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from umbra.errors import InputError
from umbra.files import atomic, scratch

ENVS = Path(__file__).resolve().parents[5] / "envs"
AUTOPROF_LOCK = ENVS / "autoprof.lock"
PYTHONS = ((3, 11), (3, 12))  # AutoProf's NumPy does not exist for later ones
OTHER_METHOD = "set rotation_curve.light to photutils"

logger = logging.getLogger(__name__)


class _CannotMakeError(Exception):
    """The environment could not be made; the text is one clause that says why."""


def ready_marker(environment: Path, *, lock: Path = AUTOPROF_LOCK) -> Path:
    """Return the file that exists once AutoProf's environment is complete.

    Another lock gives another marker, and so another environment.

    Parameters
    ----------
    environment : Path
        Folder of the environments.
    lock : Path
        The locked packages.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the lock file is missing.
    """
    if not lock.is_file():
        raise InputError(
            f"AutoProf's environment cannot be made, because {lock} is missing: install the project"
            f" from its checkout, or {OTHER_METHOD}."
        )
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    return environment.expanduser() / f"{digest}.ready"


def environment_python(marker: Path) -> Path:
    """Return the Python of the environment that belongs to a marker, absolute."""
    return marker.absolute().with_suffix("") / "bin" / "python"


def make_environment(marker: Path, *, lock: Path = AUTOPROF_LOCK) -> Path:
    """Make AutoProf's environment, unless it is there, and its marker.

    The environment appears under its name only when it works. If several processes ask for it, one
    makes it and the others wait. On a file system without locks, each makes one, and one of them
    stays.

    Parameters
    ----------
    marker : Path
        As `ready_marker` returns it.
    lock : Path
        The locked packages.

    Returns
    -------
    Path
        The Python of the environment.

    Raises
    ------
    InputError
        If the environment cannot be made; the message contains the command to run.
    """
    folder, python = marker.absolute().parent, environment_python(marker)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "wb") as held:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_EX)
        if not python.is_file():
            try:
                _make(python.parents[1], lock)
            except _CannotMakeError as error:
                raise InputError(
                    f"AutoProf's environment {folder} cannot be made ({error}): run"
                    f" `{sys.executable} -m {__spec__.name} {folder}` where the package index"
                    f" can be reached, or {OTHER_METHOD}."
                ) from None
        with atomic(marker) as temporary:
            temporary.write_text(f"{python}\n", encoding="utf-8")
    return python


def _make(folder: Path, lock: Path) -> None:
    logger.info("making AutoProf's environment %s (about a minute)", folder)
    with scratch(folder) as part:
        python = str(part / "bin" / "python")
        _call(_interpreter(), str(ENVS / "make_venv.py"), str(part))
        # Most of their modules are never imported.
        _call("sh", str(ENVS / "install.sh"), python, str(lock), "--no-compile")
        _call(python, "-I", "-c", "import autoprof.Pipeline")
        if not (folder / "bin" / "python").is_file():  # without locks, another may have made it
            shutil.rmtree(folder, ignore_errors=True)  # one whose Python was uninstalled
            part.rename(folder)


def _call(*command: str) -> None:
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=clean_variables(),
    )
    if result.returncode:
        lines = [line for line in result.stdout.splitlines() if line.strip()]
        logger.error("%s: %s", " ".join(command), "\n".join(lines))
        errors = [line for line in lines if line.lower().startswith("error")]
        raise _CannotMakeError((errors or lines or ["no output"])[-1].strip())


def check_interpreter(environment: Path) -> None:
    """Raise InputError if AutoProf's environment is not there, and no Python to make it with.

    Parameters
    ----------
    environment : Path
        Folder of the environments.
    """
    if not environment_python(ready_marker(environment)).is_file():
        try:
            _interpreter()
        except _CannotMakeError as error:
            raise InputError(
                f"rotation_curve.light is autoprof, whose environment cannot be made ({error}):"
                f" install one of them, or {OTHER_METHOD}."
            ) from None


def _interpreter() -> str:
    if sys.version_info[:2] in PYTHONS:
        return sys.executable
    names = [f"python{major}.{minor}" for major, minor in PYTHONS]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise _CannotMakeError(f"neither {' nor '.join(names)} is on the PATH")
    return found


def clean_variables() -> dict[str, str]:
    """Return the environment variables, less those that would mix two Pythons."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def main(folder: str) -> None:
    """Make the environment in a folder and print its Python."""
    try:
        print(make_environment(ready_marker(Path(folder))))
    except InputError as error:
        sys.exit(f"umbra: {error}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m {__spec__.name} FOLDER")
    main(sys.argv[1])
