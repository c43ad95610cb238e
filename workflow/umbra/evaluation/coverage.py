"""Tests of the intervals: how often they contain the truth, and how wide they are.

Every test is on the test split, which no predictive distribution has used. Realisations of a
galaxy share their truth, so a binomial error follows from the number of galaxies, not of images.
Quantiles allow for the number of samples (`umbra.predictions.distributions.conformal_quantiles`),
but no interval of S samples contains the truth in more than (S - 1) / (S + 1) of the cases.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.evaluation.interval_measures import (
    binomial_sigma,
    expected_coverage,
    fraction_decreasing,
    share_covered,
)
from umbra.predictions.distributions import PREDICTIVE_METHODS
from umbra.predictions.profile_tables import RADIUS_FORMAT
from umbra.predictions.samples import PredictiveSamples, read_samples
from umbra.tables import write_table

NOMINAL = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.68, 0.8, 0.9, 0.95)
CREDIBILITY = tuple(round(0.05 * step, 2) for step in range(21))
ONE_SIGMA = 0.68
ALL_RADII = "all"

COVERAGE_COLUMNS: dict[str, type] = {
    "method": str,
    "channels": str,
    "radius_kpc": str,  # or `ALL_RADII`
    "nominal": float,
    "covered": float,
    "n_images": int,
    "n_galaxies": int,
    "sigma": float,
}
WIDTH_COLUMNS: dict[str, type] = {
    "method": str,
    "channels": str,
    "radius_kpc": float,
    "half_width_68": float,
    "delta_mse": float,
    "n": int,
}
JOINT_COLUMNS: dict[str, type] = {
    "method": str,
    "channels": str,
    "credibility": float,
    "expected_coverage": float,
    "sigma": float,
}
METHOD_COLUMNS: dict[str, type] = {
    "method": str,
    "channels": str,
    "samples": int,
    "validation_galaxies": str,  # empty if the method is not calibrated
    "fraction_decreasing": float,
    "coverage_68": float,
    "coverage_68_sigma": float,
    "radii_within_3_sigma": int,
    "radii": int,
    "joint_deviation": float,
    "n_images": int,
    "n_galaxies": int,
}
_SIX_DIGITS = (
    *("covered", "sigma", "half_width_68", "delta_mse", "expected_coverage"),
    *("fraction_decreasing", "coverage_68", "coverage_68_sigma", "joint_deviation"),
)


def write_coverage(
    *, samples: Mapping[str, Path], coverage: Path, widths: Path, joint: Path, methods: Path
) -> None:
    """Write how right the intervals of every channel set and method are.

    Parameters
    ----------
    samples : mapping
        Name of a channel set -> ``samples.hdf5`` (see `umbra.predictions.samples`). No other file
        is read.
    coverage, widths, joint, methods : Path
        Tables with columns `COVERAGE_COLUMNS`, `WIDTH_COLUMNS`, `JOINT_COLUMNS` and
        `METHOD_COLUMNS`. In ``coverage`` the radius `ALL_RADII` is the mean over radii.

    Raises
    ------
    InputError
        If `umbra.predictions.samples.write_samples` did not write a file.
    """
    found = [
        {
            name: table.assign(method=method, channels=channels)
            for name, table in _tables(read_samples(path, method)).items()
        }
        for method in PREDICTIVE_METHODS
        for channels, path in samples.items()
    ]
    for name, path, columns in (
        ("coverage", coverage, COVERAGE_COLUMNS),
        ("widths", widths, WIDTH_COLUMNS),
        ("joint", joint, JOINT_COLUMNS),
        ("methods", methods, METHOD_COLUMNS),
    ):
        table = pd.concat([tables[name] for tables in found])[list(columns)]
        formats = {column: ".6f" for column in _SIX_DIGITS if column in columns}
        write_table(table, path, formats=formats)


def _tables(predictive: PredictiveSamples) -> dict[str, pd.DataFrame]:
    """Return the four tables of one method and channel set, without these two columns."""
    valid = np.isfinite(predictive.truth)
    anywhere = valid.any(axis=1)
    n_images = np.append(valid.sum(axis=0), anywhere.sum())
    n_galaxies = np.array(
        [len(np.unique(predictive.galaxy[rows])) for rows in (*valid.T, anywhere)]
    )
    edges = [(1 + sign * level) / 2 for level in NOMINAL for sign in (-1, 1)]
    median, *bounds = predictive.quantiles([0.5, *edges])
    intervals = dict(zip(NOMINAL, zip(bounds[::2], bounds[1::2], strict=True), strict=True))
    covered = {}
    for nominal, (lower, upper) in intervals.items():
        share = share_covered(truth=predictive.truth, lower=lower, upper=upper)
        covered[nominal] = np.append(share, _mean(share))
    joint = expected_coverage(
        samples=predictive.samples,
        truth=predictive.truth,
        reference=predictive.reference,
        credibility=CREDIBILITY,
        validation_galaxies=predictive.validation_galaxies,
    )
    lower, upper = intervals[ONE_SIGMA]
    return {
        "coverage": _coverage_table(predictive, covered, n_images, n_galaxies),
        "widths": _width_table(predictive, median=median, half_width=(upper - lower) / 2),
        "joint": pd.DataFrame(
            {
                "credibility": CREDIBILITY,
                "expected_coverage": joint,
                "sigma": binomial_sigma(CREDIBILITY, n_galaxies[-1]),
            }
        ),
        "methods": _method_table(predictive, covered[ONE_SIGMA], joint, n_images, n_galaxies),
    }


def _radius_names(predictive: PredictiveSamples) -> list[str]:
    return [format(radius, RADIUS_FORMAT) for radius in predictive.radius_kpc]


def _coverage_table(
    predictive: PredictiveSamples,
    covered: Mapping[float, np.ndarray],
    n_images: np.ndarray,
    n_galaxies: np.ndarray,
) -> pd.DataFrame:
    """Return the share that is covered by each interval, at each radius and in the mean."""
    return pd.concat(
        pd.DataFrame(
            {
                "radius_kpc": [*_radius_names(predictive), ALL_RADII],
                "nominal": nominal,
                "covered": share,
                "n_images": n_images,
                "n_galaxies": n_galaxies,
                "sigma": binomial_sigma(nominal, n_galaxies),
            }
        )
        for nominal, share in covered.items()
    )


def _width_table(
    predictive: PredictiveSamples, *, median: np.ndarray, half_width: np.ndarray
) -> pd.DataFrame:
    """Return the mean width of the intervals and the error of the median, at each radius."""
    valid = np.isfinite(predictive.truth)
    squares = np.where(valid, median - predictive.truth, np.nan) ** 2
    widths = np.where(valid, half_width, np.nan)
    return pd.DataFrame(
        {
            "radius_kpc": _radius_names(predictive),
            "half_width_68": [_mean(column) for column in widths.T],
            "delta_mse": np.sqrt([_mean(column) for column in squares.T]),
            "n": valid.sum(axis=0),
        }
    )


def _method_table(
    predictive: PredictiveSamples,
    covered: np.ndarray,
    joint: np.ndarray,
    n_images: np.ndarray,
    n_galaxies: np.ndarray,
) -> pd.DataFrame:
    """Return the summary of a method, in one line."""
    sigma = binomial_sigma(ONE_SIGMA, n_galaxies)
    within = np.abs(covered - ONE_SIGMA)[:-1] <= 3 * sigma[:-1]
    summary = {
        "samples": predictive.samples.shape[1],
        "validation_galaxies": str(predictive.validation_galaxies or ""),
        "fraction_decreasing": fraction_decreasing(predictive.samples),
        "coverage_68": covered[-1],
        "coverage_68_sigma": sigma[-1],
        "radii_within_3_sigma": within.sum(),
        "radii": (n_images[:-1] > 0).sum(),
        "joint_deviation": np.abs(joint - CREDIBILITY).max(),
        "n_images": n_images[-1],
        "n_galaxies": n_galaxies[-1],
    }
    return pd.DataFrame([summary])


def _mean(values: np.ndarray) -> float:
    """Return the mean of the finite values, NaN if there are none (and no warning)."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan
