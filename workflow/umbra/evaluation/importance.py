"""Importance of channels: the errors of a network when a channel shows another galaxy.

A channel is exchanged between the test galaxies (permutation importance, Breiman 2001). Its values
are then still those of real galaxies, but are not related to the mass of the galaxy. Where several
channels carry the same information, the network can do without each of them alone; therefore the
bands together and the HI maps together are exchanged too.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from umbra import seeds
from umbra.channels import BANDS, ChannelSet
from umbra.config.networks import Architecture, Distance
from umbra.dataset.reading import SplitImages, read_split
from umbra.errors import InputError
from umbra.evaluation.metrics import IMPORTANCE_COLUMNS, errors
from umbra.networks.backend import prepare_backend
from umbra.networks.loading import TrainedNetwork, load_network
from umbra.predictions.profile_tables import RADIUS_FORMAT
from umbra.tables import write_table

logger = logging.getLogger(__name__)

PHOTOMETRY, HI = "photometry", "HI"


def measure_importance(
    *,
    models: Mapping[ChannelSet, Path],
    architecture: Architecture,
    distance: Distance,
    dataset: Path,
    permutations: int,
    seed: int,
    threads: int,
    table: Path,
) -> None:
    """Measure the errors on the test split when channels are exchanged between galaxies.

    Parameters
    ----------
    models : mapping
        Channel set -> ``model.keras``.
    architecture : str
        Architecture of the networks.
    distance : {"none", "measured"}
        Whether they must take the measured distance. It is never exchanged.
    dataset : Path
        ``dataset.hdf5``.
    permutations : int
        Number of exchanges that are averaged. All networks and channels have the same exchanges.
    seed : int
        The run's seed.
    threads : int
        Threads of TensorFlow.
    table : Path
        CSV with columns `IMPORTANCE_COLUMNS`: delta_mse [dex] with the channel or group `replaced`
        exchanged, its mean and standard deviation over the exchanges, and delta_mse without any
        exchange.

    Raises
    ------
    InputError
        If a network is of another architecture or takes other inputs, or there is a single test
        galaxy.
    """
    prepare_backend(threads=threads)
    tables = []
    for channel_set, path in models.items():
        network = load_network(
            path, architecture=architecture, channel_set=channel_set, distance=distance
        )
        test = read_split(dataset, channel_set.channels, "test")
        network.scale(test.images)
        found = _importance_of(
            network,
            test,
            groups=replaced_channels(channel_set.channels),
            donors=_all_donors(test, permutations=permutations, seed=seed),
        )
        tables.append(found.assign(architecture=architecture, channels=channel_set.name))
        logger.info("%s on %s: %d exchanges", architecture, channel_set.name, permutations)
    digits = dict.fromkeys(("delta_mse", "standard_deviation", "baseline_delta_mse"), ".6f")
    write_table(
        pd.concat(tables)[list(IMPORTANCE_COLUMNS)],
        table,
        formats={"radius_kpc": RADIUS_FORMAT, **digits},
    )


def replaced_channels(channels: Sequence[str]) -> dict[str, list[int]]:
    """Return the channels that are exchanged together.

    Parameters
    ----------
    channels : sequence of str
        Keys of `umbra.channels.CHANNELS`.

    Returns
    -------
    dict
        Name of a channel or group -> indices of its channels: each channel alone, and each of the
        groups `PHOTOMETRY` and `HI` that has several channels.
    """
    bands = [place for place, name in enumerate(channels) if name in BANDS]
    others = [place for place, name in enumerate(channels) if name not in BANDS]
    groups = {name: [place] for place, name in enumerate(channels)}
    for name, places in ((PHOTOMETRY, bands), (HI, others)):
        if len(places) > 1:
            groups[name] = places
    return groups


def donor_rows(
    *, galaxy: np.ndarray, realisation: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw the row whose channel each row receives: the same realisation of another galaxy.

    Parameters
    ----------
    galaxy, realisation : ndarray of int, shape (n,)
        Subhalo id and realisation of each row.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n,)
        All realisations of a galaxy receive from one other galaxy, and every galaxy gives to one
        other galaxy. Where the giving galaxy lacks a realisation, the number of the realisation is
        taken modulo the number that it has.

    Raises
    ------
    InputError
        If there is a single galaxy.
    """
    ids = np.unique(galaxy)
    if len(ids) < 2:
        raise InputError(
            "Importance of channels: the test split has a single galaxy, and channels are "
            "exchanged between galaxies; lower dataset.train_fraction or widen the cuts under "
            "sample."
        )
    given = derangement(len(ids), rng)
    donors = np.empty(len(galaxy), dtype=int)
    for receiver, giver in zip(ids, ids[given], strict=True):
        rows = np.flatnonzero(galaxy == giver)
        by_number = {number: row for row, number in zip(rows, realisation[rows], strict=True)}
        for row in np.flatnonzero(galaxy == receiver):
            donors[row] = by_number.get(realisation[row], rows[realisation[row] % len(rows)])
    return donors


def _all_donors(test: SplitImages, *, permutations: int, seed: int) -> list[np.ndarray]:
    """Draw the donors of each exchange."""
    rngs = [seeds.generator(seed, seeds.Stage.IMPORTANCE, number) for number in range(permutations)]
    rows = {"galaxy": test.galaxy, "realisation": test.realisation}
    return [donor_rows(**rows, rng=rng) for rng in rngs]


def derangement(size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a permutation that leaves no element in its place; all of them are equally likely."""
    while True:  # one permutation in e is a derangement, for any size
        drawn = rng.permutation(size)
        if (drawn != np.arange(size)).all():
            return drawn


def _importance_of(
    network: TrainedNetwork,
    test: SplitImages,
    *,
    groups: dict[str, list[int]],
    donors: list[np.ndarray],
) -> pd.DataFrame:
    """Return the table of one network, without architecture and channel set."""
    baseline = _delta_mse(network, test.images, test)
    tables = []
    for name, values in _exchanged(network, test, groups=groups, donors=donors):
        mean = values.mean(axis=0)
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full_like(mean, np.nan)
        tables.append(
            pd.DataFrame(
                {
                    "replaced": name,
                    "radius_kpc": test.radius_kpc,
                    "delta_mse": mean,
                    "standard_deviation": spread,
                    "baseline_delta_mse": baseline,
                }
            )
        )
    return pd.concat(tables)


def _exchanged(
    network: TrainedNetwork,
    test: SplitImages,
    *,
    groups: dict[str, list[int]],
    donors: list[np.ndarray],
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name of each group, and delta_mse (permutations, radii) with it exchanged."""
    for name, places in tqdm(groups.items(), desc="importance", unit="group", disable=None):
        values = []
        for rows in donors:
            images = test.images.copy()
            images[..., places] = test.images[rows][..., places]
            values.append(_delta_mse(network, images, test))
        yield name, np.array(values)


def _delta_mse(network: TrainedNetwork, images: np.ndarray, test: SplitImages) -> np.ndarray:
    """Return the root mean squared error [dex] at each radius, of scaled images."""
    predicted = network.predict_scaled(images, test.measured_distance_mpc)
    return errors(truth=test.log10_mass_dm, predicted=predicted).delta_mse
