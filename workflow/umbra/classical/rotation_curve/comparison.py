"""Dark matter from rotation curves and from the network, side by side, against the truth.

Every chosen galaxy has a row. If a step of the classical method failed on it, the row says which
step and why. The errors of the two methods are compared on the galaxies where the classical method
succeeded.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.mass_model import PARAMETERS
from umbra.classical.rotation_curve.posterior import read_mass_dm, read_posterior
from umbra.classical.rotation_curve.rings import read_rings
from umbra.errors import InputError
from umbra.evaluation.metrics import errors
from umbra.files import rejection
from umbra.predictions.intervals import read_intervals
from umbra.predictions.points import read_predictions
from umbra.tables import MAKE_AGAIN, write_table

logger = logging.getLogger(__name__)

# Steps of the classical method in the order in which they run, with their names for readers.
STAGES = {"rings": "ring fit", "light": "light profile", "fit": "mass model"}
_INTERVAL_METHOD = "calibrated"
_ENDS = ("", "_lower_68", "_upper_68")
_METHODS = ("rotation_curve", "network")
_HALO = ("v200_km_s", "c200", "upsilon")
COMPARED_PROFILE_COLUMNS: dict[str, type] = {
    "galaxy": int,
    "realisation": int,
    "radius_kpc": float,
    "log10_mass_dm": float,
    **{f"{method}{end}": float for method in _METHODS for end in _ENDS},
    "status": str,
    "reason": str,
}
COMPARED_ERROR_COLUMNS: dict[str, type] = {
    "method": str,
    "radius_kpc": float,
    "delta_mse": float,
    "delta_mae": float,
    "bias": float,
    "n_galaxies": int,
}
# Numbers are missing where the step that finds them failed, or was not reached.
COMPARED_GALAXY_COLUMNS: dict[str, type] = {
    "galaxy": int,
    "realisation": int,
    "status": str,
    "failed_stage": str,
    "reason": str,
    "rings": float,
    "last_ring_kpc": float,
    "inclination_deg": float,
    "reduced_chi2": float,
    **{f"{name}{end}": float for name in _HALO for end in _ENDS},
    **{f"{method}_{name}": float for method in _METHODS for name in ("rms_dex", "within_68")},
}


@dataclass(frozen=True)
class Products:
    """The files of a galaxy's fit; each can be the marker of a rejected galaxy.

    Parameters
    ----------
    rings, disc, posterior, mass : Path
        ``rings.csv``, ``disc.csv``, ``posterior.hdf5`` and ``mass.csv``.
    """

    rings: Path
    disc: Path
    posterior: Path
    mass: Path

    def failure(self) -> tuple[str, str] | None:
        """Return the first of `STAGES` that failed and its reason; None if none failed."""
        paths = {"rings": [self.rings], "light": [self.disc], "fit": [self.posterior, self.mass]}
        for stage in STAGES:
            reason = next(filter(None, map(rejection, paths[stage])), None)
            if reason is not None:
                return stage, reason
        return None


@dataclass(frozen=True)
class ComparedProfiles:
    """Enclosed dark-matter masses of the chosen galaxies, as log10(M/Msun).

    Parameters
    ----------
    radius_kpc : ndarray, shape (radii,)
        Radii [kpc].
    truth : ndarray, shape (galaxies, radii)
        True masses; NaN where masked.
    rotation_curve, network : ndarray, shape (galaxies, 3, radii)
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
    """Compare the rotation curves of all chosen galaxies with the network, and write the tables.

    Parameters
    ----------
    products : mapping of int to Products
        Files of the chosen galaxies.
    realisation : int
        Number of the realisation.
    predictions : Path
        ``predictions.csv`` of the network; it is read if there are no intervals.
    intervals : Path or None
        ``intervals.csv`` of the network's ensembles. Its calibrated median and 68 % interval then
        take the place of the network's predictions.
    profiles : Path
        ``rotation_curves.csv``, a row for each galaxy and radius, with `COMPARED_PROFILE_COLUMNS`.
    error_table : Path
        ``rotation_curve_errors.csv`` with `COMPARED_ERROR_COLUMNS`. The methods ``rotation_curve``
        and ``network`` are averages over the galaxies where the rotation curve succeeded,
        ``network_all`` over all chosen galaxies.
    galaxies : Path
        ``rotation_curve_galaxies.csv``, a row for each galaxy, with `COMPARED_GALAXY_COLUMNS`.

    Raises
    ------
    InputError
        If the network has no prediction for a galaxy, or a file is not what its stage writes.
    """
    failures = [files.failure() for files in products.values()]
    found = _gather(products, failures, realisation, predictions, intervals)
    table = _galaxy_table(products, failures, realisation, found)
    succeeded = np.array([failure is None for failure in failures], dtype=bool)
    failed = Counter(STAGES[failure[0]] for failure in failures if failure)
    logger.info("%d of %d succeeded; failed: %s", succeeded.sum(), len(products), dict(failed))
    _write(_profile_table(found, table), profiles)
    _write(_error_table(found, succeeded), error_table)
    _write(table, galaxies)


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
        images = read_intervals(intervals, _INTERVAL_METHOD)
        network = np.stack([images.median, images.lower, images.upper], axis=1)
    names = zip(images.galaxy.tolist(), images.realisation.tolist(), strict=True)
    place = {name: index for index, name in enumerate(names)}
    for galaxy in products:
        if (galaxy, realisation) not in place:
            raise InputError(
                f"{intervals or predictions}: no realisation {realisation} of galaxy {galaxy};"
                " delete the file and make it again."
            )
    rows = [place[galaxy, realisation] for galaxy in products]
    curves = np.full((len(products), 3, len(images.radius_kpc)), np.nan)
    for index, (files, failure) in enumerate(zip(products.values(), failures, strict=True)):
        if failure is None:
            curves[index] = _read_mass(files.mass, images.radius_kpc)
    return ComparedProfiles(images.radius_kpc, images.truth[rows], curves, network[rows])


