"""Predicted against true dark-matter profiles of test galaxies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.channels import ChannelSet
from umbra.dataset.examples import choose_over_masses
from umbra.figures import style
from umbra.figures.channels import network_title
from umbra.figures.profile_panels import add_panels, draw_truth, finish
from umbra.predictions.points import Predictions, read_predictions

_COLUMNS = 3
_REALISATION_LINES = (
    (style.VERMILLION, "o"),
    (style.BLUE, "s"),
    (style.GREEN, "^"),
    (style.PURPLE, "D"),
    (style.SKY, "v"),
    (style.ORANGE, "P"),
)


def _draw_galaxy(upper: Axes, lower: Axes, galaxy: int, predictions: Predictions) -> None:
    radius_kpc = predictions.radius_kpc
    realisations = np.flatnonzero(predictions.galaxy == galaxy)
    true = predictions.truth[realisations[0]]
    draw_truth(upper, lower, radius_kpc, true)
    for index in realisations:
        realisation, predicted = int(predictions.realisation[index]), predictions.predicted[index]
        colour, marker = _REALISATION_LINES[realisation % len(_REALISATION_LINES)]
        options = {"color": colour, "marker": marker, "markersize": 4, "linewidth": 1}
        upper.plot(
            radius_kpc, 10**predicted, label=f"predicted, realisation {realisation}", **options
        )
        lower.plot(radius_kpc, predicted - true, **options)
    upper.set_title(f"galaxy {galaxy}")


@style.styled
def plot_profiles(
    predictions: Predictions,
    *,
    galaxies: Sequence[int] | int,
    architecture: str,
    channel_set: ChannelSet,
) -> Figure:
    """Draw true and predicted enclosed masses, and their difference; one panel for each galaxy.

    Parameters
    ----------
    predictions : Predictions
        Of the test split.
    galaxies : sequence of int or int
        Subhalo ids, or how many, spread over the masses of the test split.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        If a named galaxy is not in the test split.
    """
    chosen = choose_over_masses(
        wanted=galaxies,
        galaxy=predictions.galaxy,
        log10_mass=predictions.truth[:, -1],
        key="figures.profile_galaxies",
    )
    rows, columns = -(-len(chosen) // _COLUMNS), min(_COLUMNS, len(chosen))
    width = max(8.0, 2.2 + 2.8 * columns)  # One galaxy still has room for title and legend.
    figure = Figure(figsize=(width, 0.7 + 3.5 * rows), layout="constrained")
    panels = add_panels(figure, len(chosen), columns=_COLUMNS, ratios=(3, 1.2))
    for (upper, lower), galaxy in zip(panels, chosen, strict=True):
        _draw_galaxy(upper, lower, galaxy, predictions)
    finish(panels, columns=_COLUMNS, difference="predicted\n- true [dex]")
    by_label = {}
    for upper, _ in panels:
        handles, labels = upper.get_legend_handles_labels()
        by_label |= dict(zip(labels, handles, strict=True))
    figure.legend(by_label.values(), by_label.keys(), loc="outside lower center", ncols=5)
    figure.suptitle(network_title(architecture, channel_set))
    return figure


def draw_profiles(
    *,
    predictions: Path,
    galaxies: Sequence[int] | int,
    architecture: str,
    channel_set: ChannelSet,
    pdf: Path,
    png: Path,
) -> None:
    """Draw predicted against true profiles of test galaxies, all realisations of each.

    Parameters
    ----------
    predictions : Path
        ``predictions.csv`` of one network.
    galaxies : sequence of int or int
        Subhalo ids, or how many to draw.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If a named galaxy is not in the test split, or the table has none.
    """
    figure = plot_profiles(
        read_predictions(path=predictions, split="test"),
        galaxies=galaxies,
        architecture=architecture,
        channel_set=channel_set,
    )
    style.save(figure, pdf=pdf, png=png)
