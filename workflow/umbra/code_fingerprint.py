"""Fingerprints of the code that a script or a function runs, found without running it.

Snakemake makes a file again when a parameter of its rule changes. The fingerprint of a rule's
script is one of its parameters, so an edited formula makes again what depends on it.

The code of a script is its own text and every definition of this package that it reaches: those
that it names, those that these name, and so on, in whatever module they are. Other functions of
these modules do not count. What also counts: statements that run on import, classes that register
themselves, and modules that a text names, because another process may run them (such as
``"umbra.skirt_engine.cli"``, or ``"driver.py"`` for a file beside the module).

Prose does not count (`umbra.source_code`), and neither does `PLUMBING`.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from umbra.source_code import (
    PACKAGE,
    PACKAGE_FOLDER,
    Module,
    Statement,
    file_of,
    module_named,
    read_module,
)

# How options are checked and files are read, written and fetched; not what is in the files.
PLUMBING = frozenset(
    f"{PACKAGE}.{name}"
    for name in (
        "code_fingerprint",
        "config.section",
        "errors",
        "faults",
        "files",
        "programs",
        "simulation.web_api.attempt",
        "simulation.web_api.download",
        "simulation.web_api.endpoints",
        "simulation.web_api.key",
        "source_code",
        "stage",
    )
)
_MODULE_NAME = re.compile(rf"{PACKAGE}(\.\w+)+")


def script_fingerprint(path: Path) -> str:
    """Return the fingerprint of a script and of the code of this package that it reaches.

    Parameters
    ----------
    path : Path
        A Python file, in this package or not.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return _fingerprint(read_module(Path(path), name=Path(path).name), None)


def module_fingerprint(name: str, definition: str | None = None) -> str:
    """Return the fingerprint of a module of this package and of the code that it reaches.

    Parameters
    ----------
    name : str
        Its dotted name.
    definition : str, optional
        A function, class or constant at the top level of the module, if only that counts.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return _fingerprint(module_named(name), definition)


def function_fingerprint(function: Callable) -> str:
    """Return the fingerprint of a function of this package and of the code that it reaches.

    Parameters
    ----------
    function : callable
        A function or class at the top level of its module.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return module_fingerprint(function.__module__, function.__name__)


def reached_definitions(path: Path) -> set[tuple[str, str]]:
    """Return the definitions of this package that a script reaches.

    Parameters
    ----------
    path : Path
        A Python file.

    Returns
    -------
    set of tuple of str
        Module and name. The name is empty for statements that run on import.
    """
    return {key[:2] for key in _closure(read_module(Path(path), name=Path(path).name), None)}


# Module, name (empty for what runs on import), and what stands there.
_Key = tuple[str, str, str]


def _fingerprint(module: Module, name: str | None) -> str:
    text = repr(sorted(_closure(module, name)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _closure(root: Module, name: str | None) -> set[_Key]:
    """Return what a definition of a module reaches, or the whole module if no name is given."""
    found: set[_Key] = set()
    seen: set[tuple[Module, str]] = set()
    waiting = [(root, one) for one in (root.definitions if name is None else [name])]
    while waiting:
        place = waiting.pop()
        if place in seen or place[0].name in PLUMBING:
            continue
        seen.add(place)
        keys, places = _definition(*place)
        found.update(keys)
        waiting += places
    return found


@cache
def _definition(module: Module, name: str) -> tuple[set[_Key], list[tuple[Module, str]]]:
    """Return what stands at a definition, and the places that it uses."""
    keys: set[_Key] = set()
    places = [(module, "")]
    if not name and file_of(module.name):
        places += _places((module.name.rpartition(".")[0], ""))  # importing it imports its package
    for statement in module.definitions.get(name, ()):
        keys.add((module.name, name, statement.text))
        for bound, target in _targets(module, statement):
            if bound:
                keys.add((module.name, name, f"{bound} is {target}"))
            places += _places(target)
    return keys, places


def _targets(module: Module, statement: Statement) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what a statement uses: the name that an import binds, if any, and module and name."""
    imports = {**module.imports, **statement.imports}
    for name in statement.names:
        if name in imports:
            yield name, imports[name] if imports[name][1] else (imports[name][0], "*")
        elif name in module.definitions:
            yield "", (module.name, name)
    for name, member in statement.members:
        if name in imports:
            target, inner = imports[name]
            yield name, (target, inner or member)
        elif name in module.definitions:
            yield "", (module.name, name)
    for text in statement.texts:
        if _MODULE_NAME.fullmatch(text) and file_of(text):
            yield text, (text, "*")
        elif text.endswith(".py") and (beside := _module_beside(module, text)):
            yield text, (beside, "*")


def _module_beside(module: Module, file_name: str) -> str | None:
    """Return the name of the module whose file is beside that of another, if there is one."""
    path = module.folder / file_name
    if not path.is_file() or not path.is_relative_to(PACKAGE_FOLDER):
        return None
    return ".".join((PACKAGE, *path.relative_to(PACKAGE_FOLDER).with_suffix("").parts))


def _places(target: tuple[str, str]) -> list[tuple[Module, str]]:
    """Return the modules and names in them that stand for a target, which may be elsewhere."""
    name, member = target
    if not file_of(name):
        return []  # another package
    module = module_named(name)
    if member == "*":
        return [(module, one) for one in module.definitions]
    if member not in module.definitions and file_of(f"{name}.{member}"):
        return _places((f"{name}.{member}", "*"))  # a module, by way of its package
    if member in module.definitions or member not in module.imports:
        return [(module, member)]
    return _places(module.imports[member])
