"""Ensembles: networks that differ in their initial weights and, if bootstrap, in their galaxies.

A bootstrap ensemble (de los Rios et al. 2023, section 5.3) predicts profiles, each member having
learnt from a resample of the training galaxies. A Gaussian ensemble predicts mean and covariance of
the profile, each member having learnt from all of them (Lakshminarayanan et al. 2017).

A member depends on its own number and not on the others, so any jobs may share the work: to the bit
where members train one after another, to round-off where they train together. Each is kept as soon
as it is trained, those that train together when the last of them has stopped, under a digest of all
that it depends on; one that is there already is not trained again.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from umbra import seeds
from umbra.channels import PAPER_CHANNEL_SETS
from umbra.dataset.reading import SplitImages, SplitTable, read_split
from umbra.networks import vectorised
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import Diverged, Trainer, best_epoch
from umbra.networks.losses import Objective, gaussian, point
from umbra.predictions.ensembles import KINDS, Outcome, read_member, write_ensemble, write_member
from umbra.predictions.profile_space import ProfileSpace, measure

log = logging.getLogger(__name__)

SPLITS = ("val", "test")
FORMAT = 2  # of a kept member; another number whenever members are made in another way
Arrays = dict[str, np.ndarray]


def train_members(
    *,
    dataset: Path,
    kind: str,
    architecture: str,
    channels: str,
    members: Sequence[int],
    settings: dict,
    seed: int,
    threads: int,
    store: Path,
    output: Path,
) -> None:
    """Train members of an ensemble and predict the validation and test splits.

    Parameters
    ----------
    dataset : path
        ``dataset.hdf5``.
    kind : {"bootstrap", "gaussian"}
    architecture, channels, settings, threads
        As in `umbra.networks.training.train`.
    members : sequence of int
        Numbers of the members of this part.
    seed : int
        The run's seed.
    store : path
        Folder where each member is kept; it may be shared by all parts, and deleted.
    output : path
        The part, see `umbra.predictions.ensembles`. A member whose training diverged, or that
        predicts something that is not finite, has its outcome there and no prediction.
    """
    prepare_backend(threads=threads)
    splits = {
        name: read_split(dataset, PAPER_CHANNEL_SETS[channels], name) for name in ("train", *SPLITS)
    }
    digest = _digest(splits, [kind, architecture, channels, settings, seed, threads])
    found = {member: read_member(store / f"{member}.hdf5", digest) for member in members}
    missing = [member for member in members if found[member] is None]
    log.info("%d members, %d of them to train", len(members), len(missing))
    space = measure(_one_realisation(splits["train"]))
    if missing:
        trained = _train(kind, architecture, channels, splits, space, settings, seed, missing)
        for member, (outcome, arrays) in zip(missing, trained, strict=True):
            found[member] = outcome, arrays
            write_member(store / f"{member}.hdf5", digest, outcome, arrays)
    write_ensemble(
        splits={name: _stack(kind, name, found, splits[name], space) for name in SPLITS},
        outcomes=[outcome for outcome, _ in found.values()],
        output=output,
    )


def resample(galaxy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw as many galaxies as there are, with replacement, each with all of its realisations.

    Parameters
    ----------
    galaxy : ndarray of int, shape (N,)
        Galaxy of each row.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int
        Rows, repeated as often as their galaxy was drawn.
    """
    ids = np.unique(galaxy)
    drawn = rng.choice(ids, size=len(ids))
    return np.concatenate([np.flatnonzero(galaxy == one) for one in drawn])


