"""Measures of how right predictive intervals are, and predicted distributions of whole profiles."""

import numpy as np


def binomial_sigma(probability: float | np.ndarray, n: int | np.ndarray) -> np.ndarray:
    """Return the standard deviation of a share of `n` draws; NaN where `n` is 0."""
    n = np.where(np.asarray(n) > 0, n, np.nan)
    probability = np.asarray(probability)
    return np.sqrt(probability * (1 - probability) / n)


def share_covered(*, truth: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return the share of images whose truth is inside the interval, at each radius.

    Parameters
    ----------
    truth, lower, upper : ndarray, shape (n, radii)
        log10(M/Msun). Where the truth is NaN, that radius of that image is left out.

    Returns
    -------
    ndarray, shape (radii,)
        NaN where every image is masked.
    """
    valid = np.isfinite(truth)
    inside = (lower <= truth) & (truth <= upper)
    count = valid.sum(axis=0)
    return (inside & valid).sum(axis=0) / np.where(count > 0, count, np.nan)


def fraction_decreasing(samples: np.ndarray) -> float:
    """Return the share of profiles (last axis: radii) whose mass falls between two radii."""
    return float((samples[..., 1:] < samples[..., :-1]).any(axis=-1).mean())


def expected_coverage(
    *,
    samples: np.ndarray,
    truth: np.ndarray,
    reference: np.ndarray,
    credibility: np.ndarray,
    validation_galaxies: int | None = None,
) -> np.ndarray:
    """Return the expected coverage of regions of the joint profile around random points (TARP).

    Around each reference profile there is a ball that contains a given share of the samples. The
    truth must be inside that ball in the same share of the images. Distances are Euclidean in log10
    mass, each radius in units of the references' scatter there, over the radii at which neither the
    truth nor the reference is masked. The ranks of finite samples are smoothed, so that the curve
    is the diagonal for any number of samples if samples and truth are drawn alike.

    Parameters
    ----------
    samples : ndarray, shape (n, samples, radii)
        log10(M/Msun).
    truth : ndarray, shape (n, radii)
        log10(M/Msun); NaN where masked.
    reference : ndarray, shape (n, references, radii)
        Profiles drawn without knowledge of the truth, some for each image.
    credibility : ndarray, shape (credibilities,)
        Between 0 and 1.
    validation_galaxies : int, optional
        Number of independent samples, if not all samples are independent.

    Returns
    -------
    ndarray, shape (credibilities,)
        NaN if no image has an unmasked radius.

    References
    ----------
    Lemos, Coogan, Hezaveh & Perreault-Levasseur 2023, ICML, algorithm 2.
    """
    independent = validation_galaxies or samples.shape[1]
    scale = _scatter(reference)
    credibility = np.asarray(credibility, dtype=float)
    hits = []
    for profiles, true, points in zip(samples, truth, reference, strict=True):
        for point in points:
            known = np.isfinite(true) & np.isfinite(point)
            if not known.any():
                continue
            weight, centre = 1 / scale[known], point[known]
            distance = (((profiles[:, known] - centre) * weight) ** 2).sum(axis=1)
            nearer = distance < (((true[known] - centre) * weight) ** 2).sum()
            rank = independent * nearer.mean()
            hits.append(np.clip((independent + 1) * credibility - rank, 0, 1))
    return np.mean(hits, axis=0) if hits else np.full(len(credibility), np.nan)


def _scatter(reference: np.ndarray) -> np.ndarray:
    """Return the standard deviation at each radius; 1 where the references do not differ."""
    known = [column[np.isfinite(column)] for column in reference.reshape(-1, reference.shape[-1]).T]
    return np.array([(len(values) > 1 and values.std()) or 1.0 for values in known])
