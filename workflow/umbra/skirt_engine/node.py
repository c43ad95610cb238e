"""One item of a ski, with attributes, values and children that SKIRT and this engine accept."""

import math
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from umbra.constants import PC_M
from umbra.errors import InputError
from umbra.skirt_engine.schema import ITEMS
from umbra.skirt_engine.ski_rules import BOOL, DOUBLE, INT, Item, Rule, default_in

_LENGTH_M = {
    "cm": 1e-2,
    "m": 1.0,
    "mm": 1e-3,
    "km": 1e3,
    "AU": 1.495978707e11,
    "pc": PC_M,
    "kpc": 1e3 * PC_M,
    "Mpc": 1e6 * PC_M,
}
_LENGTH_PC = {unit: metres / PC_M for unit, metres in _LENGTH_M.items()}
# Quantity -> its units. The value of an attribute is in the unit whose factor is 1.
UNITS = {
    "length": _LENGTH_PC,
    "distance": _LENGTH_PC,
    "wavelength": {
        "pm": 1e-6,
        "Angstrom": 1e-4,
        "nm": 1e-3,
        "micron": 1.0,
        "mm": 1e3,
        "cm": 1e4,
        "m": 1e6,
    },
    "posangle": {"deg": 1.0, "rad": math.degrees(1)},
    "temperature": {"K": 1.0},
    "": {"": 1.0},
}
_WORDS = {
    "true": ("true", "t", "yes", "y", "1"),
    "false": ("false", "f", "no", "n", "0"),
}
_NUMBER = {
    INT: re.compile(r"[+-]?\d+", re.ASCII),
    DOUBLE: re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII),
}


