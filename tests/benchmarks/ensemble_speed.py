"""CPU seconds a member of an ensemble costs, next to training one network at a time.

``python tests/benchmarks/ensemble_speed.py [--architecture B] [--members 4] [--epochs 10]``

One after the other, members share one trainer, and so one scaling of the images and one
compilation. This is compared with a new trainer for each member in the same process, and with a
process for each member. Members learn from resamples of the same made-up images. One run measures
all ways, with one thread if the backend can be limited. The programs of several members are in
``epoch_speed.py``.
"""

import argparse
import resource
import subprocess
import sys
import time

import numpy as np
from training_speed import CHANNEL_SET, SETTINGS, split

from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import Trainer
from umbra.networks.losses import point_objective

import keras  # isort: skip


def trainer(options: argparse.Namespace) -> tuple[Trainer, float]:
    """Return a trainer and the CPU seconds of making it."""
    parts = {"training": split(options.images, 0), "validation": split(options.images // 3, 1)}
    length = {"epochs": options.epochs, "patience": options.epochs}
    start = time.process_time()
    own = Trainer(
        **parts,
        architecture=options.architecture,
        channel_set=CHANNEL_SET,
        objective=point_objective(parts["training"].log10_mass_dm),
        settings=SETTINGS.model_copy(update=length | {"batch_size": options.batch_size}),
    )
    return own, time.process_time() - start


def rows(options: argparse.Namespace, member: int) -> np.ndarray:
    """Return the resample of a member."""
    return np.random.default_rng(member).integers(0, options.images, options.images)


def shared(options: argparse.Namespace) -> float:
    """Return the CPU seconds of one after the other with one compilation."""
    own, seconds = trainer(options)
    start = time.process_time()
    for member in range(options.members):
        own.run(seed=member, rows=rows(options, member))
    return seconds + time.process_time() - start


def anew(options: argparse.Namespace) -> float:
    """Return the CPU seconds of a new trainer for each member."""
    return sum(one(options, member) for member in range(options.members))


def one(options: argparse.Namespace, member: int) -> float:
    """Return the CPU seconds of one network."""
    own, seconds = trainer(options)
    start = time.process_time()
    own.run(seed=member, rows=rows(options, member))
    return seconds + time.process_time() - start


def processes(options: argparse.Namespace) -> float:
    """Return the CPU seconds of a process for each member, its imports and images included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for member in range(options.members):
        subprocess.run([sys.executable, *sys.argv, "--only", str(member)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Time every way and print its cost and its ratio to a process for each member."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architecture", default="B")
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--images", type=int, default=108)
    parser.add_argument("--batch-size", type=int, default=SETTINGS.batch_size)
    parser.add_argument("--only", type=int, help="train this member and say nothing")
    options = parser.parse_args()
    prepare_backend(threads=1)
    if options.only is not None:
        one(options, options.only)
        return
    ways = {
        "one after the other, one compilation": shared,
        "a new trainer each": anew,
        "a process each": processes,
    }
    print(f"imports {time.process_time():.1f} s, backend {keras.backend.backend()}", flush=True)
    costs = {}
    for name, way in ways.items():
        costs[name] = way(options) / options.members
        print(f"{name}: {costs[name]:.2f} CPU seconds a member", flush=True)
    for name in list(costs)[:-1]:
        print(
            f"{name}: {costs['a process each'] / costs[name]:.2f} times as fast as a process each"
        )


if __name__ == "__main__":
    main()
