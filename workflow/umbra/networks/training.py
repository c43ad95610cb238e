"""Training of one architecture on one channel set."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd

from umbra import files, seeds
from umbra.channels import ChannelSet
from umbra.config.networks import Architecture, Distance, TrainingSettings
from umbra.dataset.reading import SplitImages, read_split
from umbra.dataset.subsets import share_of
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import LossHistory, Trainer
from umbra.networks.inference import predict_images
from umbra.networks.losses import point_objective
from umbra.networks.runs import run_one
from umbra.predictions.points import PREDICTED_SPLITS, Predictions, write_predictions
from umbra.tables import write_table


def train_network(
    *,
    dataset: Path,
    architecture: Architecture,
    channel_set: ChannelSet,
    settings: TrainingSettings,
    distance: Distance,
    seed: int,
    threads: int,
    percent: int,
    model: Path,
    history: Path,
    predictions: Path,
) -> None:
    """Train a network and predict the validation and test splits.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5``.
    architecture : str
        One of `umbra.networks.architectures.ARCHITECTURES`.
    channel_set : ChannelSet
        Input channels.
    settings : TrainingSettings
    distance : {"none", "measured"}
        Whether the network takes the measured distance, as `NetworkSettings.distance_of` has it.
    seed : int
        The run's seed. The same seed and number of threads give the same network.
    threads : int
        Threads of TensorFlow. Another number adds numbers in another order, which changes the last
        digits of the result.
    percent : int
        Share of the training galaxies that it learns from [%].
    model, history, predictions : Path
        ``model.keras`` (takes images in physical units), ``history.csv`` (epoch, loss, val_loss;
        nan where an epoch was not validated) and ``predictions.csv``.

    Raises
    ------
    InputError
        If the dataset cannot be read or the loss diverges.
    """
    prepare_backend(threads=threads)
    training = share_of(
        read_split(dataset, channel_set.channels, "train"), percent=percent, seed=seed
    )
    trainer = Trainer(
        training=training,
        validation=read_split(dataset, channel_set.channels, "val"),
        architecture=architecture,
        channel_set=channel_set,
        objective=point_objective(training.log10_mass_dm),
        settings=settings,
        distance=distance,
    )
    found = run_one(trainer, seed=network_seed(seed, architecture, channel_set))
    with files.atomic(model) as temporary:
        trainer.model.save(temporary)
    write_table(_history_table(found), history, formats={"loss": ".8g", "val_loss": ".8g"})
    splits = {split: read_split(dataset, channel_set.channels, split) for split in PREDICTED_SPLITS}
    write_predictions(
        predictions={
            split: Predictions.of(rows, _predict(trainer.model, rows))
            for split, rows in splits.items()
        },
        output=predictions,
    )


def _history_table(history: LossHistory) -> pd.DataFrame:
    epochs = len(history["loss"])
    val_loss = np.full(epochs, np.nan)
    val_loss[history["validated"]] = history["val_loss"]
    columns = {"epoch": np.arange(1, epochs + 1), "loss": history["loss"], "val_loss": val_loss}
    return pd.DataFrame(columns)


def _predict(model: keras.Model, rows: SplitImages) -> np.ndarray:
    return predict_images(model, rows.images, rows.measured_distance_mpc)


def network_seed(seed: int, architecture: Architecture, channel_set: ChannelSet) -> int:
    """Return the seed of a network's weights, order of images and dropout.

    It depends on the names of architecture and channel set, so that a set that is added to the
    configuration changes no other network.

    Parameters
    ----------
    seed : int
        The run's seed.
    architecture : str
    channel_set : ChannelSet

    Returns
    -------
    int
    """
    names = seeds.named(architecture, channel_set.name)
    return int(seeds.generator(seed, seeds.Stage.TRAINING, names).integers(2**31))
