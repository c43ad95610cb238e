"""How uncertain the masses of a network are: from predictive intervals, or from validation."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.predictions.points import Predictions, read_predictions

# methods of intervals.csv, the preferred first
INTERVAL_METHODS = ("calibrated", "bootstrap")
VALIDATION = "validation"


@dataclass(frozen=True)
class LogErrors:
    """68 % intervals about the predicted log10 masses.

    Attributes
    ----------
    source : str
        One of `INTERVAL_METHODS`, or `VALIDATION`.
    lower, upper : ndarray, shape (N, radii)
        Ends of the interval minus its centre [dex].
    """

    source: str
    lower: np.ndarray
    upper: np.ndarray


def read_log_errors(*, predictions: Path, test: Predictions, intervals: Path | None) -> LogErrors:
    """Read how far each predicted mass may be off.

    Predictive intervals are about the median of an ensemble; their two half lengths are taken over
    to the prediction of the network. Without intervals the error at a radius is the root mean
    square residual of the validation images there, the same for every image.

    Parameters
    ----------
    predictions : path
        ``predictions.csv`` of the network.
    test : Predictions
        Its test split, N images.
    intervals : path or None
        ``intervals.csv`` of the predictive distributions.

    Returns
    -------
    LogErrors
        For the images of `test`.

    Raises
    ------
    InputError
        If `intervals` has no usable method, or lacks an image or a radius.
    """
    if intervals is not None:
        return _from_intervals(intervals, test)
    validation = read_predictions(path=predictions, split="val")
    residual = validation.predicted - validation.truth
    count = np.isfinite(residual).sum(axis=0)
    if not count.all():
        raise InputError(
            f"{predictions}: every validation image is masked at "
            f"{validation.radius_kpc[count == 0][0]:g} kpc; give predictive intervals, or raise "
            "profiles.min_radius_kpc."
        )
    error = np.sqrt(np.nansum(residual**2, axis=0) / count)
    error = np.broadcast_to(error, test.predicted.shape)
    return LogErrors(source=VALIDATION, lower=-error, upper=error)


def _from_intervals(path: Path, test: Predictions) -> LogErrors:
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    present = {row.get("method") for row in rows}
    method = next((name for name in INTERVAL_METHODS if name in present), None)
    if method is None:
        raise InputError(
            f"{path}: no intervals of method {' or '.join(INTERVAL_METHODS)}; delete the file and "
            "make it again."
        )
    profiles: dict[tuple[int, int], list[list[float]]] = {}
    names = ("radius_kpc", "lower_68", "median", "upper_68")
    try:
        for row in rows:
            if row["method"] == method:
                image = int(row["galaxy"]), int(row["realisation"])
                profiles.setdefault(image, []).append([float(row[name]) for name in names])
    except KeyError as error:
        raise InputError(f"{path}: no column {error}; delete the file and make it again.") from None
    found = [
        _of_image(path, profiles, image, test.radius_kpc)
        for image in zip(test.galaxy.tolist(), test.realisation.tolist(), strict=True)
    ]
    lower, median, upper = np.moveaxis(np.array(found), 2, 0)
    return LogErrors(source=method, lower=lower - median, upper=upper - median)


def _of_image(path: Path, profiles: dict, image: tuple[int, int], radius_kpc: np.ndarray):
    """Return the lower end, median and upper end of one image, shape (radii, 3)."""
    profile = np.array(profiles.get(image, np.empty((0, 4))))
    if len(profile) != len(radius_kpc) or not np.allclose(profile[:, 0], radius_kpc, rtol=1e-6):
        raise InputError(
            f"{path}: not the radii of the network for galaxy {image[0]}, realisation "
            f"{image[1]}; delete "
            "the file and make it again."
        )
    return profile[:, 1:]
