"""Training of networks as one JAX program for each epoch, several networks at a time.

Every network sees its own images in its own order. A program validates after every epoch; of the
losses only those count after which the settings have a validation. A group trains until the last of
its members has met the stopping rule. Steps of a member after its own stop are discarded: its
weights of the best epoch before the stop are kept.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import keras
import numpy as np

from umbra.errors import InputError
from umbra.networks.batch_statistics import measured_rows
from umbra.networks.epochs import Images, State, Way, epoch_program, orders_of_steps
from umbra.networks.fitting import (
    Diverged,
    LossHistory,
    Trainer,
    TrainingProgress,
    has_diverged,
    validated_epochs,
    validations_of_patience,
)
from umbra.networks.groups import Program, free_memory, is_out_of_memory, memory_of, train_in_groups


def can_train_together() -> bool:
    """Return whether Keras computes with JAX, and JAX with something faster than the CPU."""
    if keras.backend.backend() != "jax":
        return False
    import jax  # imported only here: it takes a second, and occupies the memory of a GPU

    return jax.default_backend() != "cpu"


def run_together(
    trainer: Trainer,
    *,
    seeds: Sequence[int],
    rows: Sequence[np.ndarray | None],
    way: Way | None = None,
) -> Iterator[tuple[int, LossHistory | Diverged]]:
    """Train a network for each seed, as many at a time as fit; needs the JAX backend of Keras.

    The result of a member does not depend on the other members, beyond round-off.

    Parameters
    ----------
    trainer : Trainer
        Architecture, images, objective and settings.
    seeds : sequence of int
        For each member, the seed of its initial weights, order of images and dropout.
    rows : sequence of (ndarray of int or None)
        For each member, the training images to learn from, with repetitions; None for all of them,
        once.
    way : {"products", "grouped", "in turn"}, optional
        How a group is computed, see `umbra.networks.epochs`. By default several members as
        products, and one by itself as Keras computes it.

    Yields
    ------
    int, dict or Diverged
        Index of a member, and its history as `Trainer.run` returns it, while `trainer.model` has
        its weights of the best epoch; or why its training failed. Members come as soon as the last
        of their group has stopped.

    Raises
    ------
    InputError
        If one network does not fit into the memory of the device.
    """
    everything = np.arange(len(trainer.training[1]))
    rows = [everything if own is None else np.asarray(own) for own in rows]
    trainer.start(seeds[0])
    with _memory_named(trainer):
        images = _on_device(trainer)
        for size in sorted({len(own) for own in rows}):  # one program has one shape of a step
            members = [member for member, own in enumerate(rows) if len(own) == size]
            runs = [(seeds[member], rows[member]) for member in members]
            for place, (history, weights) in _train(trainer, images, runs, way):
                if has_diverged(history):
                    yield members[place], trainer.diverged()
                    continue
                for own, best in zip(_weights(trainer.trunk), weights, strict=True):
                    own.assign(best)
                yield members[place], history


# The seed of a member, and its training images.
_Run = tuple[int, np.ndarray]
# The history of a member, and its best weights in the order of `_weights`.
_Trained = tuple[LossHistory, list[np.ndarray]]


@contextmanager
def _memory_named(trainer: Trainer) -> Iterator[None]:
    """Raise InputError where the device has too little memory."""
    import jax

    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise InputError(
            f"{trainer.name} and its images do not fit into the memory of {jax.devices()[0]}: "
            f"lower networks.training.{trainer.architecture}.batch_size, or set "
            "JAX_PLATFORMS=cpu."
        ) from error


def _on_device(trainer: Trainer) -> Images:
    import jax

    return jax.device_put(Images.of(trainer))


def _train(
    trainer: Trainer, images: Images, runs: Sequence[_Run], way: Way | None
) -> Iterator[tuple[int, _Trained]]:
    """Yield the index of each run and what came of it; all runs have as many images."""

    @cache
    def prepare(members: int) -> Program:
        return _compiled(trainer, images, runs[0][1], members=members, way=way)

    def train(program: Program, members: Sequence[int]) -> list[_Trained]:
        return _train_group(trainer, images, program, [runs[member] for member in members])

    return train_in_groups(len(runs), prepare, train, name=trainer.name)


def _compiled(
    trainer: Trainer, images: Images, rows: np.ndarray, *, members: int, way: Way | None
) -> Program:
    """Return the compiled program of an epoch of so many members, each with as many images."""
    import jax

    if way is None:
        way = "products" if members > 1 else "in turn"
    orders = orders_of_steps([rows] * members, trainer.settings.batch_size)
    measured = _measured([rows] * members)
    state = jax.tree.map(
        lambda own: jax.ShapeDtypeStruct((members, *own.shape), own.dtype), _variables(trainer)
    )
    program = jax.jit(epoch_program(trainer, way), donate_argnums=0)
    compiled = program.lower(state, orders, measured, images).compile()
    sizes = [own.nbytes for own in jax.tree.leaves(images)]
    best = [own.size * own.dtype.itemsize for own in jax.tree.leaves(state[:2])]
    memory = memory_of(compiled, shared=sum(sizes), beside=sum(best))
    return Program(run=compiled, load=memory.load(free_memory()))


def _train_group(
    trainer: Trainer, images: Images, program: Program, runs: Sequence[_Run]
) -> list[_Trained]:
    """Return what came of each run."""
    import jax

    settings = trainer.settings
    start = _begin(trainer, [seed for seed, _ in runs])
    state, best = jax.device_put(start), jax.device_put(start[:2])
    keep = _keep_better()
    measured = jax.device_put(_measured([rows for _, rows in runs]))
    shuffles = [np.random.default_rng(seed) for seed, _ in runs]
    stopping = Stopping(members=len(runs), patience=validations_of_patience(settings))
    validated = set(validated_epochs(settings))
    progress = TrainingProgress(name=f"{len(runs)} {trainer.name}", epochs=settings.epochs)
    for epoch in range(settings.epochs):
        orders = [rng.permutation(rows) for rng, (_, rows) in zip(shuffles, runs, strict=True)]
        steps = orders_of_steps(orders, settings.batch_size)
        state, loss, val_loss = program.run(state, steps, measured, images)
        losses = {"loss": np.asarray(loss)}
        if epoch + 1 in validated:
            losses["val_loss"] = np.asarray(val_loss)
        best = keep(stopping.update(**losses), state[:2], best)
        progress.on_epoch_end(epoch, {name: np.median(of_all) for name, of_all in losses.items()})
        if not stopping.running.any():
            break
    progress.on_train_end()
    weights = jax.device_get([value for values in best for value in values])
    return [
        (history, [value[member] for value in weights])
        for member, history in enumerate(stopping.histories)
    ]


def _measured(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Return the training images on which each member measures its statistics."""
    return np.stack([own[measured_rows(len(own))] for own in rows]).astype(np.int32)


