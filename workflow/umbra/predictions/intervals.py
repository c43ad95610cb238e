"""``intervals.csv``: medians and 68 % intervals of the profiles of the test images."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.errors import InputError
from umbra.predictions.distributions import PREDICTIVE_METHODS
from umbra.predictions.profile_tables import (
    IMAGE_COLUMNS,
    RADIUS_FORMAT,
    profiles_of_table,
    tabulate_profiles,
)
from umbra.predictions.samples import read_samples
from umbra.tables import MAKE_AGAIN, read_table, write_table

# field of `Intervals` -> column
_PROFILES = {
    "truth": "log10_mass_dm",
    "median": "median",
    "lower": "lower_68",
    "upper": "upper_68",
}
_QUANTILES = {"median": 0.5, "lower_68": 0.16, "upper_68": 0.84}
INTERVAL_COLUMNS: dict[str, type] = {
    "method": str,
    **IMAGE_COLUMNS,
    **dict.fromkeys(_PROFILES.values(), float),
}


@dataclass(frozen=True)
class Intervals:
    """Medians and 68 % intervals of the profiles of the test images by one method.

    Attributes
    ----------
    galaxy, realisation : ndarray of int, shape (n,)
    radius_kpc : ndarray, shape (radii,)
    truth, median, lower, upper : ndarray, shape (n, radii)
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
    path : Path
        ``intervals.csv``.
    method : str
        One of `umbra.predictions.distributions.PREDICTIVE_METHODS`.

    Returns
    -------
    Intervals

    Raises
    ------
    InputError
        If a column or the method is missing.
    """
    table = read_table(path, INTERVAL_COLUMNS)
    table = table[table["method"] == method]
    if table.empty:
        raise InputError(f"{path}: no intervals of the method {method}; {MAKE_AGAIN}.")
    return Intervals(**profiles_of_table(table, _PROFILES, path=path))


def write_intervals(*, samples: Path, output: Path) -> None:
    """Write medians and 68 % intervals of the samples of every method.

    Parameters
    ----------
    samples : Path
        ``samples.hdf5``.
    output : Path
        ``intervals.csv``, with the columns `INTERVAL_COLUMNS`.
    """
    tables = []
    for method in PREDICTIVE_METHODS:
        predictive = read_samples(samples, method)
        quantiles = predictive.quantiles(list(_QUANTILES.values()))
        table = tabulate_profiles(
            galaxy=predictive.galaxy,
            realisation=predictive.realisation,
            radius_kpc=predictive.radius_kpc,
            profiles={
                "log10_mass_dm": predictive.truth,
                **dict(zip(_QUANTILES, quantiles, strict=True)),
            },
        )
        table.insert(0, "method", method)
        tables.append(table)
    formats = {"radius_kpc": RADIUS_FORMAT, **dict.fromkeys(_PROFILES.values(), ".6f")}
    write_table(pd.concat(tables), output, formats=formats)
