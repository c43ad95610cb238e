"""``intervals.csv`` and ``samples.hdf5``: the predictive distributions of the test images."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from umbra import ensemble_files, files, seeds
from umbra.ensemble_files import read_ensemble
from umbra.errors import InputError
from umbra.predictive import METHODS, REFERENCES, Predictive, calibrate, deviates, moment_matched

INTERVAL_COLUMNS = (
    *("method", "galaxy", "realisation", "radius_kpc"),
    *("log10_mass_dm", "median", "lower_68", "upper_68"),
)
_MEDIAN_AND_68 = (0.5, 0.16, 0.84)
_COPIED = ("galaxy", "realisation", "radius_kpc", "truth")


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


def write_predictive(
    *,
    bootstrap: Path,
    gaussian: Path,
    sample_count: int,
    seed: int,
    intervals: Path,
    samples: Path,
) -> None:
    """Write the predictive distributions of the test images of one channel set.

    Only the validation split calibrates: the test split's truth is copied, never used.

    Parameters
    ----------
    bootstrap, gaussian : path
        ``predictions.hdf5`` of the two ensembles.
    sample_count : int
        Samples of an image by the method ``gaussian``. ``bootstrap`` has one a member,
        ``calibrated`` one a validation image.
    seed : int
        The run's seed.
    intervals : path
        ``intervals.csv`` with columns `INTERVAL_COLUMNS`: median and 68 % interval by the rule of
        `umbra.predictive.quantiles` for every method, the intervals that ``coverage.csv`` judges.
        Those of the bootstrap are therefore a little wider than plain quantiles of its members.
    samples : path
        ``samples.hdf5``, read by `read_predictive`.

    Raises
    ------
    InputError
        If the ensembles are not of the same images, or a file is not what it should be.
    """
    members = read_ensemble(path=bootstrap, kind="bootstrap", split="test")
    test = read_ensemble(path=gaussian, kind="gaussian", split="test")
    for name in ("galaxy", "realisation", "radius_kpc"):
        if not np.array_equal(getattr(members, name), getattr(test, name)):
            raise InputError(
                f"{bootstrap}, {gaussian}: the ensembles differ in {name} of the test split; "
                "delete the older one and make it again."
            )
    validation = read_ensemble(path=gaussian, kind="gaussian", split="val")
    with files.atomic(samples) as temporary:
        with h5py.File(temporary, "w") as file:
            _write_samples(file, members, validation, test, sample_count, seed)
        _write_intervals(temporary, intervals)


def read_predictive(path: Path, method: str) -> Predictive:
    """Read the samples of one method.

    Parameters
    ----------
    path : path
        ``samples.hdf5``.
    method : str
        One of `METHODS`.

    Returns
    -------
    Predictive

    Raises
    ------
    InputError
        If the file is not what `write_predictive` writes.
    """
    try:
        with h5py.File(path) as file:
            samples = file[f"samples/{method}"]
            galaxies = samples.attrs.get("validation_galaxies")
            return Predictive(
                **{name: file[name][()] for name in (*_COPIED, "reference")},
                samples=samples[()],
                validation_galaxies=None if galaxies is None else int(galaxies),
            )
    except (OSError, KeyError) as error:
        raise InputError(
            f"{path}: not samples of predictive distributions ({error}); delete it and make it "
            "again."
        ) from error


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


def _write_samples(
    file: h5py.File,
    members: ensemble_files.Bootstrap,
    validation: ensemble_files.Gaussian,
    test: ensemble_files.Gaussian,
    count: int,
    seed: int,
) -> None:
    for name in _COPIED:
        file[name] = getattr(test, name)
    residuals = calibrate(validation)
    (images, radii), first = test.truth.shape, np.unique(validation.galaxy, return_index=True)[1]
    profiles = validation.truth[first]
    file["samples/bootstrap"] = members.predicted.swapaxes(0, 1).astype("f4")
    for method, number in (("gaussian", count), ("calibrated", len(residuals))):
        file.create_dataset(f"samples/{method}", (images, number, radii), "f4")
    file["samples/calibrated"].attrs["validation_galaxies"] = len(profiles)
    file.create_dataset("reference", (images, REFERENCES, radii), "f8")
    for image, (points, drawn) in enumerate(_draw(test, residuals, profiles, count, seed)):
        file["reference"][image] = points
        for method, values in drawn.items():
            file[f"samples/{method}"][image] = values


def _draw(
    test: ensemble_files.Gaussian,
    residuals: np.ndarray,
    profiles: np.ndarray,
    count: int,
    seed: int,
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Yield the reference profiles and the samples of each test image."""
    means, factors = moment_matched(mean=test.mean, precision_factor=test.precision_factor)
    rows = zip(test.galaxy, test.realisation, means, factors, strict=True)
    for galaxy, view, mean, factor in rows:
        random = seeds.generator(seed, seeds.Stage.PREDICTIVE, int(galaxy), int(view))
        drawn = deviates(residuals=residuals, count=count, random=random)
        points = profiles[random.integers(len(profiles), size=REFERENCES)]
        yield (
            points,
            {name: test.space.log10_mass(mean + z @ factor.T) for name, z in drawn.items()},
        )


def _write_intervals(samples: Path, output: Path) -> None:
    with files.atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(INTERVAL_COLUMNS)
        for method in METHODS:
            of_method = read_predictive(samples, method)
            numbers = np.stack([of_method.truth, *of_method.quantiles(_MEDIAN_AND_68)], axis=-1)
            images = zip(of_method.galaxy, of_method.realisation, numbers, strict=True)
            for galaxy, view, profile in images:
                for radius, row in zip(of_method.radius_kpc, profile, strict=True):
                    values = [f"{value:.6f}" for value in row]
                    writer.writerow([method, galaxy, view, f"{radius:.10g}", *values])
