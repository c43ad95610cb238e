"""Members that train together: each as if alone, and as Keras trains them."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import keras
import numpy as np
import pytest

from umbra.config.networks import TrainingSettings
from umbra.errors import InputError
from umbra.networks import vectorised
from umbra.networks.fitting import (
    StopAtValidations,
    best_validation,
    has_diverged,
    validated_epochs,
    validations_of_patience,
)

PROGRAM = Path(__file__).resolve().parents[2] / "builders" / "vectorised_case.py"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What became of the members of a few small ensembles, computed with JAX on the CPU."""
    output = tmp_path_factory.mktemp("vectorised") / "found.npz"
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, PROGRAM, output], check=True, env=environment)
    with np.load(output) as file:
        return dict(file)


# Side by side as products of matrices and as grouped convolutions; in turn, as a network by itself.
# The last steps of an epoch of the first two have fewer images; the third has random turns and
# dropout, which are the same draws, a distance, a schedule and decay of its weights.
@pytest.mark.parametrize(
    ("together", "alone"),
    [
        ("bare 1", "keras"),
        ("grouped 1", "keras"),
        ("symmetric 1", "symmetric keras"),
        ("symmetric alone", "symmetric keras"),
    ],
)
def test_members_train_as_keras_trains_them(found, together, alone):
    for losses in ("loss", "val_loss"):
        ours, of_keras = found[f"{together} {losses}"], found[f"{alone} {losses}"]
        assert len(ours) == len(of_keras) > 4  # stopped by the same rule
        np.testing.assert_allclose(ours[:3], of_keras[:3], rtol=1e-4)
        np.testing.assert_allclose(ours, of_keras, rtol=1e-3, atol=2e-3)  # round-off grows
    ours, of_keras = found[f"{together} predicted"], found[f"{alone} predicted"]
    assert np.ptp(of_keras, axis=0).max() > 0.1  # one galaxy is not like another
    np.testing.assert_allclose(ours, of_keras, atol=1e-3)


def test_an_epoch_in_the_middle_is_the_best_and_kept(found):
    assert 0 < np.argmin(found["keras val_loss"]) < len(found["keras val_loss"]) - 1


def test_groups_are_as_large_as_the_memory(found):
    # too many, too many in fact, then groups of two of which the last is filled up
    assert found["small device sizes"].tolist() == [3, 2, 2, 2]


def test_member_is_the_same_in_another_group_beside_one_that_diverges(found):
    for losses in ("loss", "val_loss"):
        together, other = found[f"together 1 {losses}"], found[f"small device 4 {losses}"]
        np.testing.assert_allclose(together[: len(other)], other, rtol=1e-4)
    first = [found[f"small device {member} loss"][0] for member in range(5)]
    assert len(set(first)) == 5


@pytest.mark.parametrize("member", [0, 1])
def test_members_learn_where_light_follows_mass(found, member):
    loss = found[f"together {member} loss"]
    assert loss[-5:].mean() < 0.5 * loss[0]
    predicted, truth = found[f"together {member} predicted"], found["truth"]
    error = np.sqrt(np.mean((predicted - truth) ** 2))
    assert error < 0.5 * np.sqrt(np.mean((found["mean"] - truth) ** 2))


def test_weights_of_a_member_are_all_that_it_is(found):
    np.testing.assert_array_equal(found["rebuilt"], found["symmetric keras predicted"])
    factor = found["rebuilt"][..., 1:]
    np.testing.assert_array_equal(factor, np.broadcast_to(factor[:1], factor.shape))
    assert np.abs(factor[0] - np.eye(len(factor[0]))).max() > 1e-3  # it is learnt


def test_members_differ(found):
    first, second = found["together 0 predicted"], found["together 1 predicted"]
    assert np.abs(first - second).max() > 0.01
    turned, other = found["symmetric 0 predicted"], found["symmetric 1 predicted"]
    assert np.abs(turned - other).max() > 1e-3


def test_diverging_member_is_reported_and_the_others_go_on(found):
    assert "lower networks.training.C.learning_rate" in str(found["together 2 error"])
    assert "together 2 loss" not in found
    assert np.isfinite(found["together 1 loss"]).all()


def test_one_network_that_does_not_fit_is_told_with_a_remedy():
    trainer = SimpleNamespace(name="B urz", architecture="B")
    told = pytest.raises(InputError, match=r"B urz .* lower networks\.training\.B\.batch_size")
    with told, vectorised._memory_named(trainer):
        jax.numpy.zeros(2**46)  # more than any machine has
    with pytest.raises(KeyError), vectorised._memory_named(trainer):
        raise KeyError


def test_needs_jax_and_something_faster_than_the_cpu(found):
    assert not found["available"]
    assert keras.backend.backend() == "jax" or not vectorised.can_train_together()


@pytest.mark.parametrize("patience, interval", [(1, 1), (3, 1), (6, 2), (4, 3)])
def test_each_member_stops_as_under_the_callbacks_of_keras(patience, interval):
    rng = np.random.default_rng(patience)
    settings = TrainingSettings(epochs=15, patience=patience, validation_interval=interval)
    val_loss = rng.integers(0, 12, (15, 40)).astype(float)  # with ties
    val_loss[rng.random(val_loss.shape) < 0.1] = np.nan
    loss = np.where(rng.random(val_loss.shape) < 0.02, np.inf, 1.0)
    stopping = vectorised.Stopping(members=40, patience=validations_of_patience(settings))
    kept = np.zeros(40, dtype=int)
    for epoch in range(len(loss)):
        validated = epoch + 1 in validated_epochs(settings)
        losses = {"loss": loss[epoch]} | ({"val_loss": val_loss[epoch]} if validated else {})
        kept[stopping.update(**losses)] = epoch
    for member in range(40):
        epochs, best, stopped = _keras_stops(loss[:, member], val_loss[:, member], settings)
        history = stopping.histories[member]
        expected = [epoch - 1 for epoch in validated_epochs(settings) if epoch <= epochs]
        assert history["validated"] == expected and len(history["loss"]) == epochs
        np.testing.assert_array_equal(history["val_loss"], val_loss[expected, member])
        if not expected:
            assert has_diverged(history)
            continue
        assert kept[member] == best
        assert expected[best_validation(history)] == best
        finite = np.isfinite(history["loss"]).all() and np.isfinite(val_loss[best, member])
        assert has_diverged(history) != finite
        assert stopping.running[member] != stopped


def _keras_stops(loss, val_loss, settings):
    """Return epochs, the best one, and whether the callbacks of Keras stopped the member."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    early = StopAtValidations(
        patience=validations_of_patience(settings), mode="min", restore_best_weights=True
    )
    callbacks = [keras.callbacks.TerminateOnNaN(), early]
    for callback in callbacks:
        callback.set_model(model)
        callback.on_train_begin()
    model.stop_training = False
    for epoch in range(len(loss)):
        for callback in callbacks:
            callback.on_batch_end(0, {"loss": loss[epoch]})
            validated = epoch + 1 in validated_epochs(settings)
            losses = {"val_loss": val_loss[epoch]} if validated else {}
            callback.on_epoch_end(epoch, {"loss": loss[epoch], **losses})
        if model.stop_training:
            break
    return epoch + 1, early.best_epoch, model.stop_training
