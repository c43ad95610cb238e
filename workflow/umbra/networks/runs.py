"""Runs of a trainer: as one program on an accelerator under JAX, by Keras's own loop elsewhere."""

from collections.abc import Iterator, Sequence

import numpy as np

from umbra.networks import vectorised
from umbra.networks.fitting import Diverged, LossHistory, Trainer


def run_each(
    trainer: Trainer, *, seeds: Sequence[int], rows: Sequence[np.ndarray | None]
) -> Iterator[tuple[int, LossHistory | Diverged]]:
    """Train a network for each seed.

    Parameters
    ----------
    trainer, seeds, rows
        As in `umbra.networks.vectorised.run_together`.

    Yields
    ------
    int, dict or Diverged
        As from `umbra.networks.vectorised.run_together`.
    """
    if vectorised.can_train_together():
        yield from vectorised.run_together(trainer, seeds=seeds, rows=rows)
        return
    for member, (seed, own) in enumerate(zip(seeds, rows, strict=True)):
        try:
            yield member, trainer.run(seed=seed, rows=own)
        except Diverged as failure:
            yield member, failure


def run_one(trainer: Trainer, *, seed: int) -> LossHistory:
    """Train one network on all training images; `trainer.model` then has its best weights.

    Parameters
    ----------
    trainer : Trainer
    seed : int
        Of its initial weights, order of images and dropout.

    Returns
    -------
    dict
        As `Trainer.run` returns it.

    Raises
    ------
    Diverged
        If a loss became NaN or infinite.
    """
    ((_, found),) = run_each(trainer, seeds=[seed], rows=[None])
    if isinstance(found, Diverged):
        raise found
    return found
