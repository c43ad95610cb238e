"""Program that trains ensembles under the JAX backend of Keras: ``vectorised_case.py RESULTS.npz``.

The disc of a galaxy is as bright as the galaxy is heavy, except one galaxy, whose mass is absurd.
"""

import os
import sys

import jax
import keras
import numpy as np
from keras import layers

from umbra.channels import ChannelSet
from umbra.config.networks import NetworkSettings, TrainingSettings
from umbra.dataset.reading import SplitImages
from umbra.networks import groups, runs, vectorised
from umbra.networks.fitting import Diverged, MeasuredStatistics, Trainer
from umbra.networks.inference import predict_images, rows_of
from umbra.networks.losses import gaussian_objective, point_objective
from umbra.predictions.profile_space import measure_profile_space

# Quick to compile; umbra.networks removes the variable, and JAX reads it later.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"
PIXELS, BATCH = 32, 8
RADIUS_KPC = np.geomspace(1, 100, 6)
ABSURD = 20  # row of the training images
SETTINGS = TrainingSettings(learning_rate=3e-3, batch_size=BATCH)


def split(galaxies: int, seed: int) -> SplitImages:
    """Return one image of each of some galaxies and their profiles."""
    rng = np.random.default_rng(seed)
    log10_mass = rng.uniform(11, 12, galaxies)
    y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
    light = 10 ** (log10_mass - 11)[:, None, None] * np.exp(-np.hypot(x, y) / 4)
    steps = 0.4 * (log10_mass - 10.5)[:, None] + rng.normal(0, 0.05, (galaxies, len(RADIUS_KPC)))
    inwards = np.cumsum(np.abs(steps), axis=1)[:, ::-1]
    return SplitImages(
        observables=np.ones((galaxies, 5)),
        log10_mass_dm=log10_mass[:, None] - inwards,
        galaxy=np.arange(galaxies),
        realisation=np.zeros(galaxies, dtype=int),
        distance_mpc=np.full(galaxies, 10.0),
        measured_distance_mpc=rng.uniform(5, 20, galaxies),
        radius_kpc=RADIUS_KPC,
        images=(light + rng.normal(0, 0.02, light.shape))[..., None].astype(np.float32),
    )


class Small(Trainer):
    """Trainer of a small network with the kinds of layers that the architectures have."""

    dropout = 0.3

    def build(self, seed):
        keras.utils.set_random_seed(seed)
        head = self.objective.head
        images = keras.Input((PIXELS, PIXELS, 1))
        x = self.scaling(images)
        for layer in (
            layers.Conv2D(8, 5, strides=2, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(self.dropout),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(head.units, kernel_initializer="zeros"),
            type(head).from_config(head.get_config()),
        ):
            x = layer(x)
        return keras.Model(images, x)


class WithoutDropout(Small):
    """Nothing in its networks is random while they train."""

    dropout = 0


def trainer(
    kind: type[Trainer],
    *,
    architecture="C",
    gaussian_head: bool = False,
    galaxies: int = ABSURD + 1,
    **settings,
) -> Trainer:
    """Return a trainer on the discs."""
    training, validation = split(galaxies, 0), split(12, 1)
    profiles = training.log10_mass_dm[:ABSURD]
    objective = point_objective(profiles)
    if gaussian_head:
        objective = gaussian_objective(measure_profile_space(profiles))
    training.log10_mass_dm[ABSURD:] = 1e30
    return kind(
        training=training,
        validation=validation,
        architecture=architecture,
        channel_set=ChannelSet("i", ("i",)),
        objective=objective,
        settings=SETTINGS.model_copy(update=settings),
        distance=NetworkSettings().distance_of(architecture),
    )


class Shuffled(keras.utils.PyDataset):
    """Images in an order of each epoch."""

    def __init__(self, arrays, seed):
        super().__init__()
        rng = np.random.default_rng(seed)
        self._arrays = arrays
        self._orders = [rng.permutation(len(arrays[-1])) for _ in range(100)]
        self.begin(0)

    def begin(self, epoch, logs=None):
        self._order = self._orders[epoch]

    def __len__(self):
        return -(-len(self._order) // BATCH)

    def __getitem__(self, index):
        return rows_of(self._arrays, self._order[index * BATCH : (index + 1) * BATCH])


def fit(own: Trainer, *, seed: int, rows: np.ndarray) -> dict:
    """Return the history of a member in Keras's own loop."""
    own.start(seed)
    images = Shuffled(rows_of(own.training, rows), seed)
    record = own.trunk.fit(
        images,
        validation_data=own.validation,
        epochs=own.settings.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_begin=images.begin),
            MeasuredStatistics(own.statistics, *rows_of(own.training, rows)),
            keras.callbacks.EarlyStopping(
                patience=own.settings.patience, restore_best_weights=True
            ),
        ],
    )
    return record.history


