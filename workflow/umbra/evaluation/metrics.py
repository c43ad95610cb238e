"""Errors of predictions at each radius (de los Rios et al. 2023, equations 2 and 3).

Root mean squares and absolutes have errors of their own, and each network and baseline is compared
with some references.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from umbra.evaluation.resampling import resampled_means
from umbra.predictions.points import Predictions, read_predictions
from umbra.predictions.profile_tables import RADIUS_FORMAT
from umbra.tables import write_table

METRIC_COLUMNS: dict[str, type] = {
    "architecture": str,
    "channels": str,
    "radius_kpc": float,
    "delta_mse": float,
    "delta_mse_error": float,
    "delta_mae": float,
    "delta_mae_error": float,
    "bias": float,
    "r_squared": float,
    "n": int,
}
DIFFERENCE_COLUMNS: dict[str, type] = {
    "architecture": str,
    "channels": str,
    "reference": str,
    "delta_mse": float,
    "reference_delta_mse": float,
    "difference": float,
    "lower_95": float,
    "upper_95": float,
    "share_better": float,
}
# Of the table of `umbra.evaluation.importance`: its figure needs no Keras.
IMPORTANCE_COLUMNS: dict[str, type] = {
    "architecture": str,
    "channels": str,
    "replaced": str,
    "radius_kpc": float,
    "delta_mse": float,
    "standard_deviation": float,
    "baseline_delta_mse": float,
}
_FORMATS = {"radius_kpc": RADIUS_FORMAT} | {
    name: ".6f" for name, kind in METRIC_COLUMNS.items() if kind is float and name != "radius_kpc"
}
_DIFFERENCE_FORMATS = {
    name: ".6f" for name, kind in DIFFERENCE_COLUMNS.items() if kind is float
} | {"share_better": ".3f"}


@dataclass(frozen=True)
class Errors:
    """Errors at each radius.

    Attributes
    ----------
    delta_mse : ndarray, shape (radii,)
        Root mean squared error [dex].
    delta_mae : ndarray, shape (radii,)
        Mean absolute error [dex].
    bias : ndarray, shape (radii,)
        Mean of predicted minus true [dex].
    r_squared : ndarray, shape (radii,)
        1 - mean squared error / variance of the truth: 0 for the mean of the truth, 1 at best. NaN
        where all truths are equal.
    n : ndarray of int, shape (radii,)
        Number of images whose truth is not masked.
    """

    delta_mse: np.ndarray
    delta_mae: np.ndarray
    bias: np.ndarray
    r_squared: np.ndarray
    n: np.ndarray


def errors(*, truth: np.ndarray, predicted: np.ndarray) -> Errors:
    """Compare predictions with the truth.

    Parameters
    ----------
    truth : ndarray, shape (n, radii)
        log10(M/Msun); NaN where masked. That radius of that image is left out.
    predicted : ndarray, shape (n, radii)
        log10(M/Msun).

    Returns
    -------
    Errors
        NaN at a radius where every image is masked.
    """
    valid = np.isfinite(truth)
    n = valid.sum(axis=0)
    count = np.where(n > 0, n, np.nan)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.where(valid, values, 0.0).sum(axis=0) / count

    difference = predicted - truth
    squared = mean(difference**2)
    variance = mean((truth - mean(truth)) ** 2)
    return Errors(
        delta_mse=np.sqrt(squared),
        delta_mae=mean(np.abs(difference)),
        bias=mean(difference),
        r_squared=1.0 - squared / np.where(variance > 0, variance, np.nan),
        n=n,
    )


@dataclass(frozen=True)
class JudgedPredictions:
    """A network or baseline on the test split, with its errors in each resample of the galaxies.

    Attributes
    ----------
    test : Predictions
        Its predictions.
    errors : Errors
        Their errors.
    delta_mse, delta_mae : ndarray, shape (resamples, radii)
        Errors of the resamples [dex].
    """

    test: Predictions
    errors: Errors
    delta_mse: np.ndarray
    delta_mae: np.ndarray

    @property
    def mean_delta_mse(self) -> float:
        """delta_mse averaged over the radii [dex]."""
        return float(np.nanmean(self.errors.delta_mse))

    @property
    def resampled_mean_delta_mse(self) -> np.ndarray:
        """The same in each resample, shape (resamples,)."""
        return np.nanmean(self.delta_mse, axis=1)

    @classmethod
    def of(cls, path: Path, seed: int) -> Self:
        """Judge the test split of a ``predictions.csv``, with resamples from the run's seed."""
        test = read_predictions(path=path, split="test")
        difference = test.predicted - test.truth
        return cls(
            test,
            errors(truth=test.truth, predicted=test.predicted),
            np.sqrt(resampled_means(difference**2, test.galaxy, seed=seed)),
            resampled_means(np.abs(difference), test.galaxy, seed=seed),
        )


def write_errors(
    *,
    predictions: Mapping[tuple[str, str], Path],
    references: Sequence[tuple[str, str]],
    seed: int,
    output: Path,
    differences: Path,
) -> None:
    """Write the errors on the test split of every network and baseline.

    Parameters
    ----------
    predictions : mapping
        (architecture, name of the channel set), or (baseline, its inputs) -> ``predictions.csv``.
    references : sequence
        Keys of `predictions` with which all others are compared.
    seed : int
        The run's seed, from which the resamples are drawn.
    output : Path
        ``errors.csv`` with columns `METRIC_COLUMNS`. The errors of delta_mse and delta_mae are
        standard deviations over the resamples.
    differences : Path
        ``differences.csv`` with columns `DIFFERENCE_COLUMNS`: delta_mse, averaged over the radii,
        less that of the reference, its 95 % interval over the resamples, and the share of the
        resamples in which it is smaller.
    """
    judged = {key: JudgedPredictions.of(path, seed) for key, path in predictions.items()}
    tables = [
        pd.DataFrame(
            {
                "architecture": architecture,
                "channels": channels,
                "radius_kpc": one.test.radius_kpc,
                **vars(one.errors),
                "delta_mse_error": _spread(one.delta_mse),
                "delta_mae_error": _spread(one.delta_mae),
            }
        )
        for (architecture, channels), one in judged.items()
    ]
    write_table(pd.concat(tables)[list(METRIC_COLUMNS)], output, formats=_FORMATS)
    rows = [
        _difference(key, one, reference, judged[reference])
        for reference in references
        for key, one in judged.items()
        if key != reference
    ]
    table = pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
    write_table(table, differences, formats=_DIFFERENCE_FORMATS)


def _spread(resampled: np.ndarray) -> np.ndarray:
    """Return the standard deviation over resamples, NaN at a radius where there is none."""
    return np.ma.masked_invalid(resampled).std(axis=0).filled(np.nan)


def _difference(
    key: tuple[str, str],
    one: JudgedPredictions,
    reference: tuple[str, str],
    other: JudgedPredictions,
) -> tuple[str | float, ...]:
    """Return a row of `DIFFERENCE_COLUMNS`."""
    own, others = one.mean_delta_mse, other.mean_delta_mse
    resampled = one.resampled_mean_delta_mse - other.resampled_mean_delta_mse
    lower, upper = np.percentile(resampled, [2.5, 97.5])
    better = (resampled < 0).mean()
    return *key, "/".join(reference), own, others, own - others, lower, upper, better
