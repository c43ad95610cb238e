"""One item of a ski, with attributes, values and children that this engine knows."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from umbra.constants import PC_M
from umbra.errors import InputError
from umbra.skirt_engine import schema

LENGTH_PC = {
    "m": 1 / PC_M,
    "km": 1e3 / PC_M,
    "AU": 1.495978707e11 / PC_M,
    "pc": 1.0,
    "kpc": 1e3,
    "Mpc": 1e6,
}
WAVELENGTH_MICRON = {"m": 1e6, "mm": 1e3, "micron": 1.0, "nm": 1e-3, "Angstrom": 1e-4, "A": 1e-4}
ANGLE_DEG = {"deg": 1.0}
TEMPERATURE_K = {"K": 1.0}


class Node:
    """One item of the ski, checked against `schema`.

    Parameters
    ----------
    element : xml.etree.ElementTree.Element
        The item.
    path : Path
        The ski, for messages.

    Attributes
    ----------
    name : str
        Name of the item.
    children : dict of str to list of Node
        Items of each property.

    Raises
    ------
    InputError
        If the engine does not know an attribute, a value or a child, or one is missing.
    """

    def __init__(self, element: ElementTree.Element, path: Path):
        self.name, self.path = element.tag, path
        item = schema.ITEMS[element.tag]
        self._text = {name: rule.default for name, rule in item.attributes.items()}
        for name, value in element.attrib.items():
            if name not in item.attributes:
                raise InputError(
                    f"{path}: the embedded engine does not support the attribute {name} of"
                    f" {self.name}; remove it or use a SKIRT executable."
                )
            self._text[name] = value
        for name, value in self._text.items():
            self._check(name, item.attributes[name].kind, value)
        self.children: dict[str, list[Node]] = {}
        for wrapper in element:
            self._adopt(wrapper, item)

    def _check(self, name: str, kind: str | tuple[str, ...], value: str | None) -> None:
        if value is None:
            raise InputError(f"{self.path}: {self.name} lacks the attribute {name}; give it.")
        if isinstance(kind, tuple) and value not in kind:
            allowed = " or ".join(f'"{one}"' for one in kind)
            raise InputError(
                f'{self.path}: the embedded engine does not support {name}="{value}" of'
                f" {self.name}, only {allowed}; change it or use a SKIRT executable."
            )

    def _adopt(self, wrapper: ElementTree.Element, item: schema.Item) -> None:
        allowed = item.properties.get(wrapper.tag)
        if allowed is None:
            raise InputError(
                f"{self.path}: the embedded engine does not support the element {wrapper.tag} of"
                f" {self.name}; remove it or use a SKIRT executable."
            )
        for element in wrapper:
            if element.tag not in allowed:
                raise InputError(
                    f"{self.path}: the embedded engine does not support {element.tag} as"
                    f" {wrapper.tag} of {self.name}, only {' or '.join(allowed)};"
                    " change it or use a SKIRT executable."
                )
            self.children.setdefault(wrapper.tag, []).append(Node(element, self.path))

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
        return self._text[name]

    def true(self, name: str) -> bool:
        """Return a Boolean attribute."""
        return self._text[name] == "true"

    def number(self, name: str, *, above: float = float("-inf")) -> float:
        """Return an attribute that is a bare number."""
        return self._value(name, self._text[name], above)

    def count(self, name: str) -> int:
        """Return an attribute that is a positive whole number."""
        return int(self._value(name, self._text[name], 0))

    def quantity(
        self, name: str, units: dict[str, float], *, above: float = float("-inf")
    ) -> float:
        """Return an attribute with a unit, converted to the unit whose factor is 1."""
        value, _, unit = self._text[name].strip().partition(" ")
        if unit not in units:
            raise InputError(
                f'{self.path}: {name}="{self._text[name]}" of {self.name} has no unit known here'
                f" ({', '.join(units)}); write a number, a blank and a unit."
            )
        return self._value(name, value, above) * units[unit]

    def _value(self, name: str, text: str, above: float) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not above < value < float("inf"):
            bound = "" if above == float("-inf") else f" above {above:g}"
            raise InputError(
                f'{self.path}: {name}="{self._text[name]}" of {self.name} is not a number{bound};'
                " correct it."
            )
        return value
