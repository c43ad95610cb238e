"""The portrait of a run's galaxies: images and HI maps by mass, and relations with references."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, GridSpecFromSubplotSpec, SubplotSpec
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from umbra.channels import HI_MAPS
from umbra.figures import sky, style
from umbra.figures.moments import moment_colour, moment_scale
from umbra.figures.photometry import colour_composite, without_sky
from umbra.population.measurement import POPULATION_COLUMNS, POPULATION_IMAGE_COLUMNS
from umbra.population.references import RELATION_CURVE_COLUMNS
from umbra.tables import read_table

_COLUMNS = 4
_WIDTH = 11.0
# Heights of a row of galaxies and of a row of relations, and what is above and between [inch].
_GALAXY_HEIGHT, _RELATION_HEIGHT, _ABOVE, _BETWEEN, _BELOW = 1.79, 2.45, 0.75, 0.75, 0.55
_SHOWN_PETROSIAN_RADII = 2.0
# Ratio of the ends of an axis, and number, from which only powers of ten are written.
_LONG_AXIS, _LARGE_NUMBER = 120.0, 1e4
_MASS = "stellar mass [M$_\\odot$]"


@dataclass(frozen=True)
class _Panel:
    """One relation: its reference, what is drawn, labels and scales."""

    relation: str
    table: str
    x: str
    y: str
    label: str
    source: str
    x_label: str = _MASS
    logarithmic: str = "xy"


_TNG, _AGREES = "TNG100, 16-84 %", "accepted range"
_PANELS = (
    _Panel(
        *("half_mass_radius", "galaxies", "stellar_mass_msun", "half_mass_radius_kpc"),
        *("stellar half-mass radius [kpc]", _TNG),
    ),
    _Panel(
        *("sfr", "galaxies", "stellar_mass_msun", "sfr_msun_yr"),
        *("SFR [M$_\\odot$ yr$^{-1}$]", _TNG),
    ),
    _Panel(
        *("dm_mass", "galaxies", "stellar_mass_msun", "dm_mass_msun"),
        *("dark-matter mass [M$_\\odot$]", _TNG),
    ),
    _Panel(
        *("gas_mass", "galaxies", "stellar_mass_msun", "gas_mass_msun"),
        *("gas mass [M$_\\odot$]", _TNG),
    ),
    _Panel(
        *("hi_fraction", "galaxies", "stellar_mass_msun", "hi_fraction"),
        *("HI mass / stellar mass", "late types, Calette et al. 2018"),
    ),
    _Panel(
        *("baryonic_tully_fisher", "lines", "rotation_km_s", "baryonic_mass_msun"),
        *("baryonic mass [M$_\\odot$]", "Lelli et al. 2019", "rotation velocity [km/s]"),
    ),
    _Panel(
        *("rotation_fraction", "galaxies", "stellar_mass_msun", "rotation_fraction"),
        *("$\\kappa_{rot}$ of the stars", _AGREES, _MASS, "x"),
    ),
    _Panel(
        *("misalignment", "galaxies", "stellar_mass_msun", "misalignment_deg"),
        *("angle of HI and stars [deg]", _AGREES),
    ),
    _Panel(
        *("asymmetry", "realisations", "stellar_mass_msun", "asymmetry"),
        *("asymmetry of the i image", _AGREES, _MASS, "x"),
    ),
    _Panel(
        *("edge_on_reddening", "realisations", "tilt_from_mean", "g_minus_r_from_mean_mag"),
        *("g-r less its mean [mag]", "Masters et al. 2010"),
        *("1 - cos(inclination) less its mean", ""),
    ),
    _Panel(
        *("mesh_dust", "galaxies", "stellar_mass_msun", "mesh_dust_ratio"),
        *("dust on the mesh / in the cells", _AGREES, _MASS, "x"),
    ),
)


@dataclass(frozen=True)
class PortraitGalaxy:
    """What is shown of one galaxy.

    Parameters
    ----------
    image, maps : SkyImage
        The five bands, and the HI moments, of the same realisation.
    log10_stellar_mass : float
        log10 M*/Msun.
    petrosian_radius_kpc : float
        Petrosian radius of the i image [kpc].
    """

    image: sky.SkyImage
    maps: sky.SkyImage
    log10_stellar_mass: float
    petrosian_radius_kpc: float


@style.styled
def plot_portrait(
    galaxies: list[PortraitGalaxy], tables: dict[str, pd.DataFrame], relations: pd.DataFrame
) -> Figure:
    """Draw galaxies, and below them the relations of their population.

    Parameters
    ----------
    galaxies : list of PortraitGalaxy
        In the order in which they are shown.
    tables : dict of str to pandas.DataFrame
        ``galaxies``, ``realisations`` and ``lines``: the tables of `umbra.population.measurement`,
        the last without the lines that are not used.
    relations : pandas.DataFrame
        `umbra.population.references.RELATION_CURVE_COLUMNS`.

    Returns
    -------
    Figure
    """
    rows = -(-len(galaxies) // _COLUMNS)
    below = -(-(len(_PANELS) + 1) // _COLUMNS)
    images, curves = rows * _GALAXY_HEIGHT, below * _RELATION_HEIGHT
    height = _ABOVE + images + _BETWEEN + curves + _BELOW
    figure = Figure(figsize=(_WIDTH, height))
    edges = {"left": 0.015, "right": 0.985, "wspace": 0.06, "hspace": 0.06}
    top = 1 - _ABOVE / height
    grid = GridSpec(rows, _COLUMNS, figure, **edges, top=top, bottom=top - images / height)
    for galaxy, place in zip(galaxies, _cells(grid), strict=False):
        _draw_galaxy(figure, place, galaxy)
    figure.text(
        0.5,
        1 - 0.15 / height,
        "Galaxies by stellar mass: SDSS g, r, i; HI intensity (top) and velocity (bottom)\n"
        "numbers: subhalo id, log$_{10}$ of the stellar mass [M$_\\odot$];"
        " velocity at which the colours end",
        ha="center",
        va="top",
        linespacing=1.5,
    )
    edges = {"left": 0.07, "right": 0.985, "wspace": 0.42, "hspace": 0.45}
    lower = GridSpec(
        *(below, _COLUMNS, figure), **edges, top=(_BELOW + curves) / height, bottom=_BELOW / height
    )
    places = _cells(lower)
    for panel, place in zip(_PANELS, places, strict=False):
        shown = relations[relations["relation"] == panel.relation]
        _draw_relation(figure.add_subplot(place), panel, tables[panel.table], shown)
    _draw_legend(figure.add_subplot(next(places)))
    return figure


def _cells(grid: GridSpec) -> Iterator[SubplotSpec]:
    rows, columns = grid.get_geometry()
    return (grid[row, column] for row in range(rows) for column in range(columns))


def _draw_galaxy(figure: Figure, place: SubplotSpec, galaxy: PortraitGalaxy) -> None:
    """Draw the colours of a galaxy, and at their right its HI intensity and velocity."""
    grid = GridSpecFromSubplotSpec(2, 3, place, wspace=0.03, hspace=0.03)
    panels = [figure.add_subplot(cell) for cell in (grid[:, :2], grid[0, 2], grid[1, 2])]
    half_width_kpc = _SHOWN_PETROSIAN_RADII * galaxy.petrosian_radius_kpc
    image = without_sky(galaxy.image).cropped(half_width_kpc)
    maps = galaxy.maps.cropped(half_width_kpc)
    image.show(panels[0], colour_composite(image.planes))
    sky.scale_bar(panels[0], image, colour="white")
    for panel, plane, channel in zip(panels[1:], maps.planes, HI_MAPS, strict=False):
        norm = moment_scale(channel, plane)
        maps.show(panel, plane, norm=norm, cmap=moment_colour(channel))
    name = f"{galaxy.image.galaxy}   {galaxy.log10_stellar_mass:.2f}"
    panels[0].text(0.04, 0.96, name, color="white", va="top", transform=panels[0].transAxes)
    _note(panels[2], f"{norm.vmax:.0f} km/s")
    for panel in panels:
        panel.set(xticks=[], yticks=[])


def _note(panel: Axes, text: str) -> None:
    outline = [withStroke(linewidth=2, foreground="white")]
    place = {"transform": panel.transAxes, "ha": "right", "va": "bottom"}
    panel.text(0.97, 0.03, text, fontsize=7, path_effects=outline, **place)


def _draw_relation(axes: Axes, panel: _Panel, table: pd.DataFrame, reference: pd.DataFrame) -> None:
    """Draw a relation of the population over its reference."""
    axes.fill_between(
        *(reference[name] for name in ("x", "low", "high")), color=style.SKY, alpha=0.35, lw=0
    )
    axes.plot(reference["x"], reference["median"], color=style.BLUE, lw=1.5)
    axes.plot(
        table[panel.x], table[panel.y], "o", color=style.VERMILLION, ms=4, mec="white", mew=0.4
    )
    for axis in panel.logarithmic:
        getattr(axes, f"set_{axis}scale")("log")
        _few_ticks(getattr(axes, f"{axis}axis"))
    axes.set(xlabel=panel.x_label, ylabel=panel.label)
    axes.set_title(panel.source, fontsize=8.5, color=style.BLUE)
    style.add_grid(axes)
    style.ticks_all_around(axes)


def _few_ticks(axis: Axis) -> None:
    """Label a logarithmic axis at 1, 2 and 5 if it is short, at powers of ten if it is long."""
    axis.set_minor_formatter(NullFormatter())
    low, high = axis.get_view_interval()
    if high / low < _LONG_AXIS:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    if high < _LARGE_NUMBER:
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _draw_legend(axes: Axes) -> None:
    axes.set_axis_off()
    axes.plot([], [], "o", color=style.VERMILLION, label="galaxies of this run")
    axes.plot([], [], color=style.BLUE, lw=1.5, label="reference, named\nabove each panel")
    axes.fill_between([], [], [], color=style.SKY, alpha=0.35, lw=0, label="its range")
    axes.legend(loc="center left")


def read_portrait(
    *, galaxies: Path, realisations: Path, relations: Path, images: list[Path], moments: list[Path]
) -> tuple[list[PortraitGalaxy], dict[str, pd.DataFrame], pd.DataFrame]:
    """Read what `plot_portrait` draws, from the files that `draw_portrait` takes."""
    tables = {
        "galaxies": read_table(galaxies, POPULATION_COLUMNS),
        "realisations": read_table(realisations, POPULATION_IMAGE_COLUMNS),
    }
    tables["lines"] = tables["realisations"].query("used == 1")
    first = tables["realisations"].drop_duplicates("galaxy").set_index("galaxy")
    files = [{int(path.stem): path for path in paths} for paths in (images, moments)]
    shown = []
    for row in tables["galaxies"].itertuples():
        image, maps = (sky.read_sky_image(paths[row.galaxy]) for paths in files)
        radius = float(first["petrosian_radius_kpc"][row.galaxy])
        shown.append(PortraitGalaxy(image, maps, float(np.log10(row.stellar_mass_msun)), radius))
    return shown, tables, read_table(relations, RELATION_CURVE_COLUMNS)


def draw_portrait(
    *,
    galaxies: Path,
    realisations: Path,
    relations: Path,
    images: list[Path],
    moments: list[Path],
    pdf: Path,
    png: Path,
) -> None:
    """Draw the first realisation of galaxies by stellar mass, and the relations of them all.

    Parameters
    ----------
    galaxies, realisations, relations : Path
        The tables of `umbra.population.measurement.write_population`.
    images, moments : list of Path
        ``photometry/{galaxy}.fits`` and ``hi/moments/{galaxy}.fits``.
    pdf, png : Path
        The figure's files.
    """
    shown = read_portrait(
        galaxies=galaxies,
        realisations=realisations,
        relations=relations,
        images=images,
        moments=moments,
    )
    style.save(plot_portrait(*shown), pdf=pdf, png=png)
