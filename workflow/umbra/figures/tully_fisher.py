"""Rotation velocities predicted by the network and by the Tully-Fisher relation."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from umbra.channels import ChannelSet
from umbra.classical.tully_fisher.comparison import TULLY_FISHER_COLUMNS
from umbra.classical.tully_fisher.residuals import BAND_COLUMNS, SUMMARY_COLUMNS
from umbra.errors import InputError
from umbra.figures import style
from umbra.figures.channels import network_title
from umbra.tables import read_table

_LINES = {
    "A": style.LineStyle("A, network", style.ORANGE, "o"),
    "B": style.LineStyle("B, Tully-Fisher (Hall et al. 2012)", style.PURPLE, "D"),
}
_LIMIT = "B_anticorrelated"
# With more images than this, points and bars are drawn thinner and half transparent.
_FEW = 150
# A, the network, has columns that begin with a_; B, the relation, with b_.
_VELOCITIES = {
    method: [f"{method.lower()}_{end}_km_s" for end in ("v", "lower", "upper")] for method in "AB"
}


@dataclass(frozen=True)
class VelocityTables:
    """The three tables of the comparison.

    Attributes
    ----------
    images : DataFrame
        Rows of ``tully_fisher.csv`` that have velocities.
    left_out : int
        Number of its rows without, which have a reason instead.
    bands : DataFrame
        ``tully_fisher_bands.csv``.
    summary : DataFrame
        ``tully_fisher_summary.csv``, with the method as index.
    """

    images: pd.DataFrame
    left_out: int
    bands: pd.DataFrame
    summary: pd.DataFrame


def read_velocity_tables(*, table: Path, bands: Path, summary: Path) -> VelocityTables:
    """Read the tables of the comparison.

    Parameters
    ----------
    table, bands, summary : Path
        ``classical/tully_fisher.csv``, ``.._bands.csv``, ``.._summary.csv``.

    Returns
    -------
    VelocityTables

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    rows = read_table(table, TULLY_FISHER_COLUMNS)
    images = rows[rows["v_true_km_s"].notna()]
    return VelocityTables(
        images=images,
        left_out=len(rows) - len(images),
        bands=read_table(bands, BAND_COLUMNS),
        summary=read_table(summary, SUMMARY_COLUMNS).set_index("method"),
    )


def _label(method: str, tables: VelocityTables) -> str:
    row = tables.summary.loc[method]
    label = f"{_LINES[method].label}: bias {row.bias_dex:+.3f} dex, "
    label += f"scatter {row.scatter_dex:.3f} dex\nerror bar {row.mean_error_dex:.3f} dex "
    label += f"on average; {row.within_error:.0%} hold the truth"
    if method == "B":
        limit = tables.summary.loc[_LIMIT]
        label += f"\n({limit.mean_error_dex:.3f} dex and {limit.within_error:.0%} "
        label += "if the coefficients are anticorrelated)"
    return label


def _draw_points(panel: Axes, method: str, tables: VelocityTables) -> None:
    rows = tables.images
    if method == "B":
        # The relation sees no image: all realisations of a galaxy are one point.
        rows = rows.drop_duplicates("galaxy")
    line, few = _LINES[method], len(tables.images) <= _FEW
    velocity, lower, upper = _VELOCITIES[method]
    panel.vlines(
        rows["v_true_km_s"],
        rows[lower],
        rows[upper],
        color=line.colour,
        # Those of A are short, and lie on those of B.
        linewidth=(2.2 if method == "A" else 1.1) * (1 if few else 0.4),
        alpha=0.6 if few else 0.2,
        zorder=2.5 if method == "A" else 2,
        label=f"_error bars of {method}",
    )
    panel.plot(
        rows["v_true_km_s"],
        rows[velocity],
        color=line.colour,
        marker=line.marker,
        markersize=4.5 if few else 2.6,
        markeredgecolor=style.BLACK,
        markeredgewidth=0.4 if few else 0.15,
        alpha=0.9 if few else 0.7,
        linestyle="none",
        zorder=4 if method == "A" else 3,
        label=_label(method, tables),
    )


