"""How right the intervals are: coverage, widths and joint profiles, method beside method."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from umbra.errors import InputError
from umbra.evaluation.coverage import ALL_RADII, ONE_SIGMA
from umbra.figures import style
from umbra.figures.catalogue import CHANNEL_NAMES

METHOD_LINES = {
    "bootstrap": style.LineStyle("bootstrap of networks (the paper's)", style.VERMILLION, "s"),
    "gaussian": style.LineStyle("Gaussian deep ensemble", style.BLUE, "o", "--"),
    "calibrated": style.LineStyle("calibrated on the validation galaxies", style.GREEN, "^"),
}
_BAND, _WIDE_BAND = "#BDBDBD", "#E9E9E9"
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Tables:
    """The tables of coverage, widths and joint profiles, a dict a row."""

    coverage: Rows
    widths: Rows
    joint: Rows


def read_tables(*, coverage: Path, widths: Path, joint: Path) -> Tables:
    """Read the tables that `umbra.evaluation.coverage.write_coverage` writes."""
    tables = {}
    for name, path in (("coverage", coverage), ("widths", widths), ("joint", joint)):
        with open(path, newline="") as file:
            tables[name] = list(csv.DictReader(file))
        if not tables[name]:
            raise InputError(f"{path}: the table has no row; delete it and make it again.")
    return Tables(**tables)


def _columns(rows: Rows, *names: str) -> list[np.ndarray]:
    return [np.array([float(row[name]) for row in rows]) for name in names]


def _curve(panel: Axes, x: np.ndarray, y: np.ndarray, method: str) -> None:
    line = METHOD_LINES[method]
    panel.plot(
        x,
        y,
        color=line.colour,
        linestyle=line.dashes,
        marker=line.marker,
        markersize=4,
        linewidth=1.4,
        label=line.label,
    )


def _diagonal(panel: Axes, x: np.ndarray, sigma: np.ndarray) -> None:
    """Draw what a right method gives, with its binomial errors of one and three sigma."""
    x, sigma = np.r_[0, x, 1], np.r_[0, sigma, 0]
    for width, colour in ((3, _WIDE_BAND), (1, _BAND)):
        edges = np.clip([x - width * sigma, x + width * sigma], 0, 1)
        panel.fill_between(x, *edges, color=colour, linewidth=0)
    panel.plot([0, 1], [0, 1], color=style.BLACK, linewidth=1)
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)


def _nominal(panel: Axes, by_method: Mapping[str, Rows]) -> None:
    for place, (method, rows) in enumerate(by_method.items()):
        own = [row for row in rows if row["radius_kpc"] == ALL_RADII]
        nominal, covered, sigma = _columns(own, "nominal", "covered", "sigma")
        if place == 0:
            _diagonal(panel, nominal, sigma)
        _curve(panel, nominal, covered, method)
    panel.set_xlabel("nominal probability of the interval")
    panel.set_ylabel("share of true masses inside")
    panel.set_title("all radii")


def _by_radius(panel: Axes, by_method: Mapping[str, Rows]) -> None:
    for place, (method, rows) in enumerate(by_method.items()):
        own = [row for row in rows if float(row["nominal"]) == ONE_SIGMA]
        own = [row for row in own if row["radius_kpc"] != ALL_RADII]
        radius_kpc, covered, sigma = _columns(own, "radius_kpc", "covered", "sigma")
        if place == 0:
            for width, colour in ((3, _WIDE_BAND), (1, _BAND)):
                edges = np.clip([ONE_SIGMA - width * sigma, ONE_SIGMA + width * sigma], 0, 1)
                panel.fill_between(radius_kpc, *edges, color=colour, linewidth=0)
            panel.axhline(ONE_SIGMA, color=style.BLACK, linewidth=1)
        _curve(panel, radius_kpc, covered, method)
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.set_ylim(0, 1)
    panel.set_xlabel("radius R [kpc]")
    panel.set_ylabel("share of true masses inside")
    panel.set_title("68 % interval")


def _widths(panel: Axes, by_method: Mapping[str, Rows]) -> None:
    for method, rows in by_method.items():
        line = METHOD_LINES[method]
        panel.plot(
            *_columns(rows, "delta_mse", "half_width_68"),
            color=line.colour,
            marker=line.marker,
            markersize=4.5,
            linestyle="none",
            alpha=0.8,
            label=line.label,
        )
    largest = 1.05 * max(panel.get_xlim()[1], panel.get_ylim()[1])
    panel.plot([0, largest], [0, largest], color=style.BLACK, linewidth=1)
    panel.set_xlim(0, largest)
    panel.set_ylim(0, largest)
    panel.set_xlabel(r"$\Delta_{\mathrm{MSE}}$ of the median [dex]")
    panel.set_ylabel("mean half width of\n68 % interval [dex]")
    panel.set_title("one point a radius")


def _joint(panel: Axes, by_method: Mapping[str, Rows]) -> None:
    for place, (method, rows) in enumerate(by_method.items()):
        level, expected, sigma = _columns(rows, "credibility", "expected_coverage", "sigma")
        if place == 0:
            _diagonal(panel, level, sigma)
        _curve(panel, level, expected, method)
    panel.set_xlabel("credibility of the region")
    panel.set_ylabel("share of true profiles inside")
    panel.set_title("whole profile (TARP)")


@style.styled
def plot_calibration(tables: Tables, *, architecture: str) -> Figure:
    """Draw coverage, widths and joint coverage of all methods, a row a channel set.

    Parameters
    ----------
    tables : Tables
    architecture : str
        The network, for the title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawn = ((_nominal, "coverage"), (_by_radius, "coverage"), (_widths, "widths"))
    drawn = (*drawn, (_joint, "joint"))
    sets = list(dict.fromkeys(row["channels"] for row in tables.coverage))
    figure = Figure(figsize=(13, 0.8 + 3.4 * len(sets)), layout="constrained")
    blocks = figure.subfigures(len(sets), 1, squeeze=False)[:, 0]
    for block, channels in zip(blocks, sets, strict=True):
        panels = block.subplots(1, len(drawn))
        for panel, (draw, name) in zip(panels, drawn, strict=True):
            rows = [row for row in getattr(tables, name) if row["channels"] == channels]
            by_method = {
                method: [row for row in rows if row["method"] == method] for method in METHOD_LINES
            }
            draw(panel, {method: own for method, own in by_method.items() if own})
            panel.tick_params(which="both", top=True, right=True)
        block.suptitle(_row_title(tables.coverage, channels))
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(f"Architecture {architecture}: are the intervals right?")
    return figure


def _row_title(coverage: Rows, channels: str) -> str:
    own = [row for row in coverage if row["channels"] == channels]
    row = next(row for row in own if row["radius_kpc"] == ALL_RADII)
    images, galaxies = int(row["n_images"]), int(row["n_galaxies"])
    return f"{CHANNEL_NAMES[channels]} ({images} test images of {galaxies} galaxies)"


def draw_calibration(
    *, coverage: Path, widths: Path, joint: Path, architecture: str, pdf: Path, png: Path
) -> None:
    """Draw how right the intervals of all methods are.

    Parameters
    ----------
    coverage, widths, joint : pathlib.Path
        ``results/uncertainty/{coverage,widths,joint}.csv``.
    architecture : str
        The network, for the title.
    pdf, png : pathlib.Path
        The figure's files.

    Raises
    ------
    InputError
        If a table is empty.
    """
    tables = read_tables(coverage=coverage, widths=widths, joint=joint)
    style.save(plot_calibration(tables, architecture=architecture), pdf=pdf, png=png)
