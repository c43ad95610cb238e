"""Which channels a network needs: its errors when one shows another galaxy."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.channels import ChannelSet
from umbra.errors import InputError
from umbra.evaluation.metrics import IMPORTANCE_COLUMNS
from umbra.figures import style
from umbra.figures.channels import INPUT_LINES, network_title
from umbra.figures.errors import SYMBOLS
from umbra.tables import MAKE_AGAIN, read_table

# Every fourth radius has a marker.
_MARKERS = 4
# Errors of a network, against radius, for each channel or group of channels that was exchanged.
Exchanges = Mapping[str, pd.DataFrame]


def read_importance(path: Path) -> dict[tuple[str, str], Exchanges]:
    """Read the table of importance.

    Parameters
    ----------
    path : Path
        ``sensitivity/importance.csv``.

    Returns
    -------
    dict
        (architecture, channel set) -> what was replaced -> its rows, one for each radius. Errors
        are in dex; ``standard_deviation`` is that of the exchanges.

    Raises
    ------
    InputError
        If a column or all rows are missing.
    """
    table = read_table(path, IMPORTANCE_COLUMNS)
    if table.empty:
        raise InputError(f"{path}: the table has no row; {MAKE_AGAIN}.")
    return {
        network: {
            replaced: rows.reset_index() for replaced, rows in own.groupby("replaced", sort=False)
        }
        for network, own in table.groupby(["architecture", "channels"], sort=False)
    }


def _draw_network(panel: Axes, exchanges: Exchanges) -> None:
    for place, (name, rows) in enumerate(exchanges.items()):
        line = INPUT_LINES[name]
        panel.fill_between(
            rows["radius_kpc"],
            rows["delta_mse"] - rows["standard_deviation"],
            rows["delta_mse"] + rows["standard_deviation"],
            color=line.colour,
            alpha=0.15,
            linewidth=0,
        )
        panel.plot(
            rows["radius_kpc"],
            rows["delta_mse"],
            color=line.colour,
            linestyle=line.dashes,
            marker=line.marker,
            markersize=4.5,
            # Curves have their markers at different radii, so that all show where they coincide.
            markevery=(place % _MARKERS, _MARKERS),
            label=line.label,
        )
    panel.plot(
        rows["radius_kpc"],
        rows["baseline_delta_mse"],
        color=style.BLACK,
        linestyle=":",
        linewidth=2,
        label="nothing exchanged",
    )


@style.styled
def plot_importance(
    networks: Mapping[tuple[str, str], Exchanges], *, channel_sets: Sequence[ChannelSet]
) -> Figure:
    """Draw delta_mse against radius for each channel exchanged; one panel for each network.

    Parameters
    ----------
    networks : mapping
        As `read_importance` returns it.
    channel_sets : sequence of ChannelSet
        Those of the networks, or more.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(1 + 4.6 * len(networks), 5), layout="constrained")
    panels = figure.subplots(1, len(networks), squeeze=False, sharey=True)[0]
    by_name, handles = {one.name: one for one in channel_sets}, {}
    for panel, ((architecture, channels), exchanges) in zip(panels, networks.items(), strict=True):
        _draw_network(panel, exchanges)
        panel.set_title(network_title(architecture, by_name[channels]).replace("input ", "input\n"))
        style.finish_radius_axis(panel)
        style.add_grid(panel)
        style.ticks_all_around(panel)
        own, labels = panel.get_legend_handles_labels()
        handles |= dict(zip(labels, own, strict=True))
    panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel(rf"{SYMBOLS['delta_mse']} of $\log_{{10}} M_{{\mathrm{{DM}}}}(<R)$ [dex]")
    handles["nothing exchanged"] = handles.pop("nothing exchanged")  # last, as a reference
    legend = figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=4 if len(networks) == 1 else 5,
        title="exchanged between test galaxies",
    )
    legend.get_title().set_fontweight("bold")
    return figure


def draw_importance(
    *, importance: Path, channel_sets: Sequence[ChannelSet], pdf: Path, png: Path
) -> None:
    """Draw the errors of networks with channels exchanged between galaxies.

    Parameters
    ----------
    importance : Path
        The table; see `read_importance`.
    channel_sets : sequence of ChannelSet
        Those of the table, or more.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If a column or all rows are missing.
    """
    figure = plot_importance(read_importance(importance), channel_sets=channel_sets)
    style.save(figure, pdf=pdf, png=png)
