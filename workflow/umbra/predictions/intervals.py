"""``intervals.csv``: median and 68 % interval of the profiles of the test images."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra import files
from umbra.errors import InputError
from umbra.predictions.distributions import (
    METHODS,
)
from umbra.predictions.samples import read_predictive

INTERVAL_COLUMNS = (
    *("method", "galaxy", "realisation", "radius_kpc"),
    *("log10_mass_dm", "median", "lower_68", "upper_68"),
)
_MEDIAN_AND_68 = (0.5, 0.16, 0.84)


@dataclass(frozen=True)
class Intervals:
    """Median and 68 % interval of the profiles of the test images by one method.

    Attributes
    ----------
    galaxy, realisation : ndarray of int, shape (N,)
    radius_kpc : ndarray, shape (radii,)
    truth, median, lower, upper : ndarray, shape (N, radii)
        log10(M/Msun); the truth is NaN where masked.
    """

    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray
    truth: np.ndarray
    median: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def read_intervals(path: Path, method: str) -> Intervals:
    """Read the intervals of one method.

    Parameters
    ----------
    path : path
        ``intervals.csv``.
    method : str
        One of `METHODS`.

    Returns
    -------
    Intervals

    Raises
    ------
    InputError
        If a column or the method is missing.
    """
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("method") == method]
    if not rows or not set(INTERVAL_COLUMNS) <= set(rows[0]):
        raise InputError(
            f"{path}: no intervals of the method {method}; delete the file and make it again."
        )
    columns = {name: [row[name] for row in rows] for name in INTERVAL_COLUMNS}
    radius_kpc = np.array(list(dict.fromkeys(columns["radius_kpc"])), dtype=float)
    shape = (-1, len(radius_kpc))
    names = {"truth": "log10_mass_dm", "median": "median", "lower": "lower_68", "upper": "upper_68"}
    return Intervals(
        galaxy=np.array(columns["galaxy"], dtype=int).reshape(shape)[:, 0],
        realisation=np.array(columns["realisation"], dtype=int).reshape(shape)[:, 0],
        radius_kpc=radius_kpc,
        **{
            field: np.array(columns[name], dtype=float).reshape(shape)
            for field, name in names.items()
        },
    )


def write_intervals(*, samples: Path, output: Path) -> None:
    """Write medians and 68 % intervals of the samples of every method.

    Parameters
    ----------
    samples : path
        ``samples.hdf5``.
    output : path
        ``intervals.csv``, with the columns `INTERVAL_COLUMNS`.
    """
    with files.atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(INTERVAL_COLUMNS)
        for method in METHODS:
            of_method = read_predictive(samples, method)
            numbers = np.stack([of_method.truth, *of_method.quantiles(_MEDIAN_AND_68)], axis=-1)
            images = zip(of_method.galaxy, of_method.realisation, numbers, strict=True)
            for galaxy, realisation, profile in images:
                for radius, row in zip(of_method.radius_kpc, profile, strict=True):
                    values = [f"{value:.6f}" for value in row]
                    writer.writerow([method, galaxy, realisation, f"{radius:.10g}", *values])
