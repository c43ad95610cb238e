"""Errors of the networks against radius, beside the baselines and the paper's values."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import StrMethodFormatter

from umbra.errors import InputError
from umbra.figures import style
from umbra.figures.catalogue import CHANNEL_NAMES

STATISTICS = {"delta_mse": "root mean square error", "delta_mae": "mean absolute error"}
SYMBOLS = {"delta_mse": r"$\Delta_{\mathrm{MSE}}$", "delta_mae": r"$\Delta_{\mathrm{MAE}}$"}
# Above this error [dex] a linear axis would flatten all that matters.
_LARGEST_LINEAR_DEX = 1.2
_LEGEND_LETTERS = 30
BASELINE_CHANNELS = "catalogue"


@dataclass(frozen=True)
class ErrorCurve:
    """Errors of one network or baseline: arrays over radius, in dex."""

    radius_kpc: np.ndarray
    delta_mse: np.ndarray
    delta_mae: np.ndarray
    n: int


@dataclass(frozen=True)
class Quoted:
    """A value that the paper quotes for a channel set, over a range of radii."""

    channels: str
    radius_kpc: float
    min_radius_kpc: float
    max_radius_kpc: float
    limit: str
    delta_mse: float
    delta_mae: float


def read_errors(path: Path) -> dict[tuple[str, str], ErrorCurve]:
    """Read the table of errors.

    Parameters
    ----------
    path : pathlib.Path
        ``metrics/errors.csv``.

    Returns
    -------
    dict
        (architecture, channels) to Curve, in the order of the table.
    """
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    keys = dict.fromkeys((row["architecture"], row["channels"]) for row in rows)
    curves = {}
    for key in keys:
        own = [row for row in rows if (row["architecture"], row["channels"]) == key]
        columns = {
            name: np.array([float(row[name] or "nan") for row in own])
            for name in ("radius_kpc", "delta_mse", "delta_mae")
        }
        curves[key] = ErrorCurve(**columns, n=max(int(float(row["n"] or 0)) for row in own))
    return curves


def read_quoted(path: Path) -> list[Quoted]:
    """Read the paper's values (``resources/paper_errors.csv``; lines with # are comments)."""
    with open(path, newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [
            Quoted(
                channels=row["channels"],
                limit=row["limit"],
                **{
                    name: float(row[name])
                    for name in Quoted.__annotations__
                    if name not in ("channels", "limit")
                },
            )
            for row in rows
        ]


def _chosen(
    curves: Mapping, fixed: Mapping[str, str]
) -> dict[str, tuple[style.LineStyle, ErrorCurve]]:
    """Return the networks that match `fixed`, under the name that varies, in a fixed order."""
    if "channels" in fixed:
        keys = {name: (name, fixed["channels"]) for name in style.ARCHITECTURE_LINES}
        lines = style.ARCHITECTURE_LINES
    else:
        keys = {name: (fixed["architecture"], name) for name in style.CHANNEL_LINES}
        lines = style.CHANNEL_LINES
    return {name: (lines[name], curves[key]) for name, key in keys.items() if key in curves}


def _draw_quoted(panel: Axes, quoted: Quoted, statistic: str, colour: str) -> None:
    value = getattr(quoted, statistic)
    panel.plot(
        [quoted.min_radius_kpc, quoted.max_radius_kpc],
        [value, value],
        color=colour,
        linewidth=1.2,
        zorder=3,
    )
    panel.plot(
        quoted.radius_kpc,
        value,
        color=colour,
        marker="*",
        markersize=11,
        markerfacecolor="white",
        linestyle="none",
        zorder=4,
    )
    if quoted.limit == "lower":
        panel.annotate(
            "",
            xy=(quoted.radius_kpc, value),
            xytext=(0, 20),
            textcoords="offset points",
            arrowprops={"arrowstyle": "<-", "color": colour, "linewidth": 1.2},
            zorder=3,
        )


def _draw_panel(panel: Axes, statistic: str, networks: Mapping, baselines: Mapping) -> None:
    for key, line in style.BASELINE_LINES.items():
        if (key, BASELINE_CHANNELS) in baselines:
            curve = baselines[key, BASELINE_CHANNELS]
            panel.plot(
                curve.radius_kpc,
                getattr(curve, statistic),
                color=line.colour,
                linestyle=line.dashes,
                linewidth=1.5,
                label=line.label,
            )
    for line, curve in networks.values():
        panel.plot(
            curve.radius_kpc,
            getattr(curve, statistic),
            color=line.colour,
            linestyle=line.dashes,
            marker=line.marker,
            markersize=4.5,
            linewidth=1.5,
            label=line.label,
        )


def _finish(panels: np.ndarray, statistic_names: Mapping[str, str]) -> None:
    for panel, (statistic, name) in zip(panels, statistic_names.items(), strict=True):
        panel.set_xscale("log")
        panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        panel.set_title(f"{name}, {SYMBOLS[statistic]}")
        panel.set_xlabel("radius R [kpc]")
        panel.set_ylabel(rf"{SYMBOLS[statistic]} of $\log_{{10}} M_{{\mathrm{{DM}}}}(<R)$ [dex]")
        panel.grid(color="#E6E6E6", linewidth=0.6)
        panel.set_axisbelow(True)
        panel.tick_params(which="both", top=True, right=True)
    # with room for the arrow of a lower limit
    highest = 1.06 * max(panel.get_ylim()[1] for panel in panels)
    for panel in panels:
        if highest > _LARGEST_LINEAR_DEX:
            panel.set_yscale("log")
            panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        else:
            panel.set_ylim(0, highest)


def _legend(figure: Figure, panel: Axes, *, networks: Mapping, title: str, quoted: bool) -> None:
    handles, labels = panel.get_legend_handles_labels()
    count = len(handles) - len(networks)
    blank = Line2D([], [], linestyle="none")
    groups = [(title, handles[count:], labels[count:])]
    if count:
        groups.append(("Baselines (catalogue)", handles[:count], labels[:count]))
    if quoted:
        star = Line2D(
            [],
            [],
            color=style.BLACK,
            marker="*",
            markersize=10,
            markerfacecolor="white",
            linewidth=1.2,
        )
        groups.append(("Paper", [star], ["de los Rios et al. 2023"]))
    all_handles, all_labels, headings = [], [], []
    for heading, own_handles, own_labels in groups:
        headings.append(heading)
        all_handles += [blank, *own_handles]
        all_labels += [heading, *(fill(label, _LEGEND_LETTERS) for label in own_labels)]
    legend = figure.legend(all_handles, all_labels, loc="outside right upper", handlelength=2.6)
    for text in legend.get_texts():
        if text.get_text() in headings:
            text.set_fontweight("bold")


@style.styled
def plot_errors(
    curves: Mapping[tuple[str, str], ErrorCurve], *, fixed: Mapping[str, str], quoted: list[Quoted]
) -> Figure:
    """Draw delta_mse and delta_mae against radius for what is not held fixed.

    Parameters
    ----------
    curves : mapping
        (architecture, channels) to Curve; baselines have channels ``catalogue``.
    fixed : mapping
        ``{"channels": name}`` compares architectures, ``{"architecture": name}`` channel sets.
    quoted : list of Quoted
        The paper's values; those of a channel set that is not drawn are left out.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If the table has no network that matches `fixed`.
    """
    networks = _chosen(curves, fixed)
    if not networks:
        (column, value), *_ = fixed.items()
        raise InputError(
            f"The table of errors has no network with {column} {value}: "
            f"add it under networks in the configuration."
        )
    by_channels = "architecture" in fixed
    drawn = networks if by_channels else {fixed["channels"]}
    shown = [value for value in quoted if value.channels in drawn]
    figure = Figure(figsize=(11, 4.3), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, statistic in zip(panels, STATISTICS, strict=True):
        _draw_panel(panel, statistic, networks, curves)
        for value in shown:
            colour = style.CHANNEL_LINES[value.channels].colour if by_channels else style.BLACK
            _draw_quoted(panel, value, statistic, colour)
    _finish(panels, STATISTICS)
    title = "Input channels" if by_channels else "Architectures"
    _legend(figure, panels[0], networks=networks, title=title, quoted=bool(shown))
    images = max(curve.n for _, curve in networks.values())
    subject = (
        f"Architecture {fixed['architecture']}"
        if by_channels
        else f"Input: {CHANNEL_NAMES[fixed['channels']]}"
    )
    figure.suptitle(f"{subject} ({images} test images)")
    return figure


def draw_errors(
    *, errors: Path, fixed: Mapping[str, str], paper: Path, pdf: Path, png: Path
) -> None:
    """Draw the errors of networks that share an architecture or a channel set.

    Parameters
    ----------
    errors : pathlib.Path
        ``metrics/errors.csv``.
    fixed : mapping
        As in `plot_errors`.
    paper : pathlib.Path
        ``resources/paper_errors.csv``.
    pdf, png : pathlib.Path
        The figure's files.

    Raises
    ------
    InputError
        If the table has no network that matches `fixed`.
    """
    figure = plot_errors(read_errors(errors), fixed=fixed, quoted=read_quoted(paper))
    style.save(figure, pdf=pdf, png=png)
