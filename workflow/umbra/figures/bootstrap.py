"""Medians and 68 % intervals of the bootstrap ensembles for test galaxies (paper, figure 6)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from umbra.errors import InputError
from umbra.examples import choose_over_masses
from umbra.figures import style
from umbra.predictive_files import Intervals, read_intervals

METHOD = "bootstrap"
_COLUMNS = 3
# Between the marks of two channel sets; radii are about 0.1 dex apart.
_OFFSET_DEX = 0.03


def _bars(panel: Axes, radius_kpc, middle, lower, upper, line: style.Line) -> None:
    panel.errorbar(
        radius_kpc,
        middle,
        yerr=[middle - lower, upper - middle],
        color=line.colour,
        marker=line.marker,
        markersize=3,
        linestyle="none",
        elinewidth=1.3,
        capsize=2,
        label=line.label,
    )


def _draw_galaxy(upper: Axes, lower: Axes, galaxy: int, intervals: Mapping[str, Intervals]) -> None:
    for place, (channels, rows) in enumerate(intervals.items()):
        # the first view of the galaxy
        index = np.flatnonzero(rows.galaxy == galaxy)[0]
        truth, values = (
            rows.truth[index],
            (rows.median[index], rows.lower[index], rows.upper[index]),
        )
        if place == 0:
            upper.plot(rows.radius_kpc, 10**truth, color=style.BLACK, linewidth=1.5, label="true")
        shift = _OFFSET_DEX * (place - (len(intervals) - 1) / 2)
        radius_kpc = rows.radius_kpc * 10**shift
        line = style.CHANNEL_LINES[channels]
        _bars(upper, radius_kpc, *(10**value for value in values), line)
        _bars(lower, radius_kpc, *(value - truth for value in values), line)
    lower.axhline(0, color=style.BLACK, linewidth=1.2)
    upper.set_title(f"galaxy {galaxy}, view {rows.realisation[index]}")
    for panel in (upper, lower):
        panel.set_xscale("log")
        panel.grid(color="#E6E6E6", linewidth=0.6)
        panel.set_axisbelow(True)
    upper.set_yscale("log")
    upper.tick_params(labelbottom=False)
    lower.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _share_axes(uppers: list[Axes], lowers: list[Axes]) -> None:
    """Give all galaxies the same ranges, and label the outer edge of the grid only."""
    largest = max(abs(limit) for panel in lowers for limit in panel.get_ylim())
    ranges = [panel.get_ylim() for panel in uppers]
    for place, (upper, lower) in enumerate(zip(uppers, lowers, strict=True)):
        upper.set_ylim(min(low for low, _ in ranges), max(high for _, high in ranges))
        lower.set_ylim(-largest, largest)
        if place % _COLUMNS == 0:
            upper.set_ylabel(r"$M_{\mathrm{DM}}(<R)$ [$M_\odot$]")
            lower.set_ylabel("predicted\n- true [dex]")
        else:
            upper.tick_params(labelleft=False)
            lower.tick_params(labelleft=False)
        lower.set_xlabel("radius R [kpc]")


@style.styled
def plot_bootstrap(
    intervals: Mapping[str, Intervals], *, galaxies: Sequence[int] | int, architecture: str
) -> Figure:
    """Draw true profiles, and medians with 68 % bars of each channel set, a galaxy a panel.

    Parameters
    ----------
    intervals : mapping
        Channel set -> intervals of the method `METHOD`, all of the same test images.
    galaxies : sequence of int or int
        Subhalo ids, or how many, spread over the masses of the test split.
    architecture : str
        The network, for the title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If a named galaxy is not in the test split, or the channel sets are of other images.
    """
    first, *others = intervals.values()
    if not all(np.array_equal(first.galaxy, other.galaxy) for other in others):
        raise InputError(
            f"Intervals of {' and '.join(intervals)} are of different test galaxies; "
            "delete the older intervals.csv and make it again."
        )
    chosen = choose_over_masses(
        wanted=galaxies,
        galaxy=first.galaxy,
        log10_mass=first.truth[:, -1],
        key="figures.ensemble_galaxies",
    )
    lines, columns = -(-len(chosen) // _COLUMNS), min(_COLUMNS, len(chosen))
    figure = Figure(
        figsize=(max(8.0, 1.2 + 3.9 * columns), 0.9 + 4.2 * lines), layout="constrained"
    )
    grid = figure.add_gridspec(2 * lines, columns, height_ratios=[2.2, 1.4] * lines)
    uppers, lowers = [], []
    for place, galaxy in enumerate(chosen):
        row, column = divmod(place, _COLUMNS)
        uppers.append(figure.add_subplot(grid[2 * row, column]))
        lowers.append(figure.add_subplot(grid[2 * row + 1, column]))
        _draw_galaxy(uppers[-1], lowers[-1], galaxy, intervals)
    _share_axes(uppers, lowers)
    handles, labels = uppers[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(f"Architecture {architecture}: median and 68 % interval of the bootstrap")
    return figure


def draw_bootstrap(
    *,
    intervals: Mapping[str, Path],
    galaxies: Sequence[int] | int,
    architecture: str,
    pdf: Path,
    png: Path,
) -> None:
    """Draw true profiles and the intervals of the bootstrap for test galaxies.

    Parameters
    ----------
    intervals : mapping
        Channel set -> ``intervals.csv``.
    galaxies : sequence of int or int
        As in `plot_bootstrap`.
    architecture : str
        The network, for the title.
    pdf, png : pathlib.Path
        The figure's files.

    Raises
    ------
    InputError
        If a named galaxy is not in the test split, or a table is not what it should be.
    """
    tables = {channels: read_intervals(path, METHOD) for channels, path in intervals.items()}
    figure = plot_bootstrap(tables, galaxies=galaxies, architecture=architecture)
    style.save(figure, pdf=pdf, png=png)
