"""Coordinates of profiles of enclosed mass, in which every point is a profile that grows.

The first coordinate is log10 of the mass within the outermost radius, where no galaxy is masked.
The others are, from there inwards, the logarithms of the steps of log10 M between neighbouring
radii. The coordinates are then centred and decorrelated with the training profiles. A profile
without dark matter inside some radius lacks its last coordinates and no others.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

# Smaller steps between two radii count as this, so that their logarithm is finite.
LEAST_STEP_DEX = 1e-3
# Limit of a coordinate, so that its exponential is finite for any output of a network.
_LARGEST_LOGARITHM = 5.0


@dataclass(frozen=True)
class ProfileSpace:
    """Whitened coordinates of profiles: coordinates = mean + factor @ whitened.

    Attributes
    ----------
    mean : ndarray, shape (radii,)
        Mean of the coordinates of the training profiles.
    factor : ndarray, shape (radii, radii)
        Lower Cholesky factor of their covariance.
    """

    mean: np.ndarray
    factor: np.ndarray

    def whiten(self, log10_mass: np.ndarray) -> np.ndarray:
        """Return the whitened coordinates of profiles.

        Parameters
        ----------
        log10_mass : ndarray, shape (n, radii)
            log10 of enclosed masses, from the innermost radius outwards; NaN at radii that enclose
            no dark matter.

        Returns
        -------
        ndarray, shape (n, radii)
            NaN in the last coordinates of a masked profile.
        """
        offset = _coordinates(log10_mass) - self.mean
        # the factor is lower triangular: a missing coordinate does not enter those before it
        whitened = solve_triangular(self.factor, np.nan_to_num(offset).T, lower=True).T
        return np.where(np.isfinite(offset), whitened, np.nan)

    def log10_mass(self, whitened: np.ndarray) -> np.ndarray:
        """Return the profiles (..., radii) of whitened coordinates (..., radii)."""
        coordinates = self.mean + np.asarray(whitened) @ self.factor.T
        steps = np.exp(np.minimum(coordinates[..., 1:], _LARGEST_LOGARITHM))
        inwards = np.concatenate([coordinates[..., :1], -steps], axis=-1).cumsum(axis=-1)
        return inwards[..., ::-1]


def measure_profile_space(log10_mass: np.ndarray) -> ProfileSpace:
    """Measure the space of the training profiles.

    Parameters
    ----------
    log10_mass : ndarray, shape (n, radii)
        A profile for each training galaxy; NaN where masked.

    Returns
    -------
    ProfileSpace
        Its covariance is shrunk, because the galaxies may be few. A missing coordinate counts as
        the mean of that coordinate.

    References
    ----------
    Ledoit & Wolf 2004, Journal of Multivariate Analysis 88, 365 (shrinkage).
    """
    from sklearn.covariance import LedoitWolf  # its import is slow

    coordinates = _coordinates(log10_mass)
    mean = np.nanmean(coordinates, axis=0)
    spread = np.nanstd(coordinates, axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    standard = np.nan_to_num((coordinates - mean) / spread)
    covariance = LedoitWolf(assume_centered=True).fit(standard).covariance_
    return ProfileSpace(mean=mean, factor=spread[:, None] * cholesky(covariance, lower=True))


def _coordinates(log10_mass: np.ndarray) -> np.ndarray:
    inwards = np.asarray(log10_mass, dtype=float)[..., ::-1]
    steps = np.maximum(inwards[..., :-1] - inwards[..., 1:], LEAST_STEP_DEX)
    return np.concatenate([inwards[..., :1], np.log(steps)], axis=-1)
