"""Reading a ski, SKIRT 9's description of a simulation, with the checks of `schema`."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.skirt_engine.node import Node
from umbra.skirt_engine.schema import ITEMS

STELLAR_FAMILY = "BruzualCharlotSEDFamily"


@dataclass(frozen=True)
class WavelengthGrid:
    """The wavelength grid of an instrument.

    Parameters
    ----------
    minimum_micron, maximum_micron : float
        Shortest and longest wavelength of logarithmic bins [micron].
    count : int
        Number of logarithmic bins, or 0 for the SDSS bands.
    """

    minimum_micron: float = 0.0
    maximum_micron: float = 0.0
    count: int = 0


@dataclass(frozen=True)
class Source:
    """A file of smoothed particles.

    Parameters
    ----------
    filename : str
        Name of the file.
    family : str
        Item of the ski that names their spectra.
    fine : bool
        Whether the ski asks for spectra of high resolution.
    """

    filename: str
    family: str
    fine: bool = False


@dataclass(frozen=True)
class Medium:
    """A file of Voronoi sites with dust.

    Parameters
    ----------
    filename : str
        Name of the file.
    box_pc : tuple, shape (3, 2)
        Lower and upper limit of each axis [pc].
    mass_fraction : float
        Dust over metals, or over gas if the file has no metallicities.
    has_metallicity, has_temperature : bool
        Whether the file has these columns.
    max_temperature_k : float
        Temperature above which cells have no dust [K]; 0 for no limit.
    """

    filename: str
    box_pc: tuple[tuple[float, float], ...]
    mass_fraction: float
    has_metallicity: bool
    has_temperature: bool
    max_temperature_k: float


@dataclass(frozen=True)
class Instrument:
    """A distant observer.

    Parameters
    ----------
    name, kind : str
        Its instrumentName, and its item in the ski.
    distance_pc : float
        Distance [pc].
    inclination_deg, azimuth_deg, roll_deg : float
        Direction to the observer, and roll of the image [deg].
    record_components : bool
        Whether light without dust, direct and scattered light are written too.
    grid : WavelengthGrid
        Its wavelengths.
    field_pc, center_pc : tuple of float
        Size and centre of the frame in x and y [pc].
    pixels : tuple of int
        Pixels of the frame in x and y; 0 for an instrument without a frame.
    radius_pc : float
        Radius of the aperture of an SEDInstrument [pc]; 0 for all light.
    """

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
    """A simulation.

    Parameters
    ----------
    prefix : str
        Beginning of the names of all output files.
    source_range_micron : tuple of float
        Shortest and longest wavelength of the sources [micron].
    sources : tuple of Source
        Files of particles.
    medium : Medium or None
        The dust.
    instruments : tuple of Instrument
        The observers.
    packets : float
        SKIRT's number of photon packets.
    seed : int
        Seed of the random numbers.
    notes : list of str
        Lines for the log.
    """

    prefix: str
    source_range_micron: tuple[float, float]
    sources: tuple[Source, ...]
    medium: Medium | None
    instruments: tuple[Instrument, ...]
    packets: float = 1e6
    seed: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def finest_pixel_pc(self) -> float | None:
        """Width of the smallest pixel [pc], or None without any frame."""
        widths = [one.field_pc[0] / one.pixels[0] for one in self.instruments if one.pixels[0]]
        return min(widths, default=None)


def _source(node: Node) -> Source:
    family = node.need("sedFamily")
    fine = family.name == STELLAR_FAMILY and family.text("resolution") == "High"
    return Source(node.text("filename"), family.name, fine)


def _box(node: Node) -> tuple[tuple[float, float], ...]:
    box = tuple(tuple(node.number(f"{end}{axis}") for end in ("min", "max")) for axis in "XYZ")
    if any(low >= high for low, high in box):
        raise InputError(f"{node.path}: the box of {node.name} is empty; correct its limits.")
    return box


def _rising(node: Node) -> tuple[float, float]:
    """Return the wavelengths that a range begins and ends with [micron]."""
    low, high = (node.number(f"{end}Wavelength") for end in ("min", "max"))
    if low >= high:
        raise InputError(f"{node.path}: the wavelengths of {node.name} do not rise; correct them.")
    return low, high


def _medium(system: Node) -> Medium:
    node = system.need("media")
    node.need("materialMix")
    grid = _box(system.need("grid"))
    box = tuple(
        (max(low, grid_low), min(high, grid_high))
        for (low, high), (grid_low, grid_high) in zip(_box(node), grid, strict=True)
    )
    return Medium(
        filename=node.text("filename"),
        box_pc=box,
        mass_fraction=node.number("massFraction"),
        has_metallicity=node.true("importMetallicity"),
        has_temperature=node.true("importTemperature"),
        max_temperature_k=node.number("maxTemperature"),
    )


def _grid(node: Node | None, path: Path) -> WavelengthGrid:
    if node is None:
        raise InputError(
            f"{path}: an instrument has no wavelengthGrid and there is no defaultWavelengthGrid;"
            " give one of them."
        )
    if node.name == "PredefinedBandWavelengthGrid":
        return WavelengthGrid()
    return WavelengthGrid(*_rising(node), node.count("numWavelengths"))


def _instrument(node: Node, default: Node | None) -> Instrument:
    angles = {f"{name}_deg": node.number(name) for name in ("inclination", "azimuth", "roll")}
    extra = {}
    if node.name == "SEDInstrument":
        extra["radius_pc"] = node.number("radius")
    else:
        extra["field_pc"] = tuple(node.number(f"fieldOfView{axis}") for axis in "XY")
        extra["pixels"] = tuple(node.count(f"numPixels{axis}") for axis in "XY")
        extra["center_pc"] = tuple(node.number(f"center{axis}") for axis in "XY")
        width, height = (a / b for a, b in zip(extra["field_pc"], extra["pixels"], strict=True))
        if abs(width / height - 1) > 1e-6:
            raise InputError(
                f"{node.path}: the embedded engine does not support the oblong pixels of"
                f" {node.name} {node.text('instrumentName')}; make fieldOfView / numPixels equal in"
                " X and Y."
            )
    return Instrument(
        name=node.text("instrumentName"),
        kind=node.name,
        distance_pc=node.positive("distance"),
        record_components=node.true("recordComponents"),
        grid=_grid(node.child("wavelengthGrid") or default, node.path),
        **angles,
        **extra,
    )


def _notes(root: Node, instruments: list[Node]) -> list[str]:
    notes = []
    if root.text("simulationMode") == "DustEmission":
        notes.append("Emission by dust is left out: negligible in the optical bands")
    if any(node.true("recordStatistics") for node in instruments):
        notes.append("recordStatistics is ignored")
    probes = root.child("probeSystem")
    for probe in probes.children.get("probes", []) if probes else []:
        notes.append(f"{probe.name} {probe.text('probeName')} is ignored")
    return notes


def _check_grids_of_dust(root: Node, medium_system: Node) -> None:
    """Raise InputError if wavelengths are missing that SKIRT needs for what the ski asks for."""
    emission = root.text("simulationMode") == "DustEmission"
    options = medium_system.child("radiationFieldOptions")
    stored = options is not None and options.true("storeRadiationField")
    if emission or stored or root.true("iteratePrimaryEmission"):
        medium_system.need("radiationFieldOptions").need("radiationFieldWLG")
    if emission:
        medium_system.need("dustEmissionOptions").need("dustEmissionWLG")


def _root(path: Path) -> Node:
    try:
        tree = ElementTree.parse(path).getroot()
    except OSError as error:
        damaged = f"{path} cannot be read ({plain_reason(error)}); give a ski file."
        raise unreadable(error, path, damaged) from error
    except ElementTree.ParseError as error:
        raise InputError(f"{path} is not XML ({error}); give a SKIRT 9 ski file.") from error
    simulations = [one.tag for one in tree]
    if tree.tag != "skirt-simulation-hierarchy" or simulations != ["MonteCarloSimulation"]:
        raise InputError(f"{path} contains no MonteCarloSimulation; give a SKIRT 9 ski file.")
    if tree.get("type") != "MonteCarloSimulation":
        raise InputError(f'{path}: SKIRT expects type="MonteCarloSimulation" of {tree.tag}.')
    if any((part or "").strip() for one in tree.iter() for part in (one.text, one.tail)):
        raise InputError(f"{path} contains text outside of attributes, which SKIRT refuses.")
    modes = ITEMS["MonteCarloSimulation"].attributes["simulationMode"]
    return Node(tree[0], path, tree[0].get("simulationMode", modes.default))


def read_ski(path: Path) -> Ski:
    """Read a ski, and check that this engine supports everything in it.

    Parameters
    ----------
    path : Path
        The ski; its name without ``.ski`` is the prefix of all output files.

    Returns
    -------
    Ski

    Raises
    ------
    InputError
        If the file is missing, is not a ski, or contains an item, property, attribute or value that
        this engine does not support.
    """
    root = _root(path)
    sources = root.need("sourceSystem")
    has_dust = root.text("simulationMode") != "NoMedium"
    medium_system = root.need("mediumSystem") if has_dust else None
    if has_dust:
        _check_grids_of_dust(root, medium_system)
    seeded = root.child("random")
    system = root.need("instrumentSystem")
    nodes = system.children.get("instruments", [])
    default = system.child("defaultWavelengthGrid")
    instruments = tuple(_instrument(node, default) for node in nodes)
    names = [one.name for one in instruments]
    if not names or len(set(names)) < len(names):
        raise InputError(f"{path}: needs instruments, each with its own instrumentName; add them.")
    return Ski(
        prefix=path.stem,
        source_range_micron=_rising(sources),
        sources=tuple(_source(node) for node in sources.children.get("sources", [])),
        medium=_medium(medium_system) if has_dust else None,
        instruments=instruments,
        packets=root.positive("numPackets"),
        seed=seeded.count("seed") if seeded else 0,
        notes=_notes(root, nodes),
    )
