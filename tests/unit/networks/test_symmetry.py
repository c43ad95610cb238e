"""The symmetric network: the sky has no preferred direction, and a masked pixel is not a zero."""

import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from network_case import split
from umbra.channels import ChannelSet
from umbra.config.networks import TrainingSettings
from umbra.errors import InputError
from umbra.networks import (
    architectures,
    fitting,
    gradients,
    inference,
    loading,
    losses,
    scaling,
    symmetry,
)

PIXELS = 32
CHANNELS = ChannelSet("i_v", ("i", "HI1"))


def square_symmetries(image):
    """Return the eight versions of an image (pixels, pixels, channels), by numpy."""
    turned = [np.rot90(image, quarter) for quarter in range(4)]
    return [*turned, *(one[:, ::-1] for one in turned)]


def build(*, seed=0, distance=False):
    """Return a network that is not trained and yet tells images apart."""
    keras.utils.set_random_seed(seed)
    names = CHANNELS.channels
    image = scaling.ImageScaling(
        softening=[1, 0], mean=[0, 0], spread=[1, 1], channel_names=names, keep_masked=True
    )
    head = scaling.ProfileScaling(mean=np.full(20, 11.0), spread=[0.5] * 20)
    model = architectures.build_network(
        "SymmetricResNet",
        pixels=PIXELS,
        image_scaling=image,
        head=head,
        distance_scaling=scaling.DistanceScaling(mean=1.2, spread=0.1) if distance else None,
    )
    dense = model.get_layer("profile")
    weights = np.random.default_rng(seed).normal(size=dense.kernel.shape)
    dense.kernel.assign(weights)
    return model


def images(number, *, seed=1):
    """Return images whose corner is masked in the velocity."""
    drawn = np.random.default_rng(seed).normal(size=(number, PIXELS, PIXELS, 2)).astype("f4")
    drawn[:, :6, :9, 1] = np.nan
    return drawn


def test_a_turned_or_mirrored_galaxy_has_the_same_profile():
    model, (image, other) = build(), images(2)
    versions = inference.predict_images(model, np.stack(square_symmetries(image)))
    np.testing.assert_allclose(versions, np.broadcast_to(versions[0], versions.shape), atol=2e-5)
    different = inference.predict_images(model, other[None])
    assert np.abs(different - versions[0]).max() > 100 * np.ptp(versions, axis=0).max()


def test_the_distance_is_the_same_for_all_eight_versions():
    model, (image, _) = build(distance=True), images(2)
    turned, distance_mpc = np.stack(square_symmetries(image)), np.full(8, 12.0)
    versions = inference.predict_images(model, turned, distance_mpc)
    np.testing.assert_allclose(versions, np.broadcast_to(versions[0], versions.shape), atol=2e-5)
    # Each image has its own.
    distance_mpc[3] = 18.0
    moved = inference.predict_images(model, turned, distance_mpc) - versions
    assert np.abs(moved[3]).max() > 1e-2
    np.testing.assert_allclose(np.delete(moved, 3, axis=0), 0, atol=2e-5)


def test_the_eight_versions_are_those_of_the_square():
    image = images(1)[0, :4, :4]
    made = [np.asarray(one)[0] for one in symmetry.symmetries(image[None])]
    expected = {one.tobytes() for one in square_symmetries(image)}
    assert len(expected) == symmetry.SYMMETRIES
    assert {np.ascontiguousarray(one).tobytes() for one in made} == expected
    assert np.array_equal(made[0], image, equal_nan=True)


def test_in_training_each_image_gets_any_of_the_eight():
    image = np.arange(9.0, dtype="f4").reshape(1, 3, 3, 1)
    layer = symmetry.Symmetries()
    made = np.asarray(layer(np.repeat(image, 4000, axis=0), training=True))
    known = {one.tobytes(): number for number, one in enumerate(square_symmetries(image[0]))}
    drawn = np.bincount([known[one.tobytes()] for one in made], minlength=8)
    # 4000 draws: 500 of each, with a standard deviation of 21
    assert (np.abs(drawn - 500) < 100).all()


def test_a_masked_pixel_is_not_a_velocity_of_zero():
    model, masked = build(), images(3)
    zero = np.nan_to_num(masked)
    difference = inference.predict_images(model, masked) - inference.predict_images(model, zero)
    assert np.abs(difference).max() > 1e-3


