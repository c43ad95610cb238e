"""Errors of predictions at each radius (de los Rios et al. 2023, equations 2 and 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.predictions.points import read_predictions
from umbra.predictions.profile_tables import RADIUS_FORMAT
from umbra.tables import write_table

METRIC_COLUMNS: dict[str, type] = {
    "architecture": str,
    "channels": str,
    "radius_kpc": float,
    "delta_mse": float,
    "delta_mae": float,
    "bias": float,
    "n": int,
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
_FORMATS = {"radius_kpc": RADIUS_FORMAT, "delta_mse": ".6f", "delta_mae": ".6f", "bias": ".6f"}


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
    n : ndarray of int, shape (radii,)
        Number of images whose truth is not masked.
    """

    delta_mse: np.ndarray
    delta_mae: np.ndarray
    bias: np.ndarray
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
    difference = np.where(valid, predicted - truth, 0.0)
    count = np.where(n > 0, n, np.nan)
    return Errors(
        delta_mse=np.sqrt((difference**2).sum(axis=0) / count),
        delta_mae=np.abs(difference).sum(axis=0) / count,
        bias=difference.sum(axis=0) / count,
        n=n,
    )


def write_errors(*, predictions: Mapping[tuple[str, str], Path], output: Path) -> None:
    """Write the errors on the test split of every network and baseline.

    Parameters
    ----------
    predictions : mapping
        (architecture, name of the channel set), or (baseline, "catalogue") -> ``predictions.csv``.
    output : Path
        ``errors.csv`` with columns `METRIC_COLUMNS`.
    """
    tables = []
    for (architecture, channels), path in predictions.items():
        test = read_predictions(path=path, split="test")
        found = errors(truth=test.truth, predicted=test.predicted)
        tables.append(
            pd.DataFrame(
                {
                    "architecture": architecture,
                    "channels": channels,
                    "radius_kpc": test.radius_kpc,
                    **vars(found),
                }
            )
        )
    write_table(pd.concat(tables)[list(METRIC_COLUMNS)], output, formats=_FORMATS)
