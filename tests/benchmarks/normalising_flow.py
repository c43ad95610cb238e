"""A normalising flow beside a Gaussian ensemble: how likely each makes the test galaxies.

``python tests/benchmarks/normalising_flow.py DATASET [--channels urz_hi] [--members 2]`` trains
networks of SymmetricResNet: members of a Gaussian ensemble, as a run trains them, and members whose
features condition a flow of bayesflow, where all weights learn by the likelihood. Prints, for each
member and for both ensembles, the negative log likelihood of the test images per radius, and
delta_mse of the means, averaged over the radii. The likelihood is one in the whitened coordinates
of `umbra.predictions.profile_space`. The first line is the Gaussian of the training profiles, which
needs no image.

A Gaussian is also calibrated, as the intervals of a run are: its deviates have the distribution of
the errors on the validation images. A density needs more than these samples: it is that of
Student's t in each coordinate, fitted to them.

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
from scipy.stats import norm, t

from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet
from umbra.config.networks import NetworkSettings
from umbra.dataset.reading import SplitImages, read_split
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import MeasuredStatistics, Trainer
from umbra.networks.inference import INFERENCE_BATCH
from umbra.networks.losses import Objective, gaussian_objective
from umbra.predictions.distributions import moment_matched, standard_residuals
from umbra.predictions.profile_space import measure_profile_space

ARCHITECTURE = "SymmetricResNet"
FEATURES = 32
SAMPLES = 200
HEAVY = 5  # a Student's t with fewer degrees of freedom has heavy tails


@dataclass(frozen=True)
class Fit:
    """Log density (n,) of the test images, and their predicted mean coordinates (n, radii)."""

    name: str
    log_density: np.ndarray
    mean: np.ndarray
    note: str = ""


@dataclass(frozen=True)
class Images:
    """Inputs of the images of a split, and their true coordinates (n, radii)."""

    inputs: list[np.ndarray]
    truth: np.ndarray


class Features(keras.layers.Identity):
    """The last layer of a network whose last dense layer has `FEATURES` units."""

    units = FEATURES


class Posterior(keras.Model):
    """A flow over the whitened coordinates, conditioned by the output of a trunk."""

    def __init__(self, trunk: keras.Model, radii: int, transform: str):
        from bayesflow.networks import CouplingFlow

        super().__init__()
        self.trunk = trunk
        subnet = {"widths": (64, 64), "dropout": 0.1}
        self.flow = CouplingFlow(transform=transform, subnet_kwargs=subnet)
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

    def mean(self, features: np.ndarray) -> np.ndarray:
        """Return the mean (n, radii) of samples."""
        latent = self.flow.base_distribution.sample((SAMPLES, len(features)))
        draws = (self.flow(one, conditions=features, inverse=True) for one in latent)
        return np.mean([ops.convert_to_numpy(one) for one in draws], axis=0)


def gaussian_fits(
    trainer: Trainer, validation: Images, test: Images, members: int
) -> Iterator[Fit]:
    """Train Gaussian members; yield the fits of each, then those of the ensemble."""
    predicted: list[tuple[np.ndarray, np.ndarray]] = []
    for seed in range(members):
        trainer.run(seed=seed)
        predicted.append((trainer.predict(validation.inputs), trainer.predict(test.inputs)))
        yield from _gaussian_fits(f"gaussian {seed}", predicted[-1:], validation, test)
    yield from _gaussian_fits("gaussian ensemble", predicted, validation, test)


def _gaussian_fits(name: str, predicted: list, validation: Images, test: Images) -> Iterator[Fit]:
    """Yield the fit of the members as they are, and calibrated."""
    of_validation, of_test = (np.stack(members) for members in zip(*predicted, strict=True))
    known, _, _ = standardised(validation, of_validation)
    residuals, mean, factor = standardised(test, of_test)
    volume = np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=1)
    yield Fit(name, norm.logpdf(residuals).sum(axis=1) - volume, mean)
    tails = [t.fit(coordinate) for coordinate in known.T]
    density = [t.logpdf(one, *tail) for one, tail in zip(residuals.T, tails, strict=True)]
    heavy = sum(freedom < HEAVY for freedom, *_ in tails)
    note = f"t with < {HEAVY} degrees of freedom in {heavy} of {len(tails)} coordinates"
    yield Fit(f"{name}, calibrated", np.sum(density, axis=0) - volume, mean, note)


def standardised(images: Images, members: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the standard residuals of members, and the mean and factor of their Gaussian."""
    mean, factor = moment_matched(mean=members[..., 0], precision_factor=members[..., 1:])
    return standard_residuals(whitened=images.truth, mean=mean, factor=factor), mean, factor


