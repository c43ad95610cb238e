"""Print how often galaxies, and planted strangers, count as unlike the training.

``python tests/benchmarks/belonging.py RUN``: a folder in which ``snakemake results/saved_networks``
has ended. Each kind of stranger is made of every image of the test split. Beside the rate of both
distances together are those of each by itself at the same percentile, and the share of galaxies of
which an image is flagged.

Too few galaxies are in the test split to see how often galaxies of the run are flagged. So each is
also left out in turn and compared with the others: in what is measured, all galaxies of the run; in
the features, those that the networks did not learn from.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.ndimage import zoom

from umbra.channels import BANDS, CHANNELS, HI_MAPS, ChannelSet
from umbra.dataset.reading import SplitImages, read_split
from umbra.networks.saved_members import SavedMembers
from umbra.observed.belonging import (
    EXTRAPOLATION_PERCENTILE,
    Ranking,
    distance_from_others,
    feature_distance,
    percentile,
    statistic_points,
)
from umbra.observed.reference import TrainingReference, read_reference
from umbra.observed.saved_networks import COPY_AGAIN, REFERENCE_FILE, read_definition
from umbra.observed.statistics import measure_statistics

FARTHER = 5
Maps = dict[str, np.ndarray]


def noise_of(image: np.ndarray) -> float:
    """Return the rms of a band beside the galaxy."""
    edge = np.concatenate([image[:8].ravel(), image[-8:].ravel()])
    return float(1.4826 * np.median(np.abs(edge - np.median(edge))))


def farther(maps: Maps, rng: np.random.Generator) -> Maps:
    """Return a galaxy as from five times the distance."""
    shown = {}
    for channel, image in maps.items():
        small = zoom(np.nan_to_num(image), 1 / FARTHER, order=1, mode="nearest")
        first = (len(image) - len(small)) // 2
        part = (slice(first, first + len(small)),) * 2
        out = np.full_like(image, np.nan)
        if channel in BANDS:
            out = rng.normal(0, noise_of(image), image.shape)
            out[part] += small  # surface brightness stays
        elif channel == "HI0":
            out[part] = np.where(small > 0, small, np.nan)
        else:
            out[part] = np.where(small != 0, small, np.nan)
        shown[channel] = out
    return shown


def star_field(maps: Maps, rng: np.random.Generator) -> Maps:
    """Return stars without a galaxy."""
    size = len(next(iter(maps.values())))
    places, powers = rng.integers(0, size, (2, 200)), rng.pareto(1.0, 200)
    shown = {}
    for channel, image in maps.items():
        shown[channel] = np.full_like(image, np.nan)
        if channel in BANDS:
            noise = noise_of(image)
            shown[channel] = rng.normal(0, noise, image.shape)
            np.add.at(shown[channel], tuple(places), 20 * noise * powers)
    return shown


def inverted(maps: Maps, rng: np.random.Generator) -> Maps:
    """Return images that are dark where the galaxy is bright."""
    return {name: image if CHANNELS[name].in_km_s else -image for name, image in maps.items()}


def noisier(maps: Maps, rng: np.random.Generator) -> Maps:
    """Return images with three times the noise."""
    shown = {}
    for channel, image in maps.items():
        rms = noise_of(image) if channel in BANDS else 0.3 * np.nanmedian(np.abs(image))
        shown[channel] = image + rng.normal(0, np.sqrt(8) * rms, image.shape)
    return shown


def elliptical(maps: Maps, rng: np.random.Generator) -> Maps:
    """Return an elliptical of the same light, without gas (de Vaucouleurs 1948)."""
    shown = {}
    for channel, image in maps.items():
        y, x = np.indices(image.shape) - (len(image) - 1) / 2
        light = np.exp(-7.67 * ((np.hypot(x, 1.3 * y) + 0.3) / 8) ** 0.25)
        shown[channel] = np.full_like(image, np.nan)
        if channel in BANDS:
            sky = rng.normal(0, noise_of(image), image.shape)
            shown[channel] = sky + light * image.sum() / light.sum()
    return shown


def negated(maps: Maps, rng: np.random.Generator) -> Maps:
    """Return a galaxy that rotates the other way: no stranger."""
    return {name: -image if name == "HI1" else image for name, image in maps.items()}


STRANGERS: dict[str, Callable[[Maps, np.random.Generator], Maps]] = {
    "itself": lambda maps, rng: maps,
    "negated velocities": negated,
    "five times farther": farther,
    "star field": star_field,
    "inverted": inverted,
    "three times the noise": noisier,
    "elliptical without gas": elliptical,
}


def rates(
    reference: TrainingReference, members: SavedMembers, test: SplitImages, channels: tuple
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the kind of image, and the fraction of images and of galaxies that are flagged."""
    for kind, plant in STRANGERS.items():
        rng = np.random.default_rng(1)
        planted = [
            plant(dict(zip(channels, np.moveaxis(image, -1, 0), strict=True)), rng)
            for image in test.images
        ]
        images = np.array([np.stack(list(one.values()), -1) for one in planted], dtype="f4")
        fractions = reference.fractions_beyond(
            statistics=measure_statistics(images, channels),
            features=members.features(images, test.measured_distance_mpc),
            distance_mpc=test.measured_distance_mpc,
        )
        together = percentile(*fractions) > EXTRAPOLATION_PERCENTILE
        flags = [together, *(100 * (1 - fractions) > EXTRAPOLATION_PERCENTILE)]
        galaxies = np.unique(test.galaxy[together]).size / np.unique(test.galaxy).size
        yield kind, np.array([*(flag.mean() for flag in flags), galaxies])


