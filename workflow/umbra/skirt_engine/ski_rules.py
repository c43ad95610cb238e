"""What a ski may say of an attribute, a property and an item."""

from dataclasses import dataclass, field

TEXT, BOOL, INT, DOUBLE, ENUM = "text", "bool", "int", "double", "enum"


@dataclass(frozen=True)
class Rule:
    """One attribute.

    Parameters
    ----------
    kind : {"text", "bool", "int", "double", "enum"}
        Kind of its value.
    default : str or None
        SKIRT's default, which may depend on the simulation mode (`default_in`). None if the ski
        must give it.
    low, high : str
        SKIRT's bounds of a number, as SKIRT writes them: ``]0`` excludes 0, ``[0`` and ``0``
        include it. Empty if there is none.
    quantity : str
        SKIRT's name of the physical quantity; empty for a bare number.
    choices : tuple of str
        What SKIRT accepts for an enumeration.
    only : tuple of str
        The values that this engine supports; empty for all.
    free : bool
        Whether the attribute has no effect on this engine.
    """

    kind: str
    default: str | None = None
    low: str = ""
    high: str = ""
    quantity: str = ""
    choices: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    free: bool = False


@dataclass(frozen=True)
class Property:
    """One property of an item, which contains other items.

    Parameters
    ----------
    base : str
        SKIRT's type from which these items inherit.
    items : tuple of str
        Items that this engine supports.
    many : bool
        Whether SKIRT accepts more than one.
    """

    base: str
    items: tuple[str, ...]
    many: bool = False


@dataclass(frozen=True)
class Item:
    """One item.

    Parameters
    ----------
    attributes : dict of str to Rule
        Its attributes.
    properties : dict of str to Property
        Its properties.
    """

    attributes: dict[str, Rule] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)


def default_in(mode: str, default: str | None) -> str | None:
    """Return a default in a simulation mode; ``DustEmission:true;false`` depends on it."""
    if default is None:
        return None
    choices = (choice.rpartition(":") for choice in default.split(";"))
    return next(value for condition, _, value in choices if condition in ("", mode))
