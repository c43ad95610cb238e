"""Which channels a network needs: its errors when one shows another galaxy."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from umbra.errors import InputError
from umbra.figures import style
from umbra.figures.catalogue import CHANNEL_NAMES
from umbra.figures.channels import INPUT_LINES
from umbra.figures.errors import SYMBOLS

# one radius in so many has a marker
_MARKERS = 4


@dataclass(frozen=True)
class Exchange:
    """Errors of a network with one channel, or a group of them, exchanged between galaxies.

    Attributes
    ----------
    radius_kpc, delta_mse, standard_deviation, baseline_delta_mse : ndarray, shape (radii,)
        The errors are in dex; the deviation is that of the exchanges.
    """

    radius_kpc: np.ndarray
    delta_mse: np.ndarray
    standard_deviation: np.ndarray
    baseline_delta_mse: np.ndarray


def read_importance(path: Path) -> dict[tuple[str, str], dict[str, Exchange]]:
    """Read the table of importance.

    Parameters
    ----------
    path : pathlib.Path
        CSV with columns architecture, channels, replaced, radius_kpc, delta_mse,
        standard_deviation, baseline_delta_mse.

    Returns
    -------
    dict
        (architecture, channels) to what was replaced to Exchange.

    Raises
    ------
    InputError
        If a column or all lines are missing.
    """
    found: dict = {}
    numbers = tuple(Exchange.__dataclass_fields__)
    try:
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                network = found.setdefault((row["architecture"], row["channels"]), {})
                values = [float(row[name]) for name in numbers]
                network.setdefault(row["replaced"], []).append(values)
    except KeyError as error:
        raise InputError(f"{path}: no column {error}; delete it and make it again.") from None
    if not found:
        raise InputError(f"{path}: no line at all; delete it and make it again.")
    return {
        key: {name: Exchange(*np.array(rows).T) for name, rows in network.items()}
        for key, network in found.items()
    }


def _draw_network(panel: Axes, exchanges: Mapping[str, Exchange]) -> None:
    for place, (name, exchange) in enumerate(exchanges.items()):
        line = INPUT_LINES[name]
        panel.fill_between(
            exchange.radius_kpc,
            exchange.delta_mse - exchange.standard_deviation,
            exchange.delta_mse + exchange.standard_deviation,
            color=line.colour,
            alpha=0.15,
            linewidth=0,
        )
        panel.plot(
            exchange.radius_kpc,
            exchange.delta_mse,
            color=line.colour,
            linestyle=line.dashes,
            marker=line.marker,
            markersize=4.5,
            markevery=(place % _MARKERS, _MARKERS),  # curves that coincide then all show
            label=line.label,
        )
    panel.plot(
        exchange.radius_kpc,
        exchange.baseline_delta_mse,
        color=style.BLACK,
        linestyle=":",
        linewidth=2,
        label="nothing exchanged",
    )


@style.styled
def plot_importance(networks: Mapping[tuple[str, str], Mapping[str, Exchange]]) -> Figure:
    """Draw delta_mse against radius for each channel exchanged, a network a panel.

    Parameters
    ----------
    networks : mapping
        (architecture, channels) to what was replaced to Exchange.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(1 + 4.6 * len(networks), 5), layout="constrained")
    panels = figure.subplots(1, len(networks), squeeze=False, sharey=True)[0]
    handles = {}
    for panel, ((architecture, channels), exchanges) in zip(panels, networks.items(), strict=True):
        _draw_network(panel, exchanges)
        panel.set_title(f"Architecture {architecture}, input\n{CHANNEL_NAMES[channels]}")
        panel.set_xscale("log")
        panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        panel.set_xlabel("radius R [kpc]")
        panel.grid(color="#E6E6E6", linewidth=0.6)
        panel.set_axisbelow(True)
        panel.tick_params(which="both", top=True, right=True)
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


def draw_importance(*, importance: Path, pdf: Path, png: Path) -> None:
    """Draw the errors of networks with channels exchanged between galaxies.

    Parameters
    ----------
    importance : pathlib.Path
        The table; see `read_importance`.
    pdf, png : pathlib.Path
        The figure's files.

    Raises
    ------
    InputError
        If a column or all lines are missing.
    """
    style.save(plot_importance(read_importance(importance)), pdf=pdf, png=png)
