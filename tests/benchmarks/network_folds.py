"""Errors of networks and baselines on all galaxies of a run, in folds by galaxy.

``python tests/benchmarks/network_folds.py DATASET [--networks B/urz_hi SymmetricResNet/hi ...]``
trains each network five times with the settings of config/config.yaml, each time without a fifth
of the galaxies, and predicts these. A run's own test split has a fifth of the galaxies: too few of
sixty to tell networks apart. Prints delta_mse, averaged over the radii, and its error, a standard
deviation over resamples of the galaxies. The best epoch is not chosen: the last weights are kept,
because every galaxy is either learnt from or predicted. With ``--gaussian``, networks also learn a
covariance, as the members of a Gaussian ensemble do; their means are judged. ``--training`` changes
settings of all networks, as in ``--training epochs=40 schedule=cosine``.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

import umbra.networks  # noqa: F401
from umbra.channels import CHANNELS, PAPER_CHANNEL_SETS, ChannelSet
from umbra.config.networks import NetworkSettings, TrainingSettings
from umbra.dataset.reading import SplitImages, SplitTable, read_split
from umbra.evaluation.baselines import predict_baseline
from umbra.evaluation.resampling import resampled_means
from umbra.networks.backend import prepare_backend
from umbra.networks.batches import batches_of
from umbra.networks.fitting import Trainer
from umbra.networks.losses import gaussian_objective, point_objective
from umbra.predictions.profile_space import measure_profile_space

FOLDS = 5
BASELINES = [
    ("mean_profile", "catalogue"),
    *[(name, f"catalogue{seen}") for name in ("luminosity", "ridge") for seen in ("", "_distance")],
]
NETWORKS = ["B/urz_hi", "SymmetricResNet/urz_hi", "SymmetricResNet/urz", "SymmetricResNet/hi"]


def joined(splits: Sequence[SplitImages]) -> SplitImages:
    """Return the rows of several splits."""
    columns = [one.name for one in fields(SplitImages) if one.name != "radius_kpc"]
    return replace(
        splits[0],
        **{name: np.concatenate([getattr(one, name) for one in splits]) for name in columns},
    )


def chosen(rows: SplitImages, which: np.ndarray, channels: tuple[str, ...]) -> SplitImages:
    """Return copies of some rows with some channels."""
    places = [list(CHANNELS).index(name) for name in channels]
    taken = rows.select(which)
    return replace(taken, images=taken.images[..., places])


def in_folds(rows: SplitImages, predict: Callable[[np.ndarray, np.ndarray], np.ndarray]):
    """Return the predictions of all rows: `predict` gets those to learn from and to predict."""
    galaxies = np.unique(rows.galaxy)
    fold = np.random.default_rng(0).permutation(len(galaxies)) % FOLDS
    of_row = fold[np.searchsorted(galaxies, rows.galaxy)]
    predicted = np.empty_like(rows.log10_mass_dm)
    for number in range(FOLDS):
        predicted[of_row == number] = predict(of_row != number, of_row == number)
    return predicted


def network(
    rows: SplitImages,
    name: str,
    networks: NetworkSettings,
    changes: dict[str, str],
    *,
    gaussian: bool,
) -> np.ndarray:
    """Return the predictions of ARCHITECTURE/CHANNEL_SET for all rows, with changed settings."""
    architecture, set_name = name.split("/")
    channels = ChannelSet(set_name, PAPER_CHANNEL_SETS[set_name])
    settings = TrainingSettings(**networks.training[architecture].model_dump() | changes)

    def predict(learnt: np.ndarray, held: np.ndarray) -> np.ndarray:
        training, test = (chosen(rows, which, channels.channels) for which in (learnt, held))
        _, first = np.unique(training.galaxy, return_index=True)
        space = measure_profile_space(training.log10_mass_dm[first])
        point = point_objective(training.log10_mass_dm)
        trainer = Trainer(
            training=training,
            validation=chosen(rows, np.flatnonzero(learnt)[:1], channels.channels),
            architecture=architecture,
            channel_set=channels,
            objective=gaussian_objective(space) if gaussian else point,
            settings=settings,
            distance=networks.distance_of(architecture),
        )
        trainer.start(1)
        batches = batches_of(trainer.training, size=settings.batch_size, order_seed=1)
        trainer.trunk.fit(batches, shuffle=False, epochs=settings.epochs, verbose=0)
        trainer.statistics.measure(*trainer.training)
        predicted = trainer.predict(trainer.inputs(test))
        return space.log10_mass(predicted[..., 0]) if gaussian else predicted

    return in_folds(rows, predict)


def baseline(rows: SplitImages, name: str, inputs: str) -> np.ndarray:
    """Return the predictions of a baseline for all rows."""
    catalogue = SplitTable(**{one.name: getattr(rows, one.name) for one in fields(SplitTable)})

    def predict(learnt: np.ndarray, held: np.ndarray) -> np.ndarray:
        (guess,) = predict_baseline(
            baseline=name,
            inputs=inputs,
            train=catalogue.select(learnt),
            others=[catalogue.select(held)],
            seed=1,
        )
        return guess

    return in_folds(rows, predict)


def main() -> None:
    """Print the errors of all that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--networks", nargs="*", default=NETWORKS)
    parser.add_argument("--distance", choices=["none", "measured"], default="measured")
    parser.add_argument("--gaussian", action="store_true")
    parser.add_argument("--training", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    changes = dict(one.split("=") for one in options.training)
    prepare_backend(threads=1)
    networks = NetworkSettings(distance=options.distance)
    names = ("train", "val", "test")
    rows = joined([read_split(options.dataset, list(CHANNELS), name) for name in names])

    def show(name: str, predicted: np.ndarray) -> None:
        squares = (predicted - rows.log10_mass_dm) ** 2
        error = np.sqrt(resampled_means(squares, rows.galaxy, seed=1)).mean(axis=1).std()
        delta = np.sqrt(np.nanmean(squares, axis=0)).mean()
        print(f"{name:32} {delta:.3f} +- {error:.3f} dex", flush=True)

    print(f"{len(np.unique(rows.galaxy))} galaxies, {len(rows.galaxy)} images")
    for name, inputs in BASELINES:
        show(f"{name} {inputs}", baseline(rows, name, inputs))
    for name in options.networks:
        show(name, network(rows, name, networks, changes, gaussian=options.gaussian))


if __name__ == "__main__":
    main()
