"""What the ensembles say of a test image: samples of its profile, their median and interval.

Three methods, in the order of `METHODS`:

- ``bootstrap``: a sample is what one network says, each trained on a resample of the galaxies.
- ``gaussian``: samples of the Gaussian with the mean and covariance of a deep ensemble.
- ``calibrated``: that Gaussian, with the errors it makes on the validation split in place of
  normal deviates.

The samples of the last two are profiles that grow with radius, by their coordinates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from umbra.ensemble_files import Gaussian
from umbra.errors import InputError

METHODS = ("bootstrap", "gaussian", "calibrated")
# Random profiles of validation galaxies beside each test image, for checks of the joint profile.
REFERENCES = 8


@dataclass(frozen=True)
class Predictive:
    """Samples of the profiles of the test images by one method.

    Attributes
    ----------
    galaxy, realisation : ndarray of int, shape (N,)
    radius_kpc : ndarray, shape (radii,)
    truth : ndarray, shape (N, radii)
        log10(M/Msun); NaN where masked.
    reference : ndarray, shape (N, `REFERENCES`, radii)
        Random profiles of validation galaxies [log10 Msun].
    samples : ndarray of float32, shape (N, S, radii)
        log10(M/Msun).
    validation_galaxies : int or None
        How many galaxies the method was calibrated on.
    """

    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray
    truth: np.ndarray
    reference: np.ndarray
    samples: np.ndarray
    validation_galaxies: int | None

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """Return the predictive quantiles, shape (probabilities, N, radii)."""
        return quantiles(self.samples, probabilities, galaxies=self.validation_galaxies)


def moment_matched(
    *, mean: np.ndarray, precision_factor: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gaussian with the mean and covariance of an equal mixture of members.

    Parameters
    ----------
    mean : ndarray, shape (members, N, radii)
    precision_factor : ndarray, shape (members, N, radii, radii)
        Lower triangular P of each member: its covariance is the inverse of P^T P.

    Returns
    -------
    mean : ndarray, shape (N, radii)
    factor : ndarray, shape (N, radii, radii)
        Lower Cholesky factor of the covariance.

    Raises
    ------
    InputError
        If a covariance is singular or not finite.

    References
    ----------
    Lakshminarayanan, Pritzel & Blundell 2017, NeurIPS, section 2.4 (there for one variable).
    """
    centre = mean.mean(axis=0, dtype=float)
    covariance = np.zeros((*centre.shape, centre.shape[-1]))
    try:
        for member, precision in zip(mean, precision_factor, strict=True):
            factor = np.linalg.inv(precision.astype(float))
            offset = member - centre
            covariance += factor @ factor.swapaxes(-1, -2)
            covariance += offset[..., :, None] * offset[..., None, :]
        return centre, np.linalg.cholesky(covariance / len(mean))
    except np.linalg.LinAlgError as error:
        raise InputError(
            f"Gaussian ensemble: the covariance of an image is no covariance ({error}); "
            "delete the ensemble's members and train them again."
        ) from error


def standard_residuals(*, whitened: np.ndarray, mean: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return the errors of a Gaussian in its own units, standard normal where it is right.

    Parameters
    ----------
    whitened : ndarray, shape (N, radii)
        True profiles; NaN in the last coordinates of a masked one.
    mean : ndarray, shape (N, radii)
    factor : ndarray, shape (N, radii, radii)
        Lower triangular.

    Returns
    -------
    ndarray, shape (N, radii)
        NaN where `whitened` is.
    """
    offset = np.nan_to_num(whitened - mean)
    rows = zip(factor, offset, strict=True)
    residuals = np.array([solve_triangular(matrix, row, lower=True) for matrix, row in rows])
    return np.where(np.isfinite(whitened), residuals, np.nan)


def quantiles(
    samples: np.ndarray, probabilities: Sequence[float], *, galaxies: int | None = None
) -> np.ndarray:
    """Return quantiles of samples, such that the truth is below with the stated probability.

    Parameters
    ----------
    samples : ndarray, shape (..., S, radii)
    probabilities : sequence of float
    galaxies : int, optional
        How many independent validation galaxies the samples stand for. The quantile of
        probability p is then the sample of rank (K + 1) p among K = `galaxies`, as if each
        galaxy had one. No probability is below 1 / (K + 1) or above K / (K + 1): an extreme
        quantile stops at the extreme sample. None: plain quantiles.

    Returns
    -------
    ndarray, shape (probabilities, ..., radii)

    References
    ----------
    Vovk, Shen, Manokhin & Xie 2019, Machine Learning 108, 445 (conformal predictive
    distributions); Dunn, Wasserman & Ramdas 2023, JASA 118, 2491 (several views of a galaxy).
    """
    levels = np.asarray(probabilities, dtype=float)
    if galaxies is not None:
        levels = np.clip(((galaxies + 1) * levels - 0.5) / galaxies, 0, 1)
    return np.quantile(samples, levels, axis=-2, method="hazen")


def calibrate(validation: Gaussian) -> np.ndarray:
    """Return the residuals (N, radii) of a deep ensemble on the images of the validation split."""
    mean, factor = moment_matched(
        mean=validation.mean, precision_factor=validation.precision_factor
    )
    whitened = validation.space.whiten(validation.truth)
    return standard_residuals(whitened=whitened, mean=mean, factor=factor)


def deviates(
    *, residuals: np.ndarray, count: int, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the standard deviates of one image, from which its samples are made.

    Parameters
    ----------
    residuals : ndarray, shape (V, radii)
        Of the validation images (`calibrate`).
    count : int
        How many for the method ``gaussian``.
    random : numpy.random.Generator
        The stream of that image.

    Returns
    -------
    dict
        ``gaussian`` (count, radii): normal. ``calibrated`` (V, radii): the residuals, and the
        network's own word, which is normal, where a validation profile is masked.
    """
    normal = random.standard_normal((count, residuals.shape[1]))
    own_word = random.standard_normal(residuals.shape)
    return {
        "gaussian": normal,
        "calibrated": np.where(np.isfinite(residuals), residuals, own_word),
    }