def _read_mass(path: Path, radius_kpc: np.ndarray) -> np.ndarray:
    table = read_mass_dm(path)
    radius = table["radius_kpc"].to_numpy()
    if len(radius) != len(radius_kpc) or not np.allclose(radius, radius_kpc, rtol=1e-6):
        raise InputError(f"{path}: not the radii of the network; {MAKE_AGAIN}.")
    return table.drop(columns="radius_kpc").to_numpy().T


def _galaxy_table(
    products: Mapping[int, Products],
    failures: Sequence[tuple[str, str] | None],
    realisation: int,
    found: ComparedProfiles,
) -> pd.DataFrame:
    rows = []
    for index, ((galaxy, files), failure) in enumerate(
        zip(products.items(), failures, strict=True)
    ):
        stage, reason = failure or ("", "")
        rows.append(
            {
                "galaxy": galaxy,
                "realisation": realisation,
                "status": "failed" if failure else "succeeded",
                "failed_stage": stage,
                "reason": reason,
                **_fit_results(files, stage),
                **_quality(found, index, "rotation_curve"),
                **_quality(found, index, "network"),
            }
        )
    return pd.DataFrame(rows, columns=list(COMPARED_GALAXY_COLUMNS))


def _fit_results(files: Products, failed_stage: str) -> dict[str, float | int]:
    """Return the columns of the steps that succeeded."""
    if failed_stage == "rings":
        return {}
    rings = read_rings(files.rings)
    row = {
        "rings": len(rings.radius_kpc),
        "last_ring_kpc": float(rings.radius_kpc.max()),
        "inclination_deg": float(np.median(rings.inclination_deg)),
    }
    if failed_stage:
        return row
    posterior = read_posterior(files.posterior)
    row["reduced_chi2"] = posterior.reduced_chi2
    for name in _HALO:
        samples = posterior.samples[:, PARAMETERS.index(name)]
        ends = np.percentile(samples, [50, 16, 84]).tolist()
        row |= {f"{name}{end}": value for end, value in zip(_ENDS, ends, strict=True)}
    return row


def _quality(found: ComparedProfiles, index: int, method: str) -> dict[str, float]:
    """Return a method's rms error of one galaxy, and how often its 68 % interval has the truth."""
    known = np.isfinite(found.truth[index])
    truth = found.truth[index, known]
    median, lower, upper = getattr(found, method)[index][:, known]
    inside = (lower <= truth) & (truth <= upper)
    bounded = np.isfinite(lower).any()
    return {
        f"{method}_rms_dex": float(np.sqrt(np.mean((median - truth) ** 2))),
        f"{method}_within_68": float(np.mean(inside)) if bounded else np.nan,
    }


def _profile_table(found: ComparedProfiles, galaxies: pd.DataFrame) -> pd.DataFrame:
    radii = len(found.radius_kpc)
    methods = {
        f"{method}{end}": getattr(found, method)[:, place].ravel()
        for method in _METHODS
        for place, end in enumerate(_ENDS)
    }
    repeated = {name: np.repeat(galaxies[name].to_numpy(), radii) for name in galaxies}
    columns = repeated | methods
    columns["radius_kpc"] = np.tile(found.radius_kpc, len(galaxies))
    columns["log10_mass_dm"] = found.truth.ravel()
    return pd.DataFrame({name: columns[name] for name in COMPARED_PROFILE_COLUMNS})


def _error_table(found: ComparedProfiles, succeeded: np.ndarray) -> pd.DataFrame:
    everyone = np.ones_like(succeeded)
    parts = []
    for name, values, chosen in (
        ("rotation_curve", found.rotation_curve, succeeded),
        ("network", found.network, succeeded),
        ("network_all", found.network, everyone),
    ):
        result = errors(truth=found.truth[chosen], predicted=values[chosen, 0])
        columns = (found.radius_kpc, result.delta_mse, result.delta_mae, result.bias, result.n)
        table = pd.DataFrame(dict(zip(list(COMPARED_ERROR_COLUMNS)[1:], columns, strict=True)))
        parts.append(table.assign(method=name))
    return pd.concat(parts, ignore_index=True)[list(COMPARED_ERROR_COLUMNS)]


def _write(table: pd.DataFrame, path: Path) -> None:
    numbers = [name for name in table if pd.api.types.is_float_dtype(table[name])]
    write_table(table, path, formats=dict.fromkeys(numbers, ".8g"))
