"""Which channels a network needs: its errors when a channel shows another galaxy.

A channel is exchanged between the test galaxies (permutation importance, Breiman 2001), so that its
values stay those of real galaxies but say nothing of the mass at hand. Channels that repeat one
another are each expendable alone; so the bands together and the HI maps together are exchanged too.
"""

import csv
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from keras import ops
from tqdm import tqdm

from umbra import files, seeds
from umbra.channels import BANDS, PAPER_CHANNEL_SETS
from umbra.dataset.reading import SplitImages, read_split
from umbra.errors import InputError
from umbra.evaluation.metrics import errors  # comes after networks, and imports none of them
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import INFERENCE_BATCH, predict_images
from umbra.networks.loading import behind_scaling, load_network

log = logging.getLogger(__name__)

COLUMNS = (
    *("architecture", "channels", "replaced", "radius_kpc"),
    *("delta_mse", "standard_deviation", "baseline_delta_mse"),
)
PHOTOMETRY, HI = "photometry", "HI"


def importance(
    *,
    models: Mapping[tuple[str, str], Path],
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
        (architecture, channels) -> ``model.keras``.
    dataset : path
        ``dataset.hdf5``.
    permutations : int
        How many exchanges are averaged; all networks and channels see the same ones.
    seed : int
        The run's seed.
    threads : int
        Threads of TensorFlow.
    table : path
        CSV with columns `COLUMNS`: delta_mse [dex] with the channel or group `replaced` exchanged,
        its mean and standard deviation over the exchanges, and delta_mse without any exchange.

    Raises
    ------
    InputError
        If a network is not what its key says, or there is a single test galaxy.
    """
    prepare_backend(threads=threads)
    rows = []
    for (architecture, channels), path in models.items():
        network = load_network(path, architecture=architecture, channels=channels)
        test = read_split(dataset, PAPER_CHANNEL_SETS[channels], "test")
        scaling = network.get_layer("image_scaling")
        for start in range(0, len(test.images), INFERENCE_BATCH):
            part = slice(start, start + INFERENCE_BATCH)
            test.images[part] = ops.convert_to_numpy(scaling(test.images[part]))
        donors = _all_donors(test, permutations=permutations, seed=seed)
        found = _rows_of(behind_scaling(network), test, channels=channels, donors=donors)
        rows += [[architecture, channels, *row] for row in found]
        log.info("%s on %s: %d exchanges", architecture, channels, permutations)
    with files.atomic(table) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def replaced_channels(channels: Sequence[str]) -> dict[str, list[int]]:
    """Return what is exchanged at once: each channel, and groups of which there are several."""
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
    """Draw which row gives its channel to each row: the same realisation of another galaxy.

    Parameters
    ----------
    galaxy, realisation : ndarray, shape (N,)
        Subhalo id and realisation of each row.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (N,)
        All realisations of a galaxy receive from one other galaxy, and every galaxy gives to one
        other. Where that galaxy has no such realisation, its realisations are counted round.

    Raises
    ------
    InputError
        If there is a single galaxy.
    """
    ids = np.unique(galaxy)
    if len(ids) < 2:
        raise InputError(
            "Importance of channels: the test split has a single galaxy, and its channels are "
            "exchanged with another's; lower dataset.train_fraction or widen the cuts under sample."
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
    """Draw a permutation that leaves nothing in its place; all are equally likely."""
    while True:  # one draw in e is good, whatever the size
        drawn = rng.permutation(size)
        if (drawn != np.arange(size)).all():
            return drawn


def _rows_of(
    trunk, test: SplitImages, *, channels: str, donors: list[np.ndarray]
) -> Iterator[list[str]]:
    """Yield the lines of the table for one network, from what was replaced on."""
    baseline = _delta_mse(trunk, test.images, test)
    groups = replaced_channels(PAPER_CHANNEL_SETS[channels])
    for name, values in _exchanged(trunk, test, groups=groups, donors=donors):
        mean = values.mean(axis=0)
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full_like(mean, np.nan)
        for radius, *numbers in zip(test.radius_kpc, mean, spread, baseline, strict=True):
            yield [name, f"{radius:.10g}", *(f"{value:.6f}" for value in numbers)]


def _exchanged(
    trunk, test: SplitImages, *, groups: dict[str, list[int]], donors: list[np.ndarray]
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name of each group and delta_mse (permutations, radii) with it exchanged."""
    for name, places in tqdm(groups.items(), desc="importance", unit="group", disable=None):
        values = []
        for rows in donors:
            images = test.images.copy()
            images[..., places] = test.images[rows][..., places]
            values.append(_delta_mse(trunk, images, test))
        yield name, np.array(values)


def _delta_mse(trunk, images: np.ndarray, test: SplitImages) -> np.ndarray:
    """Return the root mean squared error [dex] at each radius."""
    return errors(truth=test.log10_mass_dm, predicted=predict_images(trunk, images)).delta_mse
