"""A normalising flow beside a Gaussian ensemble: how likely each makes the test galaxies.

``python tests/benchmarks/normalising_flow.py DATASET [--channels urz_hi] [--members 2]`` trains
networks of SymmetricResNet: members of a Gaussian ensemble, as a run trains them, and members whose
features condition a flow of bayesflow, where all weights learn by the likelihood. Prints, for each
member and for both ensembles, the negative log likelihood of the test images per radius, and
delta_mse of the means, averaged over the radii. The likelihood is one in the whitened coordinates
of `umbra.predictions.profile_space`. The first line is the Gaussian of the training profiles, which
needs no image.

bayesflow is not installed with umbra: ``pip install --no-deps bayesflow==2.0.12 seaborn networkx``.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import umbra.networks  # noqa: F401

import keras  # isort: skip
from keras import ops
from scipy.stats import multivariate_normal

from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet
from umbra.config.networks import NetworkSettings
from umbra.dataset.reading import SplitImages, read_split
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import MeasuredStatistics, Trainer
from umbra.networks.inference import INFERENCE_BATCH
from umbra.networks.losses import Objective, gaussian_objective
from umbra.predictions.distributions import moment_matched
from umbra.predictions.profile_space import measure_profile_space

ARCHITECTURE = "SymmetricResNet"
FEATURES = 32
SAMPLES = 200


@dataclass(frozen=True)
class Fit:
    """Log density (n,) of the test galaxies, and their predicted mean coordinates (n, radii)."""

    log_density: np.ndarray
    mean: np.ndarray


class Features(keras.layers.Identity):
    """The last layer of a network whose last dense layer has `FEATURES` units."""

    units = FEATURES


class Posterior(keras.Model):
    """A flow over the whitened coordinates, conditioned by the output of a trunk."""

    def __init__(self, trunk: keras.Model, radii: int):
        from bayesflow.networks import CouplingFlow

        super().__init__()
        self.trunk = trunk
        self.flow = CouplingFlow(subnet_kwargs={"widths": (64, 64), "dropout": 0.1})
        self.flow.build((1, radii), (1, FEATURES))

    def call(self, inputs, training=False):
        """Return the features."""
        return self.trunk(inputs, training=training)

    def log_density(self, coordinates, features, *, training=False):
        """Return log densities (n,)."""
        return self.flow(coordinates, conditions=features, density=True, training=training)[1]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the negative log likelihood per radius."""
        return -ops.mean(self.log_density(y, y_pred, training=training)) / y.shape[-1]

    def mean(self, features: np.ndarray, radii: int) -> np.ndarray:
        """Return the mean (n, radii) of samples."""
        latent = np.random.default_rng(0).standard_normal((SAMPLES, len(features), radii))
        draws = (
            self.flow(one, conditions=features, inverse=True) for one in latent.astype(np.float32)
        )
        return np.mean([ops.convert_to_numpy(one) for one in draws], axis=0)


def gaussian_fits(trainer: Trainer, inputs, truth: np.ndarray, members: int) -> Iterator[Fit]:
    """Train Gaussian members; yield the fit of each, then that of the ensemble."""
    predicted: list[np.ndarray] = []

    def fit(some: list[np.ndarray]) -> Fit:
        both = np.stack(some)
        means, factors = moment_matched(mean=both[..., 0], precision_factor=both[..., 1:])
        rows = zip(truth, means, factors, strict=True)
        density = [
            multivariate_normal.logpdf(row, mean, factor @ factor.T) for row, mean, factor in rows
        ]
        return Fit(np.array(density), means)

    for seed in range(members):
        trainer.run(seed=seed)
        predicted.append(trainer.predict(inputs))
        yield fit(predicted[-1:])
    yield fit(predicted)


