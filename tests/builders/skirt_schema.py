"""SKIRT's own check of a ski, from the schema that SKIRT exports.

This follows what SKIRT 9 does when it reads a ski: it knows a type by its ancestors, sets what is
given, gives the rest its default if that is relevant, and refuses the first thing that is wrong.
Which of them are relevant and required depends on names that values bring along, such as
``DustEmission``. The schema is a set of facts and no code: nothing here is taken from the engine.
`KEPT` has those about the types in the skis of the tests; the whole is in shared/reference/skirt.
"""

import json
import math
import re
import xml.etree.ElementTree as ElementTree
from functools import lru_cache
from pathlib import Path
from types import CodeType

from astropy import units

SCHEMA = "skirt_9_schema.json"
KEPT = Path(__file__).with_name("skirt_types.json")
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
INT = re.compile(r"[+-]?\d+")
DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# The unit of a number without one (class ExtragalacticUnits of SKIRT).
USUAL = {"length": "pc", "distance": "Mpc", "wavelength": "micron", "posangle": "deg"}
ITEMS = ("ItemProperty", "ItemListProperty")


class Refused(Exception):
    """SKIRT's sentence about the first thing that is wrong in a ski."""


@lru_cache
def _parsed(condition: str) -> CodeType:
    """Return a Boolean expression of names with ``!``, ``&``, ``|`` and brackets, as code."""
    text = re.sub(r"\w+", r"('\g<0>' in names)", condition)
    for sign, word in (("!", " not "), ("&", " and "), ("|", " or ")):
        text = text.replace(sign, word)
    return compile(text.strip(), condition, "eval")


def _true(condition: str, names: set[str]) -> bool:
    """Say whether a condition holds."""
    return eval(_parsed(condition), {"names": names})


def _chosen(conditional: str, names: set[str]) -> str:
    """Return the first of ``condition:value;condition:value;value`` whose condition is true."""
    for choice in conditional.split(";"):
        condition, _, value = choice.rpartition(":")
        if not condition or _true(condition, names):
            return value
    return ""


@lru_cache
def _si(unit: str) -> float:
    """Return a unit in SI units."""
    return float(units.Unit(unit).si.scale)


