"""SmoothGrad: masks, noise, and gradients that are known in advance."""

import keras
import numpy as np
import pytest
from keras import ops

from network_case import network, smooth
from umbra.networks import gradients, inference

OUTPUTS = (3, 16)


def test_masked_pixels_have_no_sensitivity_and_no_noise():
    # d/dx of (sum of rows 2 to 7) (1 + sum of rows 0 and 1) is 1 if rows 0 and 1 stay at zero
    product = keras.layers.Lambda(
        lambda x: ops.sum(x[:, 2:], axis=(1, 2)) * (1 + ops.sum(x[:, :2], axis=(1, 2)))
    )
    dense = keras.layers.Dense(20, use_bias=False, kernel_initializer="ones")
    model = network("i_v", product, dense, pixels=8)
    image = np.random.default_rng(0).normal(size=(8, 8, 2)).astype(np.float32)
    image[:2] = np.nan
    found = smooth(model, image, outputs=OUTPUTS, noise=1.0)
    assert np.all(found[:, :2] == 0)
    np.testing.assert_allclose(found[:, 2:], 0.5)  # the last layer halves
    empty = np.full_like(image, np.nan)
    assert np.all(smooth(model, empty, outputs=OUTPUTS, noise=1.0) == 0)


def test_noise_is_a_fraction_of_the_range_of_each_channels_unmasked_pixels():
    dense = keras.layers.Dense(20, use_bias=False, kernel_initializer="ones")
    square = keras.layers.Lambda(lambda x: x * x)
    model = network("i_v", square, keras.layers.Flatten(), dense, pixels=64)
    image = np.random.default_rng(0).uniform(size=(64, 64, 2)).astype(np.float32)
    image[..., 1] = 5 + 10 * image[..., 1]
    image[:2, :, 1] = np.nan  # would count as 0, and stretch the range to 15
    # each map is 0.5 x 2 (x + noise), and so tells what noise a single copy was given
    noise = smooth(model, image, outputs=OUTPUTS, samples=1, noise=0.3)[0] - np.nan_to_num(image)
    assert noise[..., 0].std() == pytest.approx(0.3, rel=0.05)
    assert noise[2:, :, 1].std() == pytest.approx(3.0, rel=0.05)
    many = smooth(model, image, outputs=OUTPUTS, samples=100, noise=0.3)[0] - np.nan_to_num(image)
    assert many[..., 0].std() == pytest.approx(0.03, rel=0.05)


def test_gradients_equal_finite_differences():
    keras.utils.set_random_seed(2)
    layers = [keras.layers.Conv2D(4, 5, strides=3, activation="gelu"), keras.layers.Flatten()]
    trunk = inference.behind_scaling(network("i_v", *layers, keras.layers.Dense(20), pixels=16))
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
    trunk = inference.behind_scaling(network("i", *layers, keras.layers.Dense(20), pixels=16))
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
    found = smooth(model, image, outputs=OUTPUTS, samples=400, noise=0.25)[
        0
    ].ravel()  # 0.25 of a range of 2
    scaled = image.ravel() / 0.5
    for value in (-1, 0, 1):
        near = np.abs(scaled - value) < 0.1
        normal = {-1: 0.158655, 0: 0.5, 1: 0.841345}[value]
        assert found[near].mean() == pytest.approx(0.5 * normal, rel=0.03)
