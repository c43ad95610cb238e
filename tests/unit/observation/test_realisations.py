"""Realisations: what they are drawn from, and what they state."""

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.stats import kstest

from observation_case import OBSERVATION
from umbra.observation.realisations import draw_realisations, measured_distance_mpc, project
from umbra.skirt_engine.geometry import observer_axes


def test_realisation_states_skirt_angles_and_quaternion():
    realisation = draw_realisations(seed=1, galaxy=7, settings=OBSERVATION)[0]
    back = observer_axes(
        inclination_deg=realisation.inclination_deg,
        azimuth_deg=realisation.azimuth_deg,
        roll_deg=realisation.roll_deg,
    )
    np.testing.assert_allclose(back, realisation.rotation, atol=1e-12)
    assert 0 <= realisation.inclination_deg <= 180
    vectors = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(
        Rotation.from_quat(realisation.quaternion).apply(vectors),
        project(realisation, vectors),
        atol=1e-12,
    )


def test_more_realisations_leave_the_earlier_ones_alone():
    few = draw_realisations(seed=1, galaxy=7, settings=OBSERVATION)
    many = draw_realisations(
        seed=1, galaxy=7, settings=OBSERVATION.model_copy(update={"realisations": 6})
    )
    for before, after in zip(few, many, strict=False):
        assert before.distance_mpc == after.distance_mpc
        assert np.array_equal(before.rotation, after.rotation)
    assert len({realisation.distance_mpc for realisation in many}) == 6
    assert (
        draw_realisations(seed=1, galaxy=8, settings=OBSERVATION)[0].distance_mpc
        != few[0].distance_mpc
    )
    assert (
        draw_realisations(seed=2, galaxy=7, settings=OBSERVATION)[0].distance_mpc
        != few[0].distance_mpc
    )


def test_draws_are_uniform_in_distance_and_on_so3():
    drawn = draw_realisations(
        seed=3, galaxy=0, settings=OBSERVATION.model_copy(update={"realisations": 3000})
    )
    rotation = np.array([realisation.rotation for realisation in drawn])
    np.testing.assert_allclose(rotation @ rotation.swapaxes(1, 2) - np.eye(3), 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)
    distance = np.array([realisation.distance_mpc for realisation in drawn])
    # Each component of each axis is uniform on [-1, 1] on SO(3), and the angle of rotation has
    # the density (1 - cos angle) / pi. Eleven tests at p > 1e-4 fail by chance once in 900 seeds.
    samples = [(distance - 10) / 10]
    samples += [(rotation[:, i, j] + 1) / 2 for i in range(3) for j in range(3)]
    angle = np.arccos(np.clip((np.trace(rotation, axis1=1, axis2=2) - 1) / 2, -1, 1))
    samples += [(angle - np.sin(angle)) / np.pi]
    for sample in samples:
        assert kstest(sample, "uniform").pvalue > 1e-4


def test_measured_distances_scatter_about_the_true_one():
    measured = [
        measured_distance_mpc(15.0, galaxy=galaxy, realisation=k, seed=1, relative_error=0.1)
        for galaxy in range(500)
        for k in range(2)
    ]
    assert kstest(np.log(np.array(measured) / 15.0) / 0.1, "norm").pvalue > 0.01
    exact = measured_distance_mpc(15.0, galaxy=3, realisation=1, seed=1, relative_error=0.0)
    assert exact == 15.0
