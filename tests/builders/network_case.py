"""Small networks and datasets for the tests of what networks look at."""

import keras
import numpy as np

from dataset_case import PIXELS, RADIUS_KPC
from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet
from umbra.config.sensitivity import MapSettings
from umbra.dataset.reading import SplitImages
from umbra.evaluation.sensitivity import measurement
from umbra.networks import gradients, inference
from umbra.networks.scaling import ImageScaling, ProfileScaling

MAP_SETTINGS = MapSettings(radii_kpc=[6, 48], samples=3, noise=0.1, galaxies=2)
FIELD_ARCMIN = 17.2


def paper_set(name):
    """Return a channel set of the paper."""
    return ChannelSet(name, PAPER_CHANNEL_SETS[name])


def network(channels, *layers, pixels=PIXELS, name="B", names=None, scaling=None):
    """Build ``scaling -> layers -> profiles``; profiles are halved, images by default unscaled."""
    taken = names or paper_set(channels).channels
    count = len(taken)
    scaling = scaling or ImageScaling(
        softening=[0] * count, mean=[0] * count, spread=[1] * count, channel_names=taken
    )
    images = keras.Input((pixels, pixels, count))
    features = scaling(images)
    for layer in layers:
        features = layer(features)
    head = ProfileScaling(mean=np.full(len(RADIUS_KPC), 11.0), spread=[0.5] * len(RADIUS_KPC))
    return keras.Model(images, head(features), name=name)


def linear(channels, *, pixels=PIXELS, seed=0, **options):
    """Return a linear network with random weights (pixels, pixels, channels, radii), and them."""
    count = len(options.get("names") or paper_set(channels).channels)
    flat, dense = keras.layers.Flatten(), keras.layers.Dense(len(RADIUS_KPC))
    model = network(channels, flat, dense, pixels=pixels, **options)
    shape = (pixels, pixels, count, len(RADIUS_KPC))
    weights = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    dense.set_weights([weights.reshape(-1, len(RADIUS_KPC)), np.zeros(len(RADIUS_KPC))])
    return model, weights


def smooth(model, image, *, outputs, samples=8, noise=0.1, seed=0):
    """Return the SmoothGrad map of an image that is scaled already."""
    return gradients.smooth_gradients(
        inference.behind_scaling(model),
        image=np.nan_to_num(image),
        masked=np.isnan(image),
        outputs=outputs,
        samples=samples,
        noise=noise,
        rng=np.random.default_rng(seed),
    )


def split(images, log10_mass, *, realisations=1):
    """Return a split of images, `realisations` a galaxy, whose truth is the same at all radii."""
    rows = len(images)
    return SplitImages(
        observables=np.zeros((rows, 0)),
        log10_mass_dm=np.repeat(np.asarray(log10_mass)[:, None], len(RADIUS_KPC), axis=1),
        galaxy=100 + np.arange(rows) // realisations,
        realisation=np.arange(rows) % realisations,
        distance_mpc=np.full(rows, 10.0),
        measured_distance_mpc=np.full(rows, 10.0),
        radius_kpc=RADIUS_KPC,
        images=images.astype(np.float32),
    )


def run_sensitivity(folder, path, model, **changes):
    """Save `model`, and map its sensitivity on the dataset at `path`; all files go to `folder`."""
    arguments = {
        "model": folder / "model.keras",
        "dataset": path,
        "architecture": "B",
        "channel_set": paper_set("i_v"),
        "distance": "none",
        "settings": MAP_SETTINGS,
        "field_of_view_arcmin": FIELD_ARCMIN,
        "seed": 1,
        "threads": 1,
        "maps": folder / "maps.hdf5",
        "table": folder / "profile.csv",
        "half_radii": folder / "half.csv",
    } | changes
    model.save(arguments["model"])
    measurement.measure_sensitivity(**arguments)
