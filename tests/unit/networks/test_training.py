"""Training: that networks learn, what they must not see, and what is written."""

import csv
import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest

from dataset_case import Inputs
from umbra.channels import ChannelSet
from umbra.config.loading import load_config
from umbra.config.networks import TrainingSettings
from umbra.dataset import reading
from umbra.errors import InputError
from umbra.networks import training
from umbra.networks.loading import load_network
from umbra.predictions.points import read_predictions

SETTINGS = TrainingSettings(learning_rate=3e-3, batch_size=8, epochs=7, patience=7)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A dataset of bright and faint discs, and what training A on the i band makes of it."""
    folder = tmp_path_factory.mktemp("networks")
    path = Inputs(folder / "inputs", galaxies=24).build()
    _train(path, folder / "network")
    return path, folder / "network"


def _train(path, folder, **changes):
    arguments = {
        "dataset": path,
        "architecture": "A",
        "channel_set": ChannelSet("i", ("i",)),
        "settings": SETTINGS,
        "distance": "none",
        "seed": 1,
        "threads": 1,
        "percent": 100,
        "model": folder / "model.keras",
        "history": folder / "history.csv",
        "predictions": folder / "predictions.csv",
    } | changes
    training.train_network(**arguments)


def _history(folder):
    with open(folder / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_network_beats_the_mean_profile_where_light_follows_mass(made):
    path, folder = made
    mean = reading.read_split_table(path, "train").log10_mass_dm.mean(axis=0)
    test = read_predictions(path=folder / "predictions.csv", split="test")
    network = np.sqrt(np.mean((test.predicted - test.truth) ** 2))
    assert network < 0.5 * np.sqrt(np.mean((mean - test.truth) ** 2))


def test_best_weights_are_kept(made):
    _, folder = made
    losses = [float(row["val_loss"]) for row in _history(folder)]
    val = read_predictions(path=folder / "predictions.csv", split="val")
    assert np.mean((val.predicted - val.truth) ** 2) == pytest.approx(min(losses), rel=1e-3)


def test_history_has_a_line_an_epoch(made):
    rows = _history(made[1])
    assert list(rows[0]) == ["epoch", "loss", "val_loss"]
    assert [int(row["epoch"]) for row in rows] == list(range(1, len(rows) + 1))


def test_network_of_a_channel_set_of_the_users_learns(made, tmp_path):
    path, _ = made
    gri = ChannelSet("gri", ("g", "r", "i"))
    _train(path, tmp_path / "gri", channel_set=gri)
    mean = reading.read_split_table(path, "train").log10_mass_dm.mean(axis=0)
    test = read_predictions(path=tmp_path / "gri/predictions.csv", split="test")
    error = np.sqrt(np.mean((test.predicted - test.truth) ** 2))
    assert error < 0.5 * np.sqrt(np.mean((mean - test.truth) ** 2))
    model = keras.saving.load_model(tmp_path / "gri/model.keras")
    assert model.input_shape[-1] == 3
    assert model.get_layer("image_scaling").channel_names == ("g", "r", "i")


def test_added_channel_set_changes_no_seed():
    """The seed of a network is that of its names, wherever they stand in the configuration."""
    usual = load_config({}).networks
    more = load_config(
        {"networks": {"channel_sets": {"gri": ["g", "r", "i"], **usual.channel_sets}}}
    ).networks
    assert list(more.channel_sets)[0] == "gri"

    def seeds_of(settings):
        return {
            (architecture, name): training.network_seed(1, architecture, ChannelSet(name, channels))
            for architecture in settings.architectures
            for name, channels in settings.channel_sets.items()
        }

    before, after = seeds_of(usual), seeds_of(more)
    assert {key: after[key] for key in before} == before
    assert len(set(after.values())) == len(after) == 35
    # part of the results: another number is another network
    assert before["B", "urz_hi"] == 378_576_925


def test_saved_network_takes_physical_images_in_a_fresh_process(made, tmp_path):
    path, folder = made
    program = (
        "import sys, keras, numpy, umbra.networks.scaling\n"
        "from umbra.dataset.reading import read_split\n"
        "model = keras.saving.load_model(sys.argv[1])\n"
        "images = read_split(sys.argv[2], ['i'], 'test').images\n"
        "numpy.save(sys.argv[3], model.predict(images, verbose=0))\n"
    )
    output = tmp_path / "predicted.npy"
    arguments = [folder / "model.keras", path, output]
    subprocess.run([sys.executable, "-c", program, *map(str, arguments)], check=True)
    test = read_predictions(path=folder / "predictions.csv", split="test")
    np.testing.assert_allclose(np.load(output), test.predicted, atol=1e-5)


@pytest.mark.parametrize("distance", ["none", "measured"])
def test_a_symmetric_network_of_a_share_is_saved_as_it_was_trained(made, tmp_path, distance):
    path, _ = made
    channel_set = ChannelSet("i_v", ("i", "HI1"))
    options = {"architecture": "SymmetricResNet", "channel_set": channel_set, "distance": distance}
    settings = SETTINGS.model_copy(update={"epochs": 2, "schedule": "cosine", "weight_decay": 0.01})
    _train(path, tmp_path / "first", settings=settings, percent=50, **options)
    saved = load_network(tmp_path / "first/model.keras", **options)
    rows = reading.read_split(path, channel_set.channels, "test")
    first = tmp_path / "first/predictions.csv"
    test = read_predictions(path=first, split="test")
    found = saved.predict_scaled(saved.scale(rows.images), rows.measured_distance_mpc)
    np.testing.assert_allclose(found, test.predicted, atol=1e-5)
    if distance == "measured":
        _train(path, tmp_path / "again", settings=settings, percent=50, **options)
        assert first.read_text() == (tmp_path / "again/predictions.csv").read_text()


@pytest.mark.parametrize("architecture", ["C", "ResNet50"])
def test_other_architectures_are_saved_as_they_were_trained(made, tmp_path, architecture):
    path, _ = made
    options = {"architecture": architecture, "channel_set": ChannelSet("v", ("HI1",))}
    settings = SETTINGS.model_copy(update={"epochs": 1})
    _train(path, tmp_path, settings=settings, percent=25, **options)
    saved = load_network(tmp_path / "model.keras", distance="none", **options)
    rows = reading.read_split(path, ("HI1",), "test")
    test = read_predictions(path=tmp_path / "predictions.csv", split="test")
    found = saved.predict_scaled(saved.scale(rows.images), rows.measured_distance_mpc)
    np.testing.assert_allclose(found, test.predicted, atol=1e-5)
    assert np.ptp(test.predicted, axis=0).max() > 1e-3  # galaxies are told apart


def test_scaling_sees_the_training_split_only(made, tmp_path):
    path, folder = made
    changed = tmp_path / "dataset.hdf5"
    changed.write_bytes(path.read_bytes())
    with h5py.File(changed, "r+") as file:
        other = np.flatnonzero(file["split"].asstr()[:] != "train")
        for row in other:
            file["images"][row] = file["images"][row] * 50
            file["log10_mass_dm"][row] = file["log10_mass_dm"][row] + 3
    _train(changed, tmp_path, settings=SETTINGS.model_copy(update={"epochs": 1}))
    models = [keras.saving.load_model(place / "model.keras") for place in (folder, tmp_path)]
    for name in ("image_scaling", "profile_scaling"):
        first, second = (model.get_layer(name).get_config() for model in models)
        assert first == second


def test_training_stops_when_patience_ends(made, tmp_path):
    path, _ = made
    idle = SETTINGS.model_copy(update={"learning_rate": 1e-12, "epochs": 50, "patience": 2})
    _train(path, tmp_path, settings=idle)
    assert len(_history(tmp_path)) < 10


def test_validations_change_no_training_and_the_best_validated_epoch_is_kept(made, tmp_path):
    path, folder = made
    contrary = tmp_path / "dataset.hdf5"
    contrary.write_bytes(path.read_bytes())
    with h5py.File(contrary, "r+") as file:
        split, profiles = file["split"].asstr()[:], file["log10_mass_dm"][:]
        # The more is learnt, the worse.
        profiles[split == "val"] = profiles[split == "train"].mean(axis=0)
        file["log10_mass_dm"][...] = profiles
    _train(contrary, tmp_path, settings=SETTINGS.model_copy(update={"validation_interval": 2}))
    rows = _history(tmp_path)
    # The same seed gives the same network.
    assert [row["loss"] for row in rows] == [row["loss"] for row in _history(folder)]
    validated = {
        number: float(row["val_loss"])
        for number, row in enumerate(rows, start=1)
        if row["val_loss"] != "nan"
    }
    assert list(validated) == [2, 4, 6, 7]
    best = min(validated.values())
    assert validated[7] > 1.2 * best  # the last weights are others
    val = read_predictions(path=tmp_path / "predictions.csv", split="val")
    assert np.mean((val.predicted - val.truth) ** 2) == pytest.approx(best, rel=1e-3)


def test_divergence_is_an_error_that_names_the_option(made, tmp_path):
    path, _ = made
    wild = SETTINGS.model_copy(update={"learning_rate": 1e30, "epochs": 3})
    with pytest.raises(InputError, match=r"lower networks\.training\.A\.learning_rate"):
        _train(path, tmp_path, settings=wild)
    assert not (tmp_path / "model.keras").exists()
