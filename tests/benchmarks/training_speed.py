"""Images a second in training, next to a bare Keras ``fit`` on arrays in memory, in CPU time.

``python tests/benchmarks/training_speed.py [ARCHITECTURE ...] [--epochs 20] [--images 108]``

The bare loop has the same layers behind the image scaling, the same batches and validations of the
same images after the same epochs, by default those of config/config.yaml. They are scaled before
its clock starts. Our time starts from physical images: it includes
measuring and applying the scaling, building the network, tracing it and training it. Everything
runs in one process with one thread. The first round, which is discarded, loads the compiled
libraries.
"""

import argparse
import time

import numpy as np

from umbra.channels import CHANNELS, PAPER_CHANNEL_SETS, ChannelSet
from umbra.config.networks import SMALL_SAMPLE, TrainingSettings
from umbra.dataset.reading import SplitImages
from umbra.networks.architectures import ARCHITECTURES, build_network
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import Trainer, validated_epochs
from umbra.networks.losses import point_objective
from umbra.networks.scaling import ImageScaling, ProfileScaling

import keras  # isort: skip

CHANNEL_SET, PIXELS, RADII = ChannelSet("urz_hi", PAPER_CHANNEL_SETS["urz_hi"]), 128, 20
SETTINGS = SMALL_SAMPLE.model_copy(update={"learning_rate": 1e-3})


def split(images: int, seed: int) -> SplitImages:
    """Make up images and masses; what they show makes no difference to the time."""
    rng = np.random.default_rng(seed)
    shape = (images, PIXELS, PIXELS, len(CHANNEL_SET.channels))
    return SplitImages(
        observables=np.ones((images, len(CHANNELS) - 1)),
        log10_mass_dm=rng.normal(11, 0.3, (images, RADII)),
        galaxy=np.arange(images),
        realisation=np.zeros(images, dtype=int),
        distance_mpc=np.full(images, 10.0),
        measured_distance_mpc=np.full(images, 10.0),
        radius_kpc=np.geomspace(1, 100, RADII),
        images=rng.normal(0, 1, shape).astype(np.float32),
    )


def of_epochs(epochs: int, interval: int) -> TrainingSettings:
    """Return the settings of a training that does not stop early."""
    changes = {"epochs": epochs, "patience": epochs, "validation_interval": interval}
    return SETTINGS.model_copy(update=changes)


def ours(architecture: str, images: int, settings: TrainingSettings) -> float:
    """Return the CPU seconds of this project's training."""
    parts = {"training": split(images, 0), "validation": split(images // 3, 1)}
    start = time.process_time()
    trainer = Trainer(
        **parts,
        architecture=architecture,
        channel_set=CHANNEL_SET,
        objective=point_objective(parts["training"].log10_mass_dm),
        settings=settings,
    )
    trainer.run(seed=1)
    return time.process_time() - start


def bare(architecture: str, images: int, settings: TrainingSettings) -> float:
    """Return the CPU seconds of a plain Keras fit."""
    train, validation = split(images, 0), split(images // 3, 1)
    channels = len(CHANNEL_SET.channels)
    start = time.process_time()
    keras.utils.set_random_seed(1)
    whole = build_network(
        architecture,
        pixels=PIXELS,
        image_scaling=ImageScaling(
            softening=[0.0] * channels,
            mean=[0.0] * channels,
            spread=[1.0] * channels,
            channel_names=CHANNEL_SET.channels,
        ),
        head=ProfileScaling(mean=[11.0] * RADII, spread=[0.3] * RADII),
    )
    model = keras.Model(whole.get_layer("image_scaling").output, whole.output)
    optimizer = keras.optimizers.Adam(settings.learning_rate)
    model.compile(optimizer=optimizer, loss="mse", jit_compile=False)
    model.fit(
        train.images,
        train.log10_mass_dm,
        validation_data=(validation.images, validation.log10_mass_dm),
        validation_freq=validated_epochs(settings),
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        verbose=0,
    )
    return time.process_time() - start


def main() -> None:
    """Time both, turn about, and print their rates and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("architectures", nargs="*", default=ARCHITECTURES[:3])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--interval", type=int, default=SETTINGS.validation_interval)
    parser.add_argument("--images", type=int, default=108)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    prepare_backend(threads=1)
    for function in (ours, bare):
        function("A", 32, of_epochs(1, 1))
    settings = of_epochs(options.epochs, options.interval)
    print(f"imports {time.process_time():.1f} s (with a first, discarded round)")
    for architecture in options.architectures:
        seconds = {function: [] for function in (ours, bare)}
        for _ in range(options.rounds):
            for function, times in seconds.items():
                times.append(function(architecture, options.images, settings))
        done = options.images * options.epochs
        rates = {function: done / min(times) for function, times in seconds.items()}
        print(
            f"{architecture}: images per CPU second: ours {rates[ours]:.1f}, "
            f"bare {rates[bare]:.1f}, ratio {rates[ours] / rates[bare]:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
