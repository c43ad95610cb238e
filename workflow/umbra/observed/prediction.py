"""Predictions of saved networks for a user's galaxy."""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from umbra import seeds
from umbra.channels import ChannelSet
from umbra.errors import InputError, Rejected
from umbra.files import rejection
from umbra.hdf5 import create
from umbra.networks.backend import prepare_backend
from umbra.networks.saved_members import SavedMembers
from umbra.observed.answers import (
    BELONGING_COLUMNS,
    Answer,
    Check,
    belonging_rows,
    write_answer,
)
from umbra.observed.maps import ObservedMaps, read_observed_maps
from umbra.observed.reference import TrainingReference, read_reference
from umbra.observed.saved_networks import COPY_AGAIN, REFERENCE_FILE, read_definition
from umbra.observed.statistics import measure_statistics, statistics_of
from umbra.observed.training_images import TrainingImages
from umbra.predictions.distributions import draw_deviates, moment_matched
from umbra.tables import write_table

logger = logging.getLogger(__name__)

# Distances, of equal probability, over which the error of a distance is averaged.
DISTANCE_DRAWS = 16


class Predictor:
    """The networks of a folder, each loaded once, for any number of galaxies.

    Parameters
    ----------
    folder : Path
        ``results/saved_networks`` of a run, or a copy of it.
    threads : int
        Threads of TensorFlow.

    Raises
    ------
    InputError
        If it is no such folder.
    """

    def __init__(self, folder: Path, *, threads: int):
        prepare_backend(threads=threads)
        self.definition = read_definition(folder)
        self.folder = folder
        self._known = self.definition.only(TrainingImages)
        self._networks = cache(self._load)

    def answer(self, maps: ObservedMaps) -> Answer:
        """Return what the networks predict for a galaxy.

        The networks of the largest channel set that the maps allow are used. The Gaussian of the
        ensemble gives samples with the errors of the validation galaxies, as in
        `umbra.predictions.distributions`. They are mixed over the distances of `input_distances`.

        A galaxy that was moved because it is nearer or farther than those of the training keeps its
        physical size and its masses: networks take the distance that it is shown at, and radii are
        physical ones.

        Parameters
        ----------
        maps : ObservedMaps

        Returns
        -------
        Answer

        Raises
        ------
        Rejected
            If no channel set has all of its channels.
        InputError
            If the maps are not as the networks take them, or the folder is not whole.
        """
        self._check_maps(maps)
        definition = self.definition
        name = definition.channel_set_for(frozenset(maps.channels))
        if name is None:
            raise Rejected(f"no networks for {', '.join(maps.channels)} alone; {self._sets()}")
        channels = definition.channel_sets[name]
        image = np.stack([maps.channels[channel] for channel in channels], axis=-1)[None]
        members, reference = self._networks(name)
        shown = np.array([maps.shown_distance_mpc])
        statistics = measure_statistics(image, channels)
        percentile = reference.percentile(
            statistics=statistics,
            features=members.features(image, shown),
            distance_mpc=shown,
        )
        return Answer(
            name=maps.name,
            channel_set=name,
            radius_kpc=reference.radius_kpc,
            samples=self._samples(maps, image, members, reference),
            validation_galaxies=int(reference.validation_galaxies),
            percentile=float(percentile[0]),
            checks=self._checks(channels, statistics[0], shown[0], reference),
        )

    def _load(self, name: str) -> tuple[SavedMembers, TrainingReference]:
        definition, folder = self.definition, self.folder / name
        reference = read_reference(folder / REFERENCE_FILE, remedy=COPY_AGAIN)
        members = SavedMembers(
            folder,
            reference.member.tolist(),
            architecture=definition.architecture,
            channel_set=ChannelSet(name, definition.channel_sets[name]),
            distance=definition.distance,
            remedy=COPY_AGAIN,
        )
        return members, reference

    def _samples(
        self,
        maps: ObservedMaps,
        image: np.ndarray,
        members: SavedMembers,
        reference: TrainingReference,
    ) -> np.ndarray:
        """Return the samples of a galaxy, shape (samples, radii)."""
        distance_mpc = np.array([maps.shown_distance_mpc])
        if self.definition.distance == "measured":
            distance_mpc = input_distances(
                maps, known_relative_error=self.definition.observation.distance_relative_error
            )
        images = np.repeat(image, len(distance_mpc), axis=0)
        mean, precision_factor = members.predict(images, distance_mpc)
        means, factors = moment_matched(mean=mean, precision_factor=precision_factor)
        rng = seeds.generator(
            self.definition.seed, seeds.Stage.OBSERVED_SAMPLES, seeds.named(maps.name)
        )
        deviates = draw_deviates(residuals=reference.residuals, count=0, rng=rng)["calibrated"]
        pairs = zip(means, factors, strict=True)
        whitened = np.concatenate([centre + deviates @ factor.T for centre, factor in pairs])
        return reference.space.log10_mass(whitened).astype(np.float32)

    def _checks(
        self,
        channels: tuple[str, ...],
        statistics: np.ndarray,
        shown_distance_mpc: float,
        reference: TrainingReference,
    ) -> tuple[Check, ...]:
        checks = []
        if self.definition.distance == "measured":
            least, greatest = map(float, reference.distance_range)
            checks = [Check("all", "distance", "Mpc", shown_distance_mpc, least, greatest)]
        rows = zip(statistics_of(channels), statistics, reference.statistic_range.T, strict=True)
        for statistic, value, (least, greatest) in rows:
            names = (statistic.channel, statistic.quantity, statistic.unit)
            checks.append(Check(*names, float(value), float(least), float(greatest)))
        return tuple(checks)

    def _check_maps(self, maps: ObservedMaps) -> None:
        """Raise InputError if maps are not as the images that the networks learnt from."""
        again = f"make the maps of {maps.name} again for these networks"
        pixels = self.definition.observation.pixels
        for image in maps.channels.values():
            if image.shape != (pixels, pixels):
                raise InputError(
                    f"{self.folder}: these networks take images of {pixels} x {pixels} pixels, but"
                    f" those of {maps.name} have {image.shape[0]} x {image.shape[1]}; {again}."
                )
        if maps.training and (other := self._known.difference(maps.training)):
            raise InputError(
                f"{self.folder}: these networks learnt from images with {other}, which the maps of"
                f" {maps.name} have; {again}."
            )

    def _sets(self) -> str:
        sets = self.definition.channel_sets
        return f"those of {self.folder} take {'; '.join(', '.join(of) for of in sets.values())}"


