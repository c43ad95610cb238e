"""Training of networks that share their images and one compilation.

Images are scaled once, and not again in every epoch: the optimiser trains the part of the network
behind the image scaling. The saved network is the whole one, which shares the weights of that part.
"""

import logging
import math
import sys

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from umbra.channels import ChannelSet
from umbra.config.networks import Architecture, Distance, TrainingSettings
from umbra.dataset.reading import SplitImages
from umbra.errors import InputError
from umbra.networks.architectures import SYMMETRIC, build_network
from umbra.networks.batch_statistics import BatchStatistics
from umbra.networks.batches import batches_of
from umbra.networks.inference import (
    INFERENCE_BATCH,
    behind_scaling,
    predict,
    rows_of,
    scale_in_place,
    with_distance,
)
from umbra.networks.losses import Objective
from umbra.networks.scaling import measure_distance_scaling, measure_image_scaling
from umbra.networks.schedules import WarmedCosine

logger = logging.getLogger(__name__)

# Share of the steps in which a cosine schedule rises to the learning rate.
WARMUP = 0.05

# "loss" of each epoch, "val_loss" of those that were validated, and "validated", their indices
LossHistory = dict[str, list]


class Diverged(InputError):
    """A loss became NaN or infinite."""


def validated_epochs(settings: TrainingSettings) -> list[int]:
    """Return the epochs that end with a validation, counted from 1."""
    regular = range(settings.validation_interval, settings.epochs, settings.validation_interval)
    return [*regular, settings.epochs]


def validations_of_patience(settings: TrainingSettings) -> int:
    """Return the number of validations without a lower loss after which training stops."""
    return math.ceil(settings.patience / settings.validation_interval)


def best_validation(history: LossHistory) -> int:
    """Return the index of the validation whose weights are kept, as Keras's EarlyStopping does it.

    It is that of the lowest validation loss that is not NaN. If the first validation loss is NaN,
    it is the first, because no comparison with NaN is true.
    """
    val_loss = np.asarray(history["val_loss"])
    return 0 if np.isnan(val_loss[0]) else int(np.nanargmin(val_loss))


def best_losses(history: LossHistory) -> dict[str, float]:
    """Return "loss" and "val_loss" of the epoch whose weights are kept."""
    best = best_validation(history)
    epoch = history["validated"][best]
    return {"loss": history["loss"][epoch], "val_loss": history["val_loss"][best]}


def has_diverged(history: LossHistory) -> bool:
    """Return whether a training loss, or the validation loss of the best epoch, is not finite."""
    if not history["val_loss"]:  # only a loss that is not finite stops training before the first
        return True
    return not np.isfinite([*history["loss"], best_losses(history)["val_loss"]]).all()


