"""Sensitivity of a network to its images: SmoothGrad maps of enclosed masses.

A map is the mean over noisy copies of an image of d log10 M_DM(<R) / d pixel (Smilkov et al. 2017).
Pixels are those of the scaled image, which the layers with weights receive: derivatives with
respect to physical units could not be compared between channels.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from umbra import seeds
from umbra.channels import ChannelSet
from umbra.config.networks import Architecture, Distance
from umbra.config.sensitivity import MapSettings
from umbra.dataset.examples import choose_over_masses
from umbra.dataset.reading import SplitImages, read_split
from umbra.evaluation.sensitivity.maps import Maps, write_maps
from umbra.evaluation.sensitivity.spread import Spread, fraction_within, projected_kpc, write_spread
from umbra.networks.backend import prepare_backend
from umbra.networks.gradients import smooth_gradients
from umbra.networks.loading import TrainedNetwork, load_network
from umbra.observation.sky_grid import SkyGrid

# number of projected distances in the table
DISTANCES = 100


def measure_sensitivity(
    *,
    model: Path,
    dataset: Path,
    architecture: Architecture,
    channel_set: ChannelSet,
    distance: Distance,
    settings: MapSettings,
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
    model : Path
        ``model.keras``.
    dataset : Path
        ``dataset.hdf5``.
    architecture : str
    channel_set : ChannelSet
        The architecture and the channels that the network must have.
    distance : {"none", "measured"}
        Whether it must take the measured distance.
    settings : MapSettings
    field_of_view_arcmin : float
        Side of the images.
    seed : int
        The run's seed. The noise of an image does not depend on the other images.
    threads : int
        Threads of TensorFlow.
    maps : Path
        See `umbra.evaluation.sensitivity.maps`.
    table, half_radii : Path
        See `umbra.evaluation.sensitivity.spread`.

    Raises
    ------
    InputError
        If the network is of another architecture or takes other inputs, or a galaxy is not a test
        galaxy.
    """
    prepare_backend(threads=threads)
    network = load_network(
        model, architecture=architecture, channel_set=channel_set, distance=distance
    )
    test = read_split(dataset, channel_set.channels, "test")
    grid = SkyGrid(pixels=test.images.shape[1], field_of_view_arcmin=field_of_view_arcmin)
    chosen = choose_over_masses(
        wanted=settings.galaxies,
        galaxy=test.galaxy,
        log10_mass=test.log10_mass_dm[:, -1],
        key="sensitivity.galaxies",
    )
    outputs = nearest_radii(test.radius_kpc, settings.radii_kpc)
    found = _maps_of(network, test, outputs=outputs, settings=settings, seed=seed)
    kept, spread = _measure(found, test=test, grid=grid, chosen=chosen)
    of_outputs = {"radius_kpc": test.radius_kpc[outputs], "channels": channel_set.channels}
    write_spread(spread=spread, table=table, half_radii=half_radii, **of_outputs)
    write_maps(
        maps=Maps(
            **_kept_images(test, kept, chosen=chosen),
            **of_outputs,
            field_of_view_arcmin=field_of_view_arcmin,
        ),
        output=maps,
    )


def nearest_radii(radius_kpc: np.ndarray, wanted_kpc: Sequence[float]) -> list[int]:
    """Return the indices of the radii nearest to those wanted (in the logarithm), each once."""
    steps = [np.abs(np.log(radius_kpc / wanted)).argmin() for wanted in wanted_kpc]
    return list(dict.fromkeys(int(step) for step in steps))


def _maps_of(
    network: TrainedNetwork,
    test: SplitImages,
    *,
    outputs: Sequence[int],
    settings: MapSettings,
    seed: int,
) -> Iterator[np.ndarray]:
    """Yield the map of each image, shape (outputs, pixels, pixels, channels)."""
    columns = test.galaxy, test.realisation, test.measured_distance_mpc
    rows = zip(test.images, *(column.tolist() for column in columns), strict=True)
    progress = tqdm(rows, "sensitivity", total=len(test.images), unit="image", disable=None)
    for image, galaxy, realisation, distance_mpc in progress:
        yield smooth_gradients(
            network.trunk,
            image=network.scale(image[None].copy())[0],
            masked=np.isnan(image),
            distance_mpc=distance_mpc,
            outputs=outputs,
            samples=settings.samples,
            noise=settings.noise,
            rng=seeds.generator(seed, seeds.Stage.SENSITIVITY, galaxy, realisation),
        )


def _measure(
    found: Iterator[np.ndarray], *, test: SplitImages, grid: SkyGrid, chosen: Sequence[int]
) -> tuple[dict[int, np.ndarray], Spread]:
    """Return the maps of the chosen galaxies by row, and the spread of the maps of all images."""
    farthest_kpc = grid.side_kpc(test.distance_mpc.max()) / np.sqrt(2)
    r_kpc = farthest_kpc * np.arange(1, DISTANCES + 1) / DISTANCES
    kept, rows = {}, []
    for row, maps in enumerate(found):
        side_kpc = grid.side_kpc(test.distance_mpc[row])
        away_kpc = projected_kpc(pixels=grid.pixels, side_kpc=side_kpc)
        masked = np.isnan(test.images[row])
        rows.append(_spread_of(maps, masked=masked, away_kpc=away_kpc, r_kpc=r_kpc))
        if test.galaxy[row] in chosen:
            kept[row] = maps
    columns = map(np.stack, zip(*rows, strict=True))
    return kept, Spread(test.galaxy, r_kpc, *columns)


def _spread_of(
    maps: np.ndarray, *, masked: np.ndarray, away_kpc: np.ndarray, r_kpc: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return fractions within `r_kpc` and half distances, of the maps and of unmasked pixels."""
    weight = np.moveaxis(np.abs(maps), -1, 1)
    pixels = np.moveaxis(1.0 - masked, -1, 0)
    return (
        *fraction_within(weight=weight, distance_kpc=away_kpc, r_kpc=r_kpc),
        *fraction_within(weight=pixels, distance_kpc=away_kpc, r_kpc=r_kpc),
    )


def _kept_images(
    test: SplitImages, kept: dict[int, np.ndarray], *, chosen: Sequence[int]
) -> dict[str, np.ndarray]:
    """Return the kept maps and their images, in the order of `chosen`, then of the realisations."""
    order = sorted(kept, key=lambda row: (chosen.index(test.galaxy[row]), test.realisation[row]))
    return {
        "maps": np.stack([kept[row] for row in order]),
        "images": test.images[order],
        "galaxy": test.galaxy[order],
        "realisation": test.realisation[order],
        "distance_mpc": test.distance_mpc[order],
    }
