"""How the sensitivity of a network spreads over the sky.

The tables give how much of the sensitivity lies within a projected distance from the centre,
averaged over all test galaxies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.predictions.profile_tables import RADIUS_FORMAT
from umbra.tables import write_table

SPREAD_COLUMNS: dict[str, type] = {
    "radius_kpc": float,
    "channel": str,
    "r_kpc": float,
    "fraction": float,
    "standard_error": float,
    "fraction_pixels": float,
    "n_galaxies": int,
}
HALF_COLUMNS: dict[str, type] = {
    "radius_kpc": float,
    "channel": str,
    "half_radius_kpc": float,
    "standard_error_kpc": float,
    "shift_kpc": float,
    "shift_error_kpc": float,
    "half_radius_pixels_kpc": float,
    "n_galaxies": int,
}


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
        Distance of each pixel from the centre [kpc].
    r_kpc : ndarray, shape (distances,)
        Distances [kpc].

    Returns
    -------
    fraction : ndarray, shape (..., distances)
        NaN if all weights are zero.
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
    values : ndarray, shape (n, ...)
        An entry for each image; NaN is left out.
    galaxy : ndarray of int, shape (n,)

    Returns
    -------
    mean, standard_error : ndarray, shape (...)
        The error is the standard deviation of the galaxies divided by the root of their number;
        NaN for one galaxy.
    n : ndarray of int, shape (...)
        Number of galaxies with a value.
    """
    means = np.stack([_mean(values[galaxy == one])[0] for one in np.unique(galaxy)])
    mean, n = _mean(means)
    squares = np.where(np.isfinite(means), means - mean, 0.0) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(squares.sum(axis=0) / (n - 1) / n)
    return mean, np.where(n > 1, error, np.nan), n


def _mean(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over the first axis of values that are not NaN, and their number."""
    valid = np.isfinite(values)
    n = valid.sum(axis=0)
    total = np.where(valid, values, 0.0).sum(axis=0)
    return np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0), n


@dataclass(frozen=True)
class Spread:
    """How the sensitivity of each test image spreads over the sky.

    Attributes
    ----------
    galaxy : ndarray of int, shape (n,)
    r_kpc : ndarray, shape (distances,)
        Projected distances.
    fraction : ndarray, shape (n, radii, channels, distances)
        Fraction of the absolute sensitivity within each distance.
    half_kpc : ndarray, shape (n, radii, channels)
        Distance within which half of the absolute sensitivity lies.
    fraction_pixels : ndarray, shape (n, channels, distances)
        Fraction of the pixels that are not masked, within each distance. The sensitivity of a
        network to which all pixels matter alike would spread in this way.
    half_pixels_kpc : ndarray, shape (n, channels)
        Distance within which half of the pixels lie that are not masked.
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
        Radii R of the enclosed masses.
    channels : sequence of str
        Names of the channels.
    table : Path
        Fractions within each distance; CSV with columns `SPREAD_COLUMNS`.
    half_radii : Path
        Distances that contain half; CSV with columns `HALF_COLUMNS`. ``shift_kpc`` is that distance
        minus the one for the first of `radius_kpc`, in the mean over galaxies.
    """
    digits = dict.fromkeys(("fraction", "standard_error", "fraction_pixels"), ".6f")
    write_table(
        _spread_table(spread, radius_kpc, channels)[list(SPREAD_COLUMNS)],
        table,
        formats={"radius_kpc": RADIUS_FORMAT, "r_kpc": ".6g", **digits},
    )
    lengths = [name for name in HALF_COLUMNS if name.endswith("_kpc") and name != "radius_kpc"]
    write_table(
        _half_table(spread, radius_kpc, channels)[list(HALF_COLUMNS)],
        half_radii,
        formats={"radius_kpc": RADIUS_FORMAT, **dict.fromkeys(lengths, ".4f")},
    )


def _spread_table(
    spread: Spread, radius_kpc: Sequence[float], channels: Sequence[str]
) -> pd.DataFrame:
    mean, error, n = over_galaxies(spread.fraction, spread.galaxy)
    pixels = over_galaxies(spread.fraction_pixels, spread.galaxy)[0]
    radii, names, distances = np.meshgrid(radius_kpc, channels, spread.r_kpc, indexing="ij")
    columns = {
        "radius_kpc": radii,
        "channel": names,
        "r_kpc": distances,
        "fraction": mean,
        "standard_error": error,
        "fraction_pixels": np.broadcast_to(pixels, mean.shape),
        "n_galaxies": n,
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def _half_table(
    spread: Spread, radius_kpc: Sequence[float], channels: Sequence[str]
) -> pd.DataFrame:
    mean, error, n = over_galaxies(spread.half_kpc, spread.galaxy)
    shift, shift_error, _ = over_galaxies(spread.half_kpc - spread.half_kpc[:, :1], spread.galaxy)
    pixels = over_galaxies(spread.half_pixels_kpc, spread.galaxy)[0]
    radii, names = np.meshgrid(radius_kpc, channels, indexing="ij")
    columns = {
        "radius_kpc": radii,
        "channel": names,
        "half_radius_kpc": mean,
        "standard_error_kpc": error,
        "shift_kpc": shift,
        "shift_error_kpc": shift_error,
        "half_radius_pixels_kpc": np.broadcast_to(pixels, mean.shape),
        "n_galaxies": n,
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})
