"""Ensembles: what a member depends on, what is trained again, and members that fail."""

import csv
import shutil

import h5py
import keras
import numpy as np
import pytest

from dataset_case import Inputs
from ensemble_case import joined
from umbra.channels import ChannelSet
from umbra.config.networks import TrainingSettings
from umbra.errors import InputError
from umbra.networks import ensembles, vectorised
from umbra.networks.ensembles import resample_galaxies, train_members
from umbra.predictions.ensembles import read_ensemble, read_member_outcomes
from umbra.predictions.members import Outcome

SETTINGS = TrainingSettings(learning_rate=1e-3, batch_size=8, epochs=2, patience=2)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return Inputs(tmp_path_factory.mktemp("ensemble"), galaxies=10).build()


def train(dataset, folder, *, members, part=0, kind="bootstrap", **changes):
    """Train a part and return its path."""
    output = folder / f"parts/{part}.hdf5"
    output.parent.mkdir(parents=True, exist_ok=True)
    arguments = {
        "dataset": dataset,
        "kind": kind,
        "architecture": "C",
        "channel_set": ChannelSet("i", ("i",)),
        "members": members,
        "settings": SETTINGS,
        "distance": "none",
        "seed": 1,
        "threads": 1,
        "store": folder / "members",
        "output": output,
    } | changes
    train_members(**arguments)
    return output


@pytest.fixture(scope="module")
def together(dataset, tmp_path_factory):
    """Three members trained in one job."""
    folder = tmp_path_factory.mktemp("together")
    return folder, train(dataset, folder, members=[0, 1, 2])


@pytest.fixture(scope="module")
def gaussian_pair(dataset, tmp_path_factory):
    """Two Gaussian members trained in one job."""
    folder = tmp_path_factory.mktemp("gaussian")
    return folder, train(dataset, folder, kind="gaussian", members=[0, 1])


def kept(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "members").iterdir()}


def test_bootstrap_draws_whole_galaxies_with_replacement():
    galaxy = np.repeat(np.arange(500), 3)
    rows = resample_galaxies(galaxy, np.random.default_rng(0))
    assert len(rows) == len(galaxy)
    drawn, count = np.unique(rows, return_counts=True)
    by_galaxy = count.reshape(-1, 3)
    assert (by_galaxy == by_galaxy[:, :1]).all()
    assert (galaxy[drawn].reshape(-1, 3) == galaxy[drawn].reshape(-1, 3)[:, :1]).all()
    assert len(by_galaxy) / 500 == pytest.approx(1 - np.exp(-1), abs=0.05)


def test_members_do_not_depend_on_the_job_that_trains_them(dataset, together, tmp_path):
    folder, part = together
    parts = [
        train(dataset, tmp_path, members=[2, 1], part=0),
        train(dataset, tmp_path, members=[0], part=1),
    ]
    one, other = joined([part], folder), joined(parts, tmp_path)
    assert one.member.tolist() == [0, 1, 2]
    order = np.argsort(other.member)
    np.testing.assert_array_equal(one.predicted, other.predicted[order])


def test_gaussian_members_do_not_depend_on_the_job_that_trains_them(
    dataset, gaussian_pair, tmp_path
):
    folder, part = gaussian_pair
    alone = train(dataset, tmp_path, kind="gaussian", members=[1])
    one, other = (
        joined([path], place, kind="gaussian")
        for path, place in ((part, folder), (alone, tmp_path))
    )
    assert (one.member.tolist(), other.member.tolist()) == ([0, 1], [1])
    np.testing.assert_array_equal(one.mean[1:], other.mean)
    np.testing.assert_array_equal(one.precision_factor[1:], other.precision_factor)


def test_members_differ(together):
    predicted = read_ensemble(path=together[1], kind="bootstrap", split="test").predicted
    assert np.ptp(predicted, axis=0).min() > 0


def test_only_missing_members_are_trained(dataset, together):
    folder, part = together
    before, bytes_before = kept(folder), part.read_bytes()
    (folder / "members/1.hdf5").unlink()
    part.unlink()
    train(dataset, folder, members=[0, 1, 2])
    after = kept(folder)
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"1.hdf5"}
    assert part.read_bytes() == bytes_before


def test_members_of_other_options_are_trained_again(dataset, together, tmp_path):
    folder, _ = together
    (tmp_path / "members").mkdir()
    old = (folder / "members/0.hdf5").read_bytes()
    (tmp_path / "members/0.hdf5").write_bytes(old)
    train(dataset, tmp_path, members=[0], settings=SETTINGS.model_copy(update={"epochs": 1}))
    (outcome,) = read_member_outcomes(tmp_path / "parts/0.hdf5")
    assert outcome.epochs == 1


def further_away(dataset, folder):
    """Return a copy of the dataset in which all measured distances are larger."""
    path = shutil.copy(dataset, folder / "further.hdf5")
    with h5py.File(path, "a") as file:
        file["measured_distance_mpc"][:] = 1.5 * file["measured_distance_mpc"][:]
    return path


