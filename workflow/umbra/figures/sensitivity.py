"""What a network looks at: sensitivity maps over the images."""

from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator

from umbra.channels import CHANNELS, HI_MAPS, ChannelSet
from umbra.evaluation.sensitivity.maps import Maps, read_maps
from umbra.figures import moments, photometry, sky, style
from umbra.figures.channels import network_title

# Pale, so that green shows on it.
_VELOCITIES = LinearSegmentedColormap.from_list("velocity", ["#8FB4E8", "white", "#F2A48F"])
_PANELS_ABREAST = 4
_GREENS = LinearSegmentedColormap.from_list(
    "sensitivity", [(*to_rgb("#00A000"), 0.0), (*to_rgb("#00A000"), 1.0)]
)
# Pixels above this percentile of the unmasked ones are drawn in full colour.
_FULL_PERCENTILE = 99.5


def _full_colour(values: np.ndarray) -> float:
    """Return the sensitivity that is drawn in full green; larger ones look the same."""
    seen = values[values > 0]
    return float(np.percentile(seen, _FULL_PERCENTILE)) if seen.size else 1.0


def _show_image(panel: Axes, realisation: sky.SkyImage, plane: np.ndarray, channel: str) -> None:
    if channel in HI_MAPS:
        norm = moments.moment_scale(channel, plane)
    else:
        plane = plane - np.median(plane)
        norm = photometry.grey_scale(plane[None])
    colours = _VELOCITIES if CHANNELS[channel].kind == "velocity" else colormaps["gray_r"]
    panel.imshow(
        np.ma.masked_invalid(plane),
        origin="lower",
        extent=realisation.extent_arcmin,
        interpolation="nearest",
        norm=norm,
        cmap=colours.with_extremes(bad=style.MASKED),
    )


def _draw_panel(panel: Axes, maps: Maps, row: int, place: int, number: int) -> None:
    """Draw one channel of one image, and the map of one radius over it."""
    step = maps.field_of_view_arcmin / maps.images.shape[1]
    realisation = sky.SkyImage(
        galaxy=str(maps.galaxy[row]),
        planes=np.moveaxis(maps.images[row], -1, 0),
        distance_mpc=float(maps.distance_mpc[row]),
        scale_arcmin=(-step, step),
    )
    _show_image(panel, realisation, realisation.planes[number], maps.channels[number])
    size = np.abs(maps.maps[row, place, :, :, number])
    panel.imshow(
        size,
        origin="lower",
        extent=realisation.extent_arcmin,
        interpolation="nearest",
        norm=Normalize(0, _full_colour(size)),
        cmap=_GREENS,
    )
    panel.add_patch(
        Circle(
            (0, 0),
            maps.radius_kpc[place] * realisation.arcmin_per_kpc,
            fill=False,
            edgecolor=style.VERMILLION,
            linestyle="--",
            linewidth=1,
        )
    )
    left, right, bottom, top = realisation.extent_arcmin
    panel.set(xlim=(left, right), ylim=(bottom, top))  # however large the circle is
    sky.scale_bar(panel, realisation, colour="black")


def _draw_block(panels: np.ndarray, maps: Maps, row: int, *, leftmost: bool) -> None:
    """Draw all radii (rows) and channels (columns) of one image."""
    for place, radius in enumerate(maps.radius_kpc):
        for number, channel in enumerate(maps.channels):
            panel = panels[place, number]
            panel.set_axis_on()
            _draw_panel(panel, maps, row, place, number)
            first = leftmost and number == 0
            _label(panel, first=first, last=place == len(maps.radius_kpc) - 1)
            if place == 0:
                name = f"galaxy {maps.galaxy[row]}, {maps.distance_mpc[row]:.1f} Mpc"
                panel.set_title(f"{name}\n{CHANNELS[channel].label}", fontsize=9)
            if first:
                panel.set_ylabel(f"R = {radius:.3g} kpc\nDec offset [arcmin]")


def _first_realisations(maps: Maps) -> list[int]:
    """Return the row of the first realisation of each galaxy, in the order of the file."""
    rows = {}
    for row, galaxy in enumerate(maps.galaxy.tolist()):
        rows.setdefault(galaxy, row)
    return list(rows.values())


@style.styled
def plot_sensitivity(maps: Maps, *, architecture: str, channel_set: ChannelSet) -> Figure:
    """Draw the first realisation of each galaxy with its sensitivity in green.

    Parameters
    ----------
    maps : Maps
    architecture : str
    channel_set : ChannelSet
        The network, for the title.

    Returns
    -------
    Figure
        One block for each galaxy, up to four panels side by side: radii as rows, channels as
        columns.
    """
    realisations = _first_realisations(maps)
    radii, channel_count = len(maps.radius_kpc), len(maps.channels)
    abreast = min(max(_PANELS_ABREAST // channel_count, 1), len(realisations))
    rows, columns = -(-len(realisations) // abreast) * radii, abreast * channel_count
    figure = Figure(figsize=(1.6 + 2.5 * columns, 0.9 + 2.55 * rows), layout="compressed")
    axes = figure.subplots(rows, columns, squeeze=False)
    for panel in axes.flat:
        panel.set_axis_off()
    for index, row in enumerate(realisations):
        down, across = divmod(index, abreast)
        block = axes[down * radii :, across * channel_count :][:radii, :channel_count]
        _draw_block(block, maps, row, leftmost=across == 0)
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), _GREENS), ax=axes, pad=0.02, aspect=40)
    bar.set_label(
        r"$|\,\partial \log_{10} M_{\mathrm{DM}}(<R) / \partial\,\mathrm{pixel}\,|$"
        f" / {_FULL_PERCENTILE:g}th percentile"
    )
    figure.suptitle(network_title(architecture, channel_set))
    return figure


def _label(panel: Axes, *, first: bool, last: bool) -> None:
    """Number the first column of panels, and the last row of a galaxy."""
    panel.xaxis.set_major_locator(MaxNLocator(4))
    panel.yaxis.set_major_locator(MaxNLocator(4))
    if last:
        panel.set_xlabel("RA offset [arcmin]")
    else:
        panel.tick_params(labelbottom=False)
    if not first:
        panel.tick_params(labelleft=False)


def draw_sensitivity(
    *, maps: Path, architecture: str, channel_set: ChannelSet, pdf: Path, png: Path
) -> None:
    """Draw sensitivity maps over their images.

    Parameters
    ----------
    maps : Path
        ``maps.hdf5`` of one network.
    architecture : str
    channel_set : ChannelSet
        The network, for the title.
    pdf, png : Path
        The figure's files.
    """
    figure = plot_sensitivity(read_maps(maps), architecture=architecture, channel_set=channel_set)
    style.save(figure, pdf=pdf, png=png)
