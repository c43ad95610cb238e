"""How far predicted rotation velocities are from the true ones: a summary and running bands."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SUMMARY_COLUMNS = (
    *("method", "bias_dex", "scatter_dex", "mean_error_dex", "within_error", "n"),
    *("n_galaxies", "left_out"),
)
BAND_COLUMNS = ("method", "v_true_km_s", "bias_dex", "scatter_dex", "lower_km_s", "upper_km_s")
BAND_POINTS = 41
# the kernel of one galaxy, or of galaxies of one velocity, still has a width
_LEAST_BANDWIDTH_DEX = 0.01


@dataclass(frozen=True)
class Estimate:
    """Predicted velocities and their 68 % error bars [km/s], one entry an image.

    Attributes
    ----------
    velocity, lower, upper : ndarray, shape (N,)
    """

    velocity: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def summarise_residuals(
    *, galaxy: np.ndarray, true: np.ndarray, estimates: Mapping[str, Estimate]
) -> list[tuple]:
    """Compare each method with the truth.

    Parameters
    ----------
    galaxy : ndarray of int, shape (N,)
        Subhalo id of each image.
    true : ndarray, shape (N,)
        True velocity [km/s]; NaN leaves that image out.
    estimates : mapping of str to Estimate
        Methods, in the order of the rows.

    Returns
    -------
    list of tuple
        `SUMMARY_COLUMNS`: mean and standard deviation of log10(predicted / true), mean half length
        of the error bars, fraction of the error bars that hold the truth, images, galaxies, images
        left out. Realisations of a galaxy count each, though they are not independent.
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
    return rows


def running_band(*, galaxy: np.ndarray, true: np.ndarray, velocity: np.ndarray) -> list[tuple]:
    """Follow the mean and the scatter of the residuals along the true velocity.

    Both are weighted with a Gaussian kernel in log10 of the true velocity, as wide as Silverman's
    rule says for the number of galaxies (not of images).

    Parameters
    ----------
    galaxy : ndarray of int, shape (N,)
        Subhalo id of each image.
    true, velocity : ndarray, shape (N,)
        True and predicted velocity [km/s]; images without a true velocity are left out.

    Returns
    -------
    list of tuple
        `BAND_COLUMNS` without the method: `BAND_POINTS` rows over the range of true velocities,
        with mean and standard deviation of log10(predicted / true) and the velocities one standard
        deviation around the mean. Empty if no image is left.

    References
    ----------
    Silverman 1986, Density Estimation for Statistics and Data Analysis, eq. 3.28.
    """
    valid = np.isfinite(true)
    if not valid.any():
        return []
    x, residual = np.log10(true[valid]), np.log10(velocity[valid] / true[valid])
    _, first = np.unique(galaxy[valid], return_index=True)
    bandwidth = max(1.06 * x[first].std() * len(first) ** -0.2, _LEAST_BANDWIDTH_DEX)
    grid = np.linspace(x.min(), x.max(), BAND_POINTS)
    weight = np.exp(-0.5 * ((grid[:, None] - x) / bandwidth) ** 2)
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ residual
    # not <x^2> - <x>^2, which rounds to less than zero
    scatter = np.sqrt((weight * (residual - mean[:, None]) ** 2).sum(axis=1))
    columns = (
        10**grid,
        mean,
        scatter,
        10 ** (grid + mean - scatter),
        10 ** (grid + mean + scatter),
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))
