"""Training of all members of an ensemble at once, as one JAX program over stacked weights.

Every member sees its own images in its own order. The program trains all members until the last
one has met the stopping rule. Steps of a member after its own stop are discarded: its weights of
the best epoch before the stop are kept.
"""

from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np

from umbra.networks.batch_statistics import measured_rows, of_all_batches
from umbra.networks.fitting import (
    Diverged,
    LossHistory,
    Trainer,
    TrainingProgress,
    has_diverged,
)
from umbra.networks.inference import INFERENCE_BATCH, rows_of


def can_train_together() -> bool:
    """Return whether Keras computes with JAX, and JAX with something faster than the CPU."""
    if keras.backend.backend() != "jax":
        return False
    import jax  # imported only here: it takes a second, and occupies the memory of a GPU

    return jax.default_backend() != "cpu"


def run_together(
    trainer: Trainer, *, seeds: Sequence[int], rows: Sequence[np.ndarray | None]
) -> Iterator[LossHistory | Diverged]:
    """Train a network for each seed, all at once; needs the JAX backend of Keras.

    The result of a member does not depend on the other members, beyond round-off. Weights,
    optimisers and activations of all members are in memory at the same time.

    Parameters
    ----------
    trainer : Trainer
        Architecture, images, objective and settings.
    seeds : sequence of int
        For each member, the seed of its initial weights, order of images and dropout.
    rows : sequence of (ndarray of int or None)
        For each member, the training images to learn from, with repetitions; None for all of them,
        once.

    Yields
    ------
    dict or Diverged
        For each member in order, "loss" and "val_loss" of each epoch, while `trainer.model` has its
        weights of the best epoch; or why its training failed.
    """
    everything = np.arange(len(trainer.training[1]))
    rows = [everything if own is None else np.asarray(own) for own in rows]
    results = {}
    for size in sorted({len(own) for own in rows}):  # one program has one shape of a batch
        members = [member for member, own in enumerate(rows) if len(own) == size]
        trained = _train(trainer, [seeds[one] for one in members], [rows[one] for one in members])
        results |= dict(zip(members, trained, strict=True))
    for member in range(len(rows)):
        history, weights = results[member]
        if has_diverged(history, start=trainer.first_judged):
            yield trainer.diverged()
            continue
        for own, best in zip(_weights(trainer.trunk), weights, strict=True):
            own.assign(best)
        yield history


def _train(
    trainer: Trainer, seeds: Sequence[int], rows: Sequence[np.ndarray]
) -> list[tuple[LossHistory, list[np.ndarray]]]:
    """Return each member's history and its best weights, in the order of `_weights`."""
    import jax

    settings = trainer.settings
    state = _begin(trainer, seeds)
    step, measure, batch_loss, keep = _programs(trainer)
    measured = np.stack([own[measured_rows(len(own))] for own in rows])
    inputs, targets = jax.device_put(trainer.training)
    validation = jax.device_put(_batches(trainer.validation, INFERENCE_BATCH))
    shuffles = [np.random.default_rng(seed) for seed in seeds]
    stopping = Stopping(members=len(seeds), patience=settings.patience, start=trainer.first_judged)
    progress = TrainingProgress(name=f"{len(seeds)} {trainer.name}", epochs=settings.epochs)
    best = state[:2]
    for epoch in range(settings.epochs):
        order = [rng.permutation(own) for rng, own in zip(shuffles, rows, strict=True)]
        batches = [batch for (batch,) in _batches([np.transpose(order)], settings.batch_size)]
        losses = []
        for batch in batches:
            state, loss = step(state, batch, inputs, targets)
            losses.append(loss)
        state = measure(state, measured, inputs)
        loss = _mean(losses, batches)
        val_loss = _mean(
            [batch_loss(state[:2], *batch) for batch in validation],
            [targets for _, targets in validation],
        )
        best = keep(stopping.update(loss=loss, val_loss=val_loss), state[:2], best)
        progress.on_epoch_end(epoch, {"loss": np.median(loss), "val_loss": np.median(val_loss)})
        if not stopping.running.any():
            break
    progress.on_train_end()
    weights = jax.device_get([value for values in best for value in values])
    return [
        (history, [value[member] for value in weights])
        for member, history in enumerate(stopping.histories)
    ]


def _begin(trainer: Trainer, seeds: Sequence[int]) -> tuple[list[np.ndarray], ...]:
    """Return the trainable, other and optimiser's variables of new networks, stacked by member."""
    import jax

    states = []
    for seed in seeds:
        trainer.start(seed)
        trunk = trainer.trunk
        kinds = trunk.trainable_variables, trunk.non_trainable_variables, trunk.optimizer.variables
        states.append(
            tuple([keras.ops.convert_to_numpy(own) for own in variables] for variables in kinds)
        )
    return jax.tree.map(lambda *members: np.stack(members), *states)


def _weights(trunk: keras.Model) -> list[keras.Variable]:
    return [*trunk.trainable_variables, *trunk.non_trainable_variables]


