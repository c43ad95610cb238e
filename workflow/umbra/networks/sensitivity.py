"""What a network looks at: SmoothGrad maps (Smilkov et al. 2017) of enclosed masses.

A map is the mean over noisy copies of an image of d log10 M_DM(<R) / d pixel. Pixels are those of
the scaled image, which the layers with weights see: in physical units the bands would not compare.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from umbra import seeds, sensitivity_files
from umbra.dataset import CHANNEL_SETS, Split, read
from umbra.errors import InputError
from umbra.examples import choose_over_masses
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import INFERENCE_BATCH
from umbra.networks.saved import behind_scaling, load
from umbra.observation import SkyGrid

# distances from the centre in the table
DISTANCES = 100


def sensitivity(
    *,
    model: Path,
    dataset: Path,
    architecture: str,
    channels: str,
    settings: dict,
    field_of_view_arcmin: float,
    seed: int,
    threads: int,
    maps: Path,
    table: Path,
    half_radii: Path,
) -> None:
    """Map the sensitivity of a network on all test images; keep the maps of a few galaxies.

    Parameters
    ----------
    model : path
        ``model.keras``.
    dataset : path
        ``dataset.hdf5``.
    architecture, channels : str
        What the network has to be; `channels` is a key of `umbra.dataset.CHANNEL_SETS`.
    settings : dict
        radii_kpc, samples, noise (of the range of each channel), galaxies (ids, or how many).
    field_of_view_arcmin : float
        Side of the images.
    seed : int
        The run's seed. An image's noise does not depend on the other images.
    threads : int
        Threads of TensorFlow.
    maps, table, half_radii : path
        See `umbra.sensitivity_files`.

    Raises
    ------
    InputError
        If the network is of another architecture or channel set, or a galaxy is not a test galaxy.
    """
    prepare_backend(threads=threads)
    network = load(model, architecture=architecture, channels=channels)
    views = _read_views(dataset, channels, field_of_view_arcmin)
    test = views.test
    chosen = choose_over_masses(
        wanted=settings["galaxies"],
        galaxy=test.galaxy,
        log10_mass=test.log10_mass_dm[:, -1],
        key="sensitivity.galaxies",
    )
    places = nearest(test.radius_kpc, settings["radii_kpc"])
    options = {"outputs": places, "samples": settings["samples"], "noise": settings["noise"]}
    kept, spread = _measure(views, _maps_of(network, test, seed=seed, **options), chosen=chosen)
    common = {"radius_kpc": test.radius_kpc[places], "channels": CHANNEL_SETS[channels]}
    sensitivity_files.write_spread(spread=spread, table=table, half_radii=half_radii, **common)
    sensitivity_files.write_maps(maps=_maps_to_keep(views, kept, chosen, **common), output=maps)


def nearest(radius_kpc: np.ndarray, wanted_kpc: Sequence[float]) -> list[int]:
    """Return the places of the radii nearest to those wanted, each once."""
    steps = [np.abs(np.log(radius_kpc / wanted)).argmin() for wanted in wanted_kpc]
    return list(dict.fromkeys(int(step) for step in steps))


def smooth_gradients(
    trunk: keras.Model,
    *,
    image: np.ndarray,
    masked: np.ndarray,
    outputs: Sequence[int],
    samples: int,
    noise: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Return the mean gradient of some outputs over noisy copies of an image.

    Parameters
    ----------
    trunk : keras.Model
        Takes scaled images.
    image : ndarray, shape (pixels, pixels, channels)
        Scaled.
    masked : ndarray of bool, same shape
        Pixels without data; they get no noise, and their sensitivity is 0.
    outputs : sequence of int
        Places of the outputs.
    samples : int
        Number of copies.
    noise : float
        Standard deviation of the noise over the range of each channel's unmasked pixels.
    random : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (outputs, pixels, pixels, channels)

    References
    ----------
    Smilkov et al. (2017), arXiv:1706.03825, section 3.
    """
    highest = np.where(masked, -np.inf, image).max(axis=(0, 1))
    lowest = np.where(masked, np.inf, image).min(axis=(0, 1))
    level = noise * np.maximum(highest - lowest, 0)  # a channel without any pixel has no range
    level = np.where(masked, 0, level).astype(np.float32)
    total = np.zeros((len(outputs), *image.shape))
    for start in range(0, samples, INFERENCE_BATCH):
        copies = min(INFERENCE_BATCH, samples - start)
        offsets = random.standard_normal((copies, *image.shape), dtype=np.float32)
        for place, values in enumerate(gradients(trunk, image + level * offsets, outputs)):
            total[place] += values.sum(axis=0, dtype=float)
    return np.where(masked, 0, total / samples).astype(np.float32)


