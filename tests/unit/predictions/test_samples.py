"""Samples of profiles: their moments, what they depend on, and that they grow with radius."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble_case import NARROW, RADII, Case, predict, space, with_test_truth
from umbra.errors import InputError
from umbra.predictions.distributions import PREDICTIVE_METHODS, moment_matched
from umbra.predictions.samples import read_samples


def test_gaussian_samples_have_the_moments_of_the_ensemble(tmp_path):
    case = Case(galaxies={"val": 3, "test": 2}, realisations=1)
    outputs = predict(tmp_path, case, sample_count=4000)
    gaussian = case.splits()["test"][1]
    mean, factor = moment_matched(mean=gaussian.mean, precision_factor=gaussian.precision_factor)
    samples = read_samples(outputs["samples"], "gaussian").samples.astype(float)
    whitened = space().whiten(samples[0])
    sigma = np.sqrt((factor[0] ** 2).sum(axis=1))
    assert (np.abs(whitened.mean(axis=0) - mean[0]) < 5 * sigma / np.sqrt(4000)).all()
    np.testing.assert_allclose(whitened.std(axis=0), sigma, rtol=5 / np.sqrt(2 * 4000))


def test_a_galaxy_keeps_its_samples_whatever_other_galaxies_there_are(tmp_path):
    case = Case()
    splits = case.splits()
    some = slice(9, 15)
    cut = {
        "galaxy": splits["test"][0].galaxy[some],
        "realisation": splits["test"][0].realisation[some],
        "truth": splits["test"][0].truth[some],
    }
    bootstrap, gaussian = splits["test"]
    part = (
        replace(bootstrap, **cut, predicted=bootstrap.predicted[:, some]),
        replace(
            gaussian,
            **cut,
            mean=gaussian.mean[:, some],
            precision_factor=gaussian.precision_factor[:, some],
        ),
    )
    whole = predict(tmp_path / "whole", case)
    less = predict(tmp_path / "less", case, splits | {"test": part})
    seeded = predict(tmp_path / "seeded", case, seed=2)
    for method in PREDICTIVE_METHODS:
        samples = read_samples(whole["samples"], method).samples
        np.testing.assert_array_equal(samples[some], read_samples(less["samples"], method).samples)
    first, second = (read_samples(f["samples"], "gaussian").samples for f in (whole, seeded))
    assert not np.allclose(first, second)


@pytest.mark.parametrize("degrees_of_freedom", [np.inf, 0.5])
def test_samples_grow_with_radius_however_absurd_the_errors(tmp_path, degrees_of_freedom):
    case = Case(narrow=30 * NARROW, degrees_of_freedom=degrees_of_freedom, width=2.0)
    outputs = predict(tmp_path, case, with_test_truth(case.splits(), np.full((36, RADII), 11.0)))
    for method in ("gaussian", "calibrated"):
        predictive = read_samples(outputs["samples"], method)
        assert (predictive.samples[..., 1:] >= predictive.samples[..., :-1]).all()
        assert np.isfinite(predictive.quantiles([0.05, 0.5, 0.95])).all()


def test_masked_validation_profiles_take_the_word_of_the_network(tmp_path):
    masked = dict.fromkeys(range(100, 160), 6)
    case = Case(
        galaxies={"val": 60, "test": 4}, realisations=1, narrow=np.r_[np.ones(14), np.full(6, 5.0)]
    )
    whole = read_samples(predict(tmp_path / "a", case)["samples"], "calibrated").samples
    case = replace(case, masked=masked)
    partly = read_samples(predict(tmp_path / "b", case)["samples"], "calibrated").samples
    # outside the mask nothing changes; inside, the errors five times too large are not seen
    np.testing.assert_array_equal(whole[..., 6:], partly[..., 6:])
    assert (partly[..., 0].std(axis=1) < 0.7 * whole[..., 0].std(axis=1)).all()


def test_a_foreign_file_is_refused_by_name(tmp_path):
    case = Case(galaxies={"val": 2, "test": 2})
    paths = case.write(tmp_path)
    with pytest.raises(InputError, match=r"predictions\.hdf5 does not hold samples.*make it again"):
        read_samples(paths["bootstrap"], "gaussian")
