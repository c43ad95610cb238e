"""Networks: their size, their scaling, what they must not see, and that they learn."""

import csv
import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest

from dataset_case import Inputs
from umbra.dataset import reading
from umbra.errors import InputError
from umbra.networks import architectures, fitting, losses, scaling, training
from umbra.predictions.points import read_predictions

SETTINGS = {
    "learning_rate": 1e-3,
    "batch_size": 8,
    "epochs": 15,
    "patience": 15,
    "batch_norm_momentum": 0.9,  # 15 epochs of 4 steps are few for running means of 100 steps
}
WEIGHTS = {"A": 701_332, "B": 1_340_692, "C": 2_234_004}
TRUNK = """
Conv2D MaxPooling2D Dropout BatchNormalization Conv2D MaxPooling2D Dropout BatchNormalization Conv2D
MaxPooling2D Dropout BatchNormalization Flatten Dense Dropout BatchNormalization Dense Dropout
BatchNormalization Dense Dropout BatchNormalization Dense
""".split()


def _scalings(channels: int, radii: int = 20):
    image = scaling.ImageScaling(
        softening=[1] * channels,
        mean=[0] * channels,
        spread=[1] * channels,
        channel_names=[f"channel {number}" for number in range(channels)],
    )
    return image, scaling.ProfileScaling(mean=np.linspace(8, 12, radii), spread=[0.2] * radii)


def _build(architecture: str, channels: int, pixels: int = 128):
    image, profile = _scalings(channels)
    return architectures.build_network(
        architecture, pixels=pixels, image_scaling=image, head=profile
    )


@pytest.mark.parametrize("architecture", ["A", "B", "C"])
def test_trainable_weights_are_those_of_the_paper(architecture):
    for channels in (1, 2, 3, 6):
        model = _build(architecture, channels)
        missing = (6 - channels) * 5 * 5 * 64  # of the 64 kernels of 5 x 5 in the first layer
        assert architectures.trainable_weights(model) == WEIGHTS[architecture] - missing


def test_resnet50_has_its_published_weights():
    # Keras documents 25,636,712 parameters: 53,120 are running statistics, 2,049,000 the classifier
    # of 1000 classes; the first layer has 64 kernels of 7 x 7 for each of 3 colours
    body = 25_636_712 - 53_120 - 2_049_000
    counted = architectures.trainable_weights(_build("ResNet50", 6))
    assert counted == body + 3 * 7 * 7 * 64 + 20 * (2048 + 1)


@pytest.mark.parametrize("architecture", ["A", "B", "C"])
def test_smallest_image_leaves_one_pixel(architecture):
    pixels = architectures.SMALLEST_PIXELS[architecture]
    _build(architecture, 1, pixels=pixels)
    with pytest.raises(InputError, match=r"raise observation\.pixels"):
        _build(architecture, 1, pixels=pixels - 1)


def test_layers_of_a_stand_in_the_order_of_the_table():
    model = _build("A", 6)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["InputLayer", "ImageScaling", *TRUNK, "ProfileScaling"]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert (layer.padding, layer.strides, layer.kernel_size) == ("valid", (2, 2), (5, 5))
            assert layer.activation is keras.activations.relu
        if isinstance(layer, keras.layers.Dropout):
            assert layer.rate == 0.25


@pytest.mark.parametrize("architecture", ["A", "ResNet50"])
def test_untrained_network_predicts_the_mean_profile(architecture):
    images = np.random.default_rng(0).normal(size=(2, 128, 128, 1)).astype(np.float32)
    predicted = fitting.predict_images(_build(architecture, 1), images)
    np.testing.assert_allclose(predicted, np.tile(np.linspace(8, 12, 20), (2, 1)), rtol=1e-6)


def test_stretch_is_linear_in_the_noise_and_logarithmic_above_it():
    layer = scaling.ImageScaling(softening=[0.5], mean=[0], spread=[1], channel_names=["i"])
    flux = np.array([1e-4, -1e-4, 500.0, 5000.0], dtype=np.float32).reshape(1, 2, 2, 1)
    faint, negative, bright, brighter = keras.ops.convert_to_numpy(layer(flux)).ravel()
    assert faint == pytest.approx(2e-4) == -negative
    assert brighter - bright == pytest.approx(np.log(10), rel=1e-5)


def test_training_images_become_standard_and_velocities_200_km_s():
    rng = np.random.default_rng(0)
    images = np.stack(
        [rng.lognormal(0, 2, (9, 16, 16)), rng.normal(0, 100, (9, 16, 16))], axis=-1
    ).astype(np.float32)
    layer = scaling.measure_images(images=images, channels=("HI0", "HI1"))
    scaled = keras.ops.convert_to_numpy(layer(images))
    assert scaled[..., 0].mean() == pytest.approx(0, abs=1e-4)
    assert scaled[..., 0].std() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(scaled[..., 1], images[..., 1] / 200, atol=1e-6)