def _programs(trainer: Trainer) -> tuple[Callable, Callable, Callable, Callable]:
    """Return compiled programs for all members: step, statistics, loss, best weights."""
    import jax
    from jax import numpy as jnp

    trunk, loss = trainer.trunk, trainer.objective.loss

    def step(state, rows, inputs, targets):
        trainable, other, optimizer = state

        def mean_loss(trainable):
            batch = rows_of(inputs, rows)
            output, updated = trunk.stateless_call(trainable, other, batch, training=True)
            return jnp.mean(loss(targets[rows], output)), updated

        (value, other), slope = jax.value_and_grad(mean_loss, has_aux=True)(trainable)
        trainable, optimizer = trunk.optimizer.stateless_apply(optimizer, slope, trainable)
        return (trainable, other, optimizer), value

    def measure(state, rows, inputs):
        trainable, other, optimizer = state
        return trainable, _measured(trainer, trainable, other, rows, inputs), optimizer

    def batch_loss(weights, inputs, targets):
        output, _ = trunk.stateless_call(*weights, inputs, training=False)
        return jnp.mean(loss(targets, output))

    def keep(improved, new, best):
        return jax.tree.map(lambda one, other: jnp.where(improved, one, other), new, best)

    vectorised = (
        jax.vmap(step, in_axes=(0, 1, None, None)),
        jax.vmap(measure, in_axes=(0, 0, None)),
        jax.vmap(batch_loss, in_axes=(0, None, None)),
        jax.vmap(keep),
    )
    return tuple(jax.jit(program) for program in vectorised)


def _measured(trainer: Trainer, trainable: list, other: list, rows, inputs) -> list:
    """Return the other variables with the statistics that `BatchStatistics.measure` sets."""
    import jax

    trunk, statistics = trainer.trunk, trainer.statistics
    if not statistics.normalisations:
        return other
    variables = [*trunk.trainable_variables, *trunk.non_trainable_variables]
    values = {id(one): value for one, value in zip(variables, [*trainable, *other], strict=True)}
    model = statistics.moments
    kinds = model.trainable_variables, model.non_trainable_variables
    weights = [[values[id(one)] for one in kind] for kind in kinds]

    def moments(batch):
        return model.stateless_call(*weights, rows_of(inputs, batch), training=False)[0]

    measured = jax.lax.map(moments, rows)
    pairs = zip(measured[::2], measured[1::2], strict=True)
    for layer, (means, variances) in zip(statistics.normalisations, pairs, strict=True):
        mean, variance = of_all_batches(means, variances)
        values |= {id(layer.moving_mean): mean, id(layer.moving_variance): variance}
    return [values[id(one)] for one in trunk.non_trainable_variables]


class Stopping:
    """The rules of Keras's EarlyStopping and TerminateOnNaN, for many members at once.

    Parameters
    ----------
    members : int
        Number of members.
    patience : int
        Epochs without a lower validation loss after which a member stops.
    start : int
        Epoch from which on the lowest validation loss is sought.

    Attributes
    ----------
    running : ndarray of bool, shape (members,)
        Whether each member has not stopped yet.
    histories : list of dict
        "loss" and "val_loss" of each member in each epoch until it stopped.
    """

    def __init__(self, *, members: int, patience: int, start: int = 0):
        self.running = np.ones(members, dtype=bool)
        self.histories: list[LossHistory] = [{"loss": [], "val_loss": []} for _ in range(members)]
        self._patience = patience
        self._unjudged = start
        self._best = np.full(members, np.nan)
        self._waited = np.zeros(members, dtype=int)

    def update(self, *, loss: np.ndarray, val_loss: np.ndarray) -> np.ndarray:
        """Record the losses of an epoch.

        Parameters
        ----------
        loss, val_loss : ndarray, shape (members,)

        Returns
        -------
        ndarray of bool, shape (members,)
            Whether each running member has its lowest validation loss in this epoch, or is not
            judged yet.
        """
        for member in np.flatnonzero(self.running):
            self.histories[member]["loss"].append(float(loss[member]))
            self.histories[member]["val_loss"].append(float(val_loss[member]))
        improved = self.running.copy()
        if self._unjudged >= 0:
            self._best, self._unjudged = val_loss, self._unjudged - 1
        else:
            improved &= val_loss < self._best
        self._best = np.where(improved, val_loss, self._best)
        self._waited = np.where(improved, 0, self._waited + 1)
        self.running &= np.isfinite(loss) & (improved | (self._waited < self._patience))
        return improved


def _batches(arrays: Sequence, size: int) -> list:
    """Cut arrays, or lists of them, into batches along their first axis."""
    starts = range(0, len(arrays[-1]), size)
    return [rows_of(arrays, slice(start, start + size)) for start in starts]


def _mean(losses: Sequence, batches: Sequence) -> np.ndarray:
    """Return the mean over images of the losses (members,) of batches."""
    return np.average([np.asarray(loss) for loss in losses], axis=0, weights=[*map(len, batches)])