def _draw_bands(panel: Axes, residuals: Axes, method: str, tables: VelocityTables) -> None:
    rows = tables.bands[tables.bands["method"] == method]
    true, bias, scatter = rows["v_true_km_s"], rows["bias_dex"], rows["scatter_dex"]
    line = _LINES[method]
    fill = {"facecolor": line.colour, "edgecolor": line.colour, "linewidth": 1, "alpha": 0.28}
    label = f"_band {method}"
    panel.fill_between(true, rows["lower_km_s"], rows["upper_km_s"], zorder=1, label=label, **fill)
    residuals.fill_between(true, bias - scatter, bias + scatter, **fill)
    residuals.plot(true, bias, color=line.colour, linewidth=2, label=f"bias of {method}")


def _finish(panel: Axes, residuals: Axes, tables: VelocityTables) -> None:
    true = tables.images["v_true_km_s"]
    least, most = true.min() / 1.13, true.max() * 1.13
    panel.plot(
        [least, most], [least, most], color=style.BLACK, linewidth=1, zorder=5, label="one to one"
    )
    ends = [name for names in _VELOCITIES.values() for name in names[1:]]
    shown = tables.images[["v_true_km_s", *ends]]
    panel.set_ylim(shown.min().min() / 1.05, shown.max().max() * 1.05)
    panel.set_yscale("log")
    panel.set_ylabel(r"predicted $V_{\mathrm{rot}}$ [km/s]")
    residuals.axhline(0, color=style.BLACK, linewidth=1)
    residuals.set_ylabel(r"$\log_{10}$ predicted / true" + "\n[dex]")
    residuals.set_xlabel(r"true $V_{\mathrm{rot}}$ at twice the stellar half-mass radius [km/s]")
    for axes in (panel, residuals):
        axes.set_xscale("log")
        axes.set_xlim(least, most)
        style.add_grid(axes)
        style.ticks_all_around(axes)
    for axis in (panel.yaxis, residuals.xaxis):
        axis.set_major_locator(LogLocator(subs=(1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())


@style.styled
def plot_tully_fisher(
    tables: VelocityTables, *, architecture: str, channel_set: ChannelSet
) -> Figure:
    """Draw predicted against true velocities with error bars, and the bands of the residuals.

    Parameters
    ----------
    tables : VelocityTables
    architecture : str
    channel_set : ChannelSet
        The network, for the title.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        If no image has a velocity.
    """
    if tables.images.empty:
        raise InputError(
            "classical/tully_fisher.csv: no test galaxy has twice its stellar half-mass radius "
            "within the profiles; widen profiles.min_radius_kpc and profiles.max_radius_kpc."
        )
    figure = Figure(figsize=(7.2, 8.2), layout="constrained")
    panel, residuals = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    for method in _LINES:
        _draw_bands(panel, residuals, method, tables)
        _draw_points(panel, method, tables)
    _finish(panel, residuals, tables)
    handles, labels = panel.get_legend_handles_labels()
    handles.append(Patch(facecolor=style.GREY, alpha=0.4))
    labels.append("running mean and scatter (one standard deviation)")
    figure.legend(handles, labels, loc="outside lower center", ncols=1, markerscale=1.3)
    counts = tables.summary.loc["A"]
    title = network_title(architecture, channel_set)
    title += f"\n{counts.n:.0f} test images of {counts.n_galaxies:.0f} galaxies"
    if tables.left_out:
        title += f"; {tables.left_out} left out (reasons in the table)"
    figure.suptitle(title)
    return figure


def draw_tully_fisher(
    *,
    table: Path,
    bands: Path,
    summary: Path,
    architecture: str,
    channel_set: ChannelSet,
    pdf: Path,
    png: Path,
) -> None:
    """Draw the comparison with the Tully-Fisher relation.

    Parameters
    ----------
    table, bands, summary : Path
        As in `read_velocity_tables`.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If no image has a velocity, or a table lacks a column.
    """
    figure = plot_tully_fisher(
        read_velocity_tables(table=table, bands=bands, summary=summary),
        architecture=architecture,
        channel_set=channel_set,
    )
    style.save(figure, pdf=pdf, png=png)
