"""How far predictions are from the truth at each radius (de los Rios et al. 2023, eq. 2 and 3)."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra import files
from umbra.predictions.points import read_predictions

COLUMNS = ("architecture", "channels", "radius_kpc", "delta_mse", "delta_mae", "bias", "n")


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
        Images that count: those whose truth is not masked.
    """

    delta_mse: np.ndarray
    delta_mae: np.ndarray
    bias: np.ndarray
    n: np.ndarray


def errors(*, truth: np.ndarray, predicted: np.ndarray) -> Errors:
    """Compare predictions with the truth.

    Parameters
    ----------
    truth : ndarray, shape (N, radii)
        log10(M/Msun); NaN where masked, which leaves that radius of that image out.
    predicted : ndarray, shape (N, radii)
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
        (architecture, channels) -> ``predictions.csv``.
    output : path
        ``errors.csv`` with columns `COLUMNS`.
    """
    with files.atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for (architecture, channels), path in predictions.items():
            test = read_predictions(path=path, split="test")
            result = errors(truth=test.truth, predicted=test.predicted)
            columns = (test.radius_kpc, result.delta_mse, result.delta_mae, result.bias, result.n)
            for radius, mse, mae, bias, n in zip(*columns, strict=True):
                numbers = (f"{radius:.10g}", f"{mse:.6f}", f"{mae:.6f}", f"{bias:.6f}", n)
                writer.writerow([architecture, channels, *numbers])