class Node:
    """One item of the ski, checked against `schema`.

    Parameters
    ----------
    element : xml.etree.ElementTree.Element
        The item.
    path : Path
        The ski, for messages.
    mode : str
        The simulation mode, on which defaults depend.

    Attributes
    ----------
    name : str
        Name of the item.
    children : dict of str to list of Node
        Items of each property.

    Raises
    ------
    InputError
        If SKIRT or the engine does not accept an attribute, a value or a child, or one is missing.
    """

    def __init__(self, element: ElementTree.Element, path: Path, mode: str):
        self.name, self.path, self._mode = element.tag, path, mode
        item = ITEMS[element.tag]
        self._rules, self._values = item.attributes, {}
        for name in element.attrib:
            if name not in self._rules:
                raise InputError(
                    f"{path}: the embedded engine does not support the attribute {name} of"
                    f" {self.name}; remove it or use a SKIRT executable."
                )
        for name, rule in self._rules.items():
            given = element.get(name)
            if given is None and rule.free and rule.default is not None:
                continue
            self._values[name] = self._checked(
                name, default_in(mode, rule.default) if given is None else given
            )
        self.children: dict[str, list[Node]] = {}
        for wrapper in element:
            self._adopt(wrapper, item)

    def _checked(self, name: str, text: str | None) -> str | float:
        """Return the value of an attribute: a number in the base unit, or a text."""
        rule = self._rules[name]
        if text is None or (not text and rule.default is None):
            raise InputError(f"{self.path}: {self.name} lacks the attribute {name}; give it.")
        if rule.kind in _NUMBER:
            value = self._number(name, text)
        elif rule.kind == BOOL:
            value = self._true_or_false(name, text)
        else:
            value = text
        if rule.choices and value not in rule.choices:
            raise self._refused(name, text, f"is none of SKIRT's {', '.join(rule.choices)}")
        if rule.only and value not in rule.only and text not in rule.only:
            allowed = " or ".join(f'"{one}"' for one in rule.only)
            raise InputError(
                f'{self.path}: the embedded engine does not support {name}="{text}" of'
                f" {self.name}, only {allowed}; change it or use a SKIRT executable."
            )
        return value

    def _refused(self, name: str, text: str, fault: str) -> InputError:
        return InputError(f'{self.path}: {name}="{text}" of {self.name} {fault}; correct it.')

    def _true_or_false(self, name: str, text: str) -> str:
        for word, spellings in _WORDS.items():
            if text.strip().lower() in spellings:
                return word
        raise self._refused(name, text, "is neither true nor false")

    def _number(self, name: str, text: str) -> float:
        rule = self._rules[name]
        digits, _, unit = " ".join(text.split()).partition(" ")
        if not _NUMBER[rule.kind].fullmatch(digits):
            wanted = "a whole number" if rule.kind == INT else "a number"
            raise self._refused(name, text, f"is not {wanted}")
        units = UNITS[rule.quantity]
        if unit not in units and float(digits):  # nothing is nothing in every unit
            known = f" ({', '.join(units)})" if rule.quantity else ""
            raise InputError(
                f'{self.path}: {name}="{text}" of {self.name} has no unit known here{known};'
                f" write a number{', a blank and a unit' if rule.quantity else ' alone'}."
            )
        value = float(digits) * units.get(unit, 1.0)
        if not _within(value, rule):
            raise self._refused(name, text, f"is out of SKIRT's range {_shown(rule)}")
        return value

    def _adopt(self, wrapper: ElementTree.Element, item: Item) -> None:
        allowed = item.properties.get(wrapper.tag)
        if allowed is None:
            raise InputError(
                f"{self.path}: the embedded engine does not support the element {wrapper.tag} of"
                f" {self.name}; remove it or use a SKIRT executable."
            )
        if wrapper.get("type") != allowed.base:
            raise InputError(
                f'{self.path}: {wrapper.tag} of {self.name} has the type "{wrapper.get("type")}";'
                f' SKIRT expects type="{allowed.base}".'
            )
        if not allowed.many and len(wrapper) != 1:
            raise InputError(
                f"{self.path}: {wrapper.tag} of {self.name} contains {len(wrapper)} items; SKIRT"
                " takes exactly one."
            )
        for element in wrapper:
            if element.tag not in allowed.items:
                raise InputError(
                    f"{self.path}: the embedded engine does not support {element.tag} as"
                    f" {wrapper.tag} of {self.name}, only {' or '.join(allowed.items)};"
                    " change it or use a SKIRT executable."
                )
            node = Node(element, self.path, self._mode)
            self.children.setdefault(wrapper.tag, []).append(node)

    def child(self, name: str) -> "Node | None":
        """Return the only item of a property, or None if there is none."""
        children = self.children.get(name, [])
        if len(children) > 1:
            raise InputError(
                f"{self.path}: {self.name} has {len(children)} {name}, the embedded engine takes"
                " one; join them or use a SKIRT executable."
            )
        return children[0] if children else None

    def need(self, name: str) -> "Node":
        """Return the only item of a property; it is an error if there is none."""
        child = self.child(name)
        if child is None:
            raise InputError(f"{self.path}: {self.name} lacks the element {name}; give it.")
        return child

    def text(self, name: str) -> str:
        """Return the text of an attribute."""
        return self._values[name]

    def true(self, name: str) -> bool:
        """Return a Boolean attribute; one without effect is false unless it is given."""
        return self._values.get(name) == "true"

    def number(self, name: str) -> float:
        """Return an attribute that is a number, in the unit whose factor in `UNITS` is 1."""
        return self._values[name]

    def positive(self, name: str) -> float:
        """Return an attribute that is a number above 0, even if SKIRT accepts 0."""
        value = self._values[name]
        if value <= 0:
            raise InputError(
                f"{self.path}: the embedded engine needs {name} of {self.name} above 0; correct it."
            )
        return value

    def count(self, name: str) -> int:
        """Return an attribute that is a whole number."""
        return int(self._values[name])


def _bound(text: str, quantity: str) -> float:
    """Return a bound in the unit whose factor is 1."""
    digits, _, unit = text.strip("[]").partition(" ")
    return float(digits) * UNITS[quantity].get(unit, 1.0)


def _within(value: float, rule: Rule) -> bool:
    """Return whether a number is finite and within SKIRT's bounds."""
    if not math.isfinite(value):
        return False
    if rule.low:
        low = _bound(rule.low, rule.quantity)
        if value < low or (value == low and rule.low.startswith("]")):
            return False
    if rule.high:
        high = _bound(rule.high, rule.quantity)
        if value > high or (value == high and rule.high.endswith("[")):
            return False
    return True


def _shown(rule: Rule) -> str:
    """Return the bounds of a number, as SKIRT shows them."""
    low = rule.low if rule.low[:1] in tuple("[]") else f"[{rule.low}" if rule.low else "]-inf"
    high = rule.high if rule.high[-1:] in tuple("[]") else f"{rule.high}]" if rule.high else "inf["
    return f"{low}, {high}"
