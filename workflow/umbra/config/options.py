"""Which options there are, by their dotted keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from umbra.config.model import Config
from umbra.config.section import Section


def options(model: type[Section] = Config, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted key of each option, such as ``hi.channels``, and the type of its value."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from options(kind, f"{above}{name}.")
        else:
            yield above + name, kind


def path_options() -> dict[str, set[str]]:
    """Return the keys of options that take a path, each with the words that are no path there."""
    return {key: _words(kind) for key, kind in options() if _takes_a_path(kind)}


def switches() -> set[str]:
    """Return the keys of options that are true or false."""
    return {key for key, kind in options() if kind is bool}


def _takes_a_path(kind: Any) -> bool:
    return kind is Path or any(map(_takes_a_path, get_args(kind)))


def _words(kind: Any) -> set[str]:
    alternatives = [kind, *get_args(kind)]
    return {word for one in alternatives if get_origin(one) is Literal for word in get_args(one)}
