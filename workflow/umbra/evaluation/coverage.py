"""Are the intervals right: how often they hold the truth, and how wide they are.

Every check is on the test split, which no predictive distribution has seen. Realisations of a
galaxy share their truth, so what counts for a binomial error is the number of galaxies, not of
images. A method of few samples is not blamed for their number, see
`umbra.predictions.distributions.quantiles`; but S of them cannot state an interval that holds the
truth in more than (S - 1) / (S + 1) of the cases.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from umbra import files
from umbra.predictions.distributions import METHODS, Predictive
from umbra.predictions.samples import read_predictive

NOMINAL = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.68, 0.8, 0.9, 0.95)
CREDIBILITY = tuple(round(0.05 * step, 2) for step in range(21))
ONE_SIGMA = 0.68
ALL_RADII = "all"

COVERAGE_COLUMNS = (
    *("method", "channels", "radius_kpc", "nominal", "covered"),
    *("n_images", "n_galaxies", "sigma"),
)
WIDTH_COLUMNS = ("method", "channels", "radius_kpc", "half_width_68", "delta_mse", "n")
JOINT_COLUMNS = ("method", "channels", "credibility", "expected_coverage", "sigma")
METHOD_COLUMNS = (
    *("method", "channels", "samples", "validation_galaxies", "fraction_decreasing"),
    *("coverage_68", "coverage_68_sigma", "radii_within_3_sigma", "radii"),
    *("joint_deviation", "n_images", "n_galaxies"),
)


def binomial_sigma(probability: float | np.ndarray, n: int | np.ndarray) -> np.ndarray:
    """Return the standard deviation of a share of `n` draws; NaN where there are none."""
    n = np.where(np.asarray(n) > 0, n, np.nan)
    probability = np.asarray(probability)
    return np.sqrt(probability * (1 - probability) / n)


def share_covered(*, truth: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return the share of images whose truth is inside the interval, at each radius.

    Parameters
    ----------
    truth, lower, upper : ndarray, shape (N, radii)
        log10(M/Msun). A truth that is NaN leaves that radius of that image out.

    Returns
    -------
    ndarray, shape (radii,)
        NaN where every image is masked.
    """
    valid = np.isfinite(truth)
    inside = (lower <= truth) & (truth <= upper)
    count = valid.sum(axis=0)
    return (inside & valid).sum(axis=0) / np.where(count > 0, count, np.nan)


def fraction_decreasing(samples: np.ndarray) -> float:
    """Return the share of profiles (last axis: radii) in which the enclosed mass ever falls."""
    return float((samples[..., 1:] < samples[..., :-1]).any(axis=-1).mean())


def expected_coverage(
    *,
    samples: np.ndarray,
    truth: np.ndarray,
    reference: np.ndarray,
    credibility: np.ndarray,
    validation_galaxies: int | None = None,
) -> np.ndarray:
    """Return the expected coverage of regions of the joint profile around random points (TARP).

    About each reference profile lies a ball that just holds a share of the samples; the truth
    must be inside in that share of the images. Distances are Euclidean in log10 mass, each radius
    in units of the references' scatter there, over the radii at which neither the truth nor the
    reference is masked. The steps of a finite sample are smoothed: with S samples and the truth
    drawn alike, the curve is the diagonal for every S.

    Parameters
    ----------
    samples : ndarray, shape (N, S, radii)
        log10(M/Msun).
    truth : ndarray, shape (N, radii)
        log10(M/Msun); NaN where masked.
    reference : ndarray, shape (N, R, radii)
        Profiles drawn without knowledge of the truth, R an image.
    credibility : ndarray, shape (C,)
        Between 0 and 1.
    validation_galaxies : int, optional
        How many independent samples there are, if not all S are.

    Returns
    -------
    ndarray, shape (C,)
        NaN if no image has an unmasked radius.

    References
    ----------
    Lemos, Coogan, Hezaveh & Perreault-Levasseur 2023, ICML, algorithm 2.
    """
    independent = validation_galaxies or samples.shape[1]
    scale = _scatter(reference)
    credibility = np.asarray(credibility, dtype=float)
    hits = []
    for profiles, true, points in zip(samples, truth, reference, strict=True):
        for point in points:
            known = np.isfinite(true) & np.isfinite(point)
            if not known.any():
                continue
            weight, centre = 1 / scale[known], point[known]
            distance = (((profiles[:, known] - centre) * weight) ** 2).sum(axis=1)
            nearer = distance < (((true[known] - centre) * weight) ** 2).sum()
            rank = independent * nearer.mean()
            hits.append(np.clip((independent + 1) * credibility - rank, 0, 1))
    return np.mean(hits, axis=0) if hits else np.full(len(credibility), np.nan)


