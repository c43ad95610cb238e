"""Whether a galaxy is like those that the networks learnt from.

Two distances to the galaxies of the training are measured: of what the networks see (their features
before the last dense layer) and of what is measured in the images (`umbra.observed.statistics`).
Each is compared with the distances of the validation galaxies, which the networks did not learn
from. Networks map what they have never seen to features that they know, so that the features alone
miss some strangers; the statistics alone know nothing of shapes.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.stats import t

# Beyond it, a prediction is an extrapolation.
EXTRAPOLATION_PERCENTILE = 99.5
# Of log10 of a statistic [dex], and of whether it is there: real images are not calibrated better.
LEAST_SPREAD = 0.1


@dataclass(frozen=True)
class Cloud:
    """The training images as points: their mean, and the Cholesky factor of their covariance.

    Attributes
    ----------
    mean : ndarray, shape (width,)
    factor : ndarray, shape (width, width)
    """

    mean: np.ndarray
    factor: np.ndarray

    @classmethod
    def around(cls, points: np.ndarray, *, least_spread: float = 0.0) -> Self:
        """Return the cloud of points (n, width), whose spread is at least `least_spread`.

        References
        ----------
        Lee et al. 2018, NeurIPS (the Mahalanobis distance in the features of a network); Ledoit &
        Wolf 2004, Journal of Multivariate Analysis 88, 365 (covariance from few points).
        """
        from sklearn.covariance import LedoitWolf  # its import is slow

        mean, spread = points.mean(axis=0), points.std(axis=0)
        # a feature that is the same for all of them must not decide
        spread = np.maximum(spread, 1e-3 * max(spread.max(), 1e-30))
        correlation = LedoitWolf(assume_centered=True).fit((points - mean) / spread).covariance_
        covariance = correlation * np.outer(spread, spread) + least_spread**2 * np.eye(len(mean))
        return cls(mean, cholesky(covariance, lower=True))

    def log10_distance(self, points: np.ndarray) -> np.ndarray:
        """Return log10 of the Mahalanobis distance (n,) of points (n, width), per coordinate."""
        whitened = solve_triangular(self.factor, (points - self.mean).T, lower=True)
        return 0.5 * np.log10(np.mean(whitened**2, axis=0) + 1e-12)


@dataclass(frozen=True)
class Ranking:
    """The distribution of a distance among validation galaxies.

    It is a normal distribution of log10, whose mean and spread are known from so many galaxies: a
    dozen galaxies have no 99.5th percentile of their own.

    Attributes
    ----------
    mean, spread : float
        Of log10 of the distance.
    galaxies : int
    """

    mean: float
    spread: float
    galaxies: int

    @classmethod
    def among(cls, log10_distance: np.ndarray, galaxy: np.ndarray) -> Self:
        """Return the distribution of values (n,), of which those of a galaxy count as one."""
        _, index, counts = np.unique(galaxy, return_inverse=True, return_counts=True)
        weight = 1 / counts[index]
        mean = np.average(log10_distance, weights=weight)
        variance = np.average((log10_distance - mean) ** 2, weights=weight)
        freedom = max(len(counts) - 1, 1)
        return cls(float(mean), float(np.sqrt(variance * len(counts) / freedom)), len(counts))

    def beyond(self, log10_distance: np.ndarray) -> np.ndarray:
        """Return which fraction of new galaxies has larger distances than each of some (n,)."""
        scale = self.spread * np.sqrt(1 + 1 / self.galaxies)
        return t.sf((log10_distance - self.mean) / scale, max(self.galaxies - 1, 1))


def percentile(*fractions: np.ndarray) -> np.ndarray:
    """Return the percentile of a galaxy in the least of several fractions beyond it.

    Parameters
    ----------
    *fractions : ndarray, shape (n,)
        For each distance, which fraction of galaxies has larger ones.

    Returns
    -------
    ndarray, shape (n,)
        Evenly distributed between 0 and 100 for galaxies like those of the training, if the
        distances have nothing to do with each other; if they have, large values are rarer.
    """
    return 100 * (1 - np.min(fractions, axis=0)) ** len(fractions)


def statistic_points(statistics: np.ndarray, substitutes: np.ndarray) -> np.ndarray:
    """Return statistics as points of a `Cloud`.

    Parameters
    ----------
    statistics : ndarray, shape (n, statistics)
        Positive, or NaN.
    substitutes : ndarray, shape (statistics,)
        log10 of what stands in place of NaN.

    Returns
    -------
    ndarray, shape (n, 2 statistics)
        log10 of each, and then 1 for those that are known and 0 for those that are not.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithm = np.log10(statistics)
    known = np.isfinite(logarithm)
    return np.concatenate([np.where(known, logarithm, substitutes), known], axis=1)
