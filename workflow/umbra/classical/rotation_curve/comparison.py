"""The rotation-curve method beside the network, galaxy by galaxy and radius by radius.

A galaxy that a step of the classical method could not deal with keeps its row, with the reason; the
two methods are compared on the galaxies where the classical one came to an end.
"""

import csv
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.curve_model import NAMES
from umbra.classical.rotation_curve.posterior import MASS_COLUMNS, read_posterior
from umbra.errors import InputError
from umbra.evaluation.metrics import errors
from umbra.files import atomic, rejection
from umbra.predictions.intervals import read_intervals
from umbra.predictions.points import read_predictions

logger = logging.getLogger(__name__)

# in the order in which they run, with the names that a reader sees
STAGES = {"rings": "ring fit", "light": "light profile", "fit": "mass model"}
INTERVAL_METHOD = "calibrated"
_ENDS = ("", "_lower_68", "_upper_68")
_METHODS = ("rotation_curve", "network")
_HALO = ("v200_km_s", "c200", "upsilon")
PROFILE_COLUMNS = (
    *("galaxy", "realisation", "radius_kpc", "log10_mass_dm"),
    *(f"{method}{end}" for method in _METHODS for end in _ENDS),
    *("status", "reason"),
)
ERROR_COLUMNS = ("method", "radius_kpc", "delta_mse", "delta_mae", "bias", "n_galaxies")
GALAXY_COLUMNS = (
    *("galaxy", "realisation", "status", "failed_stage", "reason"),
    *("rings", "last_ring_kpc", "inclination_deg", "reduced_chi2"),
    *(f"{name}{end}" for name in _HALO for end in _ENDS),
    *(f"{method}_{what}" for method in _METHODS for what in ("rms_dex", "within_68")),
)


@dataclass(frozen=True)
class Products:
    """A galaxy's files, each what its stage wrote or the marker of a rejected galaxy.

    Attributes
    ----------
    rings : path
        ``rings.csv``.
    disc : path
        ``disc.csv``.
    posterior, mass : path
        ``posterior.hdf5`` and ``mass.csv``.
    """

    rings: Path
    disc: Path
    posterior: Path
    mass: Path

    def failure(self) -> tuple[str, str] | None:
        """Return the first of `STAGES` that failed and its reason; None if none did."""
        paths = {"rings": [self.rings], "light": [self.disc], "fit": [self.posterior, self.mass]}
        for stage in STAGES:
            reason = next(filter(None, map(rejection, paths[stage])), None)
            if reason is not None:
                return stage, reason
        return None


@dataclass(frozen=True)
class ComparedProfiles:
    """Enclosed dark masses of G galaxies as log10(M/Msun).

    Attributes
    ----------
    radius_kpc : ndarray, shape (radii,)
    truth : ndarray, shape (G, radii)
        NaN where masked.
    rotation_curve, network : ndarray, shape (G, 3, radii)
        Median and ends of the 68 % interval; NaN where there is none.
    """

    radius_kpc: np.ndarray
    truth: np.ndarray
    rotation_curve: np.ndarray
    network: np.ndarray


def write_comparison(
    *,
    products: Mapping[int, Products],
    realisation: int,
    predictions: Path,
    intervals: Path | None,
    profiles: Path,
    error_table: Path,
    galaxies: Path,
) -> None:
    """Gather what the rotation curves of all chosen galaxies gave, and compare with the network.

    Parameters
    ----------
    products : mapping of int to Products
        The chosen galaxies.
    realisation : int
        The realisation.
    predictions : path
        ``predictions.csv`` of the network; read where there are no intervals.
    intervals : path or None
        ``intervals.csv`` of the network's predictive distributions: its median and 68 % interval
        by the method `INTERVAL_METHOD` then stand for the network.
    profiles : path
        ``rotation_curves.csv`` with `PROFILE_COLUMNS`, one row a galaxy and radius.
    error_table : path
        ``rotation_curve_errors.csv`` with `ERROR_COLUMNS`. ``rotation_curve`` and ``network`` are
        of the galaxies where the rotation curve succeeded, ``network_all`` of every chosen one.
    galaxies : path
        ``rotation_curve_galaxies.csv`` with `GALAXY_COLUMNS`, one row a galaxy.

    Raises
    ------
    InputError
        If the network has not seen a galaxy, or a file is not what its stage writes.
    """
    failures = [files.failure() for files in products.values()]
    found = _gather(products, failures, realisation, predictions, intervals)
    rows = [
        _galaxy_row(galaxy, realisation, files, failure)
        | _quality(found, index, "rotation_curve")
        | _quality(found, index, "network")
        for index, ((galaxy, files), failure) in enumerate(
            zip(products.items(), failures, strict=True)
        )
    ]
    succeeded = np.array([failure is None for failure in failures], dtype=bool)
    failed = Counter(STAGES[failure[0]] for failure in failures if failure)
    logger.info("%d of %d succeeded; failed: %s", succeeded.sum(), len(rows), dict(failed))
    _write(profiles, PROFILE_COLUMNS, _profile_rows(found, rows))
    _write(error_table, ERROR_COLUMNS, _error_rows(found, succeeded))
    _write(galaxies, GALAXY_COLUMNS, ([row[name] for name in GALAXY_COLUMNS] for row in rows))


