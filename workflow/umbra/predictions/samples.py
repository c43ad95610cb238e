"""``samples.hdf5``: samples of the profiles of the test images by every method."""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from umbra import files, seeds
from umbra.errors import InputError
from umbra.predictions import ensembles
from umbra.predictions.distributions import (
    REFERENCES,
    Predictive,
    calibrate,
    deviates,
    moment_matched,
)

_COPIED = ("galaxy", "realisation", "radius_kpc", "truth")


def write_samples(
    *,
    members: ensembles.Bootstrap,
    validation: ensembles.Gaussian,
    test: ensembles.Gaussian,
    count: int,
    seed: int,
    output: Path,
) -> None:
    """Write the samples of every method.

    Parameters
    ----------
    members : umbra.predictions.ensembles.Bootstrap
        The bootstrap's predictions for the test split.
    validation, test : umbra.predictions.ensembles.Gaussian
        Predictions of the Gaussian ensemble.
    count : int
        Samples of an image by the method ``gaussian``.
    seed : int
        The run's seed.
    output : path
        ``samples.hdf5``.
    """
    with files.atomic(output) as temporary, h5py.File(temporary, "w") as file:
        _write_samples(file, members, validation, test, count, seed)


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
        If the file is not what `write_samples` writes.
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


def _write_samples(
    file: h5py.File,
    members: ensembles.Bootstrap,
    validation: ensembles.Gaussian,
    test: ensembles.Gaussian,
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
    test: ensembles.Gaussian,
    residuals: np.ndarray,
    profiles: np.ndarray,
    count: int,
    seed: int,
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Yield the reference profiles and the samples of each test image."""
    means, factors = moment_matched(mean=test.mean, precision_factor=test.precision_factor)
    rows = zip(test.galaxy, test.realisation, means, factors, strict=True)
    for galaxy, realisation, mean, factor in rows:
        rng = seeds.generator(seed, seeds.Stage.PREDICTIVE, int(galaxy), int(realisation))
        drawn = deviates(residuals=residuals, count=count, rng=rng)
        points = profiles[rng.integers(len(profiles), size=REFERENCES)]
        yield (
            points,
            {name: test.space.log10_mass(mean + z @ factor.T) for name, z in drawn.items()},
        )
