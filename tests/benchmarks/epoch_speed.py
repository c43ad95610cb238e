"""Seconds of an epoch in Keras's own loop and as one JAX program, for one network and for many.

``KERAS_BACKEND=jax python tests/benchmarks/epoch_speed.py [--architecture B] [--members 1 4 25]
[--ways products grouped "in turn"] [--images 1440] [--batch-size 32] [--epochs 4]``

Keras's loop trains one network after the other, so that it is the measure of all others. One run
measures all ways, on the same made-up images. The first epoch of each, with the compilation, does
not count. Seconds are of the clock on an accelerator, of the CPU without one.
"""

import argparse
import statistics
import time
from functools import partial

import jax
from ensemble_speed import rows, trainer

from umbra.networks.epochs import WAYS
from umbra.networks.fitting import TrainingProgress
from umbra.networks.vectorised import run_together


class Epochs:
    """When the epochs of all trainings ended, in turns of increasing epochs."""

    def __init__(self):
        on_cpu = jax.default_backend() == "cpu"
        self.clock = time.process_time if on_cpu else time.perf_counter
        self.turns = []
        show = TrainingProgress.on_epoch_end

        def on_epoch_end(progress, epoch, logs=None):
            if epoch == 0:
                self.turns.append([])
            self.turns[-1].append(self.clock())
            show(progress, epoch, logs)

        TrainingProgress.on_epoch_end = on_epoch_end

    def cost(self, train, members: int) -> tuple[float, int]:
        """Return the seconds of an epoch of a member, and the number of groups."""
        self.turns.clear()
        train()
        epochs = [
            statistics.median(b - a for a, b in zip(ends, ends[1:], strict=False))
            for ends in self.turns
        ]
        return sum(epochs) / members, len(epochs)


def main() -> None:
    """Time Keras's loop, then every number of members in every way, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architecture", default="B")
    parser.add_argument("--members", type=int, nargs="+", default=[1, 4, 25])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--images", type=int, default=1440)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    own, _ = trainer(options)
    epochs = Epochs()
    print(f"{options.architecture}, {options.images} images, on {jax.devices()[0]}")
    of_keras, _ = epochs.cost(partial(own.run, seed=0, rows=rows(options, 0)), 1)
    print(f"Keras's loop: {of_keras:.3f} s an epoch", flush=True)
    for members in options.members:
        draws = [rows(options, member) for member in range(members)]
        for way in options.ways:
            runs = run_together(own, seeds=range(members), rows=draws, way=way)
            seconds, groups = epochs.cost(partial(list, runs), members)
            print(
                f"{members} members, {way}, {groups} groups: {seconds:.3f} s an epoch of a member, "
                f"{of_keras / seconds:.2f} times as fast",
                flush=True,
            )


if __name__ == "__main__":
    main()
