"""The page of a user's galaxy: its images, its dark matter by all methods, numbers and notes."""

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from umbra.channels import CHANNELS, HI_MAPS
from umbra.figures import sky, style
from umbra.figures.moments import moment_colour, moment_scale
from umbra.figures.observed_results import ObservedResults, read_observed_results
from umbra.figures.photometry import grey_scale, without_sky

_WIDTH, _ABREAST = 10.0, 4
# Heights [inch] of a row of images, of the plots, of a line of text, and around them.
_IMAGES, _PLOTS, _LINE, _AROUND = 2.75, 4.0, 0.165, 1.5
_LETTERS = 78  # of a note
_NETWORKS = style.LineStyle("networks", style.BLUE, "")
_ROTATION = style.LineStyle("rotation curve", style.VERMILLION, "", "--")
_STARLIGHT = style.LineStyle("halo of such starlight", style.GREEN, "", ":")
_PARTS = {
    "total": style.LineStyle("model", style.BLACK, ""),
    "dark_matter": style.LineStyle("dark matter", style.VERMILLION, "", "--"),
    "stars": style.LineStyle("stars", style.ORANGE, "", "-."),
    "gas": style.LineStyle("gas", style.SKY, "", ":"),
}


@style.styled
def plot_observed_page(results: ObservedResults) -> Figure:
    """Draw what is known of a galaxy.

    Parameters
    ----------
    results : ObservedResults

    Returns
    -------
    Figure
        A galaxy that cannot be used has a page with the reason.
    """
    notes = [line for sentence in results.sentences for line in _wrapped(sentence)]
    numbers = _number_lines(results)
    rows = -(-len(results.maps.channels) // _ABREAST) if results.maps else 0
    text = _LINE * (max(len(notes), len(numbers)) + 2)
    heights = [_IMAGES] * rows + [_PLOTS] * bool(rows) + [text]
    figure = Figure(figsize=(_WIDTH, sum(heights) + _AROUND), layout="constrained")
    colour = style.VERMILLION if results.extrapolation or results.maps is None else style.BLACK
    figure.suptitle(results.title, fontsize=13)
    verdict = "\n".join(textwrap.wrap(results.verdict, 110))
    figure.supxlabel(verdict, fontsize=9.5, color=colour, fontweight="bold")
    grid = GridSpec(len(heights), 12, figure, height_ratios=heights)
    if rows:
        _draw_images(figure, grid, results)
        _draw_profile(figure.add_subplot(grid[rows, :6]), results)
        _draw_velocities(figure.add_subplot(grid[rows, 6:]), results)
    _write(figure.add_subplot(grid[-1, :5]), numbers)
    _write(figure.add_subplot(grid[-1, 5:]), notes)
    return figure


def _draw_images(figure: Figure, grid: GridSpec, results: ObservedResults) -> None:
    """Draw the channels, the bands on one scale of grey."""
    bands = [name for name in results.maps.channels if name not in HI_MAPS]
    greys = None
    if bands:
        planes = np.concatenate([_without_sky(results, band).planes for band in bands])
        greys = grey_scale(np.nan_to_num(planes))
    for place, name in enumerate(results.maps.channels):
        row, column = divmod(place, _ABREAST)
        panel = figure.add_subplot(grid[row, 3 * column : 3 * column + 3])
        if name in bands:
            image = _without_sky(results, name)
            image.show(panel, image.planes[0], norm=greys, cmap="gray_r")
        else:
            image = results.plane(name)
            colours, scale = moment_colour(name), moment_scale(name, image.planes[0])
            shown = image.show(panel, image.planes[0], norm=scale, cmap=colours)
            extend = "both" if scale.vmin < 0 else "max"
            figure.colorbar(shown, ax=panel, location="bottom", pad=0.03, extend=extend).set_label(
                CHANNELS[name].unit
            )
        panel.set_title(CHANNELS[name].label)
        panel.set_xticks([])
        panel.set_yticks([])
        if place == 0:
            sky.scale_bar(panel, image, colour="black")


def _without_sky(results: ObservedResults, band: str) -> sky.SkyImage:
    return without_sky(results.plane(band))


def _draw_profile(panel: Axes, results: ObservedResults) -> None:
    """Draw the dark matter within radii by each method."""
    if results.profile is not None:
        table = results.profile
        radius = table["radius_kpc"]
        edge = {"linewidth": 0.8, "linestyle": "--"} if results.extrapolation else {"linewidth": 0}
        hatch = "//" if results.extrapolation else None
        for lower, upper, alpha in (("lower_95", "upper_95", 0.15), ("lower_68", "upper_68", 0.3)):
            panel.fill_between(
                *(radius, 10 ** table[lower], 10 ** table[upper]),
                **{"facecolor": _NETWORKS.colour, "edgecolor": _NETWORKS.colour},
                **{"alpha": alpha, "hatch": hatch, **edge},
            )
        label = "networks: extrapolation" if results.extrapolation else "networks, 68 and 95 %"
        _curve(panel, radius, 10 ** table["log10_mass_dm"], _NETWORKS, label)
    for table, line in ((results.mass, _ROTATION), (results.stellar_profile, _STARLIGHT)):
        if table is not None:
            lower, upper = 10 ** table["lower_68"], 10 ** table["upper_68"]
            panel.fill_between(table["radius_kpc"], lower, upper, color=line.colour, alpha=0.25)
            middle = 10 ** table["log10_mass_dm"]
            _curve(panel, table["radius_kpc"], middle, line, f"{line.label}, 68 %")
    if results.rings is not None:
        last = results.rings.radius_kpc[-1]
        panel.axvline(last, color=style.GREY, linestyle=":", linewidth=1.1, label="outermost ring")
    panel.set_yscale("log")
    style.finish_radius_axis(panel)
    style.add_grid(panel)
    style.ticks_all_around(panel)
    panel.set_ylabel("dark matter within R [M$_\\odot$]")
    panel.set_title("Dark matter")
    if panel.get_legend_handles_labels()[0]:
        panel.legend(loc="lower right", frameon=True, framealpha=0.85, edgecolor="none")


def _draw_velocities(panel: Axes, results: ObservedResults) -> None:
    """Draw the rotation curve and the parts of its model, or why there is none."""
    panel.set_title("Rotation curve of the HI cube")
    rings, table = results.rings, results.velocities
    if rings is None:
        panel.set_axis_off()
        why = next((one for one in results.sentences if one.startswith("No rotation")), "")
        text = "\n".join(textwrap.wrap(why, 44))
        panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center")
        return
    if table is not None:
        for name, line in _PARTS.items():
            lower, upper = table[f"{name}_lower_68"], table[f"{name}_upper_68"]
            panel.fill_between(table["radius_kpc"], lower, upper, color=line.colour, alpha=0.2)
            _curve(panel, table["radius_kpc"], table[name], line, line.label)
    panel.errorbar(
        *(rings.radius_kpc, rings.velocity_km_s, rings.velocity_error_km_s),
        **{"fmt": "o", "color": style.BLACK, "markersize": 4, "capsize": 2, "linewidth": 1.1},
        label="rings of 3DBAROLO",
    )
    panel.set_xlabel("radius R [kpc]")
    panel.set_ylabel("velocity [km/s]")
    panel.set_xlim(left=0)
    panel.set_ylim(0, 1.35 * np.max(rings.velocity_km_s))
    style.add_grid(panel)
    style.ticks_all_around(panel)
    panel.legend(loc="upper right", ncols=2, frameon=True, framealpha=0.85, edgecolor="none")


def _curve(panel: Axes, x, y, line: style.LineStyle, label: str) -> None:
    panel.plot(x, y, color=line.colour, linestyle=line.dashes, linewidth=1.8, label=label)


def number_text(median: float, lower: float, upper: float) -> str:
    """Return a number with its 68 % interval, with as many digits as it has.

    A difference of masses is in dex, so two decimals are a few percent.
    """
    digits = 2 if abs(median) < 50 else 0
    text = f"{median:.{digits}f}"
    if not np.isfinite(lower) or lower == upper:
        return text
    return f"{text} (+{upper - median:.{digits}f} -{median - lower:.{digits}f})"


def _number_lines(results: ObservedResults) -> list[str]:
    lines = []
    for method, rows in results.numbers.groupby("method", sort=False):
        lines.append(f"{method}:")
        lines += [
            f"  {row['quantity']} "
            f"{number_text(row['median'], row['lower_68'], row['upper_68'])} {row['unit']}".rstrip()
            for _, row in rows.iterrows()
        ]
    return lines


def _wrapped(sentence: str) -> list[str]:
    first, *further = textwrap.wrap(sentence, _LETTERS)
    return [f"• {first}", *(f"   {line}" for line in further)]


def _write(panel: Axes, lines: list[str]) -> None:
    """Write lines of text in a panel without axes."""
    panel.set_axis_off()
    text = panel.text(
        *(0.0, 1.0, "\n".join(lines)),
        **{"transform": panel.transAxes, "va": "top", "ha": "left", "fontsize": 8.2},
        **{"linespacing": 1.35},
    )
    text.set_in_layout(False)  # the panels' widths must not follow it


def draw_observed_page(*, folder: Path, belonging: Path, pdf: Path, png: Path) -> None:
    """Draw the page of a galaxy.

    Parameters
    ----------
    folder : Path
        ``results/observed/{name}``.
    belonging : Path
        ``belonging.csv`` of all galaxies.
    pdf, png : Path
        The figure's files.
    """
    results = read_observed_results(folder, belonging=belonging)
    style.save(plot_observed_page(results), pdf=pdf, png=png)