@pytest.mark.parametrize("distance", [False, True])
def test_a_saved_network_predicts_the_same(tmp_path, distance):
    model, sample, distance_mpc = build(distance=distance), images(3), np.array([9.0, 15.0, 20.0])
    inference.behind_scaling(model)  # what is trained
    model.save(tmp_path / "model.keras")
    options = {"architecture": "SymmetricResNet", "channel_set": CHANNELS}
    own, other = ("measured", "none") if distance else ("none", "measured")
    loaded = loading.load_network(tmp_path / "model.keras", distance=own, **options)
    expected = inference.predict_images(model, sample, distance_mpc)
    found = loaded.predict_scaled(loaded.scale(sample), distance_mpc)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    takes = "the measured distance too" if distance else "images alone"
    with pytest.raises(InputError, match=rf"takes {takes}, .* networks\.distance: {other}; delete"):
        loading.load_network(tmp_path / "model.keras", distance=other, **options)


def test_a_saved_network_is_loaded_by_a_process_that_built_none(tmp_path):
    model, sample = build(), images(3)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", sample)
    program = (
        "import sys, numpy, pathlib\n"
        "from umbra.channels import ChannelSet\n"
        "from umbra.networks.loading import load_network\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "network = load_network(folder / 'model.keras', architecture='SymmetricResNet',\n"
        "                       channel_set=ChannelSet('i_v', ('i', 'HI1')), distance='none')\n"
        "images = network.scale(numpy.load(folder / 'images.npy'))\n"
        "numpy.save(folder / 'predicted.npy', network.predict_scaled(images))\n"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True)
    expected = inference.predict_images(model, sample)
    np.testing.assert_allclose(np.load(tmp_path / "predicted.npy"), expected, atol=1e-5)


def test_sensitivity_is_zero_where_masked_and_turns_with_the_image():
    trunk, (image,) = inference.behind_scaling(build(distance=True)), images(1)
    options = {"outputs": [3], "distance_mpc": np.array([12.0])}
    (found,) = gradients.gradients(trunk, image[None], **options)
    (turned,) = gradients.gradients(trunk, np.rot90(image)[None].copy(), **options)
    assert np.abs(found).max() > 1e-4 and (found[np.isnan(image[None])] == 0).all()
    np.testing.assert_allclose(turned[0], np.rot90(found[0]), atol=1e-5)


def discs(galaxies, seed):
    """Return velocity fields at any angle that follow a mass, masked outside, and the masses."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
    mass = rng.uniform(10.5, 12.5, galaxies)
    angle = rng.uniform(0, 2 * np.pi, galaxies)[:, None, None]
    velocity = 10 ** ((mass[:, None, None] - 5) / 3) * np.cos(np.arctan2(y, x) + angle)
    velocity = np.where(np.hypot(x, y) > rng.uniform(8, 14, (galaxies, 1, 1)), np.nan, velocity)
    return velocity[..., None], mass


def trained(training, validation, *, channels, distance="none"):
    """Return the trainer of a network that has learnt."""
    settings = TrainingSettings(
        learning_rate=3e-3,
        epochs=25,
        patience=25,
        batch_size=16,
        schedule="cosine",
        weight_decay=0.01,
    )
    trainer = fitting.Trainer(
        training=training,
        validation=validation,
        architecture="SymmetricResNet",
        channel_set=channels,
        objective=losses.point_objective(training.log10_mass_dm),
        settings=settings,
        distance=distance,
    )
    trainer.run(seed=1)
    return trainer


def test_masses_are_read_from_velocity_fields_alone():
    training, validation, test = (split(*discs(*of)) for of in ((120, 0), (30, 1), (60, 2)))
    trainer = trained(training, validation, channels=ChannelSet("v", ("HI1",)))
    predicted = inference.predict_images(trainer.model, test.images)
    error = np.sqrt(np.mean((predicted - test.log10_mass_dm) ** 2))
    assert error < 0.35 * np.std(test.log10_mass_dm)


def test_with_the_distance_luminosities_are_read_from_fluxes():
    def fluxes(galaxies, seed):
        """Round galaxies of one size on the sky, whose luminosity is their mass."""
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
        mass, distance = rng.uniform(10.5, 12.5, galaxies), 10 ** rng.uniform(0, 1, galaxies)
        light = 10 ** (mass - 10) / distance**2
        images = light[:, None, None] * np.exp(-np.hypot(x, y) / 4)
        return replace(split(images[..., None], mass), measured_distance_mpc=distance)

    training, validation, test = (fluxes(*of) for of in ((120, 0), (30, 1), (60, 2)))
    trainer = trained(training, validation, channels=ChannelSet("i", ("i",)), distance="measured")
    found = inference.predict_images(trainer.model, test.images, test.measured_distance_mpc)
    # Of a mass and twice a distance, each spread evenly over 2 dex, the sum alone tells the mass to
    # sqrt(1/6) = 0.41 dex.
    assert np.sqrt(np.mean((found - test.log10_mass_dm) ** 2)) < 0.27