def _gather(
    products: Mapping[int, Products],
    failures: Sequence[tuple[str, str] | None],
    realisation: int,
    predictions: Path,
    intervals: Path | None,
) -> ComparedProfiles:
    if intervals is None:
        images = read_predictions(path=predictions, split="test")
        unknown = np.full_like(images.predicted, np.nan)
        network = np.stack([images.predicted, unknown, unknown], axis=1)
    else:
        images = read_intervals(intervals, INTERVAL_METHOD)
        network = np.stack([images.median, images.lower, images.upper], axis=1)
    place = {
        image: index
        for index, image in enumerate(
            zip(images.galaxy.tolist(), images.realisation.tolist(), strict=True)
        )
    }
    for galaxy in products:
        if (galaxy, realisation) not in place:
            raise InputError(
                f"{intervals or predictions}: no realisation {realisation} of galaxy "
                f"{galaxy}; delete the file and make it again."
            )
    rows = [place[galaxy, realisation] for galaxy in products]
    curves = np.full((len(products), 3, len(images.radius_kpc)), np.nan)
    for index, (files, failure) in enumerate(zip(products.values(), failures, strict=True)):
        if failure is None:
            curves[index] = _read_mass(files.mass, images.radius_kpc)
    return ComparedProfiles(images.radius_kpc, images.truth[rows], curves, network[rows])


def _columns(path: Path, names: Sequence[str]) -> np.ndarray:
    """Return columns of numbers of a table, shape (columns, rows)."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        return np.array([[float(row[name]) for row in rows] for name in names])
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{path} does not hold numbers in the columns {', '.join(names)}; delete it and make "
            "it again."
        ) from None


def _read_mass(path: Path, radius_kpc: np.ndarray) -> np.ndarray:
    radius, *mass = _columns(path, MASS_COLUMNS)
    if len(radius) != len(radius_kpc) or not np.allclose(radius, radius_kpc, rtol=1e-6):
        raise InputError(f"{path}: not the radii of the network; delete it and make it again.")
    return np.array(mass)


def _galaxy_row(
    galaxy: int, realisation: int, files: Products, failure: tuple[str, str] | None
) -> dict[str, float | int | str]:
    row = dict.fromkeys(GALAXY_COLUMNS, "") | {"galaxy": galaxy, "realisation": realisation}
    stage, reason = failure or ("", "")
    row |= {"status": "failed" if failure else "succeeded", "failed_stage": stage, "reason": reason}
    if stage == "rings":
        return row
    radius, inclination = _columns(files.rings, ("radius_kpc", "inclination_deg"))
    row |= {"rings": len(radius), "last_ring_kpc": float(radius.max())}
    row["inclination_deg"] = float(np.median(inclination))
    if failure:
        return row
    posterior = read_posterior(files.posterior)
    row["reduced_chi2"] = posterior.reduced_chi2
    for name in _HALO:
        ends = np.percentile(posterior.samples[:, NAMES.index(name)], [50, 16, 84]).tolist()
        row |= {f"{name}{end}": value for end, value in zip(_ENDS, ends, strict=True)}
    return row


def _quality(found: ComparedProfiles, index: int, method: str) -> dict[str, float]:
    """Return a method's rms error of one galaxy and how many radii its 68 % interval holds."""
    known = np.isfinite(found.truth[index])
    truth = found.truth[index, known]
    median, lower, upper = getattr(found, method)[index][:, known]
    inside = (lower <= truth) & (truth <= upper)
    bounded = np.isfinite(lower).any()
    return {
        f"{method}_rms_dex": float(np.sqrt(np.mean((median - truth) ** 2))),
        f"{method}_within_68": float(np.mean(inside)) if bounded else np.nan,
    }


def _profile_rows(found: ComparedProfiles, rows: Sequence[dict]) -> Iterator[list]:
    for index, row in enumerate(rows):
        numbers = zip(
            found.radius_kpc,
            found.truth[index],
            *found.rotation_curve[index],
            *found.network[index],
            strict=True,
        )
        for values in numbers:
            yield [row["galaxy"], row["realisation"], *values, row["status"], row["reason"]]


def _error_rows(found: ComparedProfiles, succeeded: np.ndarray) -> Iterator[list]:
    everyone = np.ones_like(succeeded)
    for name, values, chosen in (
        ("rotation_curve", found.rotation_curve, succeeded),
        ("network", found.network, succeeded),
        ("network_all", found.network, everyone),
    ):
        result = errors(truth=found.truth[chosen], predicted=values[chosen, 0])
        columns = (found.radius_kpc, result.delta_mse, result.delta_mae, result.bias, result.n)
        for row in zip(*columns, strict=True):
            yield [name, *row]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write a table; a number that is not known leaves its place empty."""
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_text(value) for value in row])


def _text(value: float | int | str) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.8g}" if np.isfinite(value) else ""
