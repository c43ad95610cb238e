"""Medians and 68 % intervals of the bootstrap ensembles for test galaxies (paper, figure 6)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.channels import ChannelSet
from umbra.dataset.examples import choose_over_masses
from umbra.errors import InputError
from umbra.figures import style
from umbra.figures.channels import channel_set_lines
from umbra.figures.profile_panels import add_panels, draw_bars, draw_truth, finish
from umbra.predictions.intervals import Intervals, read_intervals

_METHOD = "bootstrap"
_COLUMNS = 3
# Between the marks of two channel sets; radii are about 0.1 dex apart.
_OFFSET_DEX = 0.03


def _draw_galaxy(
    upper: Axes,
    lower: Axes,
    galaxy: int,
    intervals: Mapping[str, Intervals],
    lines: Mapping[str, style.LineStyle],
) -> None:
    first = next(iter(intervals.values()))
    index = np.flatnonzero(first.galaxy == galaxy)[0]  # its first realisation
    truth = first.truth[index]
    draw_truth(upper, lower, first.radius_kpc, truth)
    for place, (channels, rows) in enumerate(intervals.items()):
        values = np.stack([rows.median[index], rows.lower[index], rows.upper[index]])
        radius_kpc = rows.radius_kpc * 10 ** (_OFFSET_DEX * (place - (len(intervals) - 1) / 2))
        draw_bars(upper, radius_kpc, 10**values, lines[channels])
        draw_bars(lower, radius_kpc, values - truth, lines[channels])
    upper.set_title(f"galaxy {galaxy}, realisation {first.realisation[index]}")


@style.styled
def plot_bootstrap(
    intervals: Mapping[str, Intervals],
    *,
    galaxies: Sequence[int] | int,
    architecture: str,
    channel_sets: Sequence[ChannelSet],
) -> Figure:
    """Draw true profiles, and medians with 68 % bars of each set; one panel for each galaxy.

    Parameters
    ----------
    intervals : mapping
        Channel set -> intervals of the bootstrap, all of the same test images.
    galaxies : sequence of int or int
        Subhalo ids, or how many, spread over the masses of the test split.
    architecture : str
        The network, for the title.
    channel_sets : sequence of ChannelSet
        All of the run's.

    Returns
    -------
    Figure

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
    rows, columns = -(-len(chosen) // _COLUMNS), min(_COLUMNS, len(chosen))
    size = max(8.0, 1.2 + 3.9 * columns), 0.9 + 4.2 * rows
    figure = Figure(figsize=size, layout="constrained")
    panels = add_panels(figure, len(chosen), columns=_COLUMNS, ratios=(2.2, 1.4))
    for (upper, lower), galaxy in zip(panels, chosen, strict=True):
        _draw_galaxy(upper, lower, galaxy, intervals, channel_set_lines(channel_sets))
    finish(panels, columns=_COLUMNS, difference="predicted\n- true [dex]")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(f"Architecture {architecture}: median and 68 % interval of the bootstrap")
    return figure


def draw_bootstrap(
    *,
    intervals: Mapping[str, Path],
    galaxies: Sequence[int] | int,
    architecture: str,
    channel_sets: Sequence[ChannelSet],
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
    channel_sets : sequence of ChannelSet
        All of the run's.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If a named galaxy is not in the test split, or a table is not what it should be.
    """
    tables = {channels: read_intervals(path, _METHOD) for channels, path in intervals.items()}
    figure = plot_bootstrap(
        tables, galaxies=galaxies, architecture=architecture, channel_sets=channel_sets
    )
    style.save(figure, pdf=pdf, png=png)