def write_coverage(
    *, samples: Mapping[str, Path], coverage: Path, widths: Path, joint: Path, methods: Path
) -> None:
    """Write how right the intervals of every channel set and method are.

    Parameters
    ----------
    samples : mapping
        Channel set -> ``samples.hdf5`` (see `umbra.predictions.samples.write_predictive`), the only
        files that are read.
    coverage, widths, joint, methods : path
        Tables with columns `COVERAGE_COLUMNS`, `WIDTH_COLUMNS`, `JOINT_COLUMNS` and
        `METHOD_COLUMNS`. In ``coverage`` the radius `ALL_RADII` is the mean over radii.

    Raises
    ------
    InputError
        If a file is not what `write_predictive` writes.
    """
    tables = {"coverage": [], "widths": [], "joint": [], "methods": []}
    for method in METHODS:
        for channels, path in samples.items():
            for name, rows in _judge(read_predictive(path, method)).items():
                tables[name] += [(method, channels, *row) for row in rows]
    _write(coverage, COVERAGE_COLUMNS, tables["coverage"])
    _write(widths, WIDTH_COLUMNS, tables["widths"])
    _write(joint, JOINT_COLUMNS, tables["joint"])
    _write(methods, METHOD_COLUMNS, tables["methods"])


def _judge(predictive: Predictive) -> dict[str, list[tuple]]:
    """Return the rows of each table, without method and channels."""
    valid = np.isfinite(predictive.truth)
    images = np.append(valid.sum(axis=0), valid.any(axis=1).sum())
    known = [predictive.galaxy[column] for column in (*valid.T, valid.any(axis=1))]
    galaxies = np.array([len(np.unique(ids)) for ids in known])
    radii = [*(f"{radius:.10g}" for radius in predictive.radius_kpc), ALL_RADII]
    edges = [(1 + sign * level) / 2 for level in NOMINAL for sign in (-1, 1)]
    median, *bounds = predictive.quantiles([0.5, *edges])
    coverage, share = [], {}
    for place, nominal in enumerate(NOMINAL):
        lower, upper = bounds[2 * place], bounds[2 * place + 1]
        covered = share_covered(truth=predictive.truth, lower=lower, upper=upper)
        share[nominal] = covered = np.append(covered, _mean(covered))
        sigma = binomial_sigma(nominal, galaxies)
        columns = zip(radii, covered, images, galaxies, sigma, strict=True)
        for radius, value, n_images, n_galaxies, error in columns:
            row = (nominal, f"{value:.6f}", n_images, n_galaxies, f"{error:.6f}")
            coverage.append((radius, *row))
        if nominal == ONE_SIGMA:
            half_width = (upper - lower) / 2
    joint = expected_coverage(
        samples=predictive.samples,
        truth=predictive.truth,
        reference=predictive.reference,
        credibility=CREDIBILITY,
        validation_galaxies=predictive.validation_galaxies,
    )
    errors = binomial_sigma(CREDIBILITY, galaxies[-1])
    curve = zip(CREDIBILITY, joint, errors, strict=True)
    return {
        "coverage": coverage,
        "widths": _widths(predictive, median=median, half_width=half_width, n=images, radii=radii),
        "joint": [(level, f"{value:.6f}", f"{error:.6f}") for level, value, error in curve],
        "methods": [_summary(predictive, share[ONE_SIGMA], joint, images, galaxies)],
    }


def _widths(
    predictive: Predictive, *, median: np.ndarray, half_width: np.ndarray, n, radii: list[str]
) -> list[tuple]:
    valid = np.isfinite(predictive.truth)
    squares = np.where(valid, median - predictive.truth, np.nan) ** 2
    widths = np.where(valid, half_width, np.nan)
    rows = zip(radii[:-1], widths.T, squares.T, n[:-1], strict=True)
    return [
        (radius, f"{_mean(width):.6f}", f"{np.sqrt(_mean(square)):.6f}", count)
        for radius, width, square, count in rows
    ]


def _summary(
    predictive: Predictive, covered: np.ndarray, joint: np.ndarray, images, galaxies
) -> tuple:
    sigma = binomial_sigma(ONE_SIGMA, galaxies)
    within = np.abs(covered - ONE_SIGMA)[:-1] <= 3 * sigma[:-1]
    return (
        predictive.samples.shape[1],
        predictive.validation_galaxies or "",
        f"{fraction_decreasing(predictive.samples):.6f}",
        f"{covered[-1]:.6f}",
        f"{sigma[-1]:.6f}",
        int(within.sum()),
        int((images[:-1] > 0).sum()),
        f"{np.abs(joint - CREDIBILITY).max():.6f}",
        images[-1],
        galaxies[-1],
    )


def _scatter(reference: np.ndarray) -> np.ndarray:
    """Return the standard deviation at each radius; 1 where the references do not differ."""
    known = [column[np.isfinite(column)] for column in reference.reshape(-1, reference.shape[-1]).T]
    return np.array([(len(values) > 1 and values.std()) or 1.0 for values in known])


def _mean(values: np.ndarray) -> float:
    """Return the mean of the finite values, NaN if there are none (and no warning)."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple]) -> None:
    with files.atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
