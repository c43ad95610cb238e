"""Sensitivity maps: those of networks known in advance, masks, noise, and what they depend on."""

import keras
import numpy as np
import pytest
from keras import ops

from dataset_case import RADIUS_KPC, Inputs
from network_case import SETTINGS, linear, network, run_sensitivity
from umbra.channels import PAPER_CHANNEL_SETS
from umbra.dataset import reading
from umbra.errors import InputError
from umbra.evaluation.sensitivity import measurement
from umbra.evaluation.sensitivity.maps import read_maps
from umbra.networks import gradients, loading
from umbra.networks.scaling import measure_images

OUTPUTS = (3, 16)


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    """A dataset of discs that are brighter where there is more mass."""
    return Inputs(tmp_path_factory.mktemp("sensitivity"), galaxies=20).build()


def smooth(model, image, *, outputs=OUTPUTS, samples=8, noise=0.1, seed=0):
    return gradients.smooth_gradients(
        loading.behind_scaling(model),
        image=np.nan_to_num(image),
        masked=np.isnan(image),
        outputs=outputs,
        samples=samples,
        noise=noise,
        rng=np.random.default_rng(seed),
    )


def test_masked_pixels_have_no_sensitivity_and_no_noise():
    # d/dx of (sum of rows 2 to 7) (1 + sum of rows 0 and 1) is 1 if rows 0 and 1 stay at zero
    product = keras.layers.Lambda(
        lambda x: ops.sum(x[:, 2:], axis=(1, 2)) * (1 + ops.sum(x[:, :2], axis=(1, 2)))
    )
    dense = keras.layers.Dense(20, use_bias=False, kernel_initializer="ones")
    model = network("i_v", product, dense, pixels=8)
    image = np.random.default_rng(0).normal(size=(8, 8, 2)).astype(np.float32)
    image[:2] = np.nan
    found = smooth(model, image, noise=1.0)
    assert np.all(found[:, :2] == 0)
    np.testing.assert_allclose(found[:, 2:], 0.5)  # the last layer halves
    empty = np.full_like(image, np.nan)
    assert np.all(smooth(model, empty, noise=1.0) == 0)


def test_noise_is_a_fraction_of_the_range_of_each_channels_unmasked_pixels():
    dense = keras.layers.Dense(20, use_bias=False, kernel_initializer="ones")
    square = keras.layers.Lambda(lambda x: x * x)
    model = network("i_v", square, keras.layers.Flatten(), dense, pixels=64)
    image = np.random.default_rng(0).uniform(size=(64, 64, 2)).astype(np.float32)
    image[..., 1] = 5 + 10 * image[..., 1]
    image[:2, :, 1] = np.nan  # would count as 0, and stretch the range to 15
    # each map is 0.5 x 2 (x + noise), and so tells what noise a single copy was given
    noise = smooth(model, image, samples=1, noise=0.3)[0] - np.nan_to_num(image)
    assert noise[..., 0].std() == pytest.approx(0.3, rel=0.05)
    assert noise[2:, :, 1].std() == pytest.approx(3.0, rel=0.05)
    many = smooth(model, image, samples=100, noise=0.3)[0] - np.nan_to_num(image)
    assert many[..., 0].std() == pytest.approx(0.03, rel=0.05)


def test_gradients_equal_finite_differences():
    keras.utils.set_random_seed(2)
    layers = [keras.layers.Conv2D(4, 5, strides=3, activation="gelu"), keras.layers.Flatten()]
    trunk = loading.behind_scaling(network("i_v", *layers, keras.layers.Dense(20), pixels=16))
    image = np.random.default_rng(1).normal(size=(1, 16, 16, 2)).astype(np.float32)
    direction = np.random.default_rng(2).normal(size=image.shape).astype(np.float32)
    found = gradients.gradients(trunk, image, OUTPUTS)
    ahead, behind = (np.asarray(trunk(image + step * direction)) for step in (1e-2, -1e-2))
    for place, gradient in zip(OUTPUTS, found, strict=True):
        slope = (ahead - behind)[0, place] / 2e-2
        assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-3)


def test_smooth_gradients_agree_with_tf_keras_vis():
    saliency = pytest.importorskip("tf_keras_vis.saliency", reason="tf-keras-vis is not installed")
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Conv2D(8, 5, strides=2, activation="relu"), keras.layers.Flatten()]
    trunk = loading.behind_scaling(network("i", *layers, keras.layers.Dense(20), pixels=16))
    image = np.random.default_rng(4).normal(size=(16, 16, 1)).astype(np.float32)
    options = {"keepdims": True, "gradient_modifier": None, "normalize_map": False}
    other = saliency.Saliency(trunk, clone=False)

    def theirs(samples):
        np.random.seed(5)  # noqa: NPY002  that library draws from the global generator
        noisy = {"smooth_samples": samples, "smooth_noise": 0.2}
        return np.asarray(other(lambda out: out[:, 7], image[None], **noisy, **options))[0]

    (plain,) = gradients.gradients(trunk, image[None], [7])
    np.testing.assert_array_equal(plain[0], theirs(0))
    # one channel and no mask: both then add the same noise, drawn in their own ways
    ours = gradients.smooth_gradients(
        trunk,
        image=image,
        masked=np.zeros_like(image, dtype=bool),
        outputs=[7],
        samples=600,
        noise=0.2,
        rng=np.random.default_rng(6),
    )[0]
    error = np.sqrt(np.mean((ours - theirs(600)) ** 2))
    assert error < 0.1 * np.sqrt(np.mean((ours - plain[0]) ** 2))