def flow_fits(trainer: Trainer, inputs, truth: np.ndarray, members: int) -> Iterator[Fit]:
    """Train flows; yield the fit of each, then that of their equal mixture."""
    fits = []
    for seed in range(members):
        trainer.start(seed)
        posterior = Posterior(trainer.trunk, truth.shape[1])
        train(posterior, trainer)
        features = trainer.predict(inputs)
        density = ops.convert_to_numpy(posterior.log_density(truth.astype("float32"), features))
        fits.append(Fit(density, posterior.mean(features, truth.shape[1])))
        yield fits[-1]
    mixture = np.logaddexp.reduce([one.log_density for one in fits]) - np.log(members)
    yield Fit(mixture, np.mean([one.mean for one in fits], axis=0))


def train(posterior: Posterior, trainer: Trainer) -> None:
    """Train a flow and its trunk as `Trainer` does, with half the learning rate."""
    settings = trainer.settings
    steps = settings.epochs * -(-len(trainer.training[1]) // settings.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=settings.learning_rate / 2, warmup_steps=steps // 20
    )
    posterior.compile(optimizer=keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay))
    posterior.fit(
        *trainer.training,
        validation_data=trainer.validation,
        batch_size=settings.batch_size,
        validation_batch_size=INFERENCE_BATCH,
        epochs=settings.epochs,
        callbacks=[
            MeasuredStatistics(trainer.statistics, *trainer.training),
            keras.callbacks.EarlyStopping(patience=settings.patience, restore_best_weights=True),
        ],
        verbose=0,
    )


def compare(dataset: Path, channels: ChannelSet, settings, distance: str, members: int) -> None:
    """Print a line for each member and each ensemble."""

    def split(name: str) -> SplitImages:
        rows = read_split(dataset, channels.channels, name)
        return rows.select(np.isfinite(rows.log10_mass_dm).all(axis=1))

    training, test = split("train"), split("test")
    _, first = np.unique(training.galaxy, return_index=True)
    space = measure_profile_space(training.log10_mass_dm[first])
    truth = space.whiten(test.log10_mass_dm)
    print(f"{len(first)} training galaxies, {len(np.unique(test.galaxy))} test galaxies")
    print(f"{'':20} -log likelihood per radius, delta_mse [dex]")

    def show(name: str, fit: Fit) -> None:
        errors = space.log10_mass(fit.mean) - test.log10_mass_dm
        delta = np.sqrt((errors**2).mean(axis=0)).mean()
        print(f"{name:20} {-fit.log_density.mean() / truth.shape[1]:.3f}, {delta:.3f}", flush=True)

    show("profiles alone", of_profiles(truth))
    flow = Objective(head=Features(), loss=None, targets=space.whiten)
    ways = {"gaussian": (gaussian_fits, gaussian_objective(space)), "flow": (flow_fits, flow)}
    for name, (fits, objective) in ways.items():
        trainer = Trainer(
            training=split("train"),
            validation=split("val"),
            architecture=ARCHITECTURE,
            channel_set=channels,
            objective=objective,
            settings=settings,
            distance=distance,
        )
        numbers = [*range(members), "ensemble"]
        for number, fit in zip(
            numbers, fits(trainer, trainer.inputs(split("test")), truth, members), strict=True
        ):
            show(f"{name} {number}", fit)


def of_profiles(truth: np.ndarray) -> Fit:
    """Return the fit of the Gaussian of the training profiles, which is the standard normal."""
    density = -0.5 * (truth**2 + np.log(2 * np.pi)).sum(axis=1)
    return Fit(density, np.zeros_like(truth))


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--channels", default="urz_hi", choices=PAPER_CHANNEL_SETS)
    parser.add_argument("--members", type=int, default=2)
    parser.add_argument("--epochs", type=int)
    options = parser.parse_args()
    prepare_backend(threads=1)
    networks = NetworkSettings()
    settings = networks.training[ARCHITECTURE]
    if options.epochs:
        settings = settings.model_copy(update={"epochs": options.epochs})
    channels = ChannelSet(options.channels, PAPER_CHANNEL_SETS[options.channels])
    distance = networks.distance_of(ARCHITECTURE)
    compare(options.dataset, channels, settings, distance, options.members)


if __name__ == "__main__":
    main()
