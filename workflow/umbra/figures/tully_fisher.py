"""Rotation velocities predicted by the network and by the Tully-Fisher relation."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from umbra.errors import InputError
from umbra.figures import style
from umbra.figures.catalogue import CHANNEL_NAMES

METHOD_LINES = {
    "A": style.LineStyle("A, network", style.ORANGE, "o"),
    "B": style.LineStyle("B, Tully-Fisher (Hall et al. 2012)", style.PURPLE, "D"),
}
_LIMIT = "B_anticorrelated"
# with more images than this, points and bars are drawn thinner and see-through
_FEW = 150


@dataclass(frozen=True)
class Comparison:
    """The three tables of the comparison.

    Attributes
    ----------
    images : list of dict
        Rows of ``tully_fisher.csv`` that have values.
    left_out : int
        Rows that have a reason instead.
    bands : list of dict
        Rows of ``tully_fisher_bands.csv``.
    summary : dict of str to dict
        Rows of ``tully_fisher_summary.csv`` by method.
    """

    images: list[dict[str, str]]
    left_out: int
    bands: list[dict[str, str]]
    summary: dict[str, dict[str, str]]


def read_comparison(*, table: Path, bands: Path, summary: Path) -> Comparison:
    """Read the tables of the comparison.

    Parameters
    ----------
    table, bands, summary : pathlib.Path
        ``classical/tully_fisher.csv``, ``.._bands.csv``, ``.._summary.csv``.

    Returns
    -------
    Comparison
    """
    rows = _rows(table)
    images = [row for row in rows if not row["reason"]]
    return Comparison(
        images=images,
        left_out=len(rows) - len(images),
        bands=_rows(bands),
        summary={row["method"]: row for row in _rows(summary)},
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def _column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def _label(method: str, comparison: Comparison) -> str:
    row = comparison.summary[method]
    bias, scatter, error, within = (
        float(row[name]) for name in ("bias_dex", "scatter_dex", "mean_error_dex", "within_error")
    )
    label = f"{METHOD_LINES[method].label}: bias {bias:+.3f} dex, scatter {scatter:.3f} dex\n"
    label += f"error bar {error:.3f} dex on average; {within:.0%} hold the truth"
    if method == "B":
        limit = comparison.summary[_LIMIT]
        error, within = float(limit["mean_error_dex"]), float(limit["within_error"])
        label += f"\n({error:.3f} dex and {within:.0%} if the coefficients are anticorrelated)"
    return label


def _draw_points(panel: Axes, method: str, comparison: Comparison) -> None:
    rows = comparison.images
    if method == "B":
        # the relation sees no image: all realisations of a galaxy are one point
        rows = list({row["galaxy"]: row for row in rows}.values())
    line, prefix = METHOD_LINES[method], method.lower()
    few = len(comparison.images) <= _FEW
    true, velocity, lower, upper = (
        _column(rows, name)
        for name in (
            "v_true_km_s",
            *(f"{prefix}_{name}_km_s" for name in ("v", "lower", "upper")),
        )
    )
    panel.vlines(
        true,
        lower,
        upper,
        color=line.colour,
        # A's are short: they lie on B's
        linewidth=(2.2 if method == "A" else 1.1) * (1 if few else 0.4),
        alpha=0.6 if few else 0.2,
        zorder=2.5 if method == "A" else 2,
        label=f"_error bars of {method}",
    )
    panel.plot(
        true,
        velocity,
        color=line.colour,
        marker=line.marker,
        markersize=4.5 if few else 2.6,
        markeredgecolor=style.BLACK,
        markeredgewidth=0.4 if few else 0.15,
        alpha=0.9 if few else 0.7,
        linestyle="none",
        zorder=4 if method == "A" else 3,
        label=_label(method, comparison),
    )


def _draw_bands(panel: Axes, residuals: Axes, method: str, comparison: Comparison) -> None:
    rows = [row for row in comparison.bands if row["method"] == method]
    true, lower, upper, bias, scatter = (
        _column(rows, name)
        for name in ("v_true_km_s", "lower_km_s", "upper_km_s", "bias_dex", "scatter_dex")
    )
    line = METHOD_LINES[method]
    fill = {"facecolor": line.colour, "edgecolor": line.colour, "linewidth": 1}
    panel.fill_between(true, lower, upper, alpha=0.28, zorder=1, label=f"_band {method}", **fill)
    residuals.fill_between(true, bias - scatter, bias + scatter, alpha=0.28, **fill)
    residuals.plot(true, bias, color=line.colour, linewidth=2, label=f"bias of {method}")


def _finish(panel: Axes, residuals: Axes, comparison: Comparison) -> None:
    rows = comparison.images
    true = _column(rows, "v_true_km_s")
    least, most = true.min() / 1.13, true.max() * 1.13
    panel.plot(
        [least, most], [least, most], color=style.BLACK, linewidth=1, zorder=5, label="one to one"
    )
    names = [f"{prefix}_{end}_km_s" for prefix in "ab" for end in ("lower", "upper")]
    ends = [*true, *(value for name in names for value in _column(rows, name))]
    panel.set_ylim(min(ends) / 1.05, max(ends) * 1.05)
    panel.set_yscale("log")
    panel.set_ylabel(r"predicted $V_{\mathrm{rot}}$ [km/s]")
    residuals.axhline(0, color=style.BLACK, linewidth=1)
    residuals.set_ylabel(r"$\log_{10}$ predicted / true" + "\n[dex]")
    residuals.set_xlabel(r"true $V_{\mathrm{rot}}$ at twice the stellar half-mass radius [km/s]")
    for axes in (panel, residuals):
        axes.set_xscale("log")
        axes.set_xlim(least, most)
        axes.grid(color="#E6E6E6", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(which="both", top=True, right=True)
    for axis in (panel.yaxis, residuals.xaxis):
        axis.set_major_locator(LogLocator(subs=(1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())


@style.styled
def plot_tully_fisher(comparison: Comparison, *, architecture: str, channels: str) -> Figure:
    """Draw predicted against true velocities with error bars, and the bands of the residuals.

    Parameters
    ----------
    comparison : Comparison
        As `read_comparison` returns it.
    architecture, channels : str
        The network, for the title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If no image has a velocity.
    """
    if not comparison.images:
        raise InputError(
            "classical/tully_fisher.csv: no test galaxy has twice its stellar half-mass radius "
            "within the profiles; widen profiles.min_radius_kpc and profiles.max_radius_kpc."
        )
    figure = Figure(figsize=(7.2, 8.2), layout="constrained")
    panel, residuals = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    for method in METHOD_LINES:
        _draw_bands(panel, residuals, method, comparison)
        _draw_points(panel, method, comparison)
    _finish(panel, residuals, comparison)
    handles, labels = panel.get_legend_handles_labels()
    handles.append(Patch(facecolor=style.GREY, alpha=0.4))
    labels.append("running mean and scatter (one standard deviation)")
    figure.legend(handles, labels, loc="outside lower center", ncols=1, markerscale=1.3)
    counts = comparison.summary["A"]
    title = f"Architecture {architecture}, input {CHANNEL_NAMES[channels]}"
    title += f"\n{counts['n']} test images of {counts['n_galaxies']} galaxies"
    if comparison.left_out:
        title += f"; {comparison.left_out} left out (reasons in the table)"
    figure.suptitle(title)
    return figure


def draw_tully_fisher(
    *,
    table: Path,
    bands: Path,
    summary: Path,
    architecture: str,
    channels: str,
    pdf: Path,
    png: Path,
) -> None:
    """Draw the comparison with the Tully-Fisher relation.

    Parameters
    ----------
    table, bands, summary : pathlib.Path
        As in `read_comparison`.
    architecture, channels : str
        The network, for the title.
    pdf, png : pathlib.Path
        The figure's files.

    Raises
    ------
    InputError
        If no image has a velocity.
    """
    figure = plot_tully_fisher(
        read_comparison(table=table, bands=bands, summary=summary),
        architecture=architecture,
        channels=channels,
    )
    style.save(figure, pdf=pdf, png=png)
