"""How far predicted rotation velocities are from the true ones: a summary and running bands."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

SUMMARY_COLUMNS: dict[str, type] = {
    "method": str,
    "bias_dex": float,
    "scatter_dex": float,
    "mean_error_dex": float,
    "within_error": float,
    "n": int,
    "n_galaxies": int,
    "left_out": int,
}
BAND_COLUMNS: dict[str, type] = {
    "method": str,
    "v_true_km_s": float,
    "bias_dex": float,
    "scatter_dex": float,
    "lower_km_s": float,
    "upper_km_s": float,
}
BAND_POINTS = 41
# The kernel keeps this width even for one galaxy, or for galaxies of equal velocity.
_MIN_BANDWIDTH_DEX = 0.01


@dataclass(frozen=True)
class Estimate:
    """Predicted velocities and the ends of their 68 % error bars.

    Parameters
    ----------
    velocity, lower, upper : ndarray, shape (n,)
        One velocity an image [km/s].
    """

    velocity: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def summarise_residuals(
    *, galaxy: np.ndarray, true: np.ndarray, estimates: Mapping[str, Estimate]
) -> pd.DataFrame:
    """Compare each method with the truth.

    Parameters
    ----------
    galaxy : ndarray of int, shape (n,)
        Subhalo id of each image.
    true : ndarray, shape (n,)
        True velocity [km/s]; images with NaN are left out.
    estimates : mapping of str to Estimate
        Name of each method and its velocities.

    Returns
    -------
    pandas.DataFrame
        Columns `SUMMARY_COLUMNS`, a row for each method: mean and standard deviation of
        log10(predicted / true), mean half length of the error bars, fraction of the error bars that
        contain the truth, and the numbers of images, galaxies and images that were left out.
        Every realisation of a galaxy counts, though they are not independent.
    """
    valid = np.isfinite(true)
    counts = int(valid.sum()), len(np.unique(galaxy[valid])), int((~valid).sum())
    rows = []
    for method, estimate in estimates.items():
        velocity, lower, upper = (
            getattr(estimate, name)[valid] for name in ("velocity", "lower", "upper")
        )
        if not counts[0]:
            rows.append((method, *4 * [np.nan], *counts))
            continue
        residual = np.log10(velocity / true[valid])
        error = 0.5 * np.log10(upper / lower)
        within = (lower <= true[valid]) & (true[valid] <= upper)
        rows.append((method, residual.mean(), residual.std(), error.mean(), within.mean(), *counts))
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def running_band(*, galaxy: np.ndarray, true: np.ndarray, velocity: np.ndarray) -> pd.DataFrame:
    """Return mean and scatter of the residuals as functions of the true velocity.

    Both are weighted with a Gaussian kernel in log10 of the true velocity. Its width follows
    Silverman's rule for the number of galaxies (not of images).

    Parameters
    ----------
    galaxy : ndarray of int, shape (n,)
        Subhalo id of each image.
    true, velocity : ndarray, shape (n,)
        True and predicted velocity [km/s]; images without a true velocity are left out.

    Returns
    -------
    pandas.DataFrame
        Columns `BAND_COLUMNS` without the method, `BAND_POINTS` rows over the range of true
        velocities: mean and standard deviation of log10(predicted / true), and the velocities one
        standard deviation below and above the mean. No rows if there is no image.

    References
    ----------
    Silverman 1986, Density Estimation for Statistics and Data Analysis, equation 3.28.
    """
    valid = np.isfinite(true)
    if not valid.any():
        return pd.DataFrame(columns=list(BAND_COLUMNS)[1:], dtype=float)
    x, residual = np.log10(true[valid]), np.log10(velocity[valid] / true[valid])
    _, first = np.unique(galaxy[valid], return_index=True)
    bandwidth = max(1.06 * x[first].std() * len(first) ** -0.2, _MIN_BANDWIDTH_DEX)
    grid = np.linspace(x.min(), x.max(), BAND_POINTS)
    weight = np.exp(-0.5 * ((grid[:, None] - x) / bandwidth) ** 2)
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ residual
    # Not <x^2> - <x>^2, which rounding can make negative.
    scatter = np.sqrt((weight * (residual - mean[:, None]) ** 2).sum(axis=1))
    ends = 10 ** (grid + mean - scatter), 10 ** (grid + mean + scatter)
    columns = (10**grid, mean, scatter, *ends)
    return pd.DataFrame(dict(zip(list(BAND_COLUMNS)[1:], columns, strict=True)))
