"""Errors of the networks against radius, beside the baselines and the paper's values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import StrMethodFormatter

from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet
from umbra.errors import InputError
from umbra.evaluation.metrics import METRIC_COLUMNS
from umbra.figures import style
from umbra.figures.channels import channel_set_lines
from umbra.tables import read_table

STATISTICS = {"delta_mse": "root mean square error", "delta_mae": "mean absolute error"}
SYMBOLS = {"delta_mse": r"$\Delta_{\mathrm{MSE}}$", "delta_mae": r"$\Delta_{\mathrm{MAE}}$"}
# Above this error [dex] a linear axis would flatten all that matters.
_LARGEST_LINEAR_DEX = 1.2
_LEGEND_LETTERS = 30
_BAND_OPACITY = 0.1
_QUOTED_COLUMNS = {
    **{"channels": str, "radius_kpc": float, "min_radius_kpc": float, "max_radius_kpc": float},
    **{"limit": str, "delta_mse": float, "delta_mae": float},
}


def read_errors(path: Path) -> pd.DataFrame:
    """Read ``metrics/errors.csv``: one row for each radius of each network and baseline.

    Raises
    ------
    InputError
        If a column is missing.
    """
    return read_table(path, METRIC_COLUMNS)


def read_quoted(path: Path) -> pd.DataFrame:
    """Read the paper's values, ``resources/paper_errors.csv``: one row for each value.

    Raises
    ------
    InputError
        If a column is missing.
    """
    return read_table(path, _QUOTED_COLUMNS, remedy="restore it from the repository")


def _rows_of(errors: pd.DataFrame, architecture: str, channels: str) -> pd.DataFrame:
    own = (errors["architecture"] == architecture) & (errors["channels"] == channels)
    return errors[own]


def _chosen(
    errors: pd.DataFrame, fixed: Mapping[str, str], channel_lines: Mapping[str, style.LineStyle]
) -> dict[str, tuple[style.LineStyle, pd.DataFrame]]:
    """Return the networks that match `fixed`, under the name that varies, in a fixed order."""
    if "channels" in fixed:
        own = errors[errors["channels"] == fixed["channels"]]
        lines = style.architecture_lines(own["architecture"])
        found = {name: _rows_of(errors, name, fixed["channels"]) for name in lines}
    else:
        lines = channel_lines
        found = {name: _rows_of(errors, fixed["architecture"], name) for name in lines}
    return {name: (lines[name], rows) for name, rows in found.items() if len(rows)}


def _baselines(errors: pd.DataFrame) -> list[tuple[style.LineStyle, pd.DataFrame]]:
    found = [(line, _rows_of(errors, *key)) for key, line in style.BASELINE_LINES.items()]
    return [(line, rows) for line, rows in found if len(rows)]


def _draw_quoted(panel: Axes, quoted, statistic: str, colour: str) -> None:
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


def _draw_line(panel: Axes, line: style.LineStyle, rows: pd.DataFrame, statistic: str) -> None:
    panel.plot(
        rows["radius_kpc"],
        rows[statistic],
        color=line.colour,
        linestyle=line.dashes,
        marker=line.marker,
        markersize=4.5,
        linewidth=1.5,
        label=line.label,
    )


def _draw_band(panel: Axes, line: style.LineStyle, rows: pd.DataFrame, statistic: str) -> None:
    error = rows[f"{statistic}_error"]
    panel.fill_between(
        rows["radius_kpc"],
        rows[statistic] - error,
        rows[statistic] + error,
        color=line.colour,
        alpha=_BAND_OPACITY,
        linewidth=0,
    )


def finish_error_panel(panel: Axes, statistic: str) -> None:
    """Name the axes of a panel that shows a statistic of `STATISTICS` against radius."""
    style.finish_radius_axis(panel)
    panel.set_title(f"{STATISTICS[statistic]}, {SYMBOLS[statistic]}")
    panel.set_ylabel(rf"{SYMBOLS[statistic]} of $\log_{{10}} M_{{\mathrm{{DM}}}}(<R)$ [dex]")
    style.add_grid(panel)
    style.ticks_all_around(panel)


def _finish(panels: Sequence[Axes]) -> None:
    for panel, statistic in zip(panels, STATISTICS, strict=True):
        finish_error_panel(panel, statistic)
    # There is room above for the arrow of a lower limit.
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
        groups.append(("Baselines", handles[:count], labels[:count]))
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


def _quoted_sets(channel_sets: Sequence[ChannelSet], shown: Mapping | set) -> list[str]:
    """Return the sets among those shown that have the channels of the paper's set."""
    return [
        one.name
        for one in channel_sets
        if one.name in shown and PAPER_CHANNEL_SETS.get(one.name) == one.channels
    ]


