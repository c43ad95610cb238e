"""``predictions.csv``: what a network or a baseline says of the validation and test images.

One line an image and radius, with columns `COLUMNS`; masses are log10(M/Msun), NaN where no
dark-matter particle is inside the radius.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra import files
from umbra.dataset.reading import SplitTable
from umbra.errors import InputError

COLUMNS = (
    "split",
    "galaxy",
    "realisation",
    "radius_kpc",
    "log10_mass_dm",
    "log10_mass_dm_predicted",
)


@dataclass(frozen=True)
class Predictions:
    """Predictions for the images of one split.

    Attributes
    ----------
    galaxy, realisation : ndarray, shape (N,)
    radius_kpc : ndarray, shape (radii,)
    truth, predicted : ndarray, shape (N, radii)
        log10(M/Msun).
    """

    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray

    @classmethod
    def of(cls, rows: SplitTable, predicted: np.ndarray) -> "Predictions":
        """Return the predictions of the images that `rows` of the dataset tell of."""
        return cls(
            galaxy=rows.galaxy,
            realisation=rows.realisation,
            radius_kpc=rows.radius_kpc,
            truth=rows.log10_mass_dm,
            predicted=predicted,
        )


def write_predictions(*, predictions: dict[str, Predictions], output: Path) -> None:
    """Write the predictions of each split ("val", "test")."""
    with files.atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for split, rows in predictions.items():
            for index, (galaxy, realisation) in enumerate(
                zip(rows.galaxy, rows.realisation, strict=True)
            ):
                for place, radius in enumerate(rows.radius_kpc):
                    truth, predicted = rows.truth[index, place], rows.predicted[index, place]
                    writer.writerow(
                        [
                            split,
                            galaxy,
                            realisation,
                            f"{radius:.10g}",
                            f"{truth:.6f}",
                            f"{predicted:.6f}",
                        ]
                    )


def read_predictions(*, path: Path, split: str) -> Predictions:
    """Read the predictions of one split.

    Parameters
    ----------
    path : path
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
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("split") == split]
    try:
        columns = {name: [row[name] for row in rows] for name in COLUMNS}
    except KeyError as error:
        raise InputError(f"{path}: no column {error}; delete the file and make it again.") from None
    if not rows:
        raise InputError(f"{path}: no line of split {split}; delete the file and make it again.")
    radius_kpc = np.array(list(dict.fromkeys(columns["radius_kpc"])), dtype=float)
    shape = (-1, len(radius_kpc))
    return Predictions(
        galaxy=np.array(columns["galaxy"], dtype=int).reshape(shape)[:, 0],
        realisation=np.array(columns["realisation"], dtype=int).reshape(shape)[:, 0],
        radius_kpc=radius_kpc,
        truth=np.array(columns["log10_mass_dm"], dtype=float).reshape(shape),
        predicted=np.array(columns["log10_mass_dm_predicted"], dtype=float).reshape(shape),
    )
