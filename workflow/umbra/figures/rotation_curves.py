"""Dark-matter profiles from rotation curves, and from the network (paper, figure 9)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.channels import ChannelSet
from umbra.classical.rotation_curve.comparison import (
    COMPARED_GALAXY_COLUMNS,
    COMPARED_PROFILE_COLUMNS,
    STAGES,
)
from umbra.dataset.examples import choose_over_masses
from umbra.figures import style
from umbra.figures.channels import network_title
from umbra.figures.profile_panels import add_panels, draw_bars, draw_truth, finish
from umbra.tables import read_table

# Colours and marks as in the paper.
_LINES = {
    "rotation_curve": style.LineStyle("rotation curve", style.VERMILLION, "^"),
    "network": style.LineStyle("network", style.BLUE, "o"),
}
_RING = "outermost ring"
LARGEST_NUMBER = 12
_PANELS_ABREAST = 4
# Between the marks of the two methods; radii are about 0.1 dex apart.
_OFFSET_DEX = 0.03
_LETTERS = 34
_CURVES = {method: [method, f"{method}_lower_68", f"{method}_upper_68"] for method in _LINES}


@dataclass(frozen=True)
class ComparedGalaxy:
    """One galaxy of the comparison: arrays over radius, log10(M/Msun).

    Attributes
    ----------
    galaxy, realisation : int
    radius_kpc, truth : ndarray, shape (radii,)
    rotation_curve, network : ndarray, shape (3, radii)
        Median and ends of the 68 % interval; NaN where there is none.
    outcome : Series
        Its row of ``rotation_curve_galaxies.csv``.
    """

    galaxy: int
    realisation: int
    radius_kpc: np.ndarray
    truth: np.ndarray
    rotation_curve: np.ndarray
    network: np.ndarray
    outcome: pd.Series

    @property
    def failed(self) -> bool:
        """Whether the classical method gave no profile."""
        return self.outcome["status"] == "failed"


def read_curve_outcomes(path: Path) -> pd.DataFrame:
    """Read ``rotation_curve_galaxies.csv``: one row for each galaxy.

    Raises
    ------
    InputError
        If a column is missing.
    """
    return read_table(path, COMPARED_GALAXY_COLUMNS)


def read_compared_galaxies(*, profiles: Path, galaxies: Path) -> list[ComparedGalaxy]:
    """Read ``rotation_curves.csv`` and ``rotation_curve_galaxies.csv``.

    Raises
    ------
    InputError
        If a column is missing.
    """
    by_galaxy = dict(list(read_table(profiles, COMPARED_PROFILE_COLUMNS).groupby("galaxy")))
    found = []
    for _, outcome in read_curve_outcomes(galaxies).iterrows():
        rows = by_galaxy[outcome["galaxy"]]
        curves = {method: rows[names].to_numpy().T for method, names in _CURVES.items()}
        radius_kpc, truth = rows[["radius_kpc", "log10_mass_dm"]].to_numpy().T
        image = outcome["galaxy"], outcome["realisation"]
        found.append(ComparedGalaxy(*image, radius_kpc, truth, **curves, outcome=outcome))
    return found


def describe_outcome(galaxies: pd.DataFrame) -> str:
    """Say how many rotation curves were attempted, how many succeeded, and where others failed.

    Parameters
    ----------
    galaxies : DataFrame
        As `read_curve_outcomes` returns it.

    Returns
    -------
    str
    """
    failed = galaxies[galaxies["status"] == "failed"]
    count, succeeded = len(galaxies), len(galaxies) - len(failed)
    noun = "galaxy" if count == 1 else "galaxies"
    text = f"Rotation curves of {count} test {noun}: {succeeded} succeeded"
    if len(failed):
        stages = Counter(failed["failed_stage"])
        where = [f"{name}: {stages[key]}" for key, name in STAGES.items() if key in stages]
        text += f", {len(failed)} failed ({', '.join(where)})"
    return text


def _note(shown: ComparedGalaxy) -> str:
    """Return the text in the corner of a panel: the fit, or why there is none."""
    row = shown.outcome
    if shown.failed:
        return fill(f"{STAGES[row['failed_stage']]}: {row['reason']}", _LETTERS)
    note = f"$i$ = {row['inclination_deg']:.0f}°, {row['rings']:.0f} rings\n"
    note += rf"$V_{{200}}$ = {row['v200_km_s']:.0f} km/s"
    if np.isfinite(row["reduced_chi2"]):
        note += rf", $\chi^2_\nu$ = {row['reduced_chi2']:.2f}"
    return note


def _draw_galaxy(upper: Axes, lower: Axes, shown: ComparedGalaxy) -> None:
    draw_truth(upper, lower, shown.radius_kpc, shown.truth)
    for sign, (method, line) in zip((-1, 1), _LINES.items(), strict=True):
        if method == "rotation_curve" and shown.failed:
            continue
        radius_kpc = shown.radius_kpc * 10 ** (sign * _OFFSET_DEX / 2)
        values = getattr(shown, method)
        draw_bars(upper, radius_kpc, 10**values, line)
        draw_bars(lower, radius_kpc, values - shown.truth, line)
    upper.text(
        0.97,
        0.03,
        _note(shown),
        transform=upper.transAxes,
        ha="right",
        va="bottom",
        fontsize=7.5,
        color=style.VERMILLION if shown.failed else style.BLACK,
        linespacing=1.3,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )
    upper.set_title(f"galaxy {shown.galaxy}, realisation {shown.realisation}")
    if np.isfinite(last := shown.outcome["last_ring_kpc"]):
        for panel in (upper, lower):
            options = {"color": style.GREY, "linestyle": ":", "linewidth": 1.1}
            panel.axvline(last, label=_RING, **options)


def _chosen(galaxies: Sequence[ComparedGalaxy]) -> list[ComparedGalaxy]:
    if len(galaxies) <= LARGEST_NUMBER:
        return list(galaxies)
    by_id = {shown.galaxy: shown for shown in galaxies}
    names = choose_over_masses(
        wanted=LARGEST_NUMBER,
        galaxy=np.array(list(by_id)),
        log10_mass=np.array([shown.truth[-1] for shown in galaxies]),
        key="rotation_curve.galaxies",
    )
    return [by_id[name] for name in names]


def plot_no_galaxies(title: str) -> Figure:
    """Return a figure with a sentence: there is no galaxy to draw, and where the reasons are."""
    figure = Figure(figsize=(8, 2.2), layout="constrained")
    text = "No test galaxy is inclined so that its rotation can be measured:\n"
    text += "the reason for each is in classical/rotation_curves/galaxies.csv."
    figure.text(0.5, 0.4, text, ha="center", va="center", color=style.VERMILLION)
    figure.suptitle(title)
    return figure


@style.styled
def plot_rotation_curves(
    galaxies: Sequence[ComparedGalaxy], *, architecture: str, channel_set: ChannelSet
) -> Figure:
    """Draw the true profile of each galaxy with those of both methods, and their differences.

    Parameters
    ----------
    galaxies : sequence of ComparedGalaxy
        As `read_compared_galaxies` returns them; of many, `LARGEST_NUMBER` spread over the masses
        are drawn.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.

    Returns
    -------
    Figure
    """
    network = network_title(architecture, channel_set)
    if not galaxies:
        return plot_no_galaxies(network)
    chosen = _chosen(galaxies)
    rows, columns = -(-len(chosen) // _PANELS_ABREAST), min(_PANELS_ABREAST, len(chosen))
    size = max(8.0, 1.2 + 3.1 * columns), 1.3 + 4.2 * rows
    figure = Figure(figsize=size, layout="constrained")
    panels = add_panels(figure, len(chosen), columns=_PANELS_ABREAST, ratios=(2.2, 1.3))
    legend = {}
    for (upper, lower), shown in zip(panels, chosen, strict=True):
        _draw_galaxy(upper, lower, shown)
        handles, labels = upper.get_legend_handles_labels()
        legend |= dict(zip(labels, handles, strict=True))
    finish(panels, columns=_PANELS_ABREAST, difference="inferred\n- true [dex]")
    names = ["true", *(line.label for line in _LINES.values()), _RING]
    names = [name for name in names if name in legend]
    figure.legend(
        [legend[name] for name in names],
        names,
        loc="outside lower center",
        ncols=len(names),
        title="marks: median; bars: 68 % interval",
    )
    title = describe_outcome(pd.DataFrame([shown.outcome for shown in galaxies]))
    if len(chosen) < len(galaxies):
        title += f"; {len(chosen)} shown"
    figure.suptitle(f"{title}\n{network}")
    return figure


def draw_rotation_curves(
    *,
    profiles: Path,
    galaxies: Path,
    architecture: str,
    channel_set: ChannelSet,
    pdf: Path,
    png: Path,
) -> None:
    """Draw the profiles from rotation curves beside those of the network.

    Parameters
    ----------
    profiles, galaxies : Path
        ``rotation_curves.csv`` and ``rotation_curve_galaxies.csv``.
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
    found = read_compared_galaxies(profiles=profiles, galaxies=galaxies)
    figure = plot_rotation_curves(found, architecture=architecture, channel_set=channel_set)
    style.save(figure, pdf=pdf, png=png)
