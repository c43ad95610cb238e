"""Training of one architecture on one channel set.

Images are scaled once, not once an epoch: the optimiser sees the part of the network behind the
image scaling, and the whole network, which shares its weights, is what is saved.
"""

import csv
import logging
import sys
from pathlib import Path

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from umbra import files, seeds
from umbra.dataset import CHANNEL_SETS, Split, read
from umbra.errors import InputError
from umbra.networks.architectures import ARCHITECTURES, build
from umbra.networks.scaling import measure_images, measure_profiles
from umbra.predictions import Predictions, write_predictions

log = logging.getLogger(__name__)

INFERENCE_BATCH = 64


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
        A key of `umbra.dataset.CHANNEL_SETS`.
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
    number = ARCHITECTURES.index(architecture) * len(CHANNEL_SETS)
    number += list(CHANNEL_SETS).index(channels)
    draws = seeds.generator(seed, seeds.Stage.TRAINING, number)
    network, losses = fit(
        training=read(dataset, channels, "train"),
        validation=read(dataset, channels, "val"),
        architecture=architecture,
        channels=channels,
        settings=settings,
        seed=int(draws.integers(2**31)),
    )
    with files.atomic(model) as temporary:
        network.save(temporary)
    _write_history(losses=losses, output=history)
    splits = {split: read(dataset, channels, split) for split in ("val", "test")}
    write_predictions(
        predictions={
            split: Predictions(
                galaxy=rows.galaxy,
                realisation=rows.realisation,
                radius_kpc=rows.radius_kpc,
                truth=rows.log10_mass_dm,
                predicted=predict(network, rows.images),
            )
            for split, rows in splits.items()
        },
        output=predictions,
    )


def fit(
    *,
    training: Split,
    validation: Split,
    architecture: str,
    channels: str,
    settings: dict,
    seed: int,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train a network on images in memory; they are scaled in place, so they are used up.

    Parameters
    ----------
    training, validation : Split
        Images to learn from, and images to stop by.
    architecture, channels, settings
        As in `train`.
    seed : int
        Of the initial weights, the order of the images and the dropout.

    Returns
    -------
    model : keras.Model
        With the weights of the best epoch.
    history : dict
        "loss" and "val_loss" of each epoch [dex^2].
    """
    keras.utils.set_random_seed(seed)
    model = build(
        architecture,
        pixels=training.images.shape[1],
        image_scaling=measure_images(images=training.images, channels=CHANNEL_SETS[channels]),
        profile_scaling=measure_profiles(log10_mass=training.log10_mass_dm),
        batch_norm_momentum=settings["batch_norm_momentum"],
    )
    scaling = model.get_layer("image_scaling")
    for split in (training, validation):
        _apply_in_place(scaling, split.images)
    trunk = keras.Model(scaling.output, model.output)
    trunk.compile(
        optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        loss=masked_mse,
        jit_compile=False,
    )
    # variables made while the training step is traced would make TensorFlow trace it twice
    trunk.optimizer.build(trunk.trainable_variables)
    record = trunk.fit(
        training.images,
        training.log10_mass_dm.astype(np.float32),
        validation_data=(validation.images, validation.log10_mass_dm.astype(np.float32)),
        batch_size=settings["batch_size"],
        validation_batch_size=INFERENCE_BATCH,
        epochs=settings["epochs"],
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.EarlyStopping(patience=settings["patience"], restore_best_weights=True),
            _Progress(name=f"{architecture} {channels}", epochs=settings["epochs"]),
        ],
        verbose=0,
    )
    if not np.isfinite(record.history["loss"]).all():
        raise InputError(
            f"Training of {architecture} on {channels} diverged; "
            f"lower networks.training.{architecture}.learning_rate."
        )
    return model, {name: record.history[name] for name in ("loss", "val_loss")}


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Predict log10 masses (N, radii) from `images` (N, pixels, pixels, channels)."""
    starts = range(0, len(images), INFERENCE_BATCH)
    parts = [model(images[start : start + INFERENCE_BATCH], training=False) for start in starts]
    return np.concatenate([ops.convert_to_numpy(part) for part in parts])


@keras.saving.register_keras_serializable(package="umbra")
def masked_mse(truth, predicted):
    """Return the mean squared error of each image over the radii whose truth is not NaN."""
    valid = ops.isfinite(truth)
    # replaced before the difference: the gradient of a discarded NaN would still be NaN
    difference = predicted - ops.where(valid, truth, ops.zeros_like(truth))
    weight = ops.cast(valid, predicted.dtype)
    count = ops.maximum(ops.sum(weight, axis=-1), 1.0)
    return ops.sum(weight * ops.square(difference), axis=-1) / count


def prepare_backend(*, threads: int) -> None:
    """Limit the threads of TensorFlow and make it repeat itself; other backends need neither."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):  # operations on the CPU repeat themselves anyway
        tf.config.experimental.enable_op_determinism()
    for limit, name in (
        (tf.config.threading.set_intra_op_parallelism_threads, "intra"),
        (tf.config.threading.set_inter_op_parallelism_threads, "inter"),
    ):
        try:
            limit(threads)
        except RuntimeError:
            log.warning("TensorFlow is running already: its %s-op threads stay as they are", name)


def _apply_in_place(scaling: keras.layers.Layer, images: np.ndarray) -> None:
    for start in range(0, len(images), INFERENCE_BATCH):
        part = slice(start, start + INFERENCE_BATCH)
        images[part] = ops.convert_to_numpy(scaling(images[part]))


def _write_history(*, losses: dict[str, list[float]], output: Path) -> None:
    with files.atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *losses])
        for epoch, values in enumerate(zip(*losses.values(), strict=True), start=1):
            writer.writerow([epoch, *(f"{value:.8g}" for value in values)])


class _Progress(keras.callbacks.Callback):
    """A bar on a terminal, a line of log every tenth of the epochs otherwise."""

    def __init__(self, *, name: str, epochs: int):
        super().__init__()
        self._name = name
        self._epochs = epochs
        self._bar = tqdm(total=epochs, desc=name, unit="epoch", disable=not sys.stderr.isatty())

    def on_epoch_end(self, epoch, logs=None):
        self._bar.update()
        if epoch % max(self._epochs // 10, 1) == 0:
            values = (self._name, epoch + 1, logs["loss"], logs["val_loss"])
            log.info("%s: epoch %d, loss %.4f, validation loss %.4f", *values)

    def on_train_end(self, logs=None):
        self._bar.close()
