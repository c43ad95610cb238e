"""Errors of rotation curves and of the network against radius, on the same galaxies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from umbra.figures import style
from umbra.figures.catalogue import CHANNEL_NAMES
from umbra.figures.errors import STATISTICS, SYMBOLS
from umbra.figures.rotation_curves import outcome, read_rows, without_galaxies

LINES = {
    "rotation_curve": style.LineStyle("rotation curve", style.VERMILLION, "^"),
    "network": style.LineStyle("network, the same galaxies", style.BLUE, "o"),
    "network_all": style.LineStyle(
        "network, failed rotation curves included", style.BLUE, "", "--"
    ),
}
# fewer galaxies than this do not tell which method is better
FEW = 10


@dataclass(frozen=True)
class ComparedErrorCurve:
    """Errors of one method: arrays over radius, in dex, and how many galaxies they are of."""

    radius_kpc: np.ndarray
    delta_mse: np.ndarray
    delta_mae: np.ndarray
    n_galaxies: int


def read_curves(path: Path) -> dict[str, ComparedErrorCurve]:
    """Read ``rotation_curve_errors.csv``: method to Curve, methods without a galaxy left out."""
    rows = read_rows(path)
    curves = {}
    for method in LINES:
        own = [row for row in rows if row["method"] == method]
        count = max((int(row["n_galaxies"]) for row in own), default=0)
        if count:
            columns = {
                name: np.array([float(row[name] or "nan") for row in own])
                for name in ("radius_kpc", *STATISTICS)
            }
            curves[method] = ComparedErrorCurve(**columns, n_galaxies=count)
    return curves


def _draw_panel(panel: Axes, statistic: str, curves: dict[str, ComparedErrorCurve]) -> None:
    for method, curve in curves.items():
        line = LINES[method]
        panel.plot(
            curve.radius_kpc,
            getattr(curve, statistic),
            color=line.colour,
            marker=line.marker,
            linestyle=line.dashes,
            markersize=4.5,
            linewidth=1.5,
            label=f"{line.label} ({curve.n_galaxies})",
        )
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.set_ylim(0, None)
    panel.set_title(f"{STATISTICS[statistic]}, {SYMBOLS[statistic]}")
    panel.set_xlabel("radius R [kpc]")
    panel.set_ylabel(rf"{SYMBOLS[statistic]} of $\log_{{10}} M_{{\mathrm{{DM}}}}(<R)$ [dex]")
    panel.grid(color="#E6E6E6", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(which="both", top=True, right=True)


def _title(galaxies: Sequence[dict[str, str]], curves: dict[str, ComparedErrorCurve]) -> str:
    title = outcome(galaxies)
    if "rotation_curve" not in curves:
        return f"{title}\nNo rotation curve to compare the network with"
    count = curves["rotation_curve"].n_galaxies
    if count < FEW:
        noun = "galaxy" if count == 1 else "galaxies"
        title += f"\nOnly {count} {noun}: not enough to tell which method is better"
    return title


@style.styled
def plot_rotation_curve_errors(
    curves: dict[str, ComparedErrorCurve],
    *,
    galaxies: Sequence[dict[str, str]],
    architecture: str,
    channels: str,
) -> Figure:
    """Draw delta_mse and delta_mae of both methods against radius.

    Parameters
    ----------
    curves : dict of str to Curve
        As `read_curves` returns it.
    galaxies : sequence of dict
        Rows of ``rotation_curve_galaxies.csv``, which say how many succeeded.
    architecture, channels : str
        The network, for the title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    network = f"Architecture {architecture}, input {CHANNEL_NAMES[channels]}"
    if not galaxies:
        return without_galaxies(network)
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    panels = figure.subplots(1, 2)
    # where none failed, both samples are the same
    failed = any(row["failed_stage"] for row in galaxies)
    drawn = {name: curve for name, curve in curves.items() if name != "network_all" or failed}
    for panel, statistic in zip(panels, STATISTICS, strict=True):
        _draw_panel(panel, statistic, drawn)
    highest = 1.03 * max(panel.get_ylim()[1] for panel in panels)
    for panel in panels:
        panel.set_ylim(0, highest)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=3, title="Method (number of galaxies)"
    )
    figure.suptitle(f"{_title(galaxies, curves)}\n{network}")
    return figure


def draw_rotation_curve_errors(
    *, errors: Path, galaxies: Path, architecture: str, channels: str, pdf: Path, png: Path
) -> None:
    """Draw the errors of rotation curves and of the network.

    Parameters
    ----------
    errors, galaxies : pathlib.Path
        ``rotation_curve_errors.csv`` and ``rotation_curve_galaxies.csv``.
    architecture, channels : str
        The network, for the title.
    pdf, png : pathlib.Path
        The figure's files.
    """
    figure = plot_rotation_curve_errors(
        read_curves(errors),
        galaxies=read_rows(galaxies),
        architecture=architecture,
        channels=channels,
    )
    style.save(figure, pdf=pdf, png=png)