def rates_left_out(
    reference: TrainingReference, members: SavedMembers, splits: dict, channels: tuple
) -> str:
    """Return how many images of galaxies that were left out are flagged, of how many."""
    galaxy = np.concatenate([rows.galaxy for rows in splits.values()])
    points = np.concatenate(
        [
            statistic_points(
                measure_statistics(rows.images, channels),
                rows.measured_distance_mpc,
                reference.substitutes,
            )
            for rows in splits.values()
        ]
    )
    fraction = beyond_others(distance_from_others(points, galaxy), galaxy)
    unlearnt = [splits["val"], splits["test"]]
    features = [members.features(rows.images, rows.measured_distance_mpc) for rows in unlearnt]
    distance = feature_distance(reference.feature_points, np.concatenate(features, axis=1))
    own = np.concatenate([rows.galaxy for rows in unlearnt])
    in_features = beyond_others(distance, own)
    flags = percentile(fraction[-len(own) :], in_features) > EXTRAPOLATION_PERCENTILE
    measured = 100 * (1 - fraction) > EXTRAPOLATION_PERCENTILE
    return (
        f"by both {flags.sum()} of {flags.size} images ({np.unique(own[flags]).size} of"
        f" {np.unique(own).size} galaxies), by what is measured {measured.sum()} of"
        f" {measured.size} ({np.unique(galaxy[measured]).size} of {np.unique(galaxy).size})"
    )


def beyond_others(distance: np.ndarray, galaxy: np.ndarray) -> np.ndarray:
    """Return which fraction of the other galaxies is expected beyond each image (n,)."""
    fraction = np.empty(len(distance))
    for one in np.unique(galaxy):
        own = galaxy == one
        fraction[own] = Ranking.among(distance[~own], galaxy[~own]).beyond(distance[own])
    return fraction


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run / "results"
    folder = run / "saved_networks"
    definition = read_definition(folder)
    print(
        "images flagged: by both, by the statistics, by the features; galaxies with such an image"
    )
    for name, channels in definition.channel_sets.items():
        reference = read_reference(folder / name / REFERENCE_FILE, remedy=COPY_AGAIN)
        members = SavedMembers(
            folder / name,
            reference.member.tolist(),
            architecture=definition.architecture,
            channel_set=ChannelSet(name, channels),
            distance=definition.distance,
            remedy=COPY_AGAIN,
        )
        splits = {
            split: read_split(run / "dataset.hdf5", channels, split)
            for split in ("train", "val", "test")
        }
        for kind, values in rates(reference, members, splits["test"], channels):
            if kind == "negated velocities" and set(channels).isdisjoint(HI_MAPS):
                continue
            print(f"{name:8} {kind:24}", "  ".join(f"{100 * value:5.1f} %" for value in values))
        print(f"{name:8} left out:", rates_left_out(reference, members, splits, channels))


if __name__ == "__main__":
    main()
