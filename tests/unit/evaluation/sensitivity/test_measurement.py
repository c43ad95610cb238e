"""Sensitivity of whole networks: what the maps depend on, and which networks are refused."""

import keras
import numpy as np
import pytest

from dataset_case import PIXELS, RADIUS_KPC, Inputs
from network_case import MAP_SETTINGS, linear, network, paper_set, run_sensitivity
from umbra.dataset import reading
from umbra.errors import InputError
from umbra.evaluation.sensitivity import measurement
from umbra.evaluation.sensitivity.maps import read_maps
from umbra.networks import gradients
from umbra.networks.loading import TrainedNetwork
from umbra.networks.scaling import MEASURED_DISTANCE, ImageScaling, measure_image_scaling

OUTPUTS = (3, 16)
CHANNELS = paper_set("i_v").channels


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    """A dataset of discs that are brighter where there is more mass."""
    return Inputs(tmp_path_factory.mktemp("sensitivity"), galaxies=20).build()


def _small(train):
    layers = [
        keras.layers.Conv2D(8, 7, strides=4, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(len(RADIUS_KPC)),
    ]
    scaling = measure_image_scaling(images=train.images, channels=CHANNELS)
    return network("i_v", *layers, scaling=scaling)


def _sizes(model, images, seed):
    """Return |map| (images, outputs, pixels, pixels, channels), which figure and tables show."""
    own = TrainedNetwork(model)
    maps = [
        gradients.smooth_gradients(
            own.trunk,
            image=own.scale(image[None].copy())[0],
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
    train, test = (reading.read_split(discs, CHANNELS, split) for split in ("train", "test"))
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
    other = _correlations(trained, _sizes(_small(train), images, 1), known)
    assert np.all(np.abs(other) < 0.25 * again)
    # not only the draw of the weights counts: training moves the map away from its own start
    assert np.all(_correlations(trained, _sizes(untrained, images, 1), known) < 0.6 * again)


def test_map_depends_on_the_seed_alone(discs, tmp_path):
    model = _small(reading.read_split(discs, CHANNELS, "train"))
    places = [tmp_path / name for name in ("first", "again", "fewer", "other")]
    changes = [{}, {}, {"settings": MAP_SETTINGS.model_copy(update={"galaxies": 1})}, {"seed": 2}]
    for place, change in zip(places, changes, strict=True):
        place.mkdir()
        run_sensitivity(place, discs, model, **change)
    first, again, fewer, other = (read_maps(place / "maps.hdf5") for place in places)
    np.testing.assert_array_equal(first.maps, again.maps)
    np.testing.assert_array_equal(first.maps[first.galaxy == fewer.galaxy[0]], fewer.maps)
    assert (first.maps != other.maps).any()
    for name in ("profile.csv", "half.csv"):
        assert (places[0] / name).read_text() == (places[1] / name).read_text()


def test_maps_are_those_at_the_measured_distance(discs, tmp_path):
    """Of a network whose answer is the mean of a band times the distance."""
    images, distance = keras.Input((PIXELS, PIXELS, 2)), keras.Input((1,), name="distance_mpc")
    scaling = ImageScaling(softening=[0, 0], mean=[0, 0], spread=[1, 1], channel_names=CHANNELS)
    pooled = keras.layers.GlobalAveragePooling2D()(scaling(images))
    known = keras.layers.Identity(name=MEASURED_DISTANCE)(distance)
    profile = keras.ops.tile(pooled[:, :1] * known, (1, len(RADIUS_KPC)))
    model = keras.Model([images, distance], profile, name="SymmetricResNet")
    options = {"architecture": "SymmetricResNet", "distance": "measured"}
    run_sensitivity(tmp_path, discs, model, **options)
    test, found = reading.read_split(discs, CHANNELS, "test"), read_maps(tmp_path / "maps.hdf5")
    rows = {
        (galaxy, realisation): distance_mpc
        for galaxy, realisation, distance_mpc in zip(
            test.galaxy, test.realisation, test.measured_distance_mpc, strict=True
        )
    }
    for one, galaxy, realisation in zip(found.maps, found.galaxy, found.realisation, strict=True):
        expected = rows[galaxy, realisation] / PIXELS**2
        np.testing.assert_allclose(one[..., 0], expected, rtol=1e-5)
    assert len({rows[key] for key in zip(found.galaxy, found.realisation, strict=True)}) > 1


def test_radii_are_the_nearest_and_each_is_mapped_once():
    assert measurement.nearest_radii(RADIUS_KPC, [6, 48]) == [7, 16]
    assert measurement.nearest_radii(RADIUS_KPC, [48, 49, 6]) == [16, 7]


def test_network_of_other_channels_is_refused_by_name(discs, tmp_path):
    foreign, _ = linear("i_v", names=("i", "HI0"))
    with pytest.raises(InputError, match=r"takes i, HI0 and not the channels of i_v \(i, HI1\)"):
        run_sensitivity(tmp_path, discs, foreign)
    other, _ = linear("i_v", name="C")
    with pytest.raises(InputError, match=r"of architecture C and not B; delete it and train B"):
        run_sensitivity(tmp_path, discs, other)
    assert not (tmp_path / "maps.hdf5").exists()