class Trainer:
    """An architecture and the images that it is trained on; every run starts from new weights.

    Parameters
    ----------
    training, validation : SplitImages
        Images to learn from, and images that decide when to stop. They are scaled in place, so
        that they are no longer in physical units.
    architecture : str
        One of `umbra.networks.architectures.ARCHITECTURES`.
    channel_set : ChannelSet
        Channels of the images.
    objective : Objective
        Last layer and loss.
    settings : TrainingSettings
    distance : {"none", "measured"}
        Whether the network takes the measured distance, as `NetworkSettings.distance_of` has it.

    Attributes
    ----------
    name : str
        Architecture and channel set, for messages.
    model : keras.Model
        The whole network, once a run has begun.
    trunk : keras.Model
        The same weights behind the image scaling, with their optimiser.
    statistics : BatchStatistics
        Of the trunk.
    training, validation : tuple
        Inputs of the trunk, which are the scaled images or these and the distances, and targets.
    """

    def __init__(
        self,
        *,
        training: SplitImages,
        validation: SplitImages,
        architecture: Architecture,
        channel_set: ChannelSet,
        objective: Objective,
        settings: TrainingSettings,
        distance: Distance = "none",
    ):
        self.architecture = architecture
        self.name = f"{architecture} {channel_set.name}"
        self.objective = objective
        self.settings = settings
        self.scaling = measure_image_scaling(
            images=training.images,
            channels=channel_set.channels,
            keep_masked=architecture in SYMMETRIC,
        )
        self._pixels = training.images.shape[1]
        self.distance_scaling = None
        if distance == "measured":
            self.distance_scaling = measure_distance_scaling(training.measured_distance_mpc)
        self.model: keras.Model | None = None
        self.trunk: keras.Model | None = None
        self.statistics: BatchStatistics | None = None
        self.training = self.inputs(training), self._targets(training)
        self.validation = self.inputs(validation), self._targets(validation)

    def inputs(self, split: SplitImages) -> np.ndarray | list[np.ndarray]:
        """Return the inputs of the trunk; the images are scaled from physical units, in place."""
        images = scale_in_place(self.scaling, split.images)
        if self.distance_scaling is None:
            return images
        return with_distance(images, split.measured_distance_mpc)

    def build(self, seed: int) -> keras.Model:
        """Return a new network whose initial weights are drawn with `seed`."""
        keras.utils.set_random_seed(seed)
        head = self.objective.head  # it may have weights, and no two networks share them
        return build_network(
            self.architecture,
            pixels=self._pixels,
            image_scaling=self.scaling,
            head=type(head).from_config(head.get_config()),
            distance_scaling=self.distance_scaling,
        )

    def start(self, seed: int) -> None:
        """Set `model` and its optimiser to the state of a new network; the first call compiles."""
        fresh = self.build(seed)
        if self.model is not None:
            for own, new in zip(self.model.variables, fresh.variables, strict=True):
                own.assign(new)
            for own, new in zip(self.trunk.optimizer.variables, self._first, strict=True):
                own.assign(new)
            return
        self.model = fresh
        self.trunk = behind_scaling(fresh)
        self.statistics = BatchStatistics(self.trunk, self.objective.loss)
        self.trunk.compile(
            optimizer=keras.optimizers.Adam(
                self._learning_rate(), weight_decay=self.settings.weight_decay or None
            ),
            loss=self.objective.loss,
            # JAX would run layer by layer without; TensorFlow on CPU is slower with it
            jit_compile=keras.backend.backend() == "jax",
        )
        # variables made while the training step is traced would make TensorFlow trace it twice
        self.trunk.optimizer.build(self.trunk.trainable_variables)
        self._first = [ops.convert_to_numpy(own) for own in self.trunk.optimizer.variables]

    def _learning_rate(self) -> float | keras.optimizers.schedules.LearningRateSchedule:
        """Return the learning rate, or how it varies from step to step."""
        settings = self.settings
        if settings.schedule == "constant":
            return settings.learning_rate
        steps = settings.epochs * math.ceil(len(self.training[1]) / settings.batch_size)
        warmup = math.ceil(WARMUP * steps)
        return WarmedCosine(
            peak=settings.learning_rate,
            warmup_steps=warmup,
            decay_steps=max(steps - warmup, 1),
        )

    def run(self, *, seed: int, rows: np.ndarray | None = None) -> LossHistory:
        """Train from new weights; `model` then has the weights of the best epoch.

        Parameters
        ----------
        seed : int
            Decides the initial weights, the order of the images and the dropout. The result does
            not depend on earlier runs.
        rows : ndarray of int, optional
            Training images to learn from, with repetitions; by default all of them, once.

        Returns
        -------
        dict
            "loss" of each epoch, "val_loss" of those that were validated, and "validated", their
            indices.

        Raises
        ------
        Diverged
            If the loss, or the validation loss of the best epoch, is NaN or infinite.
        """
        self.start(seed)
        inputs, targets = self.training if rows is None else rows_of(self.training, rows)
        record = self.trunk.fit(
            batches_of((inputs, targets), size=self.settings.batch_size, order_seed=seed),
            shuffle=False,  # the batches are shuffled already
            validation_data=batches_of(self.validation, size=INFERENCE_BATCH),
            validation_freq=validated_epochs(self.settings),
            epochs=self.settings.epochs,
            callbacks=[
                MeasuredStatistics(self.statistics, inputs, targets),
                keras.callbacks.TerminateOnNaN(),
                StopAtValidations(
                    patience=validations_of_patience(self.settings), restore_best_weights=True
                ),
                TrainingProgress(name=self.name, epochs=self.settings.epochs),
            ],
            verbose=0,
        )
        loss, val_loss = record.history["loss"], record.history.get("val_loss", [])
        validated = [epoch - 1 for epoch in validated_epochs(self.settings)[: len(val_loss)]]
        history = {"loss": loss, "val_loss": val_loss, "validated": validated}
        if has_diverged(history):
            raise self.diverged()
        return history

    def diverged(self) -> Diverged:
        """Return the error of a run whose loss became NaN or infinite."""
        return Diverged(
            f"Training of {self.name} diverged; lower "
            f"networks.training.{self.architecture}.learning_rate."
        )

    def predict(self, inputs: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """Return the output of the network for what `inputs` returns."""
        return predict(self.trunk, inputs)

    def _targets(self, split: SplitImages) -> np.ndarray:
        return self.objective.targets(split.log10_mass_dm).astype(np.float32)


class MeasuredStatistics(keras.callbacks.Callback):
    """Measure the statistics of batch normalisation before each validation."""

    def __init__(
        self,
        statistics: BatchStatistics,
        inputs: np.ndarray | list[np.ndarray],
        targets: np.ndarray,
    ):
        super().__init__()
        self._statistics, self._training = statistics, (inputs, targets)

    def on_test_begin(self, logs=None):
        """Measure them on the training images."""
        self._statistics.measure(*self._training)


class StopAtValidations(keras.callbacks.EarlyStopping):
    """Early stopping that counts validations and not epochs."""

    def on_epoch_end(self, epoch, logs=None):
        """Look at the validation loss, if there is one."""
        if "val_loss" in logs:
            super().on_epoch_end(epoch, logs)


class TrainingProgress(keras.callbacks.Callback):
    """A progress bar on a terminal, and a line in the log for some ten of the validations."""

    def __init__(self, *, name: str, epochs: int):
        super().__init__()
        self._name = name
        self._every = max(epochs // 10, 1)
        self._next = 0
        self._bar = tqdm(total=epochs, desc=name, unit="epoch", disable=not sys.stderr.isatty())

    def on_epoch_end(self, epoch, logs=None):
        """Show the losses."""
        self._bar.update()
        if "val_loss" in logs and epoch >= self._next:
            self._next = epoch + self._every
            values = (self._name, epoch + 1, logs["loss"], logs["val_loss"])
            logger.info("%s: epoch %d, loss %.4f, validation loss %.4f", *values)

    def on_train_end(self, logs=None):
        """Close the bar."""
        self._bar.close()