def test_noise_smooths_the_map():
    # the gradient of relu is a step at 0: averaged over noise it is the normal distribution
    dense = keras.layers.Dense(20, use_bias=False, kernel_initializer="ones")
    model = network("i", keras.layers.ReLU(), keras.layers.Flatten(), dense, pixels=64)
    image = np.linspace(-1, 1, 64**2, dtype=np.float32).reshape(64, 64, 1)
    found = smooth(model, image, samples=400, noise=0.25)[0].ravel()  # 0.25 of a range of 2
    scaled = image.ravel() / 0.5
    for value in (-1, 0, 1):
        near = np.abs(scaled - value) < 0.1
        normal = {-1: 0.158655, 0: 0.5, 1: 0.841345}[value]
        assert found[near].mean() == pytest.approx(0.5 * normal, rel=0.03)


def _small(train):
    layers = [
        keras.layers.Conv2D(8, 7, strides=4, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(len(RADIUS_KPC)),
    ]
    scaling = measure_images(images=train.images, channels=PAPER_CHANNEL_SETS["i_v"])
    return network("i_v", *layers, scaling=scaling)


def _sizes(model, images, seed):
    """Return |map| (images, outputs, pixels, pixels, channels), which figure and tables show."""
    scaling = model.get_layer("image_scaling")
    maps = [
        gradients.smooth_gradients(
            loading.behind_scaling(model),
            image=ops.convert_to_numpy(scaling(image[None]))[0],
            masked=np.isnan(image),
            outputs=OUTPUTS,
            samples=16,
            noise=0.1,
            rng=np.random.default_rng(seed),
        )
        for image in images
    ]
    return np.abs(maps)


def _correlations(first, second, known):
    """Return the correlation for each output over known pixels: mean over images and channels."""
    found = [
        [np.corrcoef(one[..., c][seen[..., c]], two[..., c][seen[..., c]])[0, 1] for c in (0, 1)]
        for ones, twos, seen in zip(first, second, known, strict=True)
        for one, two in zip(ones, twos, strict=True)
    ]
    return np.reshape(found, (len(first), len(OUTPUTS), 2)).mean(axis=(0, 2))


def test_random_weights_give_another_map_than_training(discs):
    """Sanity check of Adebayo et al. (2018): a map must depend on what the network learned."""
    train, test = (reading.read_split(discs, ("i", "HI1"), split) for split in ("train", "test"))
    keras.utils.set_random_seed(1)
    model, untrained = _small(train), _small(train)
    untrained.set_weights(model.get_weights())  # where the training starts
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", jit_compile=False)
    truth = train.log10_mass_dm.astype(np.float32)
    losses = model.fit(train.images, truth, epochs=40, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    keras.utils.set_random_seed(2)
    images = test.images[::2]  # one realisation a galaxy
    known = ~np.isnan(images)
    trained = _sizes(model, images, 1)
    again = _correlations(trained, _sizes(model, images, 2), known)
    assert np.all(again > 0.9)
    rng = _correlations(trained, _sizes(_small(train), images, 1), known)
    assert np.all(np.abs(rng) < 0.25 * again)
    # not only the draw of the weights counts: training moves the map away from its own start
    assert np.all(_correlations(trained, _sizes(untrained, images, 1), known) < 0.6 * again)


def test_map_depends_on_the_seed_alone(discs, tmp_path):
    model = _small(reading.read_split(discs, ("i", "HI1"), "train"))
    places = [tmp_path / name for name in ("first", "again", "fewer", "other")]
    changes = [{}, {}, {"settings": SETTINGS | {"galaxies": 1}}, {"seed": 2}]
    for place, change in zip(places, changes, strict=True):
        place.mkdir()
        run_sensitivity(place, discs, model, **change)
    first, again, fewer, other = (read_maps(place / "maps.hdf5") for place in places)
    np.testing.assert_array_equal(first.maps, again.maps)
    np.testing.assert_array_equal(first.maps[first.galaxy == fewer.galaxy[0]], fewer.maps)
    assert (first.maps != other.maps).any()
    for name in ("profile.csv", "half.csv"):
        assert (places[0] / name).read_text() == (places[1] / name).read_text()


def test_radii_are_the_nearest_and_each_is_mapped_once():
    assert measurement.nearest(RADIUS_KPC, [6, 48]) == [7, 16]
    assert measurement.nearest(RADIUS_KPC, [48, 49, 6]) == [16, 7]


def test_network_of_other_channels_is_refused_by_name(discs, tmp_path):
    foreign, _ = linear("i_v", names=("i", "HI0"))
    with pytest.raises(InputError, match=r"takes i, HI0 and not the channels of i_v \(i, HI1\)"):
        run_sensitivity(tmp_path, discs, foreign)
    other, _ = linear("i_v", name="C")
    with pytest.raises(InputError, match=r"of architecture C and not B; delete it and train B"):
        run_sensitivity(tmp_path, discs, other)
    assert not (tmp_path / "maps.hdf5").exists()


def test_broken_network_is_an_error_that_names_the_file(tmp_path):
    path = tmp_path / "model.keras"
    with pytest.raises(InputError, match=r"model\.keras: not a trained network"):
        loading.load_network(path, architecture="B", channels="i_v")
    path.write_bytes(b"PK not a network")
    with pytest.raises(InputError, match=r"delete it and train B on i_v again"):
        loading.load_network(path, architecture="B", channels="i_v")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    with pytest.raises(InputError, match=r"image_scaling"):
        loading.load_network(path, architecture="B", channels="i_v")
