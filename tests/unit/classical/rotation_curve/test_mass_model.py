"""The mass model: velocities that follow from its parameters."""

from dataclasses import replace

import numpy as np
import pytest

from mass_model_case import DISTANCE_MPC, HUBBLE, IMAGE, INCLINATION_DEG, TRUTH, true_curve
from umbra.classical.rotation_curve.mass_model import (
    PARAMETERS,
    PosteriorDensity,
    Priors,
    model_velocity,
)
from umbra.classical.rotation_curve.stars import disc_velocity_squared


def test_a_nearer_galaxy_is_a_smaller_one():
    """A model at another distance is the model of the same image put there."""
    curve = true_curve()
    there = replace(
        curve,
        radius_kpc=curve.radius_kpc * 1.2,
        stellar_velocity_squared=disc_velocity_squared(
            curve.radius_kpc * 1.2, distance_mpc=DISTANCE_MPC * 1.2, **IMAGE
        ),
        distance_mpc=DISTANCE_MPC * 1.2,
    )
    parameters = np.array([[1.3, 130.0, 11.0, DISTANCE_MPC * 1.2, INCLINATION_DEG]])
    expected = model_velocity(parameters, there, hubble=HUBBLE, halo="nfw")
    assert model_velocity(parameters, curve, hubble=HUBBLE, halo="nfw") == pytest.approx(
        expected, rel=1e-12
    )


def test_a_disc_more_inclined_than_assumed_turns_more_slowly_than_measured():
    """The cube shows v sin(i): the same from 30 degrees and twice the speed as from 90 degrees."""
    curve = replace(true_curve(), inclination_deg=30.0)
    edge_on = np.array([[0.0, 100.0, 10.0, DISTANCE_MPC, 90.0]])
    assumed = np.array([[0.0, 100.0, 10.0, DISTANCE_MPC, 30.0]])
    ratio = model_velocity(edge_on, curve, hubble=HUBBLE, halo="nfw") / model_velocity(
        assumed, curve, hubble=HUBBLE, halo="nfw"
    )
    assert ratio == pytest.approx(2)


def test_gas_that_pulls_outward_lowers_the_curve():
    curve = true_curve()
    hole = replace(curve, gas_velocity_squared=np.full(30, -(30.0**2)))
    lower = model_velocity(TRUTH[None], hole, hubble=HUBBLE, halo="nfw")
    assert np.all(lower < model_velocity(TRUTH[None], curve, hubble=HUBBLE, halo="nfw"))
    empty = np.array([[0.0, 10.0, 1.0, DISTANCE_MPC, INCLINATION_DEG]])
    assert model_velocity(empty, hole, hubble=HUBBLE, halo="nfw")[0, 0] < 0


def test_walkers_start_within_the_priors_even_at_their_edge():
    curve = replace(true_curve(), stellar_velocity_squared=np.full(30, 150.0**2))
    density = PosteriorDensity(curve, Priors(0.5, 3.0), HUBBLE, "nfw")
    points = density.walkers(64, np.random.default_rng(1))
    assert np.all(np.isfinite(density.log_density(points)))
    assert np.linalg.matrix_rank(points - points.mean(axis=0)) == len(PARAMETERS)
