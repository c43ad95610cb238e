"""Predictive distributions of the profile of a test image, from the predictions of ensembles.

There are three methods, in the order of `PREDICTIVE_METHODS`. Each gives samples of the profile:

- ``bootstrap``: the predictions of the networks of a bootstrap, each trained on a resample of the
  galaxies.
- ``gaussian``: draws of the Gaussian that has the mean and covariance of a deep ensemble.
- ``calibrated``: the same Gaussian, but with the errors of the ensemble on the validation split in
  place of normal deviates.

Samples of the last two methods are made in the coordinates of
`umbra.predictions.profile_space`, so that the mass always grows with radius.

Quantiles of the samples of every method follow one rule (`conformal_quantiles`), which supposes
that the samples and the truth are draws from one distribution. It makes allowance for the number of
samples, so that the intervals of a small ensemble are not too narrow because it is small.

The calibration has two limits:

- It follows conformal prediction, but does not have its full guarantee. At the outermost radius,
  which is the first coordinate, the truth has any rank among the samples equally often. At smaller
  radii, where the mass depends on several coordinates, that is so only if the standardised errors
  do not depend on the image. If the network is overconfident in one coordinate for one kind of
  galaxy and in another coordinate for another kind, the coverage can have any value. The test split
  measures it.
- The validation split is used twice: it stops the training of each member at the epoch that was
  best on this split, and it then calibrates the intervals. Its errors are therefore a little
  smaller than those of new galaxies, and the calibrated intervals are a little too narrow.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_triangular

from umbra.errors import InputError
from umbra.predictions.ensembles import GaussianEnsemble

PREDICTIVE_METHODS = ("bootstrap", "gaussian", "calibrated")


def moment_matched(
    *, mean: np.ndarray, precision_factor: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gaussian with the mean and covariance of an equal mixture of members.

    Parameters
    ----------
    mean : ndarray, shape (members, n, radii)
    precision_factor : ndarray, shape (members, n, radii, radii)
        Lower triangular P of each member, whose covariance is the inverse of P^T P.

    Returns
    -------
    mean : ndarray, shape (n, radii)
    factor : ndarray, shape (n, radii, radii)
        Lower Cholesky factor of the covariance.

    Raises
    ------
    InputError
        If a covariance is singular or not finite.

    References
    ----------
    Lakshminarayanan, Pritzel & Blundell 2017, NeurIPS, section 2.4 (for one variable).
    """
    centre = mean.mean(axis=0, dtype=float)
    covariance = np.zeros((*centre.shape, centre.shape[-1]))
    reason = "not finite"
    try:
        for member, precision in zip(mean, precision_factor, strict=True):
            factor = np.linalg.inv(precision.astype(float))
            offset = member - centre
            covariance += factor @ factor.swapaxes(-1, -2)
            covariance += offset[..., :, None] * offset[..., None, :]
        factor = np.linalg.cholesky(covariance / len(mean))
        if np.isfinite(centre).all() and np.isfinite(factor).all():
            return centre, factor
    except np.linalg.LinAlgError as error:
        reason = str(error)
    raise InputError(
        f"Gaussian ensemble: the predicted covariance of an image is no covariance ({reason}); "
        "delete the ensemble's members and train them again."
    )


def standard_residuals(*, whitened: np.ndarray, mean: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return the errors of Gaussians in units of their covariance.

    They are standard normal if the Gaussians are right.

    Parameters
    ----------
    whitened : ndarray, shape (n, radii)
        Coordinates of the true profiles; NaN in the last coordinates of a masked profile.
    mean : ndarray, shape (n, radii)
        Finite.
    factor : ndarray, shape (n, radii, radii)
        Lower Cholesky factors of the covariances.

    Returns
    -------
    ndarray, shape (n, radii)
        NaN where `whitened` is.
    """
    known = np.isfinite(whitened)
    offset = np.where(known, whitened - mean, 0)  # solve_triangular refuses NaN
    rows = zip(factor, offset, strict=True)
    residuals = np.array([solve_triangular(matrix, row, lower=True) for matrix, row in rows])
    return np.where(known, residuals, np.nan)


def conformal_quantiles(
    samples: np.ndarray, probabilities: Sequence[float], *, independent: int | None = None
) -> np.ndarray:
    """Return quantiles of samples, such that the truth is below with the stated probability.

    The quantile of probability p is the sample of rank (K + 1) p among K samples, interpolated. If
    the truth and the samples are independent draws from one distribution, the truth has each of
    K + 1 ranks equally often. Plain quantiles of few samples contain the truth too rarely: the 68 %
    interval of 6 samples would contain it in 62 % of the cases.

    The extreme quantiles are the extreme samples, so that no probability is below 1 / (K + 1) or
    above K / (K + 1), and no interval contains the truth in more than (K - 1) / (K + 1) of the
    cases (71 % for 6 samples).

    Parameters
    ----------
    samples : ndarray, shape (..., S, radii)
    probabilities : sequence of float
    independent : int, optional
        K, if it is not S: the number of validation galaxies, where several samples are realisations
        of one galaxy.

    Returns
    -------
    ndarray, shape (probabilities, ..., radii)

    References
    ----------
    Vovk, Shen, Manokhin & Xie 2019, Machine Learning 108, 445 (conformal predictive
    distributions); Dunn, Wasserman & Ramdas 2023, JASA 118, 2491 (several realisations of a
    galaxy).
    """
    count = independent or samples.shape[-2]
    levels = ((count + 1) * np.asarray(probabilities, dtype=float) - 0.5) / count
    levels = np.clip(levels, 0, 1)
    return np.quantile(samples, levels, axis=-2, method="hazen")


def validation_residuals(validation: GaussianEnsemble) -> np.ndarray:
    """Return the standard residuals of a deep ensemble on the images of the validation split.

    Parameters
    ----------
    validation : GaussianEnsemble
        Predictions for the validation split, n images.

    Returns
    -------
    ndarray, shape (n, radii)
        As of `standard_residuals`.
    """
    mean, factor = moment_matched(
        mean=validation.mean, precision_factor=validation.precision_factor
    )
    whitened = validation.space.whiten(validation.truth)
    return standard_residuals(whitened=whitened, mean=mean, factor=factor)


def draw_deviates(
    *, residuals: np.ndarray, count: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the standard deviates from which the samples of one image are made.

    Parameters
    ----------
    residuals : ndarray, shape (v, radii)
        Of the validation images (`validation_residuals`).
    count : int
        Number of deviates for the method ``gaussian``.
    rng : numpy.random.Generator
        The generator of that image.

    Returns
    -------
    dict
        ``gaussian``, shape (count, radii): normal deviates. ``calibrated``, shape (v, radii): the
        residuals. A coordinate that is masked in a validation profile has no residual; a normal
        deviate replaces it, as if the network were right there.
    """
    normal = rng.standard_normal((count, residuals.shape[1]))
    substitutes = rng.standard_normal(residuals.shape)
    return {
        "gaussian": normal,
        "calibrated": np.where(np.isfinite(residuals), residuals, substitutes),
    }
