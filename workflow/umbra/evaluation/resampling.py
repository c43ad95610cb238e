"""Bootstrap over galaxies: all realisations of a galaxy share its profile, so they stay together.

For the same galaxies and seed, all predictions get the same resamples. So two predictions can be
compared resample by resample, and what they find equally hard cancels.

References
----------
Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapters 6 and 8.
"""

import numpy as np

from umbra import seeds

RESAMPLES = 1000


def resampled_means(values: np.ndarray, galaxy: np.ndarray, *, seed: int) -> np.ndarray:
    """Return the means over images of a quantity in each resample of the galaxies.

    Parameters
    ----------
    values : ndarray, shape (n, radii)
        NaN where there is no value.
    galaxy : ndarray of int, shape (n,)
        Galaxy of each image.
    seed : int
        The run's seed.

    Returns
    -------
    ndarray, shape (RESAMPLES, radii)
        NaN where a resample has no value.
    """
    ids, index = np.unique(galaxy, return_inverse=True)
    valid = np.isfinite(values)
    sums, counts = np.zeros((2, len(ids), values.shape[1]))
    np.add.at(sums, index, np.where(valid, values, 0.0))
    np.add.at(counts, index, valid)
    rng = seeds.generator(seed, seeds.Stage.METRICS)
    share = np.full(len(ids), 1.0 / len(ids))
    times = rng.multinomial(len(ids), share, size=RESAMPLES)
    return (times @ sums) / np.where(times @ counts > 0, times @ counts, np.nan)
