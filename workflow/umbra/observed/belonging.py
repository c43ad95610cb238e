"""Whether a galaxy is like those that the networks learnt from.

Two distances to known galaxies are measured: of what the networks see (their features before the
last dense layer) and of what is measured in the images (`umbra.observed.statistics`) beside the
measured distance, so that a galaxy may be too faint or too small for its distance. Features are
compared with the distances of the validation galaxies from those of the training, because networks
know the latter by heart. Statistics owe nothing to the networks: they are compared with the
distances of all these galaxies, each from all others. Networks map what they have never seen to
features that they know, so that the features alone miss some strangers; the statistics alone know
little of shapes.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.spatial import KDTree
from scipy.special import stdtr

NEAREST_IMAGES = 5
# Beyond it, a prediction is an extrapolation.
EXTRAPOLATION_PERCENTILE = 99.5
# Of log10 of a statistic [dex], and of whether it is there: real images are not calibrated better.
LEAST_SPREAD = 0.1


class Neighbours:
    """Images of known galaxies as points, and how far the nearest of them are.

    Parameters
    ----------
    points : ndarray, shape (n, width)
        Of the known images.
    least_spread : float
        A coordinate counts in units of its standard deviation and this, added in squares.

    References
    ----------
    Sun, Ming, Zhu & Li 2022, ICML (nearest neighbours in the features of a network).
    """

    def __init__(self, points: np.ndarray, *, least_spread: float = 0.0):
        self._mean, spread = points.mean(axis=0), points.std(axis=0)
        # a feature that is the same for all of them must not decide
        self._unit = np.hypot(np.maximum(spread, 1e-3 * max(spread.max(), 1e-30)), least_spread)
        self._tree = KDTree(self._standard(points))

    def log10_distance(self, points: np.ndarray) -> np.ndarray:
        """Return log10 of the mean distance (n,) of points (n, width) from their neighbours.

        The neighbours are the nearest `NEAREST_IMAGES` known images. The distance is the rms
        over the coordinates.
        """
        neighbours = range(1, 1 + min(NEAREST_IMAGES, self._tree.n))
        distance, _ = self._tree.query(self._standard(points), k=list(neighbours))
        return np.log10(distance.mean(axis=1) / np.sqrt(points.shape[1]) + 1e-12)

    def _standard(self, points: np.ndarray) -> np.ndarray:
        return (points - self._mean) / self._unit


@dataclass(frozen=True)
class Ranking:
    """The distribution of a distance among galaxies like those of the training.

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
        return stdtr(max(self.galaxies - 1, 1), (self.mean - log10_distance) / scale)


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


def statistic_points(
    statistics: np.ndarray, distance_mpc: np.ndarray, substitutes: np.ndarray
) -> np.ndarray:
    """Return statistics as points of `Neighbours`.

    Parameters
    ----------
    statistics : ndarray, shape (n, statistics)
        Positive, or NaN.
    distance_mpc : ndarray, shape (n,)
        Measured distances [Mpc].
    substitutes : ndarray, shape (statistics,)
        log10 of what stands in place of NaN.

    Returns
    -------
    ndarray, shape (n, 2 statistics + 1)
        log10 of each, then 1 for those that are known and 0 for those that are not, and log10 of
        the distance.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithm = np.log10(statistics)
    known = np.isfinite(logarithm)
    return np.column_stack([np.where(known, logarithm, substitutes), known, np.log10(distance_mpc)])


def statistic_distance(known: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return log10 of the distances (n,) of `statistic_points` from those of known galaxies."""
    return Neighbours(known, least_spread=LEAST_SPREAD).log10_distance(points)


def distance_from_others(points: np.ndarray, galaxy: np.ndarray) -> np.ndarray:
    """Return the `statistic_distance` (n,) of the images of each galaxy from those of all others.

    Parameters
    ----------
    points : ndarray, shape (n, width)
        `statistic_points` of known images.
    galaxy : ndarray, shape (n,)
        Which galaxy each of them shows.
    """
    distance = np.empty(len(points))
    for one in np.unique(galaxy):
        own = galaxy == one
        distance[own] = statistic_distance(points[~own], points[own])
    return distance


def feature_distance(training: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return log10 of the distances (n,) of features from those of the training: the mean of all.

    Each member has features of its own; both arrays are of shape (members, n, width).
    """
    pairs = zip(training, features, strict=True)
    return np.mean([Neighbours(known).log10_distance(new) for known, new in pairs], axis=0)
