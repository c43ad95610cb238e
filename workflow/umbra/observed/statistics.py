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
# Dispersion where it is not among the channels, and the least one.
_DISPERSION_KM_S = 8.0


@dataclass(frozen=True)
class Statistic:
    """What is measured of a channel.

    Parameters
    ----------
    channel : str
        Key of `umbra.channels.CHANNELS`.
    quantity : {"flux", "size", "noise", "w50", "dispersion"}
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
        In the order of the channels: flux, size and noise of a band, flux and size of the HI
        intensity, w50 and noise of the velocities, and the dispersion.
    """
    quantities = {
        "flux": ("flux", "size", "noise"),
        "intensity": ("flux", "size"),
        "velocity": ("w50", "noise"),
        "dispersion": ("dispersion",),
    }
    return [
        Statistic(channel, quantity, "pixel" if quantity == "size" else CHANNELS[channel].unit)
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
        the rms of the noise from pixel to pixel, the width at half the peak of the line that
        the velocities make [km/s] (weighted with the HI intensity and broadened with the
        dispersion, if these are among the channels), and the median dispersion [km/s]. NaN if there
        is none, as of a flux that is not positive.
    """
    return np.array([list(_measured(image, channels)) for image in images])


def _measured(image: np.ndarray, channels: Sequence[str]) -> Iterator[float]:
    maps = {channel: image[..., place] for place, channel in enumerate(channels)}
    kinds = {CHANNELS[channel].kind: values for channel, values in maps.items()}
    for channel, values in maps.items():
        kind = CHANNELS[channel].kind
        if kind in ("flux", "intensity"):
            yield from _flux_and_size(values)
        if kind == "velocity":
            yield _w50(values, kinds.get("intensity"), kinds.get("dispersion"))
        if kind in ("flux", "velocity"):
            yield _noise(values)
        if kind == "dispersion":
            yield float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan


def _flux_and_size(values: np.ndarray) -> tuple[float, float]:
    """Return the sum of a map, and the radius of half of it around the centre [pixels]."""
    y, x = np.indices(values.shape) - (np.array(values.shape) - 1)[:, None, None] / 2
    radius = np.hypot(x, y).ravel()
    order = np.argsort(radius, kind="stable")
    growth = np.cumsum(np.nan_to_num(values, nan=0.0).ravel()[order], dtype=float)
    if growth[-1] <= 0:
        return np.nan, np.nan
    # the last pixel of the inner half: noise moves the first one that reaches half
    inner = np.flatnonzero(growth < growth[-1] / 2)
    return float(growth[-1]), float(radius[order][inner[-1]]) if inner.size else np.nan


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