def _train(
    kind: str,
    architecture: str,
    channels: str,
    splits: dict[str, SplitImages],
    space: ProfileSpace,
    settings: dict,
    seed: int,
    members: Sequence[int],
) -> Iterator[tuple[Outcome, Arrays]]:
    """Yield the outcome and the predictions of each member; the images are used up."""
    training = splits["train"]
    trainer = Trainer(
        training=training,
        validation=splits["val"],
        architecture=architecture,
        channels=channels,
        objective=_objective(kind, training, space),
        settings=settings,
    )
    images = {"val": trainer.validation[0], "test": trainer.scaled(splits["test"].images)}
    draws = [
        seeds.generator(seed, seeds.Stage.ENSEMBLE, seeds.named(kind), member) for member in members
    ]
    weights = [int(rng.integers(2**31)) for rng in draws]
    rows = [resample(training.galaxy, rng) for rng in draws]
    if kind == "gaussian":
        rows = [np.arange(len(training.galaxy)) for _ in draws]
    for member, history in zip(members, _runs(trainer, weights, rows), strict=True):
        if isinstance(history, Diverged):
            log.warning("member %d failed: %s", member, history)
            yield Outcome(member, epochs=0, loss=np.nan, val_loss=np.nan), {}
            continue
        yield judge(
            member, history, {name: trainer.predict_scaled(images[name]) for name in SPLITS}
        )


def judge(member: int, history: dict[str, list[float]], arrays: Arrays) -> tuple[Outcome, Arrays]:
    """Return the outcome of a training that came to its end, and the predictions.

    Parameters
    ----------
    member : int
    history : dict
        "loss" and "val_loss" of each epoch.
    arrays : dict
        Predictions by split. If any is not finite the member failed and none is returned.
    """
    epochs = len(history["loss"])
    if not all(np.isfinite(array).all() for array in arrays.values()):
        log.warning("member %d failed: it predicts what is not a finite number", member)
        return Outcome(member, epochs=epochs, loss=np.nan, val_loss=np.nan), {}
    best = best_epoch(history)
    losses = {name: history[name][best] for name in ("loss", "val_loss")}
    return Outcome(member, epochs=epochs, **losses), arrays


def _objective(kind: str, training: SplitTable, space: ProfileSpace) -> Objective:
    return point(training.log10_mass_dm) if kind == "bootstrap" else gaussian(space)


def _runs(trainer: Trainer, weights: Sequence[int], rows: Sequence[np.ndarray]) -> Iterator:
    """Yield the history of each run, or why it failed; the trainer then holds that network."""
    if vectorised.available():
        yield from vectorised.run_together(trainer, seeds=weights, rows=rows)
        return
    for one_seed, one_rows in zip(weights, rows, strict=True):
        try:
            yield trainer.run(seed=one_seed, rows=one_rows)
        except Diverged as failure:
            yield failure


def _stack(kind: str, split: str, found: dict, rows: SplitTable, space: ProfileSpace):
    """Return the ensemble of the members that did not fail."""
    good = {member: arrays[split] for member, (_, arrays) in found.items() if arrays}
    shape = (len(rows.galaxy), len(rows.radius_kpc))
    common = {
        "member": np.array(list(good), dtype=int),
        "galaxy": rows.galaxy,
        "realisation": rows.realisation,
        "radius_kpc": rows.radius_kpc,
        "truth": rows.log10_mass_dm,
    }
    said = np.array(list(good.values()), dtype=np.float32)
    if kind == "bootstrap":
        return KINDS[kind](**common, predicted=said.reshape(-1, *shape))
    said = said.reshape(-1, *shape, shape[1] + 1)
    return KINDS[kind](
        **common,
        mean=said[..., 0],
        precision_factor=said[..., 1:],
        space_mean=space.mean,
        space_factor=space.factor,
    )


def _one_realisation(rows: SplitTable) -> np.ndarray:
    """Return the profiles of the galaxies, which all their realisations share."""
    _, first = np.unique(rows.galaxy, return_index=True)
    return rows.log10_mass_dm[first]


def _digest(splits: dict[str, SplitImages], options: list) -> str:
    """Return a fingerprint of everything that a member depends on besides its number."""
    program = [FORMAT, keras.__version__, keras.backend.backend(), vectorised.available()]
    text = json.dumps([program, options], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for rows in splits.values():
        for array in (rows.images, rows.log10_mass_dm, rows.galaxy, rows.realisation):
            digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()
