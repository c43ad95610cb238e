"""Configuration files, read strictly.

Snakemake reads them as YAML 1.1, in which ``050`` is 40, ``1:30`` is 90 and ``no`` is false, and of
two sections with one name it keeps the last. Here, each file is read again, and what YAML does not
take as it is written is an error.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from umbra.errors import InputError

# The one written in C is faster, where there is one.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
# How values may be written that are no texts; all else is read differently by people.
_PLAIN = {
    f"{_TAG}int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    f"{_TAG}float": re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?|[-+]?\.\w+"),
    f"{_TAG}bool": re.compile("true|false", re.IGNORECASE),
    f"{_TAG}null": re.compile("(null)?", re.IGNORECASE),
}
_NUMBER = "a plain decimal number, or "
_REMEDIES = {
    f"{_TAG}int": _NUMBER,
    f"{_TAG}float": _NUMBER,
    f"{_TAG}bool": "true or false, or ",
    f"{_TAG}null": "null, or a path such as ~/folder, or ",
}


@dataclass(frozen=True)
class Source:
    """What a configuration file, or an entry of ``--config``, states.

    Parameters
    ----------
    folder : Path or None
        Where the file is.
    values : dict
        What it states.
    """

    folder: Path | None
    values: dict


def read_file(path: Path, switches: Collection[str]) -> Source:
    """Read a configuration file, YAML or JSON.

    Parameters
    ----------
    path : Path
        The file.
    switches : collection of str
        Dotted keys of the options that are true or false: ``yes`` and ``off`` are words elsewhere.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        If a key is there twice, or YAML reads a value as something else than is written.
    """
    text = Path(path).read_text(encoding="utf-8")
    try:
        values = json.loads(text, object_pairs_hook=partial(_json_object, path))
    except ValueError:
        try:
            values = _read_yaml(text, str(path), "", switches)
        except yaml.YAMLError as error:
            raise InputError(f"{path} is no YAML ({' '.join(str(error).split())}).") from None
    values = values or {}
    if "__use_yte__" in values:
        raise InputError(
            f"{path} is a template (__use_yte__), which umbra does not read; write the values out."
        )
    return Source(Path(path).parent, values)


def read_entries(entries: Iterable[str], switches: Collection[str]) -> list[Source]:
    """Read the entries of ``--config``, each of them ``key=value``; see `read_file`."""
    sources = []
    for entry in entries:
        key, _, text = entry.partition("=")
        try:
            value = _read_yaml(text, f"--config {entry}", key, switches)
        except yaml.YAMLError:
            value = text  # Snakemake takes it for a text, too
        sources.append(Source(None, {key: value}))
    return sources


def check_profile(path: Path, switches: Collection[str]) -> None:
    """Check the options in a profile of Snakemake, below its key ``config``; see `read_file`."""
    loader = _Loader(Path(path).read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if name.value == "config":
                _check_node(loader, value, str(path), "", switches)
    finally:
        loader.dispose()


def _json_object(path: Path, pairs: list[tuple[str, Any]]) -> dict:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(_twice(str(path), key))
    return dict(pairs)


def _twice(where: str, key: str) -> str:
    return f"{where}: {key} is there twice, and only the last would count; merge them."


def _read_yaml(text: str, where: str, above: str, switches: Collection[str]) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_node(loader, node, where, above, switches)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_node(
    loader: Any, node: yaml.Node, where: str, above: str, switches: Collection[str]
) -> None:
    for key, scalar in _scalars(node, where, above, set()):
        _check_scalar(loader, scalar, key, where, switches)


def _scalars(
    node: yaml.Node, where: str, above: str, seen: set[int]
) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Yield each value below a node that is no mapping or list, with its dotted key.

    Raises
    ------
    InputError
        If a key is there twice in one mapping, or is no text.
    """
    if isinstance(node, yaml.ScalarNode):
        yield above, node
    elif id(node) in seen:  # *alias
        return
    elif isinstance(node, yaml.SequenceNode):
        seen.add(id(node))
        for item in node.value:
            yield from _scalars(item, where, above, seen)
    else:
        seen.add(id(node))
        names = set()
        for name, value in node.value:
            key = f"{above}.{name.value}" if above else str(name.value)
            if name.tag not in (f"{_TAG}str", _MERGE):
                raise InputError(
                    f"{_place(where, name)}: the key {key} is no text in YAML; write the last part"
                    f' as "{name.value}", in quotes.'
                )
            if name.value in names:
                raise InputError(_twice(_place(where, name), key))
            names.add(name.value)
            yield from _scalars(value, where, above if name.tag == _MERGE else key, seen)


def _check_scalar(
    loader: Any, node: yaml.ScalarNode, key: str, where: str, switches: Collection[str]
) -> None:
    if node.tag == f"{_TAG}str":
        return
    if node.tag == f"{_TAG}bool" and key in switches:
        return
    if node.tag in _PLAIN and _PLAIN[node.tag].fullmatch(node.value):
        return
    is_date = node.tag == f"{_TAG}timestamp"
    made = "a date" if is_date else json.dumps(loader.construct_object(node))
    remedy = _REMEDIES.get(node.tag, "")
    raise InputError(
        f"{_place(where, node)}: {key} is {node.value}, which YAML reads as {made}; write {remedy}"
        f'"{node.value}" in quotes if it is a text.'
    )


def _place(where: str, node: yaml.Node) -> str:
    if where.startswith("--config "):
        return where
    return f"{where}, line {node.start_mark.line + 1}"
