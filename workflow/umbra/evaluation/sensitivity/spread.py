"""How the sensitivity of a network spreads over the sky.

The tables hold, averaged over all test galaxies, how much of the sensitivity lies within a
projected distance from the centre.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra import files

PROFILE_COLUMNS = (
    *("radius_kpc", "channel", "r_kpc"),
    *("fraction", "standard_error", "fraction_pixels", "n_galaxies"),
)
HALF_COLUMNS = (
    *("radius_kpc", "channel", "half_radius_kpc", "standard_error_kpc"),
    *("shift_kpc", "shift_error_kpc", "half_radius_pixels_kpc", "n_galaxies"),
)


def projected_kpc(*, pixels: int, side_kpc: float) -> np.ndarray:
    """Return the distance [kpc] of each pixel (pixels, pixels) from the centre of the image."""
    offset = (np.arange(pixels) - (pixels - 1) / 2) * side_kpc / pixels
    return np.hypot(offset[:, None], offset)


def fraction_within(
    *, weight: np.ndarray, distance_kpc: np.ndarray, r_kpc: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of the weight of an image lies within some distances of its centre.

    Parameters
    ----------
    weight : ndarray, shape (..., pixels, pixels)
        Not negative.
    distance_kpc : ndarray, shape (pixels, pixels)
        As `projected_kpc` gives.
    r_kpc : ndarray, shape (K,)
        Distances [kpc].

    Returns
    -------
    fraction : ndarray, shape (..., K)
        NaN if there is no weight at all.
    half_kpc : ndarray, shape (...)
        Distance within which half of the weight lies [kpc].
    """
    order = np.argsort(distance_kpc, axis=None, kind="stable")
    ordered_kpc = distance_kpc.ravel()[order]
    within = weight.reshape(*weight.shape[:-2], -1)[..., order].cumsum(axis=-1, dtype=float)
    total = within[..., -1:]
    share = np.divide(within, total, out=np.full_like(within, np.nan), where=total > 0)
    places = np.searchsorted(ordered_kpc, r_kpc, side="right")
    padded = np.concatenate([0 * share[..., :1], share], axis=-1)
    half_kpc = np.where(total[..., 0] > 0, ordered_kpc[(share >= 0.5).argmax(axis=-1)], np.nan)
    return padded[..., places], half_kpc


def over_galaxies(values: np.ndarray, galaxy: np.ndarray) -> tuple[np.ndarray, ...]:
    """Average over realisations, which are not independent, then over galaxies.

    Parameters
    ----------
    values : ndarray, shape (N, ...)
        One entry an image; NaN is left out.
    galaxy : ndarray, shape (N,)

    Returns
    -------
    mean, standard_error : ndarray, shape (...)
        The error is the spread of the galaxies over the root of their number; NaN for one galaxy.
    n : ndarray of int, shape (...)
        Galaxies that count.
    """
    means = np.stack([_mean(values[galaxy == one])[0] for one in np.unique(galaxy)])
    mean, n = _mean(means)
    squares = np.where(np.isfinite(means), means - mean, 0.0) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(squares.sum(axis=0) / (n - 1) / n)
    return mean, np.where(n > 1, error, np.nan), n


def _mean(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over the first axis of what is not NaN, and how many entries that is."""
    valid = np.isfinite(values)
    n = valid.sum(axis=0)
    total = np.where(valid, values, 0.0).sum(axis=0)
    return np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0), n


@dataclass(frozen=True)
class Spread:
    """How the sensitivity of each test image spreads over the sky.

    Attributes
    ----------
    galaxy : ndarray, shape (N,)
    r_kpc : ndarray, shape (K,)
        Projected distances.
    fraction : ndarray, shape (N, radii, channels, K)
        Of the absolute sensitivity, within each distance.
    half_kpc : ndarray, shape (N, radii, channels)
        Distance within which half of it lies.
    fraction_pixels : ndarray, shape (N, channels, K)
        Of the pixels that are not masked: what a network without preference would show.
    half_pixels_kpc : ndarray, shape (N, channels)
    """

    galaxy: np.ndarray
    r_kpc: np.ndarray
    fraction: np.ndarray
    half_kpc: np.ndarray
    fraction_pixels: np.ndarray
    half_pixels_kpc: np.ndarray


def write_spread(
    *,
    spread: Spread,
    radius_kpc: Sequence[float],
    channels: Sequence[str],
    table: Path,
    half_radii: Path,
) -> None:
    """Write the tables of how the sensitivity spreads over the sky.

    Parameters
    ----------
    spread : Spread
    radius_kpc : sequence of float
        R of the enclosed masses.
    channels : sequence of str
    table : path
        Fractions within each distance; CSV with columns `PROFILE_COLUMNS`.
    half_radii : path
        Distances that hold half; CSV with columns `HALF_COLUMNS`. ``shift_kpc`` is the mean over
        galaxies of how much farther out it lies than for the first of `radius_kpc`.
    """
    _write(table, PROFILE_COLUMNS, _profile_rows(spread, radius_kpc, channels))
    _write(half_radii, HALF_COLUMNS, _half_rows(spread, radius_kpc, channels))


def _profile_rows(spread: Spread, radius_kpc, channels) -> Iterable[list]:
    mean, error, n = over_galaxies(spread.fraction, spread.galaxy)
    pixels = over_galaxies(spread.fraction_pixels, spread.galaxy)[0]
    for place, radius in enumerate(radius_kpc):
        for number, channel in enumerate(channels):
            curves = (mean[place, number], error[place, number], pixels[number], n[place, number])
            for r, share, sigma, even, count in zip(spread.r_kpc, *curves, strict=True):
                numbers = (f"{r:.6g}", f"{share:.6f}", f"{sigma:.6f}", f"{even:.6f}", count)
                yield [f"{radius:.10g}", channel, *numbers]


def _half_rows(spread: Spread, radius_kpc, channels) -> Iterable[list]:
    mean, error, n = over_galaxies(spread.half_kpc, spread.galaxy)
    further = spread.half_kpc - spread.half_kpc[:, :1]
    shift, shift_error, _ = over_galaxies(further, spread.galaxy)
    pixels = over_galaxies(spread.half_pixels_kpc, spread.galaxy)[0]
    for place, radius in enumerate(radius_kpc):
        for number, channel in enumerate(channels):
            values = [part[place, number] for part in (mean, error, shift, shift_error)]
            numbers = [f"{value:.4f}" for value in (*values, pixels[number])]
            yield [f"{radius:.10g}", channel, *numbers, n[place, number]]


def _write(path: Path, columns: Sequence[str], rows: Iterable[list]) -> None:
    with files.atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
