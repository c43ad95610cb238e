"""Errors of rotation curves and of the network against radius, on the same galaxies."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.channels import ChannelSet
from umbra.classical.rotation_curve.comparison import COMPARED_ERROR_COLUMNS
from umbra.figures import style
from umbra.figures.channels import network_title
from umbra.figures.errors import STATISTICS, finish_error_panel
from umbra.figures.rotation_curves import describe_outcome, plot_no_galaxies, read_curve_outcomes
from umbra.tables import read_table

_LINES = {
    "rotation_curve": style.LineStyle("rotation curve", style.VERMILLION, "^"),
    "network": style.LineStyle("network, the same galaxies", style.BLUE, "o"),
    "network_all": style.LineStyle(
        "network, failed rotation curves included", style.BLUE, "", "--"
    ),
}
# Fewer galaxies than this do not show which method is better.
_FEW = 10


def read_compared_errors(path: Path) -> dict[str, pd.DataFrame]:
    """Read the errors of both methods.

    Parameters
    ----------
    path : Path
        ``classical/rotation_curve_errors.csv``.

    Returns
    -------
    dict
        Method -> its rows, one for each radius. Methods without a galaxy are left out.

    Raises
    ------
    InputError
        If a column is missing.
    """
    table = read_table(path, COMPARED_ERROR_COLUMNS)
    found = {method: table[table["method"] == method] for method in _LINES}
    return {method: rows for method, rows in found.items() if rows["n_galaxies"].any()}


def _draw_panel(panel: Axes, statistic: str, errors: Mapping[str, pd.DataFrame]) -> None:
    for method, rows in errors.items():
        line = _LINES[method]
        panel.plot(
            rows["radius_kpc"],
            rows[statistic],
            color=line.colour,
            marker=line.marker,
            linestyle=line.dashes,
            markersize=4.5,
            linewidth=1.5,
            label=f"{line.label} ({rows['n_galaxies'].max()})",
        )
    finish_error_panel(panel, statistic)
    panel.set_ylim(0, None)


def _title(galaxies: pd.DataFrame, errors: Mapping[str, pd.DataFrame]) -> str:
    title = describe_outcome(galaxies)
    if "rotation_curve" not in errors:
        return f"{title}\nNo rotation curve to compare the network with"
    count = errors["rotation_curve"]["n_galaxies"].max()
    if count < _FEW:
        noun = "galaxy" if count == 1 else "galaxies"
        title += f"\nOnly {count} {noun}: not enough to tell which method is better"
    return title


@style.styled
def plot_rotation_curve_errors(
    errors: Mapping[str, pd.DataFrame],
    *,
    galaxies: pd.DataFrame,
    architecture: str,
    channel_set: ChannelSet,
) -> Figure:
    """Draw delta_mse and delta_mae of both methods against radius.

    Parameters
    ----------
    errors : mapping
        As `read_compared_errors` returns it.
    galaxies : DataFrame
        As `umbra.figures.rotation_curves.read_curve_outcomes` returns it.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.

    Returns
    -------
    Figure
    """
    network = network_title(architecture, channel_set)
    if galaxies.empty:
        return plot_no_galaxies(network)
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    panels = figure.subplots(1, 2)
    # Where no rotation curve failed, both samples are the same.
    failed = (galaxies["status"] == "failed").any()
    drawn = {name: rows for name, rows in errors.items() if name != "network_all" or failed}
    for panel, statistic in zip(panels, STATISTICS, strict=True):
        _draw_panel(panel, statistic, drawn)
    highest = 1.03 * max(panel.get_ylim()[1] for panel in panels)
    for panel in panels:
        panel.set_ylim(0, highest)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=3, title="Method (number of galaxies)"
    )
    figure.suptitle(f"{_title(galaxies, errors)}\n{network}")
    return figure


def draw_rotation_curve_errors(
    *,
    errors: Path,
    galaxies: Path,
    architecture: str,
    channel_set: ChannelSet,
    pdf: Path,
    png: Path,
) -> None:
    """Draw the errors of rotation curves and of the network.

    Parameters
    ----------
    errors, galaxies : Path
        ``rotation_curve_errors.csv`` and ``rotation_curve_galaxies.csv``.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    figure = plot_rotation_curve_errors(
        read_compared_errors(errors),
        galaxies=read_curve_outcomes(galaxies),
        architecture=architecture,
        channel_set=channel_set,
    )
    style.save(figure, pdf=pdf, png=png)
