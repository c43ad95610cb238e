"""What is measured in the images of a galaxy to tell whether the training had galaxies like it.

The same function measures the images of the dataset and the maps of a user's galaxy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from umbra.channels import CHANNELS
from umbra.constants import SIGMA_PER_MEDIAN_DEVIATION
from umbra.hi.line import line_width
from umbra.observed.sky import pixel_differences

_VELOCITY_STEP_KM_S = 5.0
# The asymmetry is measured within this many half-light radii, beyond which there is little light.
_ASYMMETRY_SIZES = 2.0
# Units of what is not in the unit of the channel.
_UNITS = {"size": "pixel", "asymmetry": ""}
# Dispersion where it is not among the channels, and the least one.
_DISPERSION_KM_S = 8.0


@dataclass(frozen=True)
class Statistic:
    """What is measured of a channel.

    Parameters
    ----------
    channel : str
        Key of `umbra.channels.CHANNELS`.
    quantity : {"flux", "size", "noise", "asymmetry", "w50", "dispersion"}
    unit : str
    """

    channel: str
    quantity: str
    unit: str


def statistics_of(channels: Sequence[str]) -> list[Statistic]:
    """Return what `measure_statistics` measures of some channels.

    Parameters
    ----------
    channels : sequence of str
        Keys of `umbra.channels.CHANNELS`.

    Returns
    -------
    list of Statistic
        In the order of the channels: flux, size, noise and asymmetry of a band, flux and size of
        the HI intensity, w50 and noise of the velocities, and the dispersion.
    """
    quantities = {
        "flux": ("flux", "size", "noise", "asymmetry"),
        "intensity": ("flux", "size"),
        "velocity": ("w50", "noise"),
        "dispersion": ("dispersion",),
    }
    return [
        Statistic(channel, quantity, _UNITS.get(quantity, CHANNELS[channel].unit))
        for channel in channels
        for quantity in quantities[CHANNELS[channel].kind]
    ]


def measure_statistics(images: np.ndarray, channels: Sequence[str]) -> np.ndarray:
    """Measure images.

    Parameters
    ----------
    images : ndarray, shape (n, pixels, pixels, channels)
        In physical units; NaN where masked.
    channels : sequence of str
        Of the last axis, keys of `umbra.channels.CHANNELS`.

    Returns
    -------
    ndarray, shape (n, statistics)
        In the order of `statistics_of`: the sum of the pixels, the radius of half of it [pixels],
        the rms of the noise from pixel to pixel, the asymmetry, the width at half the peak of the
        line that the velocities make [km/s] (weighted with the HI intensity and broadened with the
        dispersion, if these are among the channels), and the median dispersion [km/s]. NaN if there
        is none, as of a flux that is not positive.

    References
    ----------
    Conselice, Bershady & Jangren 2000, ApJ 529, 886: the asymmetry, the light that changes if the
    image is turned by 180 degrees. Discs with spiral arms have it, ellipticals do not.
    """
    return np.array([list(_measured(image, channels)) for image in images])


def _measured(image: np.ndarray, channels: Sequence[str]) -> Iterator[float]:
    maps = {channel: image[..., place] for place, channel in enumerate(channels)}
    kinds = {CHANNELS[channel].kind: values for channel, values in maps.items()}
    for channel, values in maps.items():
        kind = CHANNELS[channel].kind
        if kind in ("flux", "intensity"):
            flux, size = _flux_and_size(values)
            yield from (flux, size)
        if kind == "velocity":
            yield _w50(values, kinds.get("intensity"), kinds.get("dispersion"))
        if kind in ("flux", "velocity"):
            yield _noise(values)
        if kind == "flux":
            yield _asymmetry(values, size)
        if kind == "dispersion":
            yield float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan


def _radius(values: np.ndarray) -> np.ndarray:
    """Return the distance of each pixel from the centre [pixels]."""
    y, x = np.indices(values.shape) - (np.array(values.shape) - 1)[:, None, None] / 2
    return np.hypot(x, y)


def _flux_and_size(values: np.ndarray) -> tuple[float, float]:
    """Return the sum of a map, and the radius of half of it around the centre [pixels]."""
    radius = _radius(values).ravel()
    order = np.argsort(radius, kind="stable")
    growth = np.cumsum(np.nan_to_num(values, nan=0.0).ravel()[order], dtype=float)
    if growth[-1] <= 0:
        return np.nan, np.nan
    # the last pixel of the inner half: noise moves the first one that reaches half
    inner = np.flatnonzero(growth < growth[-1] / 2)
    return float(growth[-1]), float(radius[order][inner[-1]]) if inner.size else np.nan


def _asymmetry(values: np.ndarray, size: float) -> float:
    """Return which fraction of the light within two half-light radii is not symmetric."""
    inside = _radius(values) < _ASYMMETRY_SIZES * size
    if not inside.any():
        return np.nan
    difference = np.abs(values - values[::-1, ::-1])[inside].sum()
    return float(difference / 2 / np.abs(values[inside]).sum())


def _noise(values: np.ndarray) -> float:
    """Return the rms of what changes from pixel to pixel, where no neighbour is masked."""
    differences = pixel_differences(values)
    known = np.abs(differences[np.isfinite(differences)])
    if not known.size:
        return np.nan
    return float(SIGMA_PER_MEDIAN_DEVIATION * np.median(known)) or np.nan


def _w50(
    velocity: np.ndarray, intensity: np.ndarray | None, dispersion: np.ndarray | None
) -> float:
    """Return the width at half the peaks of the line that the maps make [km/s]."""
    known = np.isfinite(velocity)
    if not known.any():
        return np.nan
    centre = velocity[known].astype(float)
    weight = np.ones_like(centre) if intensity is None else np.nan_to_num(intensity[known])
    sigma = np.full_like(centre, _DISPERSION_KM_S)
    if dispersion is not None:
        sigma = np.maximum(np.nan_to_num(dispersion[known]), _DISPERSION_KM_S)
    reach = np.abs(centre).max() + 3 * sigma.max()
    channels = np.arange(-reach, reach + _VELOCITY_STEP_KM_S, _VELOCITY_STEP_KM_S)
    deviates = (channels[:, None] - centre) / sigma
    line = np.exp(-0.5 * deviates**2) @ (weight / sigma)
    return line_width(channels, line, fraction=0.5)[0] or np.nan
