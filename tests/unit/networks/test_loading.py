"""Loading: a network is used on nothing but what it was trained on."""

import keras
import numpy as np
import pytest

from network_case import linear, paper_set
from umbra.channels import ChannelSet
from umbra.errors import InputError
from umbra.networks import loading
from umbra.networks.inference import predict_images
from umbra.networks.scaling import ImageScaling


def load(path, channel_set, *, distance="none"):
    return loading.load_network(path, architecture="B", channel_set=channel_set, distance=distance)


def test_scaled_images_give_the_predictions_of_physical_ones(tmp_path):
    scaling = ImageScaling(
        softening=[0.5, 0], mean=[0.2, 0], spread=[1.5, 200], channel_names=("i", "HI1")
    )
    model, _ = linear("i_v", pixels=16, scaling=scaling)
    model.save(tmp_path / "model.keras")
    own = load(tmp_path / "model.keras", paper_set("i_v"))
    images = np.random.default_rng(0).lognormal(size=(70, 16, 16, 2)).astype(np.float32)
    expected = predict_images(model, images)
    scaled = own.scale(images)
    assert scaled is images
    np.testing.assert_allclose(own.predict_scaled(scaled), expected, rtol=1e-5)


def test_channels_are_compared_whatever_the_name_of_their_set(tmp_path):
    model, _ = linear("i_v", pixels=16)
    path = tmp_path / "model.keras"
    model.save(path)
    load(path, ChannelSet("mine", ("i", "HI1")))
    for channels in (("HI1", "i"), ("i", "HI2"), ("i",)):
        message = rf"takes i, HI1 and not the channels of mine \({', '.join(channels)}\)"
        with pytest.raises(InputError, match=message):
            load(path, ChannelSet("mine", channels))


def test_broken_network_is_an_error_that_names_the_file(tmp_path):
    path = tmp_path / "model.keras"
    with pytest.raises(InputError, match=r"model\.keras cannot be read \(No such file"):
        load(path, paper_set("i_v"))
    path.write_bytes(b"PK not a network")
    with pytest.raises(InputError, match=r"delete it and train B on i_v again"):
        load(path, paper_set("i_v"))
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    with pytest.raises(InputError, match=r"image_scaling"):
        load(path, paper_set("i_v"))
