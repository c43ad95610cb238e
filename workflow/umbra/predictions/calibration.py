"""Predictive distributions of the test images, calibrated on the validation split."""

from pathlib import Path

import numpy as np

from umbra.errors import InputError
from umbra.predictions.ensembles import read_ensemble
from umbra.predictions.intervals import write_intervals
from umbra.predictions.samples import write_samples


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
    bootstrap, gaussian : Path
        ``predictions.hdf5`` of the two ensembles.
    sample_count : int
        Samples of an image by the method ``gaussian``. The method ``bootstrap`` has a sample for
        each member, ``calibrated`` one for each validation image.
    seed : int
        The run's seed.
    intervals : Path
        ``intervals.csv`` with columns `umbra.predictions.intervals.INTERVAL_COLUMNS`: median and
        68 % interval of every method, which ``coverage.csv`` tests. They follow the rule of
        `umbra.predictions.distributions.conformal_quantiles`, so that those of the bootstrap are a
        little wider than plain quantiles of its members.
    samples : Path
        ``samples.hdf5``, see `umbra.predictions.samples.read_samples`.

    Raises
    ------
    InputError
        If the ensembles are not of the same images, or a file is not such an ensemble.
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
    write_samples(
        bootstrap=members,
        validation=validation,
        test=test,
        count=sample_count,
        seed=seed,
        output=samples,
    )
    write_intervals(samples=samples, output=intervals)
