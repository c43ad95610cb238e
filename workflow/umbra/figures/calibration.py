"""How right the intervals are: coverage, widths and joint profiles of each method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.channels import ChannelSet
from umbra.errors import InputError
from umbra.evaluation.coverage import (
    ALL_RADII,
    COVERAGE_COLUMNS,
    JOINT_COLUMNS,
    ONE_SIGMA,
    WIDTH_COLUMNS,
)
from umbra.figures import style
from umbra.tables import MAKE_AGAIN, read_table

UNCERTAINTY_LINES = {
    "bootstrap": style.LineStyle("bootstrap of networks (the paper's)", style.VERMILLION, "s"),
    "gaussian": style.LineStyle("Gaussian deep ensemble", style.BLUE, "o", "--"),
    "calibrated": style.LineStyle("calibrated on the validation galaxies", style.GREEN, "^"),
}
_BAND, _WIDE_BAND = "#BDBDBD", "#E9E9E9"
_COLUMNS = {"coverage": COVERAGE_COLUMNS, "widths": WIDTH_COLUMNS, "joint": JOINT_COLUMNS}


@dataclass(frozen=True)
class CoverageTables:
    """The tables of coverage, of widths and of joint profiles."""

    coverage: pd.DataFrame
    widths: pd.DataFrame
    joint: pd.DataFrame


def read_coverage_tables(*, coverage: Path, widths: Path, joint: Path) -> CoverageTables:
    """Read the tables that `umbra.evaluation.coverage.write_coverage` writes.

    Raises
    ------
    InputError
        If a table lacks a column, or is empty.
    """
    tables = {}
    for name, path in (("coverage", coverage), ("widths", widths), ("joint", joint)):
        tables[name] = read_table(path, _COLUMNS[name])
        if tables[name].empty:
            raise InputError(f"{path}: the table has no row; {MAKE_AGAIN}.")
    return CoverageTables(**tables)


def _curve(panel: Axes, x: pd.Series, y: pd.Series, method: str) -> None:
    line = UNCERTAINTY_LINES[method]
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


def _diagonal(panel: Axes, x: pd.Series, sigma: pd.Series) -> None:
    """Draw the line of a right method, with binomial errors of one and three sigma."""
    x, sigma = np.r_[0, x, 1], np.r_[0, sigma, 0]
    for width, colour in ((3, _WIDE_BAND), (1, _BAND)):
        edges = np.clip([x - width * sigma, x + width * sigma], 0, 1)
        panel.fill_between(x, *edges, color=colour, linewidth=0)
    panel.plot([0, 1], [0, 1], color=style.BLACK, linewidth=1)
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)


def _nominal(panel: Axes, by_method: Mapping[str, pd.DataFrame]) -> None:
    for place, (method, rows) in enumerate(by_method.items()):
        own = rows[rows["radius_kpc"] == ALL_RADII]
        if place == 0:
            _diagonal(panel, own["nominal"], own["sigma"])
        _curve(panel, own["nominal"], own["covered"], method)
    panel.set_xlabel("nominal probability of the interval")
    panel.set_ylabel("share of true masses inside")
    panel.set_title("all radii")


def _by_radius(panel: Axes, by_method: Mapping[str, pd.DataFrame]) -> None:
    for place, (method, rows) in enumerate(by_method.items()):
        own = rows[(rows["nominal"] == ONE_SIGMA) & (rows["radius_kpc"] != ALL_RADII)]
        radius_kpc, covered = own["radius_kpc"].astype(float), own["covered"]
        if place == 0:
            for width, colour in ((3, _WIDE_BAND), (1, _BAND)):
                sigma = width * own["sigma"]
                edges = np.clip([ONE_SIGMA - sigma, ONE_SIGMA + sigma], 0, 1)
                panel.fill_between(radius_kpc, *edges, color=colour, linewidth=0)
            panel.axhline(ONE_SIGMA, color=style.BLACK, linewidth=1)
        _curve(panel, radius_kpc, covered, method)
    style.finish_radius_axis(panel)
    panel.set_ylim(0, 1)
    panel.set_ylabel("share of true masses inside")
    panel.set_title("68 % interval")


def _widths(panel: Axes, by_method: Mapping[str, pd.DataFrame]) -> None:
    for method, rows in by_method.items():
        line = UNCERTAINTY_LINES[method]
        panel.plot(
            rows["delta_mse"],
            rows["half_width_68"],
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
    panel.set_title("one point for each radius")


def _joint(panel: Axes, by_method: Mapping[str, pd.DataFrame]) -> None:
    for place, (method, rows) in enumerate(by_method.items()):
        if place == 0:
            _diagonal(panel, rows["credibility"], rows["sigma"])
        _curve(panel, rows["credibility"], rows["expected_coverage"], method)
    panel.set_xlabel("credibility of the region")
    panel.set_ylabel("share of true profiles inside")
    panel.set_title("whole profile (TARP)")


# Panels of a row from left to right, and the table that each shows.
_PANELS = ((_nominal, "coverage"), (_by_radius, "coverage"), (_widths, "widths"), (_joint, "joint"))


@style.styled
def plot_calibration(
    tables: CoverageTables, *, architecture: str, channel_sets: Sequence[ChannelSet]
) -> Figure:
    """Draw coverage, widths and joint coverage of all methods; one row for each channel set.

    Parameters
    ----------
    tables : CoverageTables
    architecture : str
        The network, for the title.
    channel_sets : sequence of ChannelSet
        Those of the tables, or more.

    Returns
    -------
    Figure
    """
    names = tables.coverage["channels"].unique()
    drawn = [one for one in channel_sets if one.name in names]
    figure = Figure(figsize=(13, 0.8 + 3.4 * len(drawn)), layout="constrained")
    blocks = figure.subfigures(len(drawn), 1, squeeze=False)[:, 0]
    for block, channel_set in zip(blocks, drawn, strict=True):
        for panel, (draw, name) in zip(block.subplots(1, len(_PANELS)), _PANELS, strict=True):
            table = getattr(tables, name)
            rows = table[table["channels"] == channel_set.name]
            by_method = {method: rows[rows["method"] == method] for method in UNCERTAINTY_LINES}
            draw(panel, {method: own for method, own in by_method.items() if len(own)})
            style.ticks_all_around(panel)
        block.suptitle(_row_title(tables.coverage, channel_set))
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(f"Architecture {architecture}: are the intervals right?")
    return figure


def _row_title(coverage: pd.DataFrame, channel_set: ChannelSet) -> str:
    own = coverage["channels"] == channel_set.name
    row = coverage[own & (coverage["radius_kpc"] == ALL_RADII)].iloc[0]
    return f"{channel_set.label} ({row.n_images} test images of {row.n_galaxies} galaxies)"


def draw_calibration(
    *,
    coverage: Path,
    widths: Path,
    joint: Path,
    architecture: str,
    channel_sets: Sequence[ChannelSet],
    pdf: Path,
    png: Path,
) -> None:
    """Draw how right the intervals of all methods are.

    Parameters
    ----------
    coverage, widths, joint : Path
        ``results/uncertainty/{coverage,widths,joint}.csv``.
    architecture : str
        The network, for the title.
    channel_sets : sequence of ChannelSet
        Those of the tables, or more.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If a table lacks a column, or is empty.
    """
    tables = read_coverage_tables(coverage=coverage, widths=widths, joint=joint)
    figure = plot_calibration(tables, architecture=architecture, channel_sets=channel_sets)
    style.save(figure, pdf=pdf, png=png)