@cache
def _keep_better() -> Callable:
    """Return ``(improved, new, best) -> best``: new weights of the networks that improved."""
    import jax
    from jax import numpy as jnp

    def keep(improved, new, best):
        return jax.tree.map(lambda one, other: jnp.where(improved, one, other), new, best)

    return jax.jit(jax.vmap(keep), donate_argnums=2)


def _begin(trainer: Trainer, seeds: Sequence[int]) -> State:
    """Return the variables of new networks, in the host's memory."""
    import jax

    states = []
    for seed in seeds:
        trainer.start(seed)
        states.append(jax.tree.map(np.asarray, _variables(trainer)))
    return jax.tree.map(lambda *members: np.stack(members), *states)


def _variables(trainer: Trainer) -> State:
    """Return the variables of the network that the trainer has."""
    trunk = trainer.trunk
    kinds = trunk.trainable_variables, trunk.non_trainable_variables, trunk.optimizer.variables
    return tuple([own.value for own in variables] for variables in kinds)


def _weights(trunk: keras.Model) -> list[keras.Variable]:
    return [*trunk.trainable_variables, *trunk.non_trainable_variables]


class Stopping:
    """The rules of Keras's EarlyStopping and TerminateOnNaN, for many members at once.

    Parameters
    ----------
    members : int
        Number of members.
    patience : int
        Validations without a lower loss after which a member stops.

    Attributes
    ----------
    running : ndarray of bool, shape (members,)
        Whether each member has not stopped yet.
    histories : list of dict
        Of each member until it stopped, as `Trainer.run` returns it.
    """

    def __init__(self, *, members: int, patience: int):
        self.running = np.ones(members, dtype=bool)
        self.histories: list[LossHistory] = [
            {"loss": [], "val_loss": [], "validated": []} for _ in range(members)
        ]
        self._patience = patience
        self._best: np.ndarray | None = None
        self._waited = np.zeros(members, dtype=int)

    def update(self, *, loss: np.ndarray, val_loss: np.ndarray | None = None) -> np.ndarray:
        """Record the losses of an epoch.

        Parameters
        ----------
        loss : ndarray, shape (members,)
        val_loss : ndarray, shape (members,), optional
            Of an epoch that ends with a validation.

        Returns
        -------
        ndarray of bool, shape (members,)
            Whether each running member has its lowest validation loss in this epoch.
        """
        improved = np.zeros_like(self.running)
        for member in np.flatnonzero(self.running):
            self.histories[member]["loss"].append(float(loss[member]))
        if val_loss is not None:
            improved = self._validate(val_loss)
        self.running &= np.isfinite(loss)
        return improved

    def _validate(self, val_loss: np.ndarray) -> np.ndarray:
        for member in np.flatnonzero(self.running):
            history = self.histories[member]
            history["val_loss"].append(float(val_loss[member]))
            history["validated"].append(len(history["loss"]) - 1)
        improved = self.running.copy()
        if self._best is None:
            self._best = val_loss
        else:
            improved &= val_loss < self._best
        self._best = np.where(improved, val_loss, self._best)
        self._waited = np.where(improved, 0, self._waited + 1)
        self.running &= improved | (self._waited < self._patience)
        return improved
