"""An epoch of several networks as one JAX program.

The program makes all steps, measures the statistics of batch normalisation, and then the validation
loss. The images stay on the device. The program gathers those of each step there, so that nothing
but their order goes to the device, and nothing but losses comes back.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import keras
import numpy as np

from umbra.networks.convolutions import with_matrix_products
from umbra.networks.fitting import Trainer
from umbra.networks.inference import rows_of

# How a program computes its networks. products: side by side, convolutions as products of matrices;
# grouped: side by side, as grouped convolutions; in turn: one after the other.
Way = Literal["products", "grouped", "in turn"]
WAYS: tuple[Way, ...] = get_args(Way)

# Trainable, other and optimiser's variables, stacked by network.
State = tuple[list[Any], list[Any], list[Any]]


class Images(NamedTuple):
    """What all networks see.

    Attributes
    ----------
    training : tuple
        Inputs and targets (n, ...).
    validation : tuple
        Inputs and targets (batches, batch, ...), and the weight of each image (batches, batch); the
        weights add up to one, and are zero of images that fill up the last batch.
    """

    training: tuple
    validation: tuple

    @classmethod
    def of(cls, trainer: Trainer) -> "Images":
        """Return the images of a trainer, in the host's memory."""
        return cls(trainer.training, in_batches(trainer.validation, trainer.settings.batch_size))


def in_batches(arrays: tuple, size: int) -> tuple:
    """Cut inputs and targets into equal batches of at most `size` images.

    Parameters
    ----------
    arrays : tuple
        Inputs and targets (n, ...).
    size : int

    Returns
    -------
    tuple
        Inputs, targets and weights as in `Images.validation`.
    """
    number = len(arrays[-1])
    batches = -(-number // size)
    batch = -(-number // batches)
    places = np.arange(batches * batch).reshape(batches, batch)
    weight = np.where(places < number, 1 / number, 0).astype(np.float32)
    return *rows_of(arrays, np.minimum(places, number - 1)), weight


def orders_of_steps(orders: Sequence[np.ndarray], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut each network's order of images into steps.

    Parameters
    ----------
    orders : sequence of ndarray of int
        Training images of each network, as many for all.
    size : int
        Images in a step.

    Returns
    -------
    tuple of ndarray of int
        Whole steps (networks, steps, size), and the last step (networks, remainder), which may be
        empty.
    """
    orders = np.asarray(orders, dtype=np.int32)
    whole = orders.shape[1] // size * size
    return orders[:, :whole].reshape(len(orders), -1, size), orders[:, whole:]


def epoch_program(trainer: Trainer, way: Way) -> Callable:
    """Return the program of an epoch, to be compiled by `jax.jit`.

    Parameters
    ----------
    trainer : Trainer
        Its `start` has been called.
    way : {"products", "grouped", "in turn"}

    Returns
    -------
    callable
        ``(state, orders, measured, images) -> (state, loss, val_loss)`` with a `State`, what
        `orders_of_steps` returns, the training images that are measured (networks, batches, batch),
        and `Images`; losses are means over images (networks,).
    """
    import jax

    convolved = with_matrix_products if way == "products" else _as_it_is
    trunk = convolved(trainer.trunk)
    step = _step(trunk, trainer)
    measure = _measurement(trainer, convolved)
    validation_loss = _validation_loss(trunk, trainer)

    def epoch(state, orders, measured, images):
        def of_one(own):
            state, (whole, last), measured = own
            state, losses = jax.lax.scan(partial(step, images.training), state, whole)
            total = losses.sum() * whole.shape[1]
            if last.size:
                state, loss = step(images.training, state, last)
                total += loss * len(last)
            loss = total / (whole.size + last.size)
            state = measure(images.training, state, measured)
            return state, loss, validation_loss(state[:2], images.validation)

        networks = state, orders, measured
        return jax.lax.map(of_one, networks) if way == "in turn" else jax.vmap(of_one)(networks)

    return epoch


def _as_it_is(model: keras.Model) -> keras.Model:
    return model


def _step(trunk, trainer: Trainer) -> Callable:
    """Return ``(training, state, rows) -> (state, loss)``, a training step of one network."""
    import jax
    from jax import numpy as jnp

    optimizer, loss = trainer.trunk.optimizer, trainer.objective.loss

    def step(training, state, rows):
        trainable, other, moments = state
        inputs, targets = rows_of(training, rows)

        def mean_loss(trainable):
            output, updated = trunk.stateless_call(trainable, other, inputs, training=True)
            return jnp.mean(loss(targets, output)), updated

        (value, other), slope = jax.value_and_grad(mean_loss, has_aux=True)(trainable)
        trainable, moments = optimizer.stateless_apply(moments, slope, trainable)
        return (trainable, other, moments), value

    return step


def _measurement(trainer: Trainer, convolved: Callable) -> Callable:
    """Return ``(training, state, rows) -> state``: what `BatchStatistics.measure` does."""
    import jax

    trunk, statistics = trainer.trunk, trainer.statistics
    if not statistics.normalisations:
        return lambda training, state, rows: state
    model = convolved(statistics.moments)
    variables = [*trunk.trainable_variables, *trunk.non_trainable_variables]
    # `convolved` keeps the order of variables, but not the variables
    kinds = statistics.moments.trainable_variables, statistics.moments.non_trainable_variables

    def measure(training, state, rows):
        inputs, targets = training
        trainable, other, moments = state
        values = dict(zip(map(id, variables), [*trainable, *other], strict=True))
        weights = [[values[id(one)] for one in kind] for kind in kinds]
        measured = jax.lax.map(
            lambda batch: model.stateless_call(*weights, rows_of(inputs, batch), training=False)[0],
            rows,
        )
        for layer, (mean, variance) in statistics.of_measured(measured, targets[rows]):
            values |= {id(layer.moving_mean): mean, id(layer.moving_variance): variance}
        return trainable, [values[id(one)] for one in trunk.non_trainable_variables], moments

    return measure


def _validation_loss(trunk, trainer: Trainer) -> Callable:
    """Return ``(weights, validation) -> loss`` of one network."""
    import jax
    from jax import numpy as jnp

    loss = trainer.objective.loss

    def validation_loss(weights, validation):
        def batch_loss(total, batch):
            inputs, targets, weight = batch
            output, _ = trunk.stateless_call(*weights, inputs, training=False)
            # an infinite loss of an image that only fills up would make the sum NaN
            losses = jnp.where(weight > 0, weight * loss(targets, output), 0)
            return total + jnp.sum(losses), None

        return jax.lax.scan(batch_loss, jnp.float32(0), validation)[0]

    return validation_loss
