"""Baryonic masses against the rotation that widths of HI lines show."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from umbra.classical.tully_fisher.baryonic import (
    LINE_COLUMNS,
    LINE_SUMMARY_COLUMNS,
    RELATION_COLUMNS,
)
from umbra.figures import style
from umbra.tables import read_table


@style.styled
def plot_baryonic_tully_fisher(
    lines: pd.DataFrame, relation: pd.DataFrame, counts: pd.Series
) -> Figure:
    """Draw a point for each view whose line can be used, and those that are cut as lower limits.

    Parameters
    ----------
    lines : DataFrame
        ``line_widths.csv``.
    relation : DataFrame
        ``line_widths_relation.csv``: points of the relation of Lelli et al. (2019).
    counts : Series
        The row of ``line_widths_summary.csv``.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(6.4, 6.6), layout="constrained")
    panel = figure.subplots()
    label = f"{counts.used:.0f} views: slope {counts.slope:.2f}, "
    label += f"median {counts.median_residual_dex:+.2f} dex from the line, "
    label += f"scatter {counts.scatter_dex:.2f} dex"
    cut = (lines["line_cut"] == 1) & lines["rotation_km_s"].notna()
    for rows, marker, colour, name in (
        (lines["used"] == 1, "o", style.BLUE, label),
        (cut, ">", style.VERMILLION, "line cut by the band: a lower limit"),
    ):
        if rows.any():
            panel.plot(
                lines.loc[rows, "rotation_km_s"],
                lines.loc[rows, "baryonic_mass_msun"],
                marker=marker,
                color=colour,
                markersize=4.5,
                markeredgecolor=style.BLACK,
                markeredgewidth=0.3,
                linestyle="none",
                label=name,
            )
    panel.plot(
        relation["rotation_km_s"],
        relation["baryonic_mass_msun"],
        color=style.BLACK,
        linewidth=1.5,
        label="SPARC, flat rotation velocity (Lelli et al. 2019)",
    )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_xlabel(r"$W_{50}\,/\,(2\,\sin i)$ [km/s]")
    panel.set_ylabel(r"stars and gas [M$_\odot$]")
    style.add_grid(panel)
    style.ticks_all_around(panel)
    figure.legend(loc="outside lower center", ncols=1)
    figure.suptitle(
        f"{counts.views:.0f} views, {counts.cut:.0f} with a line that is cut,"
        f" {counts.near_face_on:.0f} near face-on"
    )
    return figure


def draw_baryonic_tully_fisher(
    *, table: Path, relation: Path, summary: Path, pdf: Path, png: Path
) -> None:
    """Draw the baryonic Tully-Fisher relation.

    Parameters
    ----------
    table, relation, summary : Path
        ``classical/line_widths.csv``, ``.._relation.csv``, ``.._summary.csv``.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If a table lacks a column.
    """
    figure = plot_baryonic_tully_fisher(
        read_table(table, LINE_COLUMNS),
        read_table(relation, RELATION_COLUMNS),
        read_table(summary, LINE_SUMMARY_COLUMNS).iloc[0],
    )
    style.save(figure, pdf=pdf, png=png)
