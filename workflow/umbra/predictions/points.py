"""``predictions.csv``: the profiles that a network or a baseline predicts.

The file has a line for each radius of each image of the validation and test splits. Masses are
log10(M/Msun); NaN where no dark-matter particle is inside the radius.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.dataset.reading import SplitTable
from umbra.errors import InputError
from umbra.predictions.profile_tables import (
    IMAGE_COLUMNS,
    RADIUS_FORMAT,
    profiles_of_table,
    tabulate_profiles,
)
from umbra.tables import MAKE_AGAIN, read_table, write_table

PREDICTED_SPLITS = ("val", "test")

_PROFILES = {"truth": "log10_mass_dm", "predicted": "log10_mass_dm_predicted"}
PREDICTION_COLUMNS: dict[str, type] = {
    "split": str,
    **IMAGE_COLUMNS,
    **dict.fromkeys(_PROFILES.values(), float),
}


@dataclass(frozen=True)
class Predictions:
    """Predictions for the images of one split.

    Attributes
    ----------
    galaxy, realisation : ndarray of int, shape (n,)
    radius_kpc : ndarray, shape (radii,)
    truth, predicted : ndarray, shape (n, radii)
        log10(M/Msun).
    """

    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray

    @classmethod
    def of(cls, rows: SplitTable, predicted: np.ndarray) -> "Predictions":
        """Return the predictions (n, radii) for `rows` of the dataset."""
        return cls(
            galaxy=rows.galaxy,
            realisation=rows.realisation,
            radius_kpc=rows.radius_kpc,
            truth=rows.log10_mass_dm,
            predicted=predicted,
        )


def write_predictions(*, predictions: dict[str, Predictions], output: Path) -> None:
    """Write predictions.

    Parameters
    ----------
    predictions : dict
        Split, of `PREDICTED_SPLITS` -> predictions.
    output : Path
        ``predictions.csv`` with the columns `PREDICTION_COLUMNS`.
    """
    tables = []
    for split, rows in predictions.items():
        table = tabulate_profiles(
            galaxy=rows.galaxy,
            realisation=rows.realisation,
            radius_kpc=rows.radius_kpc,
            profiles={column: getattr(rows, name) for name, column in _PROFILES.items()},
        )
        table.insert(0, "split", split)
        tables.append(table)
    formats = {"radius_kpc": RADIUS_FORMAT, **dict.fromkeys(_PROFILES.values(), ".6f")}
    write_table(pd.concat(tables), output, formats=formats)


def read_predictions(*, path: Path, split: str) -> Predictions:
    """Read the predictions of one split.

    Parameters
    ----------
    path : Path
        ``predictions.csv``.
    split : {"val", "test"}

    Returns
    -------
    Predictions

    Raises
    ------
    InputError
        If a column or the split is missing.
    """
    table = read_table(path, PREDICTION_COLUMNS)
    table = table[table["split"] == split]
    if table.empty:
        raise InputError(f"{path}: no line of split {split}; {MAKE_AGAIN}.")
    return Predictions(**profiles_of_table(table, _PROFILES, path=path))
