"""Dark-matter profiles from rotation curves, and from the network (paper, figure 9)."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from umbra.classical.rotation_curve.comparison import STAGES
from umbra.dataset.examples import choose_over_masses
from umbra.figures import style
from umbra.figures.catalogue import CHANNEL_NAMES
from umbra.figures.profile_panels import add_panels, draw_bars, draw_truth, finish

# colours and marks as in the paper
METHOD_LINES = {
    "rotation_curve": style.LineStyle("rotation curve", style.VERMILLION, "^"),
    "network": style.LineStyle("network", style.BLUE, "o"),
}
_RING = "outermost ring"
LARGEST_NUMBER = 12
_COLUMNS = 4
# between the marks of the two methods; radii are about 0.1 dex apart
_OFFSET_DEX = 0.03
_LETTERS = 34


@dataclass(frozen=True)
class Galaxy:
    """One galaxy of the comparison: arrays over radius, log10(M/Msun).

    Attributes
    ----------
    galaxy, realisation : int
    radius_kpc, truth : ndarray, shape (radii,)
    rotation_curve, network : ndarray, shape (3, radii)
        Median and ends of the 68 % interval; NaN where there is none.
    summary : mapping
        Its row of ``rotation_curve_galaxies.csv``.
    """

    galaxy: int
    realisation: int
    radius_kpc: np.ndarray
    truth: np.ndarray
    rotation_curve: np.ndarray
    network: np.ndarray
    summary: Mapping[str, str]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def read_compared_galaxies(*, profiles: Path, galaxies: Path) -> list[Galaxy]:
    """Read ``rotation_curves.csv`` and ``rotation_curve_galaxies.csv``."""
    by_galaxy: dict[str, list[dict[str, str]]] = {}
    for row in read_rows(profiles):
        by_galaxy.setdefault(row["galaxy"], []).append(row)
    found = []
    for summary in read_rows(galaxies):
        own = by_galaxy[summary["galaxy"]]

        def columns(*names: str, rows=own) -> np.ndarray:
            return np.array([[float(row[name] or "nan") for row in rows] for name in names])

        radius, truth = columns("radius_kpc", "log10_mass_dm")
        methods = {
            method: columns(method, f"{method}_lower_68", f"{method}_upper_68")
            for method in METHOD_LINES
        }
        image = int(summary["galaxy"]), int(summary["realisation"])
        found.append(Galaxy(*image, radius, truth, **methods, summary=summary))
    return found


def outcome(rows: Iterable[Mapping[str, str]]) -> str:
    """Say how many rotation curves were attempted, came to an end, and failed where.

    Parameters
    ----------
    rows : iterable of mapping
        Of ``rotation_curve_galaxies.csv``.

    Returns
    -------
    str
    """
    stages = Counter(row["failed_stage"] for row in rows)
    count, succeeded = stages.total(), stages.pop("", 0)
    noun = "galaxy" if count == 1 else "galaxies"
    text = f"Rotation curves of {count} test {noun}: {succeeded} succeeded"
    if stages:
        where = [f"{name}: {stages[key]}" for key, name in STAGES.items() if key in stages]
        text += f", {stages.total()} failed ({', '.join(where)})"
    return text


def _note(shown: Galaxy) -> str:
    """Return what the corner of a panel says: the fit, or why there is none."""
    row = shown.summary
    if row["failed_stage"]:
        return fill(f"{STAGES[row['failed_stage']]}: {row['reason']}", _LETTERS)
    note = f"$i$ = {float(row['inclination_deg']):.0f}°, {row['rings']} rings\n"
    note += rf"$V_{{200}}$ = {float(row['v200_km_s']):.0f} km/s"
    if row["reduced_chi2"]:
        note += rf", $\chi^2_\nu$ = {float(row['reduced_chi2']):.2f}"
    return note


def _draw_galaxy(upper: Axes, lower: Axes, shown: Galaxy) -> None:
    draw_truth(upper, lower, shown.radius_kpc, shown.truth)
    failed = bool(shown.summary["failed_stage"])
    for sign, (method, line) in zip((-1, 1), METHOD_LINES.items(), strict=True):
        if method == "rotation_curve" and failed:
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
        color=style.VERMILLION if failed else style.BLACK,
        linespacing=1.3,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )
    upper.set_title(f"galaxy {shown.galaxy}, realisation {shown.realisation}")
    if last := shown.summary["last_ring_kpc"]:
        for panel in (upper, lower):
            options = {"color": style.GREY, "linestyle": ":", "linewidth": 1.1}
            panel.axvline(float(last), label=_RING, **options)


def _chosen(galaxies: Sequence[Galaxy]) -> list[Galaxy]:
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


def without_galaxies(title: str) -> Figure:
    """Return a figure that says that there was no galaxy to draw, and where the reasons are."""
    figure = Figure(figsize=(8, 2.2), layout="constrained")
    text = "No test galaxy is inclined so that its rotation can be measured:\n"
    text += "classical/rotation_curves/galaxies.csv tells why for each."
    figure.text(0.5, 0.4, text, ha="center", va="center", color=style.VERMILLION)
    figure.suptitle(title)
    return figure


@style.styled
def plot_rotation_curves(galaxies: Sequence[Galaxy], *, architecture: str, channels: str) -> Figure:
    """Draw the true profile of each galaxy with those of both methods, and what is left.

    Parameters
    ----------
    galaxies : sequence of Galaxy
        As `read_galaxies` returns them; of many, `LARGEST_NUMBER` spread over the masses.
    architecture, channels : str
        The network, for the title.

    Returns
    -------
    matplotlib.figure.Figure
    """
    network = f"Architecture {architecture}, input {CHANNEL_NAMES[channels]}"
    if not galaxies:
        return without_galaxies(network)
    chosen = _chosen(galaxies)
    lines, columns = -(-len(chosen) // _COLUMNS), min(_COLUMNS, len(chosen))
    size = max(8.0, 1.2 + 3.1 * columns), 1.3 + 4.2 * lines
    figure = Figure(figsize=size, layout="constrained")
    panels = add_panels(figure, len(chosen), columns=_COLUMNS, ratios=(2.2, 1.3))
    legend = {}
    for (upper, lower), shown in zip(panels, chosen, strict=True):
        _draw_galaxy(upper, lower, shown)
        handles, labels = upper.get_legend_handles_labels()
        legend |= dict(zip(labels, handles, strict=True))
    finish(panels, columns=_COLUMNS, difference="inferred\n- true [dex]")
    names = ["true", *(line.label for line in METHOD_LINES.values()), _RING]
    names = [name for name in names if name in legend]
    figure.legend(
        [legend[name] for name in names],
        names,
        loc="outside lower center",
        ncols=len(names),
        title="marks: median; bars: 68 % interval",
    )
    title = outcome(shown.summary for shown in galaxies)
    if len(chosen) < len(galaxies):
        title += f"; {len(chosen)} shown"
    figure.suptitle(f"{title}\n{network}")
    return figure


def draw_rotation_curves(
    *, profiles: Path, galaxies: Path, architecture: str, channels: str, pdf: Path, png: Path
) -> None:
    """Draw the profiles from rotation curves beside those of the network.

    Parameters
    ----------
    profiles, galaxies : pathlib.Path
        ``rotation_curves.csv`` and ``rotation_curve_galaxies.csv``.
    architecture, channels : str
        The network, for the title.
    pdf, png : pathlib.Path
        The figure's files.
    """
    found = read_compared_galaxies(profiles=profiles, galaxies=galaxies)
    figure = plot_rotation_curves(found, architecture=architecture, channels=channels)
    style.save(figure, pdf=pdf, png=png)
