"""Panels of profiles, two for each galaxy: masses above, differences from the truth below."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from umbra.figures import style


def add_panels(
    figure: Figure, count: int, *, columns: int, ratios: tuple[float, float]
) -> list[tuple[Axes, Axes]]:
    """Add an upper and a lower panel for each galaxy.

    Parameters
    ----------
    figure : Figure
    count : int
        Number of galaxies.
    columns : int
        Greatest number of galaxies side by side.
    ratios : tuple of float
        Heights of upper and lower panel.

    Returns
    -------
    list of (Axes, Axes)
    """
    rows = -(-count // columns)
    grid = figure.add_gridspec(2 * rows, min(columns, count), height_ratios=[*ratios] * rows)
    panels = []
    for place in range(count):
        row, column = divmod(place, columns)
        upper = figure.add_subplot(grid[2 * row, column])
        panels.append((upper, figure.add_subplot(grid[2 * row + 1, column])))
    return panels


def draw_truth(upper: Axes, lower: Axes, radius_kpc: np.ndarray, log10_mass: np.ndarray) -> None:
    """Draw the true profile, and the line of no difference."""
    upper.plot(radius_kpc, 10**log10_mass, color=style.BLACK, linewidth=1.8, label="true")
    lower.axhline(0, color=style.BLACK, linewidth=1.2)


def draw_bars(
    panel: Axes,
    radius_kpc: np.ndarray,
    values: tuple[np.ndarray, np.ndarray, np.ndarray],
    line: style.LineStyle,
) -> None:
    """Draw medians with bars over an interval.

    Parameters
    ----------
    panel : Axes
    radius_kpc : ndarray, shape (radii,)
    values : tuple of ndarray, shape (radii,)
        Median, lower and upper end; NaN where there is none.
    line : LineStyle
    """
    middle, lower, upper = values
    bounded = np.isfinite(lower).any()
    panel.errorbar(
        radius_kpc,
        middle,
        yerr=[middle - lower, upper - middle] if bounded else None,
        color=line.colour,
        marker=line.marker,
        markersize=3.5,
        linestyle="none",
        elinewidth=1.2,
        capsize=1.8,
        label=line.label,
    )


def finish(panels: list[tuple[Axes, Axes]], *, columns: int, difference: str) -> None:
    """Give all galaxies the same scales and ranges; label the outer edge of the grid only.

    Parameters
    ----------
    panels : list of (Axes, Axes)
        As `add_panels` returns them, drawn.
    columns : int
        As there.
    difference : str
        Label of the lower panels.
    """
    for upper, lower in panels:
        for panel in (upper, lower):
            panel.set_xscale("log")
            style.add_grid(panel)
        upper.set_yscale("log")
        upper.tick_params(labelbottom=False)
        lower.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    left, right = zip(*(upper.get_xlim() for upper, _ in panels), strict=True)
    lowest, highest = zip(*(upper.get_ylim() for upper, _ in panels), strict=True)
    largest = max(abs(limit) for _, lower in panels for limit in lower.get_ylim())
    for place, (upper, lower) in enumerate(panels):
        upper.set_ylim(min(lowest), max(highest))
        lower.set_ylim(-largest, largest)
        for panel in (upper, lower):
            panel.set_xlim(min(left), max(right))
        if place % columns == 0:
            upper.set_ylabel(r"$M_{\mathrm{DM}}(<R)$ [$M_\odot$]")
            lower.set_ylabel(difference)
        else:
            upper.tick_params(labelleft=False)
            lower.tick_params(labelleft=False)
        if place + columns >= len(panels):
            lower.set_xlabel("radius R [kpc]")
        else:
            lower.tick_params(labelbottom=False)
