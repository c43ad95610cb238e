"""What a network predicts with running averages in batch normalisation, and with measured ones.

``python tests/benchmarks/batch_statistics.py DATASET B/v B/hi --learning-rate 1e-4 --epochs 100``
trains each ARCHITECTURE/CHANNEL_SET once, on all galaxies but those of the test split, and predicts
these with the averages, with measured statistics, and with these and the spread of the predictions
set, as a run does. Prints the loss of the last epoch as an error, delta_mse of the predictions,
averaged over the radii, and their spread, the standard deviation over the images. All in dex.
"""

import argparse
from pathlib import Path

import numpy as np
from network_folds import joined

import umbra.networks  # noqa: F401
from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet
from umbra.config.networks import TrainingSettings
from umbra.dataset.reading import read_split
from umbra.networks.backend import prepare_backend
from umbra.networks.batch_statistics import BatchStatistics
from umbra.networks.batches import batches_of
from umbra.networks.fitting import Trainer
from umbra.networks.losses import point_objective


def compare(dataset: Path, name: str, settings: TrainingSettings) -> None:
    """Train one network and print a line."""
    architecture, set_name = name.split("/")
    channels = ChannelSet(set_name, PAPER_CHANNEL_SETS[set_name])
    training, validation, test = (
        read_split(dataset, channels.channels, split) for split in ("train", "val", "test")
    )
    training = joined([training, validation])
    trainer = Trainer(
        training=training,
        validation=validation,
        architecture=architecture,
        channel_set=channels,
        objective=point_objective(training.log10_mass_dm),
        settings=settings,
    )
    trainer.start(1)
    images, truth = trainer.inputs(test), test.log10_mass_dm

    def judged(predicted: np.ndarray) -> str:
        error = np.sqrt(np.nanmean((predicted - truth) ** 2, axis=0)).mean()
        return f"{error:.3f} {predicted.std(axis=0).mean():.3f}"

    batches = batches_of(trainer.training, size=settings.batch_size, order_seed=1)
    record = trainer.trunk.fit(batches, shuffle=False, epochs=settings.epochs, verbose=0)
    averages = judged(trainer.predict(images))
    BatchStatistics(trainer.trunk).measure(trainer.training[0])
    measured = judged(trainer.predict(images))
    trainer.statistics.measure(*trainer.training)
    loss = record.history["loss"][-1] ** 0.5
    mean = np.broadcast_to(np.nanmean(training.log10_mass_dm, axis=0), truth.shape)
    print(
        f"{name:20} in training {loss:.3f}  running averages {averages}  measured {measured}"
        f"  with the spread set {judged(trainer.predict(images))}  mean profile {judged(mean)}",
        flush=True,
    )


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=32)
    options = parser.parse_args()
    prepare_backend(threads=1)
    settings = TrainingSettings(
        learning_rate=options.learning_rate, epochs=options.epochs, batch_size=options.batch_size
    )
    for name in options.networks:
        compare(options.dataset, name, settings)


if __name__ == "__main__":
    main()
