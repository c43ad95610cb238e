"""Saving the Gaussian ensembles of a run in a folder that needs nothing else of the run."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from umbra.channels import ChannelSet
from umbra.config.networks import TrainingSettings
from umbra.dataset.reading import SplitImages, read_split
from umbra.errors import InputError
from umbra.files import atomic_folder
from umbra.networks.backend import backend_versions, prepare_backend
from umbra.networks.fitting import Trainer
from umbra.networks.losses import gaussian_objective
from umbra.networks.saved_members import save_members
from umbra.observed.belonging import (
    Ranking,
    distance_from_others,
    feature_distance,
    statistic_points,
)
from umbra.observed.reference import TrainingReference, write_reference
from umbra.observed.saved_networks import (
    REFERENCE_FILE,
    NetworksDefinition,
    write_definition,
)
from umbra.observed.statistics import measure_statistics
from umbra.predictions.distributions import validation_residuals
from umbra.predictions.ensembles import GaussianEnsemble, read_ensemble, read_member_weights
from umbra.tables import MAKE_AGAIN

_RANGE_PERCENT = (1, 99)


def save_networks(
    *,
    dataset: Path,
    predictions: Sequence[Path],
    parts: Sequence[Path],
    definition: NetworksDefinition,
    settings: TrainingSettings,
    threads: int,
    output: Path,
) -> None:
    """Save the Gaussian ensembles of a run.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5`` that they were trained on.
    predictions : sequence of Path
        ``predictions.hdf5`` of the ensemble of each channel set, in the order of `definition`.
    parts : sequence of Path
        The parts of all of them, in the folder ``parts`` beside ``predictions.hdf5``.
    definition : NetworksDefinition
    settings : TrainingSettings
        How they were trained.
    threads : int
        Threads of TensorFlow.
    output : Path
        Folder, see `umbra.observed.saved_networks`. It appears whole or not at all.

    Raises
    ------
    InputError
        If the parts lack a network that the predictions have.
    """
    prepare_backend(threads=threads)
    definition = definition.model_copy(update={"software": backend_versions()})
    with atomic_folder(output) as folder:
        for name, path in zip(definition.channel_sets, predictions, strict=True):
            own = [part for part in parts if part.parent.parent == path.parent]
            weights = {}
            for part in own:
                weights |= read_member_weights(part)
            _save_channel_set(
                dataset=dataset,
                channel_set=ChannelSet(name, definition.channel_sets[name]),
                validation=read_ensemble(path=path, kind="gaussian", split="val"),
                weights=weights,
                definition=definition,
                settings=settings,
                folder=folder / name,
            )
        write_definition(definition, folder)


def _save_channel_set(
    *,
    dataset: Path,
    channel_set: ChannelSet,
    validation: GaussianEnsemble,
    weights: dict[int, Sequence[np.ndarray]],
    definition: NetworksDefinition,
    settings: TrainingSettings,
    folder: Path,
) -> None:
    if set(weights) != set(validation.member.tolist()):
        raise InputError(
            f"The parts of the gaussian ensemble of {definition.architecture} on"
            f" {channel_set.name} have other members than its predictions; {MAKE_AGAIN}."
        )
    splits = {name: read_split(dataset, channel_set.channels, name) for name in ("train", "val")}
    # before the trainer scales the images in place
    statistics = {
        name: measure_statistics(rows.images, channel_set.channels) for name, rows in splits.items()
    }
    trainer = Trainer(
        training=splits["train"],
        validation=splits["val"],
        architecture=definition.architecture,
        channel_set=channel_set,
        objective=gaussian_objective(validation.space),
        settings=settings,
        distance=definition.distance,
    )
    features: dict[str, list[np.ndarray]] = {"train": [], "val": []}
    ordered = {member: weights[member] for member in validation.member.tolist()}
    for network in save_members(trainer, ordered, folder):
        for name, rows in splits.items():
            own = network.features_scaled(rows.images, rows.measured_distance_mpc)
            features[name].append(own)
    reference = _reference(splits, statistics, features, validation)
    write_reference(reference, folder / REFERENCE_FILE)


def _reference(
    splits: dict[str, SplitImages],
    statistics: dict[str, np.ndarray],
    features: dict[str, list[np.ndarray]],
    validation: GaussianEnsemble,
) -> TrainingReference:
    training = splits["train"]
    substitutes = _mean_log10(statistics["train"])
    points = np.concatenate(
        [
            statistic_points(statistics[name], rows.measured_distance_mpc, substitutes)
            for name, rows in splits.items()
        ]
    )
    own = {name: np.array(found) for name, found in features.items()}
    galaxy = np.concatenate([rows.galaxy for rows in splits.values()])
    return TrainingReference(
        member=validation.member,
        radius_kpc=validation.radius_kpc,
        residuals=validation_residuals(validation),
        validation_galaxies=np.array(len(np.unique(validation.galaxy))),
        space_mean=validation.space_mean,
        space_factor=validation.space_factor,
        statistic_range=_range(statistics["train"]),
        distance_range=_range(training.measured_distance_mpc),
        substitutes=substitutes,
        statistic_points=points,
        feature_points=own["train"],
        statistic_ranking=_ranking(distance_from_others(points, galaxy), galaxy),
        feature_ranking=_ranking(feature_distance(own["train"], own["val"]), splits["val"].galaxy),
    )


def _ranking(log10_distance: np.ndarray, galaxy: np.ndarray) -> np.ndarray:
    return np.array(astuple(Ranking.among(log10_distance, galaxy)))


def _mean_log10(statistics: np.ndarray) -> np.ndarray:
    """Return the mean of log10 of each statistic; 0 for one that no image has."""
    logarithm = np.log10(statistics)
    known = np.isfinite(logarithm)
    return np.where(known, logarithm, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def _range(values: np.ndarray) -> np.ndarray:
    """Return the 1st and 99th percentile of each column; NaN for one that is never known."""
    known = np.isfinite(values).any(axis=0)
    found = np.nanpercentile(np.where(known, values, 0), _RANGE_PERCENT, axis=0)
    return np.where(known, found, np.nan)