def outcomes(own: Trainer, label: str, **members) -> dict[str, np.ndarray]:
    """Return losses and predictions of members trained together, or the error of each."""
    found = {}
    for member, history in vectorised.run_together(own, **members):
        if isinstance(history, Diverged):
            found[f"{label} {member} error"] = np.array(str(history))
        else:
            found |= judged(own, f"{label} {member}", history)
    return found


def judged(own: Trainer, label: str, history: dict) -> dict[str, np.ndarray]:
    """Return losses and validation predictions as arrays."""
    rows = split(12, 1)
    physical = predict_images(own.model, rows.images, rows.measured_distance_mpc)
    return {f"{label} {name}": np.array(history[name]) for name in ("loss", "val_loss")} | {
        f"{label} predicted": physical
    }


def on_a_small_device(own: Trainer, **members) -> dict[str, np.ndarray]:
    """Return what becomes of members that do not fit together, and the sizes of their groups.

    The device has room for two thirds of them by the compiler's account, and less in fact.
    """
    train, needs, sizes = vectorised._train_group, [], []

    def memory_of(*program, **bytes_beside):
        needs.append(groups.memory_of(*program, **bytes_beside))
        return needs[-1]

    def train_group(trainer, images, program, members):
        sizes.append(len(members))
        if len(members) > 2:
            jax.numpy.zeros(2**46)  # more than any machine has
        return train(trainer, images, program, members)

    vectorised.memory_of, vectorised._train_group = memory_of, train_group
    vectorised.free_memory = lambda: needs[0].total * 0.67 / groups.SHARE_OF_FREE
    found = outcomes(own, "small device", **members)
    return found | {"small device sizes": np.array(sizes)}


def main() -> None:
    """Train; write every outcome."""
    rng = np.random.default_rng(5)
    good, short = rng.integers(0, ABSURD, 20), rng.integers(0, ABSURD, 12)
    bad = np.append(good[1:], ABSURD)
    rows = [short, good, bad]
    found = {"truth": split(12, 1).log10_mass_dm, "mean": split(ABSURD, 0).log10_mass_dm.mean(0)}
    own = trainer(Small, epochs=25, patience=25)
    found |= outcomes(own, "together", seeds=[1, 2, 3], rows=rows)
    own = trainer(WithoutDropout, epochs=30, patience=3, learning_rate=6e-3)
    found |= outcomes(own, "bare", seeds=[4, 5], rows=[good, good[::-1]])
    found |= outcomes(own, "grouped", seeds=[4, 5], rows=[good, good[::-1]], way="grouped")
    found |= judged(own, "keras", fit(own, seed=5, rows=good[::-1]))
    own = trainer(
        Trainer,
        architecture="SymmetricResNet",
        galaxies=16,
        gaussian_head=True,
        epochs=5,
        learning_rate=1.5e-3,
        schedule="cosine",
        weight_decay=0.01,
    )
    everything = np.arange(16)
    found |= outcomes(own, "symmetric", seeds=[6, 7], rows=[everything, None])
    found |= judged(own, "symmetric keras", fit(own, seed=7, rows=everything))
    weights = own.model.get_weights()
    own.start(8)
    own.model.set_weights(weights)
    rows = split(12, 1)
    found["rebuilt"] = predict_images(own.model, rows.images, rows.measured_distance_mpc)
    found["available"] = np.array(vectorised.can_train_together())
    vectorised.can_train_together = lambda: True
    found |= judged(own, "symmetric alone", runs.run_one(own, seed=7))
    own = trainer(Small, epochs=3)
    found |= on_a_small_device(own, seeds=[6, 5, 4, 3, 2], rows=[good] * 5)
    np.savez(sys.argv[1], **found)


if __name__ == "__main__":
    main()
