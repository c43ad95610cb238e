"""The fit of a rotation curve whose parameters are known."""

from dataclasses import replace

import numpy as np
import pytest

from mass_model_case import DISTANCE_MPC, HUBBLE, INCLINATION_DEG, true_curve
from umbra.classical.rotation_curve.mass_model import Priors
from umbra.classical.rotation_curve.posterior import fit_rotation_curve, read_posterior
from umbra.errors import InputError, Rejected


def test_the_same_seed_gives_the_same_posterior_and_ignores_the_global_one():
    curve, priors = true_curve(), Priors(0.0, 0.0)
    draws = []
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002
        draws.append(
            fit_rotation_curve(
                curve, priors, hubble=HUBBLE, halo="nfw", rng=np.random.default_rng(5)
            )
        )
    assert np.array_equal(draws[0].samples, draws[1].samples)
    # An error of zero fixes distance and inclination.
    assert np.all(draws[0].samples[:, 3] == DISTANCE_MPC)
    assert np.all(draws[0].samples[:, 4] == INCLINATION_DEG)
    assert np.isnan(draws[0].autocorrelation_time[3:]).all()
    assert np.all((draws[0].samples[:, 0] >= 0) & (draws[0].samples[:, 0] <= 20))


def test_without_data_the_priors_come_back():
    curve = replace(true_curve(), error_km_s=np.full(30, 1e6))
    priors = Priors(1.5, 4.0, log10_upsilon=(0.2, 0.1))
    samples = fit_rotation_curve(
        curve, priors, hubble=HUBBLE, halo="nfw", rng=np.random.default_rng(2)
    ).samples
    upsilon, v200, c200, distance, inclination = samples.T
    tolerance = 5 / np.sqrt(len(samples))
    assert np.mean(np.log10(upsilon)) == pytest.approx(0.2, abs=0.1 * tolerance)
    assert np.std(np.log10(upsilon)) == pytest.approx(0.1, rel=tolerance)
    for flat, (low, high) in ((v200, (10, 800)), (c200, (1, 1000))):
        uniform = (flat - low) / (high - low)
        assert np.mean(uniform) == pytest.approx(0.5, abs=0.29 * tolerance)
        assert np.std(uniform) == pytest.approx(12**-0.5, rel=tolerance)
    assert np.mean(distance) == pytest.approx(DISTANCE_MPC, abs=1.5 * tolerance)
    assert np.std(inclination) == pytest.approx(4.0, rel=tolerance)


def test_what_cannot_be_fitted_is_rejected_with_the_reason():
    curve, rng = true_curve(), np.random.default_rng(1)
    with pytest.raises(Rejected, match="fit not converged: 20 steps"):
        fit_rotation_curve(
            curve, Priors(0.5, 3.0), hubble=HUBBLE, halo="nfw", rng=rng, max_steps=20
        )
    with pytest.raises(Rejected, match="2 points, too few"):
        fit_rotation_curve(
            true_curve(points=2), Priors(0.5, 3.0), hubble=HUBBLE, halo="nfw", rng=rng
        )
    with pytest.raises(Rejected, match="face-on"):
        fit_rotation_curve(
            replace(curve, inclination_deg=0.0),
            Priors(0.5, 3.0),
            hubble=HUBBLE,
            halo="nfw",
            rng=rng,
        )


def test_a_file_that_is_no_posterior_is_named(tmp_path):
    path = tmp_path / "posterior.hdf5"
    path.write_text("no HDF5")
    with pytest.raises(InputError, match=r"posterior\.hdf5 is not a posterior .*make it again"):
        read_posterior(path)
