"""Channel importance: networks that use known channels, and who exchanges with whom."""

import csv
from collections import Counter

import keras
import numpy as np
import pytest

from dataset_case import RADIUS_KPC, Inputs
from network_case import network, paper_set, split
from umbra.dataset import reading
from umbra.errors import InputError
from umbra.evaluation import importance, metrics
from umbra.figures.importance import read_importance
from umbra.networks.inference import predict_images
from umbra.networks.loading import TrainedNetwork
from umbra.networks.scaling import MEASURED_DISTANCE


def mean_of(channels, place, **options):
    """Return a network that predicts the mean of one channel, and ignores the others."""
    dense = keras.layers.Dense(len(RADIUS_KPC))
    model = network(channels, keras.layers.GlobalAveragePooling2D(), dense, **options)
    weights = np.zeros(dense.get_weights()[0].shape)
    weights[place] = 2  # the last layer halves, and adds 11
    dense.set_weights([weights, np.zeros(len(RADIUS_KPC))])
    return model


def run(folder, path, models, **changes):
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
    importance.measure_importance(
        **{
            "models": {paper_set(name): folder / f"{name}.keras" for name in models},
            "architecture": "B",
            "distance": "none",
            "dataset": path,
            "permutations": 4,
            "seed": 1,
            "threads": 1,
            "table": folder / "importance.csv",
        }
        | changes
    )
    with open(folder / "importance.csv", newline="") as file:
        return list(csv.DictReader(file))


def distant(channels):
    """Return a network that predicts 11 and the logarithm of the measured distance."""
    distance = keras.Input((1,), name="distance_mpc")
    images = mean_of(channels, 0)
    known = keras.layers.Identity(name=MEASURED_DISTANCE)(distance)
    profile = keras.ops.log10(known) + 11 + 0 * images.output
    return keras.Model([images.input, distance], profile, name="SymmetricResNet")


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    return Inputs(tmp_path_factory.mktemp("importance"), galaxies=20).build()


def test_channel_that_is_ignored_changes_nothing(discs, tmp_path):
    models = {"i_v": mean_of("i_v", 0), "urz_hi": mean_of("urz_hi", 1)}
    table = run(tmp_path, discs, models)
    for row in table:
        used = row["replaced"] in {"i_v": ("i",), "urz_hi": ("r", "photometry")}[row["channels"]]
        same = row["delta_mse"] == row["baseline_delta_mse"]
        assert same != used
        assert (float(row["standard_deviation"]) > 0) == used
    order = list(dict.fromkeys((row["channels"], row["replaced"]) for row in table))
    assert order == [
        *(("i_v", name) for name in ("i", "HI1")),
        *(("urz_hi", n) for n in ("u", "r", "z", "HI0", "HI1", "HI2", "photometry", "HI")),
    ]
    # a group of which one member counts is worth as much as that member
    values = {(row["replaced"], row["radius_kpc"]): row["delta_mse"] for row in table[40:]}
    radius = table[0]["radius_kpc"]
    assert values["photometry", radius] == values["r", radius]


def test_baseline_is_the_error_on_the_test_split(discs, tmp_path):
    model = mean_of("i_v", 0)
    table = run(tmp_path, discs, {"i_v": model})
    test = reading.read_split(discs, paper_set("i_v").channels, "test")
    expected = metrics.errors(
        truth=test.log10_mass_dm, predicted=predict_images(model, test.images)
    )
    found = [float(row["baseline_delta_mse"]) for row in table[: len(RADIUS_KPC)]]
    np.testing.assert_allclose(found, expected.delta_mse, atol=1e-6)


def test_each_image_keeps_its_measured_distance(discs, tmp_path):
    options = {"architecture": "SymmetricResNet", "distance": "measured"}
    table = run(tmp_path, discs, {"i_v": distant("i_v")}, **options)
    test = reading.read_split(discs, paper_set("i_v").channels, "test")
    predicted = np.broadcast_to(
        11 + np.log10(test.measured_distance_mpc)[:, None], test.log10_mass_dm.shape
    )
    expected = metrics.errors(truth=test.log10_mass_dm, predicted=predicted).delta_mse
    for name in ("i", "HI1"):
        rows = [row for row in table if row["replaced"] == name]
        np.testing.assert_allclose([float(r["delta_mse"]) for r in rows], expected, atol=2e-6)
    with pytest.raises(InputError, match="takes the measured distance too, which is not networks"):
        run(tmp_path, discs, {"i_v": distant("i_v")}, **options | {"distance": "none"})


def test_figure_reads_the_table(discs, tmp_path):
    table = run(tmp_path, discs, {"i_v": mean_of("i_v", 0)})
    read = read_importance(tmp_path / "importance.csv")["B", "i_v"]
    assert list(read) == ["i", "HI1"]
    assert read["i"].delta_mse[3] == float(table[3]["delta_mse"])


