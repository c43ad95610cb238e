"""``samples.hdf5``: samples of the profiles of the test images by every method."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from umbra import seeds
from umbra.hdf5 import create, open_content
from umbra.predictions.distributions import (
    conformal_quantiles,
    draw_deviates,
    moment_matched,
    validation_residuals,
)
from umbra.predictions.ensembles import BootstrapEnsemble, GaussianEnsemble
from umbra.tables import MAKE_AGAIN

# Random profiles of validation galaxies for each test image, to test the joint distribution of all
# radii (`umbra.evaluation.interval_measures.expected_coverage`).
REFERENCES = 8
_COPIED = ("galaxy", "realisation", "radius_kpc", "truth")


@dataclass(frozen=True)
class PredictiveSamples:
    """Samples of the profiles of the test images by one method.

    Attributes
    ----------
    galaxy, realisation : ndarray of int, shape (n,)
    radius_kpc : ndarray, shape (radii,)
    truth : ndarray, shape (n, radii)
        log10(M/Msun); NaN where masked.
    reference : ndarray, shape (n, `REFERENCES`, radii)
        Random profiles of validation galaxies [log10 Msun].
    samples : ndarray of float32, shape (n, samples, radii)
        log10(M/Msun).
    validation_galaxies : int or None
        Number of galaxies that the method was calibrated on; None if it is not calibrated.
    """

    galaxy: np.ndarray
    realisation: np.ndarray
    radius_kpc: np.ndarray
    truth: np.ndarray
    reference: np.ndarray
    samples: np.ndarray
    validation_galaxies: int | None

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """Return the quantiles of each image, shape (probabilities, n, radii)."""
        return conformal_quantiles(
            self.samples, probabilities, independent=self.validation_galaxies
        )


def write_samples(
    *,
    bootstrap: BootstrapEnsemble,
    validation: GaussianEnsemble,
    test: GaussianEnsemble,
    count: int,
    seed: int,
    output: Path,
) -> None:
    """Write the samples of every method.

    Parameters
    ----------
    bootstrap : BootstrapEnsemble
        Predictions of the bootstrap for the test split.
    validation, test : GaussianEnsemble
        Predictions of the Gaussian ensemble for the two splits.
    count : int
        Samples of an image by the method ``gaussian``.
    seed : int
        The run's seed.
    output : Path
        ``samples.hdf5``.
    """
    with create(output) as file:
        _write_samples(file, bootstrap, validation, test, count, seed)


def read_samples(path: Path, method: str) -> PredictiveSamples:
    """Read the samples of one method.

    Parameters
    ----------
    path : Path
        ``samples.hdf5``.
    method : str
        One of `umbra.predictions.distributions.PREDICTIVE_METHODS`.

    Returns
    -------
    PredictiveSamples

    Raises
    ------
    Damaged
        If `write_samples` did not write the file.
    InputError
        If the system does not let it be read.
    """
    fault = "does not hold samples of predictive distributions"
    with open_content(path, fault=fault, remedy=MAKE_AGAIN) as file:
        arrays = {name: file[name][()] for name in (*_COPIED, "reference")}
        samples = file[f"samples/{method}"]
        arrays["samples"] = samples[()]
        calibrated = "validation_galaxies" in samples.attrs
        galaxies = int(samples.attrs["validation_galaxies"]) if calibrated else None
    return PredictiveSamples(**arrays, validation_galaxies=galaxies)


def _write_samples(
    file: h5py.File,
    bootstrap: BootstrapEnsemble,
    validation: GaussianEnsemble,
    test: GaussianEnsemble,
    count: int,
    seed: int,
) -> None:
    for name in _COPIED:
        file[name] = getattr(test, name)
    residuals = validation_residuals(validation)
    (images, radii), first = test.truth.shape, np.unique(validation.galaxy, return_index=True)[1]
    profiles = validation.truth[first]
    file["samples/bootstrap"] = bootstrap.predicted.swapaxes(0, 1).astype("f4")
    for method, number in (("gaussian", count), ("calibrated", len(residuals))):
        file.create_dataset(f"samples/{method}", (images, number, radii), "f4")
    file["samples/calibrated"].attrs["validation_galaxies"] = len(profiles)
    file.create_dataset("reference", (images, REFERENCES, radii), "f8")
    for image, (reference, drawn) in enumerate(_draw(test, residuals, profiles, count, seed)):
        file["reference"][image] = reference
        for method, values in drawn.items():
            file[f"samples/{method}"][image] = values


def _draw(
    test: GaussianEnsemble,
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
        drawn = draw_deviates(residuals=residuals, count=count, rng=rng)
        reference = profiles[rng.integers(len(profiles), size=REFERENCES)]
        yield (
            reference,
            {name: test.space.log10_mass(mean + z @ factor.T) for name, z in drawn.items()},
        )
