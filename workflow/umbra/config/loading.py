"""The configuration of a run, checked before any job.

``config/config.yaml`` is printed by ``python -m umbra.config.printing`` from the models of
`umbra.config.section` and its neighbours, so the documentation of a key has one home. Other
configuration files state only what differs from it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from umbra.config.model import Config
from umbra.config.options import switches
from umbra.config.paths import with_paths
from umbra.config.yaml_files import check_profile, read_entries, read_file
from umbra.errors import InputError


def load_sources(
    values: dict,
    *,
    files: Iterable[Path],
    entries: Iterable[str],
    profiles: Iterable[Path] = (),
) -> tuple[Config, dict[str, str]]:
    """Check what Snakemake has read, and the files that it has read it from.

    An empty section states nothing: what other files state of it stays.

    Parameters
    ----------
    values : dict
        What Snakemake read from the configuration files and the command line.
    files : iterable of Path
        The configuration files; a later one changes keys of an earlier one.
    entries : iterable of str
        The entries of ``--config``, each of them ``key=value``.
    profiles : iterable of Path
        Files of Snakemake's profiles, which may have entries of ``--config`` too.

    Returns
    -------
    settings : Config
    not_found : dict
        See `umbra.config.paths.with_paths`.

    Raises
    ------
    InputError
        If a file states a key twice, or a value that YAML reads as another, or if a key is unknown
        or a value is out of range.
    """
    truths = switches()
    stated = [read_file(path, truths) for path in files]
    entered = read_entries(entries, truths)
    for path in profiles:
        check_profile(path, truths)
    merged: dict = {}
    for source in stated:
        _update(merged, source.values)
    _update(merged, values)
    for source in entered:  # Snakemake reads null and numbers in {...} as texts
        _update(merged, {k: v for k, v in source.values.items() if isinstance(v, dict)})
    merged = {key: value for key, value in merged.items() if key in values}
    merged, not_found = with_paths(merged, [*stated, *entered])
    return _settings(merged), not_found


def load_config(values: dict) -> Config:
    """Check a configuration.

    Parameters
    ----------
    values : dict
        The options that differ from the defaults.

    Returns
    -------
    Config

    Raises
    ------
    InputError
        If a key is unknown or a value is out of range; all faults are named at once.
    """
    return _settings(with_paths(values)[0])


def _settings(values: dict) -> Config:
    try:
        settings = Config.model_validate(values)
    except ValidationError as error:
        raise InputError(f"Configuration: {'; '.join(map(_fault, error.errors()))}.") from None
    _check_truths(values, settings, "")
    return settings


def _update(values: dict, others: Mapping) -> None:
    """Change values to others, at every depth, but not a section to an empty one."""
    for key, other in others.items():
        value = values.get(key)
        if isinstance(other, Mapping):
            values[key] = dict(value) if isinstance(value, Mapping) else {}
            _update(values[key], other)
        elif other is not None or not isinstance(value, Mapping):
            values[key] = other


def _check_truths(given: Any, checked: Any, key: str) -> None:
    """Raise InputError where true or false was given for a number: pydantic makes it 1 or 0."""
    if isinstance(given, Mapping):
        for name, value in given.items():
            inner = checked.get(name) if isinstance(checked, dict) else getattr(checked, name)
            _check_truths(value, inner, f"{key}.{name}".removeprefix("."))
    elif isinstance(given, list) and isinstance(checked, list | tuple):
        for pair in zip(given, checked, strict=True):
            _check_truths(*pair, key)
    elif isinstance(given, bool) and not isinstance(checked, bool):
        raise InputError(f"Configuration: {key} is {given}, but must be a number.")


def _fault(fault: dict) -> str:
    parts = [str(part) for part in fault["loc"]]
    if fault["type"] == "extra_forbidden":
        return f"unknown key {'.'.join(parts)} (config/config.yaml lists them all)"
    # Where a value may be of several types, pydantic adds the type: no key is written like that.
    key = ".".join(part for part in parts if part.isalnum() or part.isidentifier())
    reason = fault["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:]
    if not key:
        return reason
    if fault["type"] == "path_type":
        reason = "this is no path; write it in quotes if it is one"
    shown = "" if isinstance(fault["input"], dict) else f" is {fault['input']!r}"
    return f"{key}{shown}: {reason}"
