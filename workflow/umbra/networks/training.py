"""Training of one architecture on one channel set."""

import csv
from pathlib import Path

from umbra import files, seeds
from umbra.channels import PAPER_CHANNEL_SETS
from umbra.dataset.reading import read_split
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import Trainer, predict_images
from umbra.networks.losses import point
from umbra.predictions.points import Predictions, write_predictions


def train(
    *,
    dataset: Path,
    architecture: str,
    channels: str,
    settings: dict,
    seed: int,
    threads: int,
    model: Path,
    history: Path,
    predictions: Path,
) -> None:
    """Train a network and predict the validation and test splits.

    Parameters
    ----------
    dataset : path
        ``dataset.hdf5``.
    architecture : {"A", "B", "C", "ResNet50"}
    channels : str
        A key of `umbra.channels.CHANNEL_SETS`.
    settings : dict
        learning_rate, batch_size, epochs, patience, batch_norm_momentum.
    seed : int
        The run's seed. The same seed and number of threads give the same network.
    threads : int
        Threads of TensorFlow; another number sums in another order, which shows in the last digits.
    model, history, predictions : path
        ``model.keras`` (takes images in physical units), ``history.csv`` (epoch, loss, val_loss)
        and ``predictions.csv``.

    Raises
    ------
    InputError
        If the dataset cannot be read or the loss diverges.
    """
    prepare_backend(threads=threads)
    draws = seeds.generator(seed, seeds.Stage.TRAINING, seeds.named(architecture, channels))
    training = read_split(dataset, PAPER_CHANNEL_SETS[channels], "train")
    trainer = Trainer(
        training=training,
        validation=read_split(dataset, PAPER_CHANNEL_SETS[channels], "val"),
        architecture=architecture,
        channels=channels,
        objective=point(training.log10_mass_dm),
        settings=settings,
    )
    losses = trainer.run(seed=int(draws.integers(2**31)))
    with files.atomic(model) as temporary:
        trainer.model.save(temporary)
    _write_history(losses=losses, output=history)
    splits = {
        split: read_split(dataset, PAPER_CHANNEL_SETS[channels], split) for split in ("val", "test")
    }
    write_predictions(
        predictions={
            split: Predictions.of(rows, predict_images(trainer.model, rows.images))
            for split, rows in splits.items()
        },
        output=predictions,
    )


def _write_history(*, losses: dict[str, list[float]], output: Path) -> None:
    with files.atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *losses])
        for epoch, values in enumerate(zip(*losses.values(), strict=True), start=1):
            writer.writerow([epoch, *(f"{value:.8g}" for value in values)])