class Schema:
    """What SKIRT accepts.

    Parameters
    ----------
    path : Path
        The exported schema.
    """

    def __init__(self, path: Path):
        exported = json.loads(path.read_text())
        self.types, self.quantities = exported["types"], exported["quantities"]
        self._properties: dict[str, dict[str, dict]] = {}

    def ancestors(self, name: str) -> list[str]:
        """Return a type and the types it inherits from, the nearest first."""
        line = []
        while name in self.types:
            line.append(name)
            name = self.types[name]["base"]
        return line

    def properties(self, name: str) -> dict[str, dict]:
        """Return the properties of a type, with those that it inherits."""
        if name not in self._properties:
            found = self._properties[name] = {}
            for one in reversed(self.ancestors(name)):
                found |= self.types[one]["properties"]
        return self._properties[name]

    def check(self, ski: Path) -> None:
        """Raise `Refused` if SKIRT would not read a ski."""
        try:
            root = ElementTree.parse(ski).getroot()
        except ElementTree.ParseError as error:
            raise Refused(f"not XML: {error}") from error
        if root.tag != "skirt-simulation-hierarchy":
            raise Refused(f"Root element is '{root.tag}'")
        if root.get("type") != "MonteCarloSimulation":
            raise Refused(f"Top-level base type '{root.get('type')}' does not match")
        if any((part or "").strip() for one in root.iter() for part in (one.text, one.tail)):
            raise Refused("Encountered unsupported text contents")
        if [one.tag for one in root] != ["MonteCarloSimulation"]:
            raise Refused("Expected element for top-level item")
        self._item(root[0], set())

    def _item(self, element: ElementTree.Element, names: set[str]) -> None:
        """Check an item; `names` grows for the items that are read after it."""
        name = element.tag
        properties = self.properties(name)
        names |= set(self.ancestors(name))
        for given in [*element.attrib, *(child.tag for child in element)]:
            if given not in properties:
                raise Refused(f"Item of type '{name}' has no property named '{given}'")
        for given in element.attrib:
            if properties[given]["kind"] in ITEMS:
                raise Refused(f"Property '{given}' has a compound data type")
        for child in element:
            if properties[child.tag]["kind"] not in ITEMS:
                raise Refused(f"Property '{child.tag}' has a non-compound data type")
        local = self._scalars(name, properties, element.attrib, names)
        for child in element:
            self._children(child, properties[child.tag], names)
            names |= self._brought(child.tag, properties[child.tag], child.tag, names | local)
        for key, rule in properties.items():
            if rule["kind"] in ITEMS and element.find(key) is None:
                self._default_item(key, rule, name, names, local)

    def _scalars(self, item: str, properties: dict, given: dict, names: set[str]) -> set[str]:
        """Check the attributes of an item; return the names that hold within it."""
        scalars = {key: rule for key, rule in properties.items() if rule["kind"] not in ITEMS}
        local = set()
        for _ in range(3):  # an attribute may depend on another that the schema lists later
            for key, rule in scalars.items():
                if key in given and not (rule["kind"] == "StringProperty" and not given[key]):
                    value = self._value(key, rule, given[key])
                elif "default" in rule:
                    value = self._value(key, rule, _chosen(rule["default"], names | local))
                else:
                    continue
                label = f"{key}{value}" if rule["kind"] == "EnumProperty" else key
                if rule["kind"] == "EnumProperty" or value:
                    local.add(label)
                names |= self._brought(key, rule, label if value else "", names | local)
        for key, rule in scalars.items():
            missing = not given.get(key) and "default" not in rule
            if missing and self._needed(rule, names | local):
                raise Refused(
                    f"Value for required property '{key}' in item of type '{item}' is not"
                    " specified and has no default value"
                )
        return local

    @staticmethod
    def _brought(key: str, rule: dict, label: str, names: set[str]) -> set[str]:
        known = names | ({label} if label else set())
        return set(filter(None, _chosen(rule.get("insert", ""), known).split(",")))

    @staticmethod
    def _needed(rule: dict, names: set[str]) -> bool:
        conditions = (rule[key] for key in ("relevantIf", "requiredIf") if key in rule)
        return all(_true(condition, names) for condition in conditions)

    def _children(self, wrapper: ElementTree.Element, rule: dict, names: set[str]) -> None:
        key, base = wrapper.tag, rule["base"]
        if wrapper.get("type") != base:
            raise Refused(
                f"Type '{wrapper.get('type')}' does not match base type '{base}' for property"
                f" '{key}'"
            )
        if rule["kind"] == "ItemProperty" and not len(wrapper):
            raise Refused(f"Expected element for item with type inheriting '{base}'")
        for element in wrapper:
            if base not in self.ancestors(element.tag):
                raise Refused(f"Item with type '{element.tag}' does not inherit '{base}'")
            if not self.types[element.tag]["concrete"]:
                raise Refused(f"Can't create item of type {element.tag}")
            self._item(element, names)
        if rule["kind"] == "ItemProperty" and len(wrapper) > 1:
            raise Refused(f"Unexpected element '{wrapper[1].tag}'")

    def _default_item(
        self, key: str, rule: dict, item: str, names: set[str], local: set[str]
    ) -> None:
        """Check an item that is not given, and that SKIRT makes with its defaults."""
        if not self._needed(rule, names | local):
            return
        made = _chosen(rule.get("default", ""), names | local)
        if not made:
            raise Refused(
                f"Value for required property '{key}' in item of type '{item}' is not specified"
                " and has no default value"
            )
        names |= self._brought(key, rule, key, names | local)
        self._item(ElementTree.Element(made), names)

    def _value(self, key: str, rule: dict, text: str) -> str | float | bool | list[float]:
        kind, said = rule["kind"], f"Value '{text}' for property '{key}'"
        if kind == "StringProperty":
            return text
        if kind == "EnumProperty":
            if text not in rule["values"]:
                raise Refused(f"{said} is an invalid enumeration key")
            return text
        if kind == "BoolProperty":
            if text.strip().lower() not in TRUE + FALSE:
                raise Refused(f"{said} can't be converted to bool")
            return text.strip().lower() in TRUE
        if kind == "IntProperty":
            if not INT.fullmatch(text.strip()):
                raise Refused(f"{said} can't be converted to integer")
            low, high = int(rule.get("min", -2_000_000_000)), int(rule.get("max", 2_000_000_000))
            if not low <= int(text) <= high:
                raise Refused(f"{said} is out of range")
            return int(text)
        if kind == "DoubleListProperty":
            return [self._double(said, rule, one) for one in text.split(",")]
        return self._double(said, rule, text)

    def _double(self, said: str, rule: dict, text: str) -> float:
        value = self.quantity(rule.get("quantity", ""), text)
        if value is None:
            raise Refused(f"{said} can't be converted to double")
        low, high = (rule.get(end, "") for end in ("min", "max"))
        within = math.isfinite(value)
        if low:
            bound = self.quantity(rule.get("quantity", ""), low.lstrip("[]"))
            within &= value > bound if low.startswith("]") else value >= bound
        if high:
            bound = self.quantity(rule.get("quantity", ""), high.rstrip("[]"))
            within &= value < bound if high.endswith("[") else value <= bound
        if not within:
            raise Refused(f"{said} is out of range {low or ']-inf'},{high or 'inf['}")
        return value

    def quantity(self, quantity: str, text: str) -> float | None:
        """Return a number in SI units, or None if it is none or SKIRT does not know its unit."""
        number, *unit = text.split() or [""]
        if len(unit) > 1 or not DOUBLE.fullmatch(number):
            return None
        if not quantity:
            return None if unit else float(number)
        if unit and unit[0] not in self.quantities[quantity]:
            return None
        name = unit[0] if unit else USUAL.get(quantity, self.quantities[quantity][0])
        if quantity == "wavelength" and not units.Unit(name).is_equivalent("m"):
            return float((float(number) * units.Unit(name)).to_value("m", units.spectral()))
        return float(number) * _si(name)