def test_masked_pixels_count_as_zero():
    rng = np.random.default_rng(0)
    images = rng.lognormal(0, 1, (4, 16, 16, 3)).astype(np.float32)
    masked = np.where(rng.random(images.shape) < 0.3, np.nan, images)
    filled = np.nan_to_num(masked, nan=0.0)
    channels = ("HI0", "HI1", "HI2")
    layer = scaling.measure_images(images=masked, channels=channels)
    assert (
        layer.get_config() == scaling.measure_images(images=filled, channels=channels).get_config()
    )
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(layer(x)) for x in (masked, filled)))


def test_image_without_light_can_be_scaled():
    images = np.full((2, 16, 16, 1), np.nan, dtype=np.float32)
    layer = scaling.measure_images(images=images, channels=("HI0",))
    assert np.all(keras.ops.convert_to_numpy(layer(images)) == 0)


def test_loss_leaves_masked_radii_out():
    truth = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, 1.0], [np.nan] * 3], dtype=np.float32)
    predicted = np.array([[2.0, 9.0, 1.0], [9.0, 9.0, 1.5], [9.0] * 3], dtype=np.float32)
    loss = keras.ops.convert_to_numpy(losses.masked_mse(truth, predicted))
    np.testing.assert_allclose(loss, [(1 + 4) / 2, 0.25, 0])


def test_masked_radius_teaches_nothing():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=losses.masked_mse, jit_compile=False)
    before = model.layers[0].get_weights()[0]
    truth = np.array([[5.0, np.nan]] * 4, dtype=np.float32)
    model.fit(np.ones((4, 2), dtype=np.float32), truth, verbose=0)
    after = model.layers[0].get_weights()[0]
    assert np.isfinite(after).all()
    assert (after[:, 0] != before[:, 0]).all()
    np.testing.assert_array_equal(after[:, 1], before[:, 1])


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
        "channels": "i",
        "settings": SETTINGS,
        "seed": 1,
        "threads": 1,
        "model": folder / "model.keras",
        "history": folder / "history.csv",
        "predictions": folder / "predictions.csv",
    } | changes
    training.train(**arguments)


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
    best = min(float(row["val_loss"]) for row in _history(folder))
    val = read_predictions(path=folder / "predictions.csv", split="val")
    assert np.mean((val.predicted - val.truth) ** 2) == pytest.approx(best, rel=1e-3)


def test_history_has_a_line_an_epoch(made):
    rows = _history(made[1])
    assert list(rows[0]) == ["epoch", "loss", "val_loss"]
    assert [int(row["epoch"]) for row in rows] == list(range(1, len(rows) + 1))


def test_same_seed_gives_the_same_network(made, tmp_path):
    path, folder = made
    _train(path, tmp_path)
    for name in ("history.csv", "predictions.csv"):
        assert (tmp_path / name).read_text() == (folder / name).read_text()


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


def test_scaling_sees_the_training_split_only(made, tmp_path):
    path, folder = made
    changed = tmp_path / "dataset.hdf5"
    changed.write_bytes(path.read_bytes())
    with h5py.File(changed, "r+") as file:
        other = np.flatnonzero(file["split"].asstr()[:] != "train")
        for row in other:
            file["images"][row] = file["images"][row] * 50
            file["log10_mass_dm"][row] = file["log10_mass_dm"][row] + 3
    _train(changed, tmp_path, settings=SETTINGS | {"epochs": 1})
    models = [keras.saving.load_model(place / "model.keras") for place in (folder, tmp_path)]
    for name in ("image_scaling", "profile_scaling"):
        first, second = (model.get_layer(name).get_config() for model in models)
        assert first == second


def test_training_stops_when_patience_ends(made, tmp_path):
    path, _ = made
    idle = SETTINGS | {"learning_rate": 1e-12, "epochs": 50, "patience": 2}
    _train(path, tmp_path, settings=idle)
    assert len(_history(tmp_path)) < 10


def test_divergence_is_an_error_that_names_the_option(made, tmp_path):
    path, _ = made
    wild = SETTINGS | {"learning_rate": 1e30, "epochs": 3}
    with pytest.raises(InputError, match=r"lower networks\.training\.A\.learning_rate"):
        _train(path, tmp_path, settings=wild)
    assert not (tmp_path / "model.keras").exists()
