"""Training of networks that share their images and one compilation.

Images are scaled once, not once an epoch: the optimiser sees the part of the network behind the
image scaling, and the whole network, which shares its weights, is what is saved.
"""

import logging
import sys

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.dataset.reading import SplitImages
from umbra.errors import InputError
from umbra.networks.architectures import build_network
from umbra.networks.losses import Objective
from umbra.networks.scaling import measure_images

log = logging.getLogger(__name__)

INFERENCE_BATCH = 64


class Diverged(InputError):
    """A loss became NaN or infinite."""


def best_epoch(history: dict[str, list[float]]) -> int:
    """Return the epoch whose weights are kept, as Keras's EarlyStopping does.

    That is the one with the lowest validation loss, whatever epochs have none; but if the first
    has none, nothing is ever lower than it.
    """
    val_loss = np.asarray(history["val_loss"])
    return 0 if np.isnan(val_loss[0]) else int(np.nanargmin(val_loss))


def has_diverged(history: dict[str, list[float]]) -> bool:
    """Say whether a training loss, or the validation loss of the best epoch, is not finite."""
    val_loss = history["val_loss"][best_epoch(history)]
    return not (np.isfinite(history["loss"]).all() and np.isfinite(val_loss))


class Trainer:
    """An architecture and the images it learns from; every run starts it anew.

    Parameters
    ----------
    training, validation : Split
        Images to learn from, and images to stop by. They are scaled in place, so they are used up.
    architecture : {"A", "B", "C", "ResNet50"}
    channels : str
        A key of `umbra.channels.PAPER_CHANNEL_SETS`.
    objective : Objective
        What the network says and how it is judged.
    settings : dict
        learning_rate, batch_size, epochs, patience, batch_norm_momentum.

    Attributes
    ----------
    model : keras.Model
        The whole network, once a run has begun.
    trunk : keras.Model
        The same weights behind the image scaling, with their optimiser.
    training, validation : tuple of ndarray
        Scaled images and targets.
    """

    def __init__(
        self,
        *,
        training: SplitImages,
        validation: SplitImages,
        architecture: str,
        channels: str,
        objective: Objective,
        settings: dict,
    ):
        self.architecture = architecture
        self.channels = channels
        self.objective = objective
        self.settings = settings
        self.scaling = measure_images(images=training.images, channels=PAPER_CHANNEL_SETS[channels])
        self.training = self.scaled(training.images), self._targets(training)
        self.validation = self.scaled(validation.images), self._targets(validation)
        self.model: keras.Model | None = None
        self.trunk: keras.Model | None = None

    def scaled(self, images: np.ndarray) -> np.ndarray:
        """Return `images` (N, pixels, pixels, channels), scaled in place."""
        for start in range(0, len(images), INFERENCE_BATCH):
            part = slice(start, start + INFERENCE_BATCH)
            images[part] = ops.convert_to_numpy(self.scaling(images[part]))
        return images

    def build(self, seed: int) -> keras.Model:
        """Return a network of its own, with the initial weights of `seed`."""
        keras.utils.set_random_seed(seed)
        return build_network(
            self.architecture,
            pixels=self.training[0].shape[1],
            image_scaling=self.scaling,
            head=self.objective.head,
            batch_norm_momentum=self.settings["batch_norm_momentum"],
        )

    def start(self, seed: int) -> None:
        """Take the state of a network that `build` makes, compiling the first time."""
        fresh = self.build(seed)
        if self.model is not None:
            for own, new in zip(self.model.variables, fresh.variables, strict=True):
                own.assign(new)
            for own, new in zip(self.trunk.optimizer.variables, self._first, strict=True):
                own.assign(new)
            return
        self.model = fresh
        self.trunk = keras.Model(fresh.get_layer("image_scaling").output, fresh.output)
        self.trunk.compile(
            optimizer=keras.optimizers.Adam(self.settings["learning_rate"]),
            loss=self.objective.loss,
            jit_compile=keras.backend.backend() == "jax",  # which runs layer by layer without
        )
        # variables made while the training step is traced would make TensorFlow trace it twice
        self.trunk.optimizer.build(self.trunk.trainable_variables)
        self._first = [ops.convert_to_numpy(own) for own in self.trunk.optimizer.variables]

    def run(self, *, seed: int, rows: np.ndarray | None = None) -> dict[str, list[float]]:
        """Train from new weights; `model` then holds those of the best epoch.

        Parameters
        ----------
        seed : int
            Of the initial weights, the order of the images and the dropout. Nothing else decides
            the result: not the runs before.
        rows : ndarray of int, optional
            Training images to learn from, with repetitions; all of them, once, by default.

        Returns
        -------
        dict
            "loss" and "val_loss" of each epoch.

        Raises
        ------
        Diverged
            If the loss becomes NaN or infinite, or the validation loss of the best epoch is.
        """
        self.start(seed)
        images, targets = self.training if rows is None else (part[rows] for part in self.training)
        name = f"{self.architecture} {self.channels}"
        record = self.trunk.fit(
            images,
            targets,
            validation_data=self.validation,
            batch_size=self.settings["batch_size"],
            validation_batch_size=INFERENCE_BATCH,
            epochs=self.settings["epochs"],
            callbacks=[
                keras.callbacks.TerminateOnNaN(),
                keras.callbacks.EarlyStopping(
                    patience=self.settings["patience"], restore_best_weights=True
                ),
                TrainingProgress(name=name, epochs=self.settings["epochs"]),
            ],
            verbose=0,
        )
        if has_diverged(record.history):
            raise self.diverged()
        return {name: record.history[name] for name in ("loss", "val_loss")}

    def diverged(self) -> Diverged:
        """Return the error of a run whose loss became NaN or infinite."""
        return Diverged(
            f"Training of {self.architecture} {self.channels} diverged; lower "
            f"networks.training.{self.architecture}.learning_rate."
        )

    def predict_scaled(self, images: np.ndarray) -> np.ndarray:
        """Return what the network says of images that `scaled` returned."""
        return predict_images(self.trunk, images)

    def _targets(self, split: SplitImages) -> np.ndarray:
        return self.objective.targets(split.log10_mass_dm).astype(np.float32)


def predict_images(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return what `model` says of `images` (N, pixels, pixels, channels)."""
    starts = range(0, len(images), INFERENCE_BATCH)
    parts = [model(images[start : start + INFERENCE_BATCH], training=False) for start in starts]
    return np.concatenate([ops.convert_to_numpy(part) for part in parts])


class TrainingProgress(keras.callbacks.Callback):
    """A bar on a terminal, a line of log every tenth of the epochs otherwise."""

    def __init__(self, *, name: str, epochs: int):
        super().__init__()
        self._name = name
        self._epochs = epochs
        self._bar = tqdm(total=epochs, desc=name, unit="epoch", disable=not sys.stderr.isatty())

    def on_epoch_end(self, epoch, logs=None):
        """Show the losses."""
        self._bar.update()
        if epoch % max(self._epochs // 10, 1) == 0:
            values = (self._name, epoch + 1, logs["loss"], logs["val_loss"])
            log.info("%s: epoch %d, loss %.4f, validation loss %.4f", *values)

    def on_train_end(self, logs=None):
        """Close the bar."""
        self._bar.close()