def flow_fits(trainer: Trainer, transform: str, test: Images, members: int) -> Iterator[Fit]:
    """Train flows; yield the fit of each, then that of their equal mixture."""
    fits = []
    for seed in range(members):
        trainer.start(seed)
        posterior = Posterior(trainer.trunk, test.truth.shape[1], transform)
        train(posterior, trainer)
        features = trainer.predict(test.inputs)
        density = posterior.log_density(test.truth.astype("float32"), features)
        mean = posterior.mean(features)
        fits.append(Fit(f"{transform} flow {seed}", ops.convert_to_numpy(density), mean))
        yield fits[-1]
    mixture = np.logaddexp.reduce([one.log_density for one in fits]) - np.log(members)
    yield Fit(f"{transform} flow ensemble", mixture, np.mean([one.mean for one in fits], axis=0))


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


def compare(options, channels: ChannelSet, settings, distance: str) -> None:
    """Print a line for each member and each ensemble."""

    def split(name: str) -> SplitImages:
        rows = read_split(options.dataset, channels.channels, name)
        return rows.select(np.isfinite(rows.log10_mass_dm).all(axis=1))

    def trainer(objective: Objective) -> Trainer:
        return Trainer(  # it scales images in place
            training=split("train"),
            validation=split("val"),
            architecture=ARCHITECTURE,
            channel_set=channels,
            objective=objective,
            settings=settings,
            distance=distance,
        )

    def images(trainer: Trainer, name: str) -> Images:
        rows = split(name)
        return Images(trainer.inputs(rows), space.whiten(rows.log10_mass_dm))

    def show(fit: Fit) -> None:
        errors = space.log10_mass(fit.mean) - test.log10_mass_dm
        delta = np.sqrt((errors**2).mean(axis=0)).mean()
        likelihood = fit.log_density.mean() / errors.shape[1]
        print(f"{fit.name:30} {-likelihood:.3f}, {delta:.3f}  {fit.note}", flush=True)

    training, test = split("train"), split("test")
    _, first = np.unique(training.galaxy, return_index=True)
    space = measure_profile_space(training.log10_mass_dm[first])
    print(f"{len(first)} training galaxies, {len(np.unique(test.galaxy))} test galaxies")
    print(f"{'':30} -log likelihood per radius, delta_mse [dex]")
    truth = space.whiten(test.log10_mass_dm)
    # whitened, the training profiles are standard normal
    show(Fit("profiles alone", norm.logpdf(truth).sum(axis=1), np.zeros_like(truth)))
    gaussian = trainer(gaussian_objective(space))
    splits = images(gaussian, "val"), images(gaussian, "test")
    for fit in gaussian_fits(gaussian, *splits, options.members):
        show(fit)
    for transform in options.flows:
        flow = trainer(Objective(head=Features(), loss=None, targets=space.whiten))
        for fit in flow_fits(flow, transform, images(flow, "test"), options.members):
            show(fit)


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--channels", default="urz_hi", choices=PAPER_CHANNEL_SETS)
    parser.add_argument("--members", type=int, default=2)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--flows", nargs="*", default=["affine", "spline"])
    options = parser.parse_args()
    prepare_backend(threads=1)
    networks = NetworkSettings()
    settings = networks.training[ARCHITECTURE]
    if options.epochs:
        settings = settings.model_copy(update={"epochs": options.epochs})
    channels = ChannelSet(options.channels, PAPER_CHANNEL_SETS[options.channels])
    compare(options, channels, settings, networks.distance_of(ARCHITECTURE))


if __name__ == "__main__":
    main()