@style.styled
def plot_errors(
    errors: pd.DataFrame,
    *,
    fixed: Mapping[str, str],
    label: str,
    channel_sets: Sequence[ChannelSet],
    quoted: pd.DataFrame,
) -> Figure:
    """Draw delta_mse and delta_mae against radius for what is not held fixed.

    Parameters
    ----------
    errors : DataFrame
        As `read_errors` returns it; the channels of baselines are those of
        `umbra.figures.style.BASELINE_LINES`.
    fixed : mapping
        ``{"channels": name}`` compares architectures, ``{"architecture": name}`` channel sets.
    label : str
        That name in words.
    channel_sets : sequence of ChannelSet
        All of the run's.
    quoted : DataFrame
        As `read_quoted` returns it; values of a channel set that is not drawn are left out.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        If the table has no network that matches `fixed`.
    """
    channel_lines = channel_set_lines(channel_sets)
    networks = _chosen(errors, fixed, channel_lines)
    if not networks:
        (column, value), *_ = fixed.items()
        raise InputError(
            f"The table of errors has no network with {column} {value}: "
            f"add it under networks in the configuration."
        )
    by_channels = "architecture" in fixed
    known = _quoted_sets(channel_sets, networks if by_channels else {fixed["channels"]})
    shown = list(quoted[quoted["channels"].isin(known)].itertuples())
    figure = Figure(figsize=(11, 4.3), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, statistic in zip(panels, STATISTICS, strict=True):
        for line, rows in [*_baselines(errors), *networks.values()]:
            _draw_line(panel, line, rows, statistic)
        for line, rows in networks.values():
            _draw_band(panel, line, rows, statistic)
        for value in shown:
            colour = channel_lines[value.channels].colour if by_channels else style.BLACK
            _draw_quoted(panel, value, statistic, colour)
    _finish(panels)
    title = "Input channels" if by_channels else "Architectures"
    _legend(figure, panels[0], networks=networks, title=title, quoted=bool(shown))
    images = max(rows["n"].max() for _, rows in networks.values())
    subject = "Architecture" if by_channels else "Input:"
    figure.suptitle(f"{subject} {label} ({images} test images)")
    return figure


def draw_errors(
    *,
    errors: Path,
    fixed: Mapping[str, str],
    label: str,
    channel_sets: Sequence[ChannelSet],
    paper: Path,
    pdf: Path,
    png: Path,
) -> None:
    """Draw the errors of networks that share an architecture or a channel set.

    Parameters
    ----------
    errors : Path
        ``metrics/errors.csv``.
    fixed : mapping
    label : str
        As in `plot_errors`.
    channel_sets : sequence of ChannelSet
        All of the run's.
    paper : Path
        ``resources/paper_errors.csv``.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If the table has no network that matches `fixed`.
    """
    figure = plot_errors(
        read_errors(errors),
        fixed=fixed,
        label=label,
        channel_sets=channel_sets,
        quoted=read_quoted(paper),
    )
    style.save(figure, pdf=pdf, png=png)
