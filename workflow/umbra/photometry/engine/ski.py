"""Reading a ski: SKIRT 9's description of a simulation, checked against `schema`."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from umbra.errors import InputError
from umbra.photometry.engine import schema

LENGTH_PC = {
    "m": 1 / 3.0856775814913673e16,
    "km": 1e3 / 3.0856775814913673e16,
    "AU": 1.495978707e11 / 3.0856775814913673e16,
    "pc": 1.0,
    "kpc": 1e3,
    "Mpc": 1e6,
}
WAVELENGTH_MICRON = {"m": 1e6, "mm": 1e3, "micron": 1.0, "nm": 1e-3, "Angstrom": 1e-4, "A": 1e-4}
_KINDS = {"angle": {"deg": 1.0}, "temperature": {"K": 1.0}}


@dataclass(frozen=True)
class WavelengthGrid:
    """SDSS bands (`count` 0) or `count` logarithmic bins between two wavelengths, micron."""

    minimum_micron: float = 0.0
    maximum_micron: float = 0.0
    count: int = 0


@dataclass(frozen=True)
class Source:
    """A file of smoothed particles; `family` is the item name of its SEDs."""

    filename: str
    family: str


@dataclass(frozen=True)
class Medium:
    """A file of Voronoi sites with dust; `box_pc` is (3, 2): lower, upper per axis."""

    filename: str
    box_pc: tuple[tuple[float, float], ...]
    mass_fraction: float
    has_metallicity: bool
    has_temperature: bool
    max_temperature_k: float


@dataclass(frozen=True)
class Instrument:
    """A distant observer; frames have `pixels` > 0, SEDs an aperture (0: all the sky)."""

    name: str
    kind: str
    distance_pc: float
    inclination_deg: float
    azimuth_deg: float
    roll_deg: float
    record_components: bool
    grid: WavelengthGrid
    field_pc: tuple[float, float] = (0.0, 0.0)
    pixels: tuple[int, int] = (0, 0)
    center_pc: tuple[float, float] = (0.0, 0.0)
    radius_pc: float = 0.0


@dataclass(frozen=True)
class Ski:
    """A simulation: sources, dust, instruments; `notes` are lines for the log."""

    prefix: str
    source_range_micron: tuple[float, float]
    sources: tuple[Source, ...]
    medium: Medium | None
    instruments: tuple[Instrument, ...]
    notes: list[str] = field(default_factory=list)


class _Node:
    """An item of the ski with its attributes checked and its properties filled."""

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
        self.children: dict[str, list[_Node]] = {}
        for wrapper in element:
            self._adopt(wrapper, item)

    def _check(self, name: str, kind, value: str | None) -> None:
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
            self.children.setdefault(wrapper.tag, []).append(_Node(element, self.path))

    def child(self, name: str) -> "_Node | None":
        children = self.children.get(name, [])
        if len(children) > 1:
            raise InputError(
                f"{self.path}: {self.name} has {len(children)} {name}, the embedded engine takes"
                " one; join them or use a SKIRT executable."
            )
        return children[0] if children else None

    def need(self, name: str) -> "_Node":
        child = self.child(name)
        if child is None:
            raise InputError(f"{self.path}: {self.name} lacks the element {name}; give it.")
        return child

    def text(self, name: str) -> str:
        return self._text[name]

    def true(self, name: str) -> bool:
        return self._text[name] == "true"

    def number(self, name: str, *, above: float = float("-inf")) -> float:
        return self._value(name, self._text[name], above)

    def count(self, name: str) -> int:
        return int(self._value(name, self._text[name], 0))

    def quantity(self, name: str, units: dict[str, float], *, above: float = float("-inf")):
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


def _box(node: _Node) -> tuple[tuple[float, float], ...]:
    box = tuple(
        tuple(node.quantity(f"{end}{axis}", LENGTH_PC) for end in ("min", "max")) for axis in "XYZ"
    )
    if any(low >= high for low, high in box):
        raise InputError(f"{node.path}: the box of {node.name} is empty; correct its limits.")
    return box


def _medium(system: _Node) -> Medium | None:
    node = system.child("media")
    if node is None:
        return None
    node.need("materialMix")
    grid = _box(system.need("grid"))
    box = tuple(
        (max(low, grid_low), min(high, grid_high))
        for (low, high), (grid_low, grid_high) in zip(_box(node), grid, strict=True)
    )
    return Medium(
        filename=node.text("filename"),
        box_pc=box,
        mass_fraction=node.number("massFraction", above=0),
        has_metallicity=node.true("importMetallicity"),
        has_temperature=node.true("importTemperature"),
        max_temperature_k=node.quantity("maxTemperature", _KINDS["temperature"]),
    )


def _grid(node: _Node | None, path: Path) -> WavelengthGrid:
    if node is None:
        raise InputError(
            f"{path}: an instrument has no wavelengthGrid and there is no defaultWavelengthGrid;"
            " give one of them."
        )
    if node.name == "PredefinedBandWavelengthGrid":
        return WavelengthGrid()
    low = node.quantity("minWavelength", WAVELENGTH_MICRON, above=0)
    high = node.quantity("maxWavelength", WAVELENGTH_MICRON, above=0)
    count = node.count("numWavelengths")
    if high <= low or count < 2:
        raise InputError(f"{path}: LogWavelengthGrid needs two or more rising wavelengths.")
    return WavelengthGrid(low, high, count)


def _instrument(node: _Node, default: _Node | None) -> Instrument:
    angles = {
        f"{name}_deg": node.quantity(name, _KINDS["angle"])
        for name in ("inclination", "azimuth", "roll")
    }
    extra = {}
    if node.name == "SEDInstrument":
        extra["radius_pc"] = node.quantity("radius", LENGTH_PC)
    else:
        extra["field_pc"] = tuple(
            node.quantity(f"fieldOfView{axis}", LENGTH_PC, above=0) for axis in "XY"
        )
        extra["pixels"] = tuple(node.count(f"numPixels{axis}") for axis in "XY")
        extra["center_pc"] = tuple(node.quantity(f"center{axis}", LENGTH_PC) for axis in "XY")
    return Instrument(
        name=node.text("instrumentName"),
        kind=node.name,
        distance_pc=node.quantity("distance", LENGTH_PC, above=0),
        record_components=node.true("recordComponents"),
        grid=_grid(node.child("wavelengthGrid") or default, node.path),
        **angles,
        **extra,
    )


def _notes(root: _Node, system: _Node | None, instruments: list[_Node]) -> list[str]:
    notes = []
    if root.text("simulationMode") == "DustEmission":
        notes.append("Emission by dust is left out: negligible in the optical bands")
    if root.child("mediumSystem") and system is None:
        notes.append("The medium system holds no medium")
    if any(node.true("recordStatistics") for node in instruments):
        notes.append("recordStatistics is ignored: this engine draws no photon packets")
    probes = root.child("probeSystem")
    for probe in probes.children.get("probes", []) if probes else []:
        notes.append(f"{probe.name} {probe.text('probeName')} is ignored")
    return notes


def read_ski(path: str | Path) -> Ski:
    """Read a ski and check that this engine supports every word of it.

    Parameters
    ----------
    path : path-like
        The ski file; its name without ``.ski`` is the prefix of all output files.

    Returns
    -------
    Ski

    Raises
    ------
    InputError
        If the file is missing, is no ski, or names an item, property, attribute or value that this
        engine does not support.
    """
    path = Path(path)
    try:
        tree = ElementTree.parse(path).getroot()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a ski file.") from error
    except ElementTree.ParseError as error:
        raise InputError(f"{path}: is no XML ({error}); give a SKIRT 9 ski file.") from error
    if tree.tag != "skirt-simulation-hierarchy" or [one.tag for one in tree] != [
        "MonteCarloSimulation"
    ]:
        raise InputError(f"{path}: holds no MonteCarloSimulation; give a SKIRT 9 ski file.")
    root = _Node(tree[0], path)
    source_system = root.need("sourceSystem")
    medium_system = root.child("mediumSystem")
    medium = _medium(medium_system) if medium_system else None
    system = root.need("instrumentSystem")
    nodes = system.children.get("instruments", [])
    default = system.child("defaultWavelengthGrid")
    for source in source_system.children.get("sources", []):
        source.need("sedFamily")
    return Ski(
        prefix=path.stem,
        source_range_micron=tuple(
            source_system.quantity(name, WAVELENGTH_MICRON, above=0)
            for name in ("minWavelength", "maxWavelength")
        ),
        sources=tuple(
            Source(node.text("filename"), node.need("sedFamily").name)
            for node in source_system.children.get("sources", [])
        ),
        medium=medium,
        instruments=tuple(_instrument(node, default) for node in nodes),
        notes=_notes(root, medium_system if medium else None, nodes),
    )