def test_exchange_of_the_only_channel_that_counts_costs_root_two_of_the_spread():
    rng = np.random.default_rng(0)
    mass = rng.normal(11, 0.3, 400)
    images = np.empty((400, 8, 8, 2))
    images[..., 0] = (mass - 11)[:, None, None]
    images[..., 1] = rng.normal(size=(400, 8, 8))
    test, model = split(images, mass), TrainedNetwork(mean_of("i_v", 0, pixels=8))
    donors = [
        importance.donor_rows(galaxy=test.galaxy, realisation=test.realisation, rng=rng)
        for _ in range(20)
    ]
    groups = importance.replaced_channels(("i", "HI1"))
    found = dict(importance._exchanged(model, test, groups=groups, donors=donors))
    np.testing.assert_allclose(found["i"].mean(axis=0), np.sqrt(2) * mass.std(), rtol=0.02)
    np.testing.assert_allclose(found["HI1"], 0, atol=1e-5)


def test_masked_truth_is_left_out():
    mass = np.array([11.0, 11.5, 12.0])
    images = np.zeros((3, 8, 8, 1))
    test = split(images, mass)
    test.log10_mass_dm[0, 0] = np.nan
    found = importance._delta_mse(TrainedNetwork(mean_of("i", 0, pixels=8)), test.images, test)
    assert found[0] == pytest.approx(np.sqrt((0.5**2 + 1) / 2))
    assert found[1] == pytest.approx(np.sqrt((0.5**2 + 1) / 3))


def test_prediction_that_is_not_a_number_is_not_left_out():
    images = np.zeros((3, 8, 8, 1))
    images[2, 0, 0], images[2, 0, 1] = np.inf, -np.inf  # their mean is not a number
    test, model = split(images, np.full(3, 11.0)), mean_of("i", 0, pixels=8)
    assert np.isnan(predict_images(model, test.images)[2]).all()
    assert np.isnan(importance._delta_mse(TrainedNetwork(model), test.images, test)).all()


def test_table_depends_on_the_seed_alone(discs, tmp_path):
    models = {"i_v": mean_of("i_v", 0)}
    first, again = (run(tmp_path, discs, models) for _ in range(2))
    assert first == again
    assert first != run(tmp_path, discs, models, seed=2)


def test_single_permutation_has_no_spread(discs, tmp_path):
    table = run(tmp_path, discs, {"i_v": mean_of("i_v", 0)}, permutations=1)
    assert {row["standard_deviation"] for row in table} == {"nan"}


@pytest.mark.parametrize("galaxies", [2, 3, 4, 12])
def test_no_galaxy_receives_from_itself(galaxies):
    rng = np.random.default_rng(1)
    galaxy = np.repeat(np.arange(galaxies) * 7, 3)
    realisation = np.tile(np.arange(3), galaxies)
    shuffled = rng.permutation(len(galaxy))
    galaxy, realisation = galaxy[shuffled], realisation[shuffled]
    for _ in range(50):
        donors = importance.donor_rows(galaxy=galaxy, realisation=realisation, rng=rng)
        assert (galaxy[donors] != galaxy).all()
        np.testing.assert_array_equal(realisation[donors], realisation)
        assert sorted(donors) == list(range(len(galaxy)))
        for one in np.unique(galaxy):
            assert len(set(galaxy[donors][galaxy == one])) == 1


def test_missing_realisations_are_counted_round():
    galaxy, realisation = np.array([1, 1, 1, 2, 2]), np.array([0, 1, 2, 0, 1])
    donors = importance.donor_rows(
        galaxy=galaxy, realisation=realisation, rng=np.random.default_rng(0)
    )
    np.testing.assert_array_equal(donors, [3, 4, 3, 0, 1])


def test_all_derangements_are_equally_likely():
    rng = np.random.default_rng(2)
    drawn = Counter(tuple(importance.derangement(4, rng)) for _ in range(4500))
    assert len(drawn) == 9  # of 4 things
    for count in drawn.values():
        assert abs(count - 500) < 5 * np.sqrt(500)


def test_groups_are_several_of_a_kind():
    assert importance.replaced_channels(("u", "r", "z", "HI0", "HI1", "HI2")) == {
        **{name: [place] for place, name in enumerate(("u", "r", "z", "HI0", "HI1", "HI2"))},
        "photometry": [0, 1, 2],
        "HI": [3, 4, 5],
    }
    assert importance.replaced_channels(("i", "HI1")) == {"i": [0], "HI1": [1]}


def test_bad_input_is_refused_by_name(discs, tmp_path):
    foreign = mean_of("i_v", 0, names=("i", "HI2"))
    with pytest.raises(InputError, match=r"takes i, HI2 and not the channels of i_v \(i, HI1\)"):
        run(tmp_path, discs, {"i_v": foreign})
    with pytest.raises(InputError, match="the test split has a single galaxy"):
        importance.donor_rows(
            galaxy=np.ones(3, dtype=int),
            realisation=np.arange(3),
            rng=np.random.default_rng(0),
        )
