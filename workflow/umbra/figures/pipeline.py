"""The pipeline, drawn from the workflow's own graph of rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path as Curve
from matplotlib.textpath import TextPath

from umbra.errors import InputError
from umbra.figures import layout, style

# Parts of the pipeline with their colour; the first whose words a rule's name has is its own.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "figures and reports": (
        style.MASKED,
        (
            "fig",
            "plot",
            "draw",
            "gallery",
            "report",
            "pipeline",
            "performance",
            "rulegraph",
            "all",
        ),
    ),
    "dataset and networks": (
        style.ORANGE,
        (
            "dataset",
            "rejected",
            "bundle",
            "train",
            "network",
            "baseline",
            "error",
            "metric",
            "predict",
            "ensemble",
            "predictive",
            "uncertainty",
            "sensitivity",
            "importance",
        ),
    ),
    "classical methods": (
        style.GREEN,
        ("tully", "rotation", "rings", "light", "mass", "idealised"),
    ),
    "photometry": (style.SKY, ("ski", "skirt", "radiative", "photometry", "sdss")),
    "HI": (style.PURPLE, ("hi", "cube", "moment", "martini")),
    "simulation and truth": (
        style.YELLOW,
        (
            "universe",
            "api",
            "catalogue",
            "halo",
            "sample",
            "observation",
            "cutout",
            "shard",
            "profile",
        ),
    ),
    "other": ("#FFFFFF", ()),
}
_SPELLING = {"hi": "HI", "sdss": "SDSS"}
_SIZE = 9.5
_FONT = FontProperties(family="DejaVu Sans", size=_SIZE)
_INCHES_PER_POINT = 1 / 72
_LINE_INCHES = 0.19
_PAD_INCHES = 0.11
_LAYER_GAP_INCHES = 0.42
_MARGIN_INCHES = 0.15
_LEGEND_INCHES = 0.65
_LEAST_WIDTH_INCHES = 5.5


@dataclass(frozen=True)
class Box:
    """A box of the drawing: one rule, or rules that share all their neighbours."""

    rules: tuple[str, ...]
    part: str

    @property
    def label(self) -> str:
        """The rules' names in words, one a line."""
        return "\n".join(in_words(rule) for rule in self.rules)

    @property
    def width(self) -> float:
        """Width [inch]."""
        names = self.label.split("\n")
        texts = [TextPath((0, 0), name, size=_SIZE, prop=_FONT) for name in names]
        points = max(text.get_extents().width for text in texts)
        return points * _INCHES_PER_POINT + 2 * _PAD_INCHES

    @property
    def height(self) -> float:
        """Height [inch]."""
        return _LINE_INCHES * len(self.rules) + _PAD_INCHES


def in_words(rule: str) -> str:
    """Return a rule's name as it is printed."""
    return " ".join(_SPELLING.get(word, word) for word in rule.split("_"))


def part_of(rule: str) -> str:
    """Return the part of the pipeline that a rule's name speaks of."""
    words = rule.lower().split("_")
    for part, (_, beginnings) in PARTS.items():
        if any(word.startswith(beginnings) for word in words if beginnings):
            return part
    return "other"


def read_dot(dot: str) -> tuple[list[str], set[tuple[str, str]]]:
    """Read the rules and their dependencies.

    Parameters
    ----------
    dot : str
        What ``snakemake --rulegraph`` prints.

    Returns
    -------
    rules : list of str
    edges : set of (str, str)
        From a rule to one that uses its output.

    Raises
    ------
    InputError
        If the text holds no rule.
    """
    found = re.findall(r'^\s*(\w+)\s*\[\s*label\s*=\s*"([^"\\]+)', dot, flags=re.MULTILINE)
    names = {number: label.strip() for number, label in found}
    if not names:
        raise InputError("The graph of the pipeline holds no rule: pass `snakemake --rulegraph`.")
    arrows = re.findall(r"^\s*(\w+)\s*->\s*(\w+)", dot, flags=re.MULTILINE)
    edges = {(names[start], names[end]) for start, end in arrows}
    return list(dict.fromkeys(names.values())), {edge for edge in edges if edge[0] != edge[1]}


def boxes(rules: list[str], edges: set[tuple[str, str]]) -> tuple[list[Box], set[tuple[Box, Box]]]:
    """Join figure rules that share all their neighbours into one box, and drop implied arrows."""
    edges = layout.reduced(rules, edges)
    groups: dict[tuple, list[str]] = {}
    for rule in rules:
        part = part_of(rule)
        neighbours = frozenset(edge for edge in edges if rule in edge)
        around = frozenset((a == rule, b if a == rule else a) for a, b in neighbours)
        alone = None if part == "figures and reports" else rule
        groups.setdefault((part, around, alone), []).append(rule)
    made = {key: Box(rules=tuple(sorted(group)), part=key[0]) for key, group in groups.items()}
    box_of = {rule: box for box in made.values() for rule in box.rules}
    return list(made.values()), {(box_of[start], box_of[end]) for start, end in edges}


