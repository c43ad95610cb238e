"""Paths in a configuration: home folders, variables, and folders that relative paths start from."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from umbra.config.options import path_options
from umbra.config.yaml_files import Source
from umbra.errors import InputError

# A name without a folder may also be that of a program on PATH, so a folder of that name is not it.
_PROGRAM = "photometry.engine"


def with_paths(values: dict, sources: Sequence[Source] = ()) -> tuple[dict, dict[str, str]]:
    """Return a configuration in which every path is one from the working directory, or absolute.

    ``~`` and variables such as ``$HOME`` are expanded. A relative path is looked up beside the file
    that names it, else in the working directory. Two spellings of a path become one, so that they
    rerun nothing.

    Parameters
    ----------
    values : dict
        The merged configuration.
    sources : sequence of Source
        The files that it is merged from, and after them the entries of ``--config``.

    Returns
    -------
    values : dict
        The configuration with other paths.
    not_found : dict
        Key of each option whose relative path is in neither folder -> a sentence about it.

    Raises
    ------
    InputError
        If a path is empty or names a user or variable that does not exist.
    """
    not_found = {}
    for key, words in path_options().items():
        text = _value(values, key)
        if not isinstance(text, str) or text in words:
            continue
        source = next(
            (source for source in reversed(sources) if _value(source.values, key) is not None), None
        )
        path = _expanded(key, text)
        folders = [source.folder, Path()] if source and source.folder else [Path()]
        is_there = os.path.isfile if key == _PROGRAM else os.path.exists
        found = next((folder / path for folder in folders if is_there(folder / path)), None)
        if found is None and not path.is_absolute():
            looked = " nor ".join(str(folder.absolute() / path) for folder in folders)
            verb = "neither {} exists" if len(folders) > 1 else "{} does not exist"
            not_found[key] = (
                f"{key} is {text!r}, but {verb.format(looked)}; give the path from the file that"
                " names it, from the working directory, or the full one."
            )
        values = _with_value(values, key, str(_one_spelling(found or path)))
    return values, not_found


def _expanded(key: str, text: str) -> Path:
    given = {name: value for name, value in os.environ.items() if value}
    if not text.strip():
        raise InputError(f"{key} is {text!r}, which is an empty text; give a path, or null.")
    try:
        return Path(Template(text).substitute(given)).expanduser()
    except KeyError as error:
        raise InputError(
            f"{key} is {text!r}, but the environment variable {error.args[0]} is not set; set it or"
            " write the path out."
        ) from None
    except ValueError:
        raise InputError(
            f"{key} is {text!r}, in which a $ begins no name of a variable; write $$ for a $."
        ) from None
    except RuntimeError:
        raise InputError(
            f"{key} is {text!r}, but there is no home folder of that user; write the path out."
        ) from None


def _one_spelling(path: Path) -> Path:
    """Return a path from the working directory if it is below it, else an absolute one."""
    here, path = Path.cwd(), path.absolute()
    return path.relative_to(here) if here in path.parents else path


def _value(values: Any, key: str) -> Any:
    for name in key.split("."):
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _with_value(values: dict, key: str, value: str) -> dict:
    name, _, rest = key.partition(".")
    return values | {name: _with_value(values[name], rest, value) if rest else value}
