"""The page of a user's galaxy: its images, its dark matter by all methods, numbers and notes."""

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.ticker import MaxNLocator

from umbra.channels import BANDS, CHANNELS, HI_MAPS
from umbra.figures import sky, style
from umbra.figures.moments import moment_colour, moment_scale
from umbra.figures.observed_results import ObservedResults, read_observed_results
from umbra.figures.photometry import grey_scale, without_sky

_WIDTH = 10.0
# Heights [inch] of the plots, of a line of text, of what is around images, and around all.
_PLOTS, _LINE, _AROUND_IMAGES, _AROUND = 4.0, 0.165, 0.5, 0.7
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
    verdict = textwrap.wrap(results.verdict, 100)
    rows = _image_rows(results)
    heights = [_LINE * 1.4 * (len(verdict) + 1)]
    heights += [_WIDTH / max(len(row), 3) + _AROUND_IMAGES for row in rows]
    heights += [_PLOTS] * bool(rows) + [_LINE * (max(len(notes), len(numbers)) + 2)]
    figure = Figure(figsize=(_WIDTH, sum(heights) + _AROUND), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1)
    figure.suptitle(results.title, fontsize=13)
    grid = GridSpec(len(heights), 1, figure, height_ratios=heights)
    alarming = results.extrapolation or results.profile is None
    colour = style.VERMILLION if alarming else style.BLACK
    bold = {"color": colour, "fontweight": "bold", "fontsize": 9.5}
    _write(figure.add_subplot(grid[0]), verdict, **bold)
    for place, channels in enumerate(rows, start=1):
        _draw_images(figure, grid[place], channels, results)
    if rows:
        sky.scale_bar(figure.axes[1], results.plane(rows[0][0]), colour="black")
        left, right = grid[-2].subgridspec(1, 2)
        _draw_profile(figure.add_subplot(left), results)
        _draw_velocities(figure.add_subplot(right), results)
    left, right = grid[-1].subgridspec(1, 2, width_ratios=(5, 7))
    _write(figure.add_subplot(left), numbers)
    _write(figure.add_subplot(right), notes)
    return figure


def _image_rows(results: ObservedResults) -> list[list[str]]:
    """Return the channels of each row of images: the bands, and the maps of the HI."""
    known = results.maps.channels if results.maps else ()
    rows = ([name for name in known if name in kinds] for kinds in (BANDS, HI_MAPS))
    return [row for row in rows if row]


def _draw_images(
    figure: Figure, place: SubplotSpec, channels: list[str], results: ObservedResults
) -> None:
    """Draw bands on one scale of grey, or maps of the HI."""
    images = [results.plane(name) for name in channels]
    greys = None
    if channels[0] in BANDS:
        images = [without_sky(image) for image in images]
        greys = grey_scale(np.nan_to_num(np.concatenate([image.planes for image in images])))
    cells = place.subgridspec(1, max(len(channels), 3))
    for cell, name, image in zip(cells, channels, images, strict=False):
        panel = figure.add_subplot(cell)
        panel.set(xticks=[], yticks=[], title=CHANNELS[name].label)
        if greys is not None:
            image.show(panel, image.planes[0], norm=greys, cmap="gray_r")
            continue
        scale = moment_scale(name, image.planes[0])
        shown = image.show(panel, image.planes[0], norm=scale, cmap=moment_colour(name))
        extend = "both" if scale.vmin < 0 else "max"
        bar = figure.colorbar(shown, ax=panel, location="bottom", pad=0.03, extend=extend)
        bar.set_label(CHANNELS[name].unit)
        bar.set_ticks(MaxNLocator(3))


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


def _write(panel: Axes, lines: list[str], **options) -> None:
    """Write lines of text in a panel without axes; `options` are those of the text."""
    panel.set_axis_off()
    place = {"transform": panel.transAxes, "va": "top", "ha": "left"}
    options = {"fontsize": 8.2, "linespacing": 1.35} | options
    text = panel.text(0.0, 1.0, "\n".join(lines), **place, **options)
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