def input_distances(maps: ObservedMaps, *, known_relative_error: float) -> np.ndarray:
    """Return distances that the networks are given, each as likely as the others [Mpc].

    The networks were trained with measured distances that have a relative error of their own, and
    their intervals contain it. So a distance with this error or a smaller one is given as it is,
    and the interval is then a little too wide. Of a larger error, only the excess is drawn:
    (error^2 - known error^2)^(1/2), of ln distance.

    Parameters
    ----------
    maps : ObservedMaps
        The distances are around the one at which the maps show the galaxy, because its images look
        as from there.
    known_relative_error : float
        Standard deviation of ln(measured distance) in the training.

    Returns
    -------
    ndarray, shape (1,) or (`DISTANCE_DRAWS`,)
    """
    relative_error = maps.distance_error_mpc / maps.distance_mpc
    excess = relative_error**2 - known_relative_error**2
    if excess <= 0:
        return np.array([maps.shown_distance_mpc])
    deviates = ndtri((np.arange(DISTANCE_DRAWS) + 0.5) / DISTANCE_DRAWS)
    return maps.shown_distance_mpc * np.exp(np.sqrt(excess) * deviates / deviates.std())


def predict_observed(
    *, maps: Mapping[str, Path], networks: Path, threads: int, output: Path, table: Path
) -> None:
    """Predict all galaxies of a table; the networks are loaded once.

    Parameters
    ----------
    maps : mapping
        Galaxy -> its ``maps.fits``, or the marker of a rejected galaxy.
    networks : Path
        Folder of saved networks.
    threads : int
        Threads of TensorFlow.
    output, table : Path
        ``predictions.hdf5`` and ``belonging.csv`` with the columns `BELONGING_COLUMNS`.
    """
    predictor = Predictor(networks, threads=threads)
    rows: list[dict] = []
    with create(output) as file:
        for name, path in maps.items():
            group = file.create_group(f"galaxies/{name}")
            try:
                answer = _answer(predictor, path)
            except Rejected as rejected:
                logger.warning("%s: rejected: %s", name, rejected)
                group.attrs["rejected"] = str(rejected)
                continue
            write_answer(group, answer)
            rows += belonging_rows(answer)
    write_table(pd.DataFrame(rows, columns=list(BELONGING_COLUMNS)), table)


def _answer(predictor: Predictor, path: Path) -> Answer:
    if reason := rejection(path):
        raise Rejected(reason)
    return predictor.answer(read_observed_maps(path))
