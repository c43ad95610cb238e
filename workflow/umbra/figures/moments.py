"""HI moment maps: intensity, velocity and velocity dispersion."""

from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, Normalize, PowerNorm
from matplotlib.figure import Figure

from umbra.channels import CHANNELS, HI_MAPS
from umbra.figures import sky, style

_COLOURS = {"intensity": "magma_r", "velocity": "RdBu_r", "dispersion": "viridis"}


def _highest(values: np.ndarray, percent: float = 99.5) -> float:
    """Return a robust maximum of the unmasked pixels, 1 if all are masked."""
    known = values[np.isfinite(values)]
    highest = float(np.percentile(known, percent)) if known.size else 0.0
    return highest if highest > 0 else 1.0


def moment_scale(channel: str, plane: np.ndarray) -> Normalize:
    """Return the range of a map; that of the velocity has its centre at 0.

    Parameters
    ----------
    channel : str
        One of `umbra.channels.HI_MAPS`.
    plane : ndarray, shape (y, x)
        The map; NaN where masked.
    """
    kind = CHANNELS[channel].kind
    if kind == "velocity":
        # A companion, which is seldom more of the map, would make the galaxy pale.
        fastest = _highest(np.abs(plane), 97.0)
        return Normalize(vmin=-fastest, vmax=fastest)
    if kind == "intensity":
        return PowerNorm(0.5, vmin=0, vmax=_highest(plane))
    return Normalize(vmin=0, vmax=_highest(plane))


def moment_colour(channel: str) -> Colormap:
    """Return the colours of a map, one of `umbra.channels.HI_MAPS`; masked pixels are grey."""
    return colormaps[_COLOURS[CHANNELS[channel].kind]].with_extremes(bad=style.MASKED)


@style.styled
def plot_moments(realisations: list[sky.SkyImage]) -> Figure:
    """Draw the moment maps of galaxies, one row for each galaxy; masked pixels are grey.

    Parameters
    ----------
    realisations : list of SkyImage
        Planes: moment 0 [Jy/beam km/s], 1 and 2 [km/s]; NaN where masked.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(11, 0.75 + 2.75 * len(realisations)), layout="compressed")
    axes = figure.subplots(len(realisations), len(HI_MAPS), squeeze=False)
    sky.label_axes(axes, realisations)
    for row, realisation in zip(axes, realisations, strict=True):
        if realisation.rejected:
            sky.show_rejection(row, realisation)
            continue
        for panel, plane, name in zip(row, realisation.planes, HI_MAPS, strict=True):
            norm = moment_scale(name, plane)
            shown = realisation.show(panel, plane, norm=norm, cmap=moment_colour(name))
            extend = "both" if norm.vmin < 0 else "max"
            bar = figure.colorbar(shown, ax=panel, pad=0.02, extend=extend)
            bar.set_label(f"{CHANNELS[name].label} [{CHANNELS[name].unit}]")
        sky.scale_bar(row[0], realisation, colour="black")
        sky.beam_mark(row[0], realisation, colour="black")
    for panel, name in zip(axes[0], HI_MAPS, strict=True):
        panel.set_title(CHANNELS[name].label)
    return figure


def draw_moments(*, maps: list[Path], pdf: Path, png: Path) -> None:
    """Draw the HI moment maps of the first realisation of each galaxy.

    Parameters
    ----------
    maps : list of Path
        ``hi/moments/{galaxy}.fits`` of the galaxies to show.
    pdf, png : Path
        The figure's files.
    """
    style.save(plot_moments([sky.read_sky_image(path) for path in maps]), pdf=pdf, png=png)
