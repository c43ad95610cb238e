"""How uncertain the masses of a network are: from predictive intervals, or from validation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.predictions.intervals import read_intervals
from umbra.predictions.points import Predictions, read_predictions

INTERVALS, VALIDATION = "calibrated", "validation"


@dataclass(frozen=True)
class LogErrors:
    """68 % intervals about the predicted log10 masses.

    Parameters
    ----------
    source : str
        `INTERVALS` (a method of ``intervals.csv``) or `VALIDATION`.
    lower, upper : ndarray, shape (n, radii)
        Ends of the interval of each image, less its centre [dex].
    """

    source: str
    lower: np.ndarray
    upper: np.ndarray


def read_log_errors(*, predictions: Path, test: Predictions, intervals: Path | None) -> LogErrors:
    """Read the errors of the predicted masses.

    Predictive intervals lie about the median of an ensemble; the lengths of their two halves are
    used about the prediction of the network. Without intervals, the error at a radius is the root
    mean square residual of the validation images there, the same for every image.

    Parameters
    ----------
    predictions : Path
        ``predictions.csv`` of the network.
    test : Predictions
        Its test split, n images.
    intervals : Path or None
        ``intervals.csv`` of the network's ensembles.

    Returns
    -------
    LogErrors
        Errors of the images of `test`.

    Raises
    ------
    InputError
        If a file is not what its stage writes, `intervals` lacks an image or a radius, or no
        validation image has a mass at a radius.
    """
    if intervals is not None:
        return _from_intervals(intervals, test)
    validation = read_predictions(path=predictions, split="val")
    residual = validation.predicted - validation.truth
    count = np.isfinite(residual).sum(axis=0)
    if not count.all():
        raise InputError(
            f"{predictions}: every validation image is masked at"
            f" {validation.radius_kpc[count == 0][0]:g} kpc; give predictive intervals, or raise"
            " profiles.min_radius_kpc."
        )
    error = np.sqrt(np.nansum(residual**2, axis=0) / count)
    error = np.broadcast_to(error, test.predicted.shape)
    return LogErrors(source=VALIDATION, lower=-error, upper=error)


def _from_intervals(path: Path, test: Predictions) -> LogErrors:
    found = read_intervals(path, INTERVALS)
    names = zip(found.galaxy.tolist(), found.realisation.tolist(), strict=True)
    place = {name: index for index, name in enumerate(names)}
    same_radii = len(found.radius_kpc) == len(test.radius_kpc) and np.allclose(
        found.radius_kpc, test.radius_kpc, rtol=1e-6
    )
    images = list(zip(test.galaxy.tolist(), test.realisation.tolist(), strict=True))
    for galaxy, realisation in images:
        if not same_radii or (galaxy, realisation) not in place:
            raise InputError(
                f"{path}: not the radii of the network for galaxy {galaxy}, realisation"
                f" {realisation}; delete the file and make it again."
            )
    rows = [place[image] for image in images]
    lower, upper = found.lower - found.median, found.upper - found.median
    return LogErrors(source=INTERVALS, lower=lower[rows], upper=upper[rows])
