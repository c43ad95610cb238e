"""How far out a network looks: the share of its sensitivity within a projected distance."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.channels import CHANNELS, ChannelSet
from umbra.evaluation.sensitivity.spread import HALF_COLUMNS, SPREAD_COLUMNS
from umbra.figures import style
from umbra.figures.channels import network_title
from umbra.tables import read_table

_RADIUS_LINES = ((style.BLUE, "-"), (style.VERMILLION, "--"), (style.GREEN, "-."))
_PANELS_ABREAST = 3
_CURVES = ("r_kpc", "fraction", "standard_error", "fraction_pixels")


@dataclass(frozen=True)
class Reach:
    """How the sensitivity of one enclosed mass to one channel spreads over the sky.

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


def read_reach(*, table: Path, half_radii: Path) -> dict[tuple[float, str], Reach]:
    """Read the tables of how sensitivity spreads over the sky.

    Parameters
    ----------
    table, half_radii : Path
        As `umbra.evaluation.sensitivity.spread.write_spread` writes them.

    Returns
    -------
    dict
        (R [kpc], channel) -> Reach.

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    curves = dict(list(read_table(table, SPREAD_COLUMNS).groupby(["radius_kpc", "channel"])))
    found = {}
    for half in read_table(half_radii, HALF_COLUMNS).itertuples():
        curve = curves[half.radius_kpc, half.channel]
        found[half.radius_kpc, half.channel] = Reach(
            *(curve[name].to_numpy() for name in _CURVES),
            half_radius_kpc=half.half_radius_kpc,
            half_radius_error_kpc=half.standard_error_kpc,
            half_radius_pixels_kpc=half.half_radius_pixels_kpc,
            n_galaxies=half.n_galaxies,
        )
    return found


@style.styled
def plot_sensitivity_radius(
    reach: Mapping[tuple[float, str], Reach], *, architecture: str, channel_set: ChannelSet
) -> Figure:
    """Draw the fraction of the sensitivity within a projected distance; one panel for each channel.

    Parameters
    ----------
    reach : mapping
        As `read_reach` returns it.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.

    Returns
    -------
    Figure
    """
    radii, names = (list(dict.fromkeys(part)) for part in zip(*reach, strict=True))
    columns = min(len(names), _PANELS_ABREAST)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(1.2 + 4.2 * columns, 0.4 + 3.8 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for panel in grid.flat[len(names) :]:
        panel.set_axis_off()
    for panel, channel in zip(grid.flat, names, strict=False):
        for place, radius in enumerate(radii):
            _draw_reach(panel, reach[radius, channel], radius, place)
        _finish(panel, reach[radii[0], channel], channel)
    for panel in grid[:, 0]:
        panel.set_ylabel("fraction of the sensitivity within r")
    galaxies = max(curve.n_galaxies for curve in reach.values())
    figure.suptitle(f"{network_title(architecture, channel_set)} ({galaxies} test galaxies)")
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


def _finish(panel: Axes, curve: Reach, channel: str) -> None:
    panel.plot(
        curve.r_kpc,
        curve.fraction_pixels,
        color=style.BLACK,
        linestyle=":",
        linewidth=1.3,
        label=f"unmasked pixels: {curve.half_radius_pixels_kpc:.1f} kpc",
    )
    panel.set(title=CHANNELS[channel].label, xlabel="projected distance r [kpc]")
    panel.set(xlim=(0, curve.r_kpc[-1]), ylim=(0, 1.02))
    style.add_grid(panel)
    panel.legend(loc="lower right", title="half of the sensitivity lies within")


def draw_sensitivity_radius(
    *,
    table: Path,
    half_radii: Path,
    architecture: str,
    channel_set: ChannelSet,
    pdf: Path,
    png: Path,
) -> None:
    """Draw how far out a network's sensitivity reaches.

    Parameters
    ----------
    table, half_radii : Path
        As `umbra.evaluation.sensitivity.spread.write_spread` writes them.
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
    reach = read_reach(table=table, half_radii=half_radii)
    figure = plot_sensitivity_radius(reach, architecture=architecture, channel_set=channel_set)
    style.save(figure, pdf=pdf, png=png)
