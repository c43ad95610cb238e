"""What a network looks at: SmoothGrad maps (Smilkov et al. 2017) of enclosed masses.

A map is the mean over noisy copies of an image of d log10 M_DM(<R) / d pixel. Pixels are those of
the scaled image, which the layers with weights see: in physical units the bands would not compare.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from umbra import seeds
from umbra.channels import PAPER_CHANNEL_SETS
from umbra.dataset.examples import choose_over_masses
from umbra.dataset.reading import SplitImages, read_split
from umbra.evaluation.sensitivity.maps import Maps, write_maps
from umbra.evaluation.sensitivity.spread import Spread, fraction_within, projected_kpc, write_spread
from umbra.networks.backend import prepare_backend
from umbra.networks.gradients import smooth_gradients
from umbra.networks.loading import behind_scaling, load_network
from umbra.observation.sky_grid import SkyGrid

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
        What the network has to be; `channels` is a key of `umbra.channels.PAPER_CHANNEL_SETS`.
    settings : dict
        radii_kpc, samples, noise (of the range of each channel), galaxies (ids, or how many).
    field_of_view_arcmin : float
        Side of the images.
    seed : int
        The run's seed. An image's noise does not depend on the other images.
    threads : int
        Threads of TensorFlow.
    maps, table, half_radii : path
        See `umbra.evaluation.sensitivity.spread`.

    Raises
    ------
    InputError
        If the network is of another architecture or channel set, or a galaxy is not a test galaxy.
    """
    prepare_backend(threads=threads)
    network = load_network(model, architecture=architecture, channels=channels)
    realisations = _read_realisations(dataset, channels, field_of_view_arcmin)
    test = realisations.test
    chosen = choose_over_masses(
        wanted=settings["galaxies"],
        galaxy=test.galaxy,
        log10_mass=test.log10_mass_dm[:, -1],
        key="sensitivity.galaxies",
    )
    places = nearest(test.radius_kpc, settings["radii_kpc"])
    options = {"outputs": places, "samples": settings["samples"], "noise": settings["noise"]}
    kept, spread = _measure(
        realisations, _maps_of(network, test, seed=seed, **options), chosen=chosen
    )
    common = {"radius_kpc": test.radius_kpc[places], "channels": PAPER_CHANNEL_SETS[channels]}
    write_spread(spread=spread, table=table, half_radii=half_radii, **common)
    write_maps(maps=_maps_to_keep(realisations, kept, chosen, **common), output=maps)


def nearest(radius_kpc: np.ndarray, wanted_kpc: Sequence[float]) -> list[int]:
    """Return the places of the radii nearest to those wanted, each once."""
    steps = [np.abs(np.log(radius_kpc / wanted)).argmin() for wanted in wanted_kpc]
    return list(dict.fromkeys(int(step) for step in steps))


def _maps_of(
    network: keras.Model, test: SplitImages, *, seed: int, **options
) -> Iterator[np.ndarray]:
    """Yield the map of each image."""
    scaling, trunk = network.get_layer("image_scaling"), behind_scaling(network)
    realisations = zip(test.images, test.galaxy.tolist(), test.realisation.tolist(), strict=True)
    progress = tqdm(realisations, "sensitivity", total=len(test.images), unit="image", disable=None)
    for image, galaxy, realisation in progress:
        yield smooth_gradients(
            trunk,
            image=ops.convert_to_numpy(scaling(image[None]))[0],
            masked=np.isnan(image),
            rng=seeds.generator(seed, seeds.Stage.SENSITIVITY, galaxy, realisation),
            **options,
        )


@dataclass(frozen=True)
class _Views:
    """The test images and where they were taken from."""

    test: SplitImages
    distance_mpc: np.ndarray
    grid: SkyGrid


def _read_realisations(dataset: Path, channels: str, field_of_view_arcmin: float) -> _Views:
    """Return the test images, and their distances in the order that `read` gives them."""
    test = read_split(dataset, PAPER_CHANNEL_SETS[channels], "test")
    grid = SkyGrid(pixels=test.images.shape[1], field_of_view_arcmin=field_of_view_arcmin)
    return _Views(test, test.distance_mpc, grid)


def _measure(
    realisations: _Views, found: Iterator[np.ndarray], *, chosen: Sequence[int]
) -> tuple[dict[int, np.ndarray], Spread]:
    """Return the maps of the chosen galaxies by row, and how those of all images spread."""
    test, grid = realisations.test, realisations.grid
    farthest_kpc = grid.side_kpc(realisations.distance_mpc.max()) / np.sqrt(2)
    r_kpc = farthest_kpc * np.arange(1, DISTANCES + 1) / DISTANCES
    kept, rows = {}, []
    for row, maps in enumerate(found):
        side_kpc = grid.side_kpc(realisations.distance_mpc[row])
        away_kpc = projected_kpc(pixels=grid.pixels, side_kpc=side_kpc)
        masked = np.isnan(test.images[row])
        rows.append(_spread_of(maps, masked=masked, away_kpc=away_kpc, r_kpc=r_kpc))
        if test.galaxy[row] in chosen:
            kept[row] = maps
    columns = map(np.stack, zip(*rows, strict=True))
    return kept, Spread(test.galaxy, r_kpc, *columns)


def _spread_of(found, *, masked, away_kpc, r_kpc) -> tuple[np.ndarray, ...]:
    """Return fractions within `r_kpc` and half distances, of the maps and of unmasked pixels."""
    maps = np.moveaxis(np.abs(found), -1, 1)
    pixels = np.moveaxis(1.0 - masked, -1, 0)
    return (
        *fraction_within(weight=maps, distance_kpc=away_kpc, r_kpc=r_kpc),
        *fraction_within(weight=pixels, distance_kpc=away_kpc, r_kpc=r_kpc),
    )


def _maps_to_keep(
    realisations: _Views, kept: dict[int, np.ndarray], chosen: Sequence[int], **common
) -> Maps:
    """Return the kept maps and images, in the order of `chosen`, then of the realisations."""
    test = realisations.test
    order = sorted(kept, key=lambda row: (chosen.index(test.galaxy[row]), test.realisation[row]))
    return Maps(
        maps=np.stack([kept[row] for row in order]),
        images=test.images[order],
        galaxy=test.galaxy[order],
        realisation=test.realisation[order],
        distance_mpc=realisations.distance_mpc[order],
        field_of_view_arcmin=realisations.grid.field_of_view_arcmin,
        **common,
    )
