"""Errors against the number of training galaxies."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from umbra.channels import ChannelSet
from umbra.errors import InputError
from umbra.evaluation.learning_curve import LEARNING_CURVE_COLUMNS
from umbra.figures import style
from umbra.figures.errors import SYMBOLS
from umbra.tables import MAKE_AGAIN, read_table


@style.styled
def plot_learning_curve(table: pd.DataFrame, *, channel_sets: Sequence[ChannelSet]) -> Figure:
    """Draw delta_mse, averaged over the radii, against the number of training galaxies.

    Parameters
    ----------
    table : DataFrame
        Columns `LEARNING_CURVE_COLUMNS`.
    channel_sets : sequence of ChannelSet
        Those of the networks, a panel for each; baselines are in all of them, without error bars.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(1.8 + 4.2 * len(channel_sets), 4.3), layout="constrained")
    panels = figure.subplots(1, len(channel_sets), sharey=True, squeeze=False)[0]
    curves = dict(list(table.groupby(["architecture", "channels"], sort=False)))
    for panel, channel_set in zip(panels, channel_sets, strict=True):
        own = [name for name, channels in curves if channels == channel_set.name]
        lines = {
            (name, channel_set.name): line for name, line in style.architecture_lines(own).items()
        }
        for key, line in {**style.BASELINE_LINES, **lines}.items():
            if key in curves:
                x, y, error = (
                    curves[key][name] for name in ("galaxies", "delta_mse", "delta_mse_error")
                )
                look = {"color": line.colour, "linestyle": line.dashes, "marker": line.marker}
                panel.plot(x, y, label=line.label, **look)
                if key in lines:
                    panel.errorbar(x, y, error, fmt="none", ecolor=line.colour, capsize=2.5)
        panel.set_xscale("log")
        panel.set_xticks(sorted(table["galaxies"].unique()))
        panel.xaxis.set_major_formatter(ScalarFormatter())
        panel.xaxis.set_minor_formatter(NullFormatter())
        panel.set_title(channel_set.label)
        panel.set_xlabel("training galaxies")
        style.add_grid(panel)
    panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel(f"mean of {SYMBOLS['delta_mse']} over the radii [dex]")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper")
    return figure


def draw_learning_curve(
    *, table: Path, channel_sets: Sequence[ChannelSet], pdf: Path, png: Path
) -> None:
    """Draw ``learning_curve.csv``.

    Parameters
    ----------
    table : Path
        The table that `umbra.evaluation.learning_curve.write_learning_curve` writes.
    channel_sets : sequence of ChannelSet
        Those of the networks.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If the table has no row.
    """
    found = read_table(table, LEARNING_CURVE_COLUMNS)
    if found.empty:
        raise InputError(f"{table}: the table has no row; {MAKE_AGAIN}.")
    style.save(plot_learning_curve(found, channel_sets=channel_sets), pdf=pdf, png=png)