def gradients(trunk: keras.Model, images: np.ndarray, outputs: Sequence[int]) -> list[np.ndarray]:
    """Return the gradient of each of some outputs with respect to the images it is made from.

    Parameters
    ----------
    trunk : keras.Model
    images : ndarray of float32, shape (N, ...)
        What it takes.
    outputs : sequence of int
        Places of the outputs.

    Returns
    -------
    list of ndarray, shape (N, ...)
        One an output; all share one forward pass.

    Raises
    ------
    InputError
        If Keras runs on a backend other than TensorFlow and JAX.
    """
    backend = keras.backend.backend()
    if backend not in _GRADIENTS:
        raise InputError(
            f"KERAS_BACKEND={backend}: sensitivity maps need {' or '.join(_GRADIENTS)}; set one."
        )
    return _GRADIENTS[backend](trunk, images, outputs)


def _gradients_tensorflow(trunk, images, outputs):
    import tensorflow as tf

    images = tf.convert_to_tensor(images)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(images)
        predicted = trunk(images, training=False)
        chosen = [predicted[:, place] for place in outputs]
    return [tape.gradient(values, images).numpy() for values in chosen]


def _gradients_jax(trunk, images, outputs):
    import jax

    predicted, pull = jax.vjp(lambda values: trunk(values, training=False), images)
    weights = np.zeros(predicted.shape, dtype=predicted.dtype)
    found = []
    for place in outputs:
        weights[:] = 0
        weights[:, place] = 1
        found.append(np.asarray(pull(weights)[0]))
    return found


_GRADIENTS = {"tensorflow": _gradients_tensorflow, "jax": _gradients_jax}


def _maps_of(network: keras.Model, test: Split, *, seed: int, **options) -> Iterator[np.ndarray]:
    """Yield the map of each image."""
    scaling, trunk = network.get_layer("image_scaling"), behind_scaling(network)
    views = zip(test.images, test.galaxy.tolist(), test.realisation.tolist(), strict=True)
    progress = tqdm(views, "sensitivity", total=len(test.images), unit="image", disable=None)
    for image, galaxy, view in progress:
        yield smooth_gradients(
            trunk,
            image=ops.convert_to_numpy(scaling(image[None]))[0],
            masked=np.isnan(image),
            random=seeds.generator(seed, seeds.Stage.SENSITIVITY, galaxy, view),
            **options,
        )


@dataclass(frozen=True)
class _Views:
    """The test images and where they were taken from."""

    test: Split
    distance_mpc: np.ndarray
    grid: SkyGrid


def _read_views(dataset: Path, channels: str, field_of_view_arcmin: float) -> _Views:
    """Return the test images, and their distances in the order that `read` gives them."""
    test = read(dataset, channels, "test")
    with h5py.File(dataset, "r") as file:
        distance_mpc = file["distance_mpc"][:][file["split"].asstr()[:] == "test"]
    grid = SkyGrid(pixels=test.images.shape[1], field_of_view_arcmin=field_of_view_arcmin)
    return _Views(test, distance_mpc, grid)


def _measure(
    views: _Views, found: Iterator[np.ndarray], *, chosen: Sequence[int]
) -> tuple[dict[int, np.ndarray], sensitivity_files.Spread]:
    """Return the maps of the chosen galaxies by row, and how those of all images spread."""
    test, grid = views.test, views.grid
    farthest_kpc = grid.side_kpc(views.distance_mpc.max()) / np.sqrt(2)
    r_kpc = farthest_kpc * np.arange(1, DISTANCES + 1) / DISTANCES
    kept, rows = {}, []
    for row, maps in enumerate(found):
        side_kpc = grid.side_kpc(views.distance_mpc[row])
        away_kpc = sensitivity_files.projected_kpc(pixels=grid.pixels, side_kpc=side_kpc)
        masked = np.isnan(test.images[row])
        rows.append(_spread_of(maps, masked=masked, away_kpc=away_kpc, r_kpc=r_kpc))
        if test.galaxy[row] in chosen:
            kept[row] = maps
    columns = map(np.stack, zip(*rows, strict=True))
    return kept, sensitivity_files.Spread(test.galaxy, r_kpc, *columns)


def _spread_of(found, *, masked, away_kpc, r_kpc) -> tuple[np.ndarray, ...]:
    """Return fractions within `r_kpc` and half distances, of the maps and of unmasked pixels."""
    maps = np.moveaxis(np.abs(found), -1, 1)
    pixels = np.moveaxis(1.0 - masked, -1, 0)
    return (
        *sensitivity_files.fraction_within(weight=maps, distance_kpc=away_kpc, r_kpc=r_kpc),
        *sensitivity_files.fraction_within(weight=pixels, distance_kpc=away_kpc, r_kpc=r_kpc),
    )


def _maps_to_keep(
    views: _Views, kept: dict[int, np.ndarray], chosen: Sequence[int], **common
) -> sensitivity_files.Maps:
    """Return the kept maps beside their images: in the order of `chosen`, then of the views."""
    test = views.test
    order = sorted(kept, key=lambda row: (chosen.index(test.galaxy[row]), test.realisation[row]))
    return sensitivity_files.Maps(
        maps=np.stack([kept[row] for row in order]),
        images=test.images[order],
        galaxy=test.galaxy[order],
        realisation=test.realisation[order],
        distance_mpc=views.distance_mpc[order],
        field_of_view_arcmin=views.grid.field_of_view_arcmin,
        **common,
    )