@pytest.mark.parametrize("kind", ["bootstrap", "gaussian"])
def test_members_that_see_the_distance_are_trained_again_if_it_is_another(dataset, tmp_path, kind):
    options = {
        "kind": kind,
        "members": [0],
        "architecture": "SymmetricResNet",
        "distance": "measured",
        "settings": SETTINGS.model_copy(update={"schedule": "cosine", "weight_decay": 0.01}),
    }
    part = train(dataset, tmp_path, **options)
    (outcome,) = read_member_outcomes(part)
    assert not outcome.failed
    before = kept(tmp_path)
    train(dataset, tmp_path, part=1, **options)
    assert kept(tmp_path) == before
    train(further_away(dataset, tmp_path), tmp_path, part=2, **options)
    assert kept(tmp_path) != before


def test_members_that_see_no_distance_are_kept_if_it_is_another(dataset, together, tmp_path):
    folder, _ = together
    before = kept(folder)
    train(further_away(dataset, tmp_path), folder, members=[0, 1, 2], part=1)
    assert kept(folder) == before


def test_members_are_kept_for_one_way_of_making_them(monkeypatch):
    def digest():
        return ensembles.members_digest({}, [], distance="none")

    found = [digest()]
    for owner, name, value in (
        (ensembles, "function_fingerprint", lambda function: "of another formula"),
        (keras, "__version__", "0.0"),
        (keras.backend, "backend", lambda: "another"),
        (vectorised, "can_train_together", lambda: True),
    ):
        monkeypatch.setattr(owner, name, value)
        found.append(digest())
    assert len(set(found)) == 5
    monkeypatch.undo()
    assert digest() == found[0]


def test_gaussian_members_say_mean_and_covariance(gaussian_pair):
    folder, part = gaussian_pair
    test = joined([part], folder, kind="gaussian")
    radii = len(test.radius_kpc)
    assert test.mean.shape == (2, len(test.galaxy), radii)
    assert np.all(np.triu(test.precision_factor, 1) == 0)
    assert np.all(np.diagonal(test.precision_factor, axis1=-2, axis2=-1) > 0)
    error = np.abs(test.space.log10_mass(test.mean.mean(axis=0)) - test.truth)
    assert np.median(error) < 1


def test_diverged_members_are_reported_and_left_out(dataset, together, tmp_path):
    folder, part = together
    wild = SETTINGS.model_copy(update={"learning_rate": 1e30})
    failed = train(dataset, tmp_path, members=[3], part=1, settings=wild)
    ensemble = joined([part, failed], tmp_path, max_failed_fraction=0.25)
    assert ensemble.member.tolist() == [0, 1, 2]
    with open(tmp_path / "members.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["failed"] for row in rows] == ["no", "no", "no", "yes"]
    message = r"bootstrap/C/i: 1 of 4 members of the bootstrap .*\(3\).*max_failed_fraction"
    with pytest.raises(InputError, match=message + r".*networks\.training\.C\.learning_rate"):
        joined([part, failed], tmp_path, max_failed_fraction=0.2)
    with pytest.raises(InputError, match="1 of 1 members"):
        joined([failed], tmp_path, max_failed_fraction=1.0)


def test_member_without_a_finite_validation_loss_or_prediction_fails():
    finite = {"val": np.ones((3, 2)), "test": np.ones((4, 2))}
    # epochs without a validation loss are not the best one
    history = {
        "loss": [4.0, 3.5, 3.0, 2.5, 2.0],
        "val_loss": [3.0, 2.5, np.nan],
        "validated": [1, 2, 4],
    }
    outcome, arrays = ensembles.member_outcome(7, history, finite)
    assert outcome == Outcome(7, epochs=5, loss=3.0, val_loss=2.5)
    assert arrays is finite and not outcome.failed
    for split in finite:
        broken = {name: array.copy() for name, array in finite.items()}
        broken[split][1, 1] = np.inf
        outcome, arrays = ensembles.member_outcome(7, history, broken)
        assert outcome.failed and not arrays
    assert Outcome(7, 3, 2.0, np.nan).failed


def test_member_that_cannot_be_judged_fails_though_it_trains_well(dataset, tmp_path):
    path = shutil.copy(dataset, tmp_path / "dataset.hdf5")
    with h5py.File(path, "a") as file:
        row = int(np.flatnonzero(file["split"].asstr()[:] == "val")[0])
        file["log10_mass_dm"][row] = 1e30  # its square is too large for single precision
    part = train(path, tmp_path, members=[0])
    (outcome,) = read_member_outcomes(part)
    assert outcome.failed
    with pytest.raises(InputError, match="1 of 1 members of the bootstrap"):
        joined([part], tmp_path, max_failed_fraction=1.0)
