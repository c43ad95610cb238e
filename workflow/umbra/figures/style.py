"""What all figures share: colours, names, fonts, and how a figure becomes two files."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes

# What writes the files: Matplotlib would import it in every process that draws.
from matplotlib.backends import backend_agg, backend_pdf  # noqa: F401
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from umbra.files import atomic

# Okabe & Ito (2008): eight colours told apart with any of the usual colour deficiencies.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#6E6E6E"
MASKED = "#DDDDDD"
DPI = 150

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "figure.titlesize": 11,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.linewidth": 0.8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "pdf.fonttype": 42,
    "savefig.facecolor": "white",
}
# Matplotlib's own defaults in place of a user's matplotlibrc.
_ALL_SETTINGS = {
    name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"
} | RC


@dataclass(frozen=True)
class LineStyle:
    """How one curve is drawn and named."""

    label: str
    colour: str
    marker: str
    dashes: str | tuple = "-"


# Colours that differ from the common ones, also with the usual colour deficiencies. After five
# curves they repeat, with other dashes.
_FURTHER_LOOKS = [
    (*look, dashes)
    for dashes, look in product(
        ("-", "--", "-.", ":"),
        (("#661100", "<"), ("#1B1464", ">"), ("#B8A54A", "h"), ("#004D25", "X"), ("#7B3F00", "p")),
    )
]


def lines_of(labels: Mapping[str, str], looks: Mapping[str, tuple]) -> dict[str, LineStyle]:
    """Return how each of several curves is drawn and named.

    Parameters
    ----------
    labels : mapping
        Name -> label.
    looks : mapping
        Name -> colour, marker and, if not solid, dashes. Names that it lacks get further looks.

    Returns
    -------
    dict
        Name -> line: those of `looks` in its order, then the others in theirs.
    """
    further = [name for name in labels if name not in looks]
    looks = {**looks, **dict(zip(further, cycle(_FURTHER_LOOKS), strict=False))}
    return {name: LineStyle(labels[name], *look) for name, look in looks.items() if name in labels}


ARCHITECTURE_LINES = {
    "A": LineStyle("A", BLUE, "o"),
    "B": LineStyle("B", VERMILLION, "s"),
    "C": LineStyle("C", GREEN, "^"),
    "ResNet50": LineStyle("ResNet50", PURPLE, "D", (0, (6, 1.5))),
    "SymmetricResNet": LineStyle("SymmetricResNet", ORANGE, "v"),
}


def architecture_lines(names: Iterable[str]) -> dict[str, LineStyle]:
    """Return how the curve of each architecture is drawn: the paper's always look the same."""
    asked = list(dict.fromkeys(names))
    further = lines_of({name: name for name in asked if name not in ARCHITECTURE_LINES}, {})
    lines = ARCHITECTURE_LINES | further
    return {name: line for name, line in lines.items() if name in asked}


# (baseline, what it sees) -> line; the table of errors has more of them.
BASELINE_LINES = {
    ("mean_profile", "catalogue"): LineStyle("mean profile", BLACK, "", ":"),
    ("luminosity", "catalogue_distance"): LineStyle("luminosity, distance", GREY, "", (0, (1, 4))),
    ("random_forest", "catalogue"): LineStyle("random forest", GREY, "", "-."),
    ("ridge", "catalogue"): LineStyle("ridge regression", BLACK, "", "--"),
    ("ridge", "catalogue_distance"): LineStyle("ridge, distance", BLACK, "", "-"),
}


def add_grid(panel: Axes) -> None:
    """Draw a pale grid below the curves of a panel."""
    panel.grid(color="#E6E6E6", linewidth=0.6)
    panel.set_axisbelow(True)


def finish_radius_axis(panel: Axes) -> None:
    """Make the horizontal axis that of a radius: logarithmic, with plain numbers."""
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.set_xlabel("radius R [kpc]")


def ticks_all_around(panel: Axes) -> None:
    """Draw ticks on all four sides of a panel."""
    panel.tick_params(which="both", top=True, right=True)


def styled(function: Callable[..., Figure]) -> Callable[..., Figure]:
    """Make a function draw in the common style, and leave matplotlib's settings untouched."""

    @functools.wraps(function)
    def inner(*args, **kwargs) -> Figure:
        with matplotlib.rc_context(_ALL_SETTINGS):
            return function(*args, **kwargs)

    return inner


def save(figure: Figure, *, pdf: Path, png: Path) -> None:
    """Write a figure as PDF and PNG, byte for byte the same for the same figure.

    Parameters
    ----------
    figure : Figure
    pdf, png : Path
        The files; each appears whole or not at all.
    """
    with matplotlib.rc_context(_ALL_SETTINGS):
        # The layout is worked out once, so that both files show the same.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        with atomic(pdf) as temporary:
            figure.savefig(temporary, metadata={"CreationDate": None})
        with atomic(png) as temporary:
            figure.savefig(temporary, dpi=DPI)
