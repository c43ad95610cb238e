"""Where 3DBAROLO's executable is."""

from importlib.util import find_spec
from pathlib import Path

from umbra.errors import InputError


def barolo_program() -> Path:
    """Return the executable of 3DBAROLO.

    Raises
    ------
    InputError
        If it is not installed.
    """
    # The package is found without importing it, because the import needs distutils.
    spec = find_spec("pyBBarolo")
    program = spec and Path(spec.origin).with_name("BBarolo")
    if not program or not program.is_file():
        raise InputError(
            "3DBAROLO is not installed (package pyBBarolo): run `make setup`, which builds it."
        )
    return program
