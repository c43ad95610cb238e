"""How far out a network looks: the share of its sensitivity within a projected distance."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.errors import InputError
from umbra.evaluation.sensitivity.spread import HALF_COLUMNS, SPREAD_COLUMNS
from umbra.figures import style
from umbra.figures.catalogue import CHANNEL_NAMES
from umbra.figures.channels import INPUT_LINES

_RADIUS_LINES = ((style.BLUE, "-"), (style.VERMILLION, "--"), (style.GREEN, "-."))
_PANELS_ABREAST = 3


@dataclass(frozen=True)
class Reach:
    """How the sensitivity for one radius to one channel spreads over the sky.

    Attributes
    ----------
    r_kpc, fraction, standard_error, fraction_pixels : ndarray, shape (K,)
    half_radius_kpc, half_radius_error_kpc, half_radius_pixels_kpc : float
    n_galaxies : int
    """

    r_kpc: np.ndarray
    fraction: np.ndarray
    standard_error: np.ndarray
    fraction_pixels: np.ndarray
    half_radius_kpc: float
    half_radius_error_kpc: float
    half_radius_pixels_kpc: float
    n_galaxies: int


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != columns:
            raise InputError(f"{path}: not a table of sensitivity; delete it and make it again.")
        return list(reader)


def read_reach(*, table: Path, half_radii: Path) -> dict[tuple[float, str], Reach]:
    """Read the tables of how sensitivity spreads over the sky.

    Parameters
    ----------
    table, half_radii : pathlib.Path
        As `umbra.evaluation.sensitivity.spread.write_spread` writes them.

    Returns
    -------
    dict
        (R [kpc], channel) to Reach.

    Raises
    ------
    InputError
        If a table has other columns.
    """
    curves = {}
    for row in _rows(table, tuple(SPREAD_COLUMNS)):
        key = float(row["radius_kpc"]), row["channel"]
        curves.setdefault(key, []).append([float(row[name]) for name in tuple(SPREAD_COLUMNS)[2:6]])
    found = {}
    for row in _rows(half_radii, tuple(HALF_COLUMNS)):
        key = float(row["radius_kpc"]), row["channel"]
        found[key] = Reach(
            *np.array(curves[key]).T,
            half_radius_kpc=float(row["half_radius_kpc"]),
            half_radius_error_kpc=float(row["standard_error_kpc"]),
            half_radius_pixels_kpc=float(row["half_radius_pixels_kpc"]),
            n_galaxies=int(row["n_galaxies"]),
        )
    return found


@style.styled
def plot_reach(
    reach: Mapping[tuple[float, str], Reach], *, architecture: str, channels: str
) -> Figure:
    """Draw the fraction of the sensitivity within a projected distance, a channel a panel.

    Parameters
    ----------
    reach : mapping
        (R [kpc], channel) to Reach.
    architecture, channels : str
        The network, for the title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    radii, names = (list(dict.fromkeys(part)) for part in zip(*reach, strict=True))
    columns = min(len(names), _PANELS_ABREAST)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(1.2 + 4.2 * columns, 0.4 + 3.8 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    panels = grid.flat[: len(names)]
    for panel, channel in zip(panels, names, strict=True):
        for place, radius in enumerate(radii):
            _draw_reach(panel, reach[radius, channel], radius, place)
        curve = reach[radii[0], channel]
        panel.plot(
            curve.r_kpc,
            curve.fraction_pixels,
            color=style.BLACK,
            linestyle=":",
            linewidth=1.3,
            label=f"unmasked pixels: {curve.half_radius_pixels_kpc:.1f} kpc",
        )
        panel.set(title=INPUT_LINES[channel].label, xlabel="projected distance r [kpc]")
        panel.set(xlim=(0, curve.r_kpc[-1]), ylim=(0, 1.02))
        panel.grid(color="#E6E6E6", linewidth=0.6)
        panel.set_axisbelow(True)
        panel.legend(loc="lower right", title="half of the sensitivity lies within")
    for panel in grid[:, 0]:
        panel.set_ylabel("fraction of the sensitivity within r")
    galaxies = max(curve.n_galaxies for curve in reach.values())
    figure.suptitle(
        f"Architecture {architecture}, input {CHANNEL_NAMES[channels]} ({galaxies} test galaxies)"
    )
    return figure


def _draw_reach(panel: Axes, curve: Reach, radius_kpc: float, place: int) -> None:
    colour, dashes = _RADIUS_LINES[place % len(_RADIUS_LINES)]
    panel.fill_between(
        curve.r_kpc,
        curve.fraction - curve.standard_error,
        curve.fraction + curve.standard_error,
        color=colour,
        alpha=0.2,
        linewidth=0,
    )
    mass = rf"$M_{{\mathrm{{DM}}}}(<{radius_kpc:.3g}\,\mathrm{{kpc}})$"
    error = f" ± {curve.half_radius_error_kpc:.1f}" if curve.n_galaxies > 1 else ""
    label = f"{mass}: {curve.half_radius_kpc:.1f}{error} kpc"
    panel.plot(curve.r_kpc, curve.fraction, color=colour, linestyle=dashes, label=label)


def draw_reach(
    *, table: Path, half_radii: Path, architecture: str, channels: str, pdf: Path, png: Path
) -> None:
    """Draw how far out a network's sensitivity reaches.

    Parameters
    ----------
    table, half_radii : pathlib.Path
        As `umbra.evaluation.sensitivity.spread.write_spread` writes them.
    architecture, channels : str
        The network, for the title.
    pdf, png : pathlib.Path
        The figure's files.

    Raises
    ------
    InputError
        If a table has other columns.
    """
    reach = read_reach(table=table, half_radii=half_radii)
    figure = plot_reach(reach, architecture=architecture, channels=channels)
    style.save(figure, pdf=pdf, png=png)
