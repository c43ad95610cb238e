"""Photometric images: five bands on one scale of grey, and the colour composite."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.colors import AsinhNorm
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from umbra.channels import BANDS
from umbra.constants import SIGMA_PER_MEDIAN_DEVIATION
from umbra.figures import sky, style

# With these weights of i, r and g a composite looks like those of SDSS.
_COMPOSITE_WEIGHTS = {"i": 1.0, "r": 1.5, "g": 2.5}


def _noise(plane: np.ndarray) -> float:
    """Return the noise of a plane, from differences of neighbouring pixels."""
    return SIGMA_PER_MEDIAN_DEVIATION * float(np.median(np.abs(np.diff(plane)))) / np.sqrt(2)


def grey_scale(planes: np.ndarray) -> AsinhNorm:
    """Return the stretch shared by the bands of a galaxy: linear in the noise, logarithmic above.

    Parameters
    ----------
    planes : ndarray, shape (bands, y, x)
        Images whose median is 0 [nanomaggy/pixel].
    """
    peak = max(float(planes.max()), np.finfo(float).tiny)
    noise = [_noise(plane) for plane in planes]
    width = min(max(2 * float(np.median(noise)), 1e-4 * peak), peak / 3)
    return AsinhNorm(linear_width=width, vmin=-max(width, 2 * max(noise)), vmax=peak)


def grey_ticks(norm: AsinhNorm) -> list[float]:
    """Return 0 and the powers of ten of the logarithmic part of a scale."""
    lowest = int(np.ceil(np.log10(2.5 * norm.linear_width)))
    highest = int(np.floor(np.log10(norm.vmax)))
    return [0.0, *(10.0**power for power in range(lowest, highest + 1))]


def colour_composite(planes: np.ndarray) -> np.ndarray:
    """Return the colour image of the i, r and g bands (Lupton et al. 2004).

    Parameters
    ----------
    planes : ndarray, shape (5, y, x)
        Images in the order of `BANDS`, whose median is 0 [nanomaggy/pixel].

    Returns
    -------
    ndarray of uint8, shape (y, x, 3)
        Red, green and blue.
    """
    from astropy.visualization import make_lupton_rgb  # its import is slow

    colours = [weight * planes[BANDS.index(band)] for band, weight in _COMPOSITE_WEIGHTS.items()]
    # With Q = 8 colours saturate at about 95 times the stretch; noise stays below it.
    peak = float(np.percentile(np.mean(colours, axis=0), 99.9))
    noise = max(_noise(colour) for colour in colours)
    stretch = max(peak / 60, 8 * noise, np.finfo(float).tiny)
    # Divisions by dark pixels are dropped by the function itself.
    with np.errstate(divide="ignore", invalid="ignore"):
        return make_lupton_rgb(*colours, minimum=0, stretch=stretch, Q=8)


def without_sky(realisation: sky.SkyImage) -> sky.SkyImage:
    """Return an image less its median: a run may keep the mean of the sky, which hides it."""
    planes = realisation.planes
    return replace(realisation, planes=planes - np.nanmedian(planes, axis=(1, 2), keepdims=True))


@style.styled
def plot_photometry(realisations: list[sky.SkyImage]) -> Figure:
    """Draw the five bands and the colour composite of galaxies, one row for each galaxy.

    Parameters
    ----------
    realisations : list of SkyImage
        Planes in the order of `BANDS` [nanomaggy/pixel].

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(12.5, 0.75 + 1.85 * len(realisations)), layout="compressed")
    axes = figure.subplots(len(realisations), len(BANDS) + 1, squeeze=False)
    sky.label_axes(axes, realisations)
    for row, realisation in zip(axes, realisations, strict=True):
        if realisation.rejected:
            sky.show_rejection(row, realisation)
            continue
        galaxy = without_sky(realisation)
        norm = grey_scale(galaxy.planes)
        for panel, plane in zip(row, galaxy.planes, strict=False):
            shown = galaxy.show(panel, plane, norm=norm, cmap="gray_r")
        galaxy.show(row[-1], colour_composite(galaxy.planes))
        sky.scale_bar(row[0], realisation, colour="black")
        sky.scale_bar(row[-1], realisation, colour="white")
        bar = figure.colorbar(shown, ax=list(row[:-1]), pad=0.01, ticks=grey_ticks(norm))
        bar.ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        bar.ax.minorticks_off()
        bar.set_label("flux above the median\n[nanomaggy/pixel]")
    for panel, name in zip(axes[0], [*BANDS, "colours: i, r, g"], strict=True):
        panel.set_title(name)
    return figure


def draw_photometry(*, images: list[Path], pdf: Path, png: Path) -> None:
    """Draw the first realisation of each galaxy's SDSS images.

    Parameters
    ----------
    images : list of Path
        ``photometry/{galaxy}.fits`` of the galaxies to show.
    pdf, png : Path
        The figure's files.
    """
    style.save(plot_photometry([sky.read_sky_image(path) for path in images]), pdf=pdf, png=png)