def _curve(points: list[tuple[float, float]]) -> Curve:
    """Return a smooth curve that is vertical where it passes each of the points."""
    vertices, codes = [points[0]], [Curve.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        bend = 0.6 * (y1 - y0)
        vertices += [(x0, y0 + bend), (x1, y1 - bend), (x1, y1)]
        codes += [Curve.CURVE4] * 3
    return Curve(vertices, codes)


def _draw_box(axes: Axes, box: Box, centre: tuple[float, float]) -> None:
    colour, _ = PARTS[box.part]
    radius = 0.06
    axes.add_patch(
        FancyBboxPatch(
            (centre[0] - box.width / 2 + radius, centre[1] - box.height / 2 + radius),
            box.width - 2 * radius,
            box.height - 2 * radius,
            boxstyle=f"round,pad={radius}",
            facecolor=colour,
            edgecolor=style.BLACK,
            linewidth=0.9,
            zorder=3,
        )
    )
    axes.text(
        *centre,
        box.label,
        ha="center",
        va="center",
        fontproperties=_FONT,
        linespacing=1.25,
        zorder=4,
    )


def _bands(places: Mapping[Box, tuple[float, int]]) -> list[tuple[float, float]]:
    """Return the top and bottom of each layer [inch], the first layer at the top."""
    count = max(layer for _, layer in places.values()) + 1
    bands, edge = [], 0.0
    for layer in range(count):
        height = max(box.height for box, (_, at) in places.items() if at == layer)
        bands.append((edge, edge - height))
        edge -= height + _LAYER_GAP_INCHES
    return bands


def _draw_arrow(axes: Axes, start: Box, end: Box, route, bands: list[tuple[float, float]]) -> None:
    middles = [sum(bands[layer]) / 2 for _, layer in route]
    tip = middles[-1] + end.height / 2
    points = [(route[0][0], middles[0] - start.height / 2), (route[0][0], bands[route[0][1]][1])]
    for x, layer in route[1:-1]:
        points += [(x, edge) for edge in bands[layer]]
    x = route[-1][0]
    points += [(x, bands[route[-1][1]][0] + 0.07), (x, tip + 0.07)]
    axes.add_patch(
        PathPatch(_curve(points), facecolor="none", edgecolor=style.GREY, linewidth=1.2, zorder=1)
    )
    head = Curve([(x - 0.05, tip + 0.09), (x + 0.05, tip + 0.09), (x, tip), (x, tip)], closed=True)
    axes.add_patch(PathPatch(head, facecolor=style.GREY, edgecolor="none", zorder=2))


def _canvas(places, routes, bands) -> tuple[Figure, Axes]:
    """Return a figure as large as the drawing, whose axes count inches."""
    spans = [(x - box.width / 2, x + box.width / 2) for box, (x, _) in places.items()]
    spans += [(x, x) for route in routes.values() for x, _ in route]
    left, right = min(low for low, _ in spans), max(high for _, high in spans)
    width = max(right - left + 2 * _MARGIN_INCHES, _LEAST_WIDTH_INCHES)
    height = _MARGIN_INCHES - bands[-1][1] + _LEGEND_INCHES
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    middle = (left + right) / 2
    axes.set_xlim(middle - width / 2, middle + width / 2)
    axes.set_ylim(bands[-1][1] - _MARGIN_INCHES, _LEGEND_INCHES)
    axes.set_axis_off()
    return figure, axes


@style.styled
def plot_pipeline(dot: str) -> Figure:
    """Draw the graph of rules from top to bottom, coloured by the part of the pipeline.

    Parameters
    ----------
    dot : str
        What ``snakemake --rulegraph`` prints.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If the text holds no rule.
    """
    nodes, edges = boxes(*read_dot(dot))
    places, routes = layout.layered(nodes, edges, width=lambda box: box.width, space=0.3)
    bands = _bands(places)
    figure, axes = _canvas(places, routes, bands)
    for (start, end), route in routes.items():
        _draw_arrow(axes, start, end, route, bands)
    for box, (x, layer) in places.items():
        _draw_box(axes, box, (x, sum(bands[layer]) / 2))
    present = {box.part for box in nodes}
    handles = [
        Patch(facecolor=colour, edgecolor=style.BLACK, linewidth=0.9, label=part)
        for part, (colour, _) in PARTS.items()
        if part in present
    ]
    figure.legend(handles=handles[::-1], loc="upper center", ncols=3)
    return figure


def draw_pipeline(*, dot: str, pdf: Path, png: Path) -> None:
    """Draw the pipeline from the text of ``snakemake --rulegraph``.

    Parameters
    ----------
    dot : str
        The graph in the dot language.
    pdf, png : pathlib.Path
        The figure's files.

    Raises
    ------
    InputError
        If the text holds no rule.
    """
    style.save(plot_pipeline(dot), pdf=pdf, png=png)
