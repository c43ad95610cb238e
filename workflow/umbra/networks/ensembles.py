"""Ensembles: networks that differ in their initial weights and, if bootstrap, in their galaxies.

The members of a bootstrap ensemble (de los Rios et al. 2023, section 5.3) predict profiles, each
after training on a resample of the training galaxies. The members of a Gaussian ensemble predict
the mean of the profile and learn its covariance, each after training on all training galaxies
(Lakshminarayanan et al. 2017).

A member depends on its own number and not on the other members, so jobs may share the work in any
way: members that train one after another are the same to the bit, members that train together are
the same to round-off. The predictions of a member, and the weights of a Gaussian one, are kept in a
file, as soon as it is trained or, if members train together, as soon as the last of its group has
stopped. The file records a digest of everything that the member depends on, and a member whose file
has the right digest is not trained again.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from umbra import seeds
from umbra.channels import ChannelSet
from umbra.code_fingerprint import function_fingerprint
from umbra.config.networks import Architecture, Distance, TrainingSettings
from umbra.dataset.reading import SplitImages, SplitTable, read_split
from umbra.networks import vectorised
from umbra.networks.backend import prepare_backend
from umbra.networks.fitting import Diverged, LossHistory, Trainer, best_losses
from umbra.networks.losses import Objective, gaussian_objective, point_objective
from umbra.networks.runs import run_each
from umbra.predictions.ensembles import (
    ENSEMBLE_KINDS,
    Ensemble,
    EnsembleKind,
    write_ensemble,
)
from umbra.predictions.members import (
    KeptMember,
    MemberArrays,
    Outcome,
    read_member,
    write_member,
)
from umbra.predictions.points import PREDICTED_SPLITS
from umbra.predictions.profile_space import ProfileSpace, measure_profile_space

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Members:
    """What all members of an ensemble have in common.

    Attributes
    ----------
    kind : {"bootstrap", "gaussian"}
    architecture : str
    channel_set : ChannelSet
    settings : TrainingSettings
    distance : {"none", "measured"}
    seed : int
        The run's seed.
    splits : dict
        "train", "val" or "test" -> images.
    space : ProfileSpace
        Of the training profiles.
    """

    kind: EnsembleKind
    architecture: Architecture
    channel_set: ChannelSet
    settings: TrainingSettings
    distance: Distance
    seed: int
    splits: dict[str, SplitImages]
    space: ProfileSpace

    def digest(self, threads: int) -> str:
        """Return a fingerprint of everything that a member depends on besides its number."""
        names = [self.kind, self.architecture, self.channel_set.name]
        options = [*names, self.settings.model_dump(), self.seed, threads]
        return members_digest(self.splits, options, distance=self.distance)

    def objective(self) -> Objective:
        if self.kind == "bootstrap":
            return point_objective(self.splits["train"].log10_mass_dm)
        return gaussian_objective(self.space)

    def trainer(self) -> Trainer:
        """Return the trainer of the members; images are scaled in place."""
        return Trainer(
            training=self.splits["train"],
            validation=self.splits["val"],
            architecture=self.architecture,
            channel_set=self.channel_set,
            objective=self.objective(),
            settings=self.settings,
            distance=self.distance,
        )


def train_members(
    *,
    dataset: Path,
    kind: EnsembleKind,
    architecture: Architecture,
    channel_set: ChannelSet,
    members: Sequence[int],
    settings: TrainingSettings,
    distance: Distance,
    seed: int,
    threads: int,
    store: Path,
    output: Path,
) -> None:
    """Train members of an ensemble and predict the validation and test splits.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5``.
    kind : {"bootstrap", "gaussian"}
    architecture, channel_set, settings, distance, threads
        As in `umbra.networks.training.train_network`.
    members : sequence of int
        Numbers of the members of this part.
    seed : int
        The run's seed.
    store : Path
        Folder where each member is kept. All parts may share it, and it may be deleted.
    output : Path
        The part, see `umbra.predictions.ensembles`. If the training of a member diverged, or its
        predictions are not finite, the part has its outcome and no prediction of it.
    """
    prepare_backend(threads=threads)
    splits = {
        name: read_split(dataset, channel_set.channels, name)
        for name in ("train", *PREDICTED_SPLITS)
    }
    space = _space(splits["train"])
    common = _Members(kind, architecture, channel_set, settings, distance, seed, splits, space)
    digest = common.digest(threads)
    found = {member: read_member(store / f"{member}.hdf5", digest) for member in members}
    missing = [member for member in members if found[member] is None]
    logger.info("%d members, %d of them to train", len(members), len(missing))
    if missing:
        for kept in _train(common, missing):
            found[kept.outcome.member] = kept
            write_member(store / f"{kept.outcome.member}.hdf5", digest, kept)
    able = {member: kept for member, kept in found.items() if not kept.outcome.failed}
    predictions = {member: kept.predictions for member, kept in able.items()}
    write_ensemble(
        splits={name: _stack(common, name, predictions) for name in PREDICTED_SPLITS},
        outcomes=[kept.outcome for kept in found.values()],
        output=output,
        weights={member: kept.weights for member, kept in able.items() if kept.weights},
    )


def resample_galaxies(galaxy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw as many galaxies as there are, with replacement, each with all of its realisations.

    Parameters
    ----------
    galaxy : ndarray of int, shape (n,)
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


def _train(common: _Members, members: Sequence[int]) -> Iterator[KeptMember]:
    """Yield what is kept of each member; images are scaled in place."""
    training, trainer = common.splits["train"], common.trainer()
    inputs = {
        "val": trainer.validation[0],
        "test": trainer.inputs(common.splits["test"]),
    }
    draws = [
        seeds.generator(common.seed, seeds.Stage.ENSEMBLE, seeds.named(common.kind), member)
        for member in members
    ]
    weights = [int(rng.integers(2**31)) for rng in draws]
    rows = [resample_galaxies(training.galaxy, rng) for rng in draws]
    if common.kind == "gaussian":
        rows = [np.arange(len(training.galaxy)) for _ in draws]
    for place, history in run_each(trainer, seeds=weights, rows=rows):
        member = members[place]
        if isinstance(history, Diverged):
            logger.warning("member %d failed: %s", member, history)
            yield KeptMember(Outcome(member, epochs=0, loss=np.nan, val_loss=np.nan), {})
            continue
        arrays = {name: trainer.predict(inputs[name]) for name in PREDICTED_SPLITS}
        outcome, arrays = member_outcome(member, history, arrays)
        # the network is saved with what it needs beside it: `umbra.observed.saving`
        saved = common.kind == "gaussian" and not outcome.failed
        weights = tuple(trainer.model.get_weights()) if saved else ()
        yield KeptMember(outcome, arrays, weights)


def member_outcome(
    member: int, history: LossHistory, arrays: MemberArrays
) -> tuple[Outcome, MemberArrays]:
    """Return the outcome of a training that did not diverge, and the predictions.

    Parameters
    ----------
    member : int
    history : dict
        As `Trainer.run` returns it.
    arrays : dict
        Predictions by split. If any number is not finite the member failed, and no predictions
        are returned.
    """
    epochs = len(history["loss"])
    if not all(np.isfinite(array).all() for array in arrays.values()):
        logger.warning("member %d failed: its predictions are not all finite", member)
        return Outcome(member, epochs=epochs, loss=np.nan, val_loss=np.nan), {}
    return Outcome(member, epochs=epochs, **best_losses(history)), arrays


def _stack(common: _Members, split: str, predictions: dict[int, MemberArrays]) -> Ensemble:
    """Return the ensemble of the members that have predictions."""
    rows, space = common.splits[split], common.space
    shape = (len(rows.galaxy), len(rows.radius_kpc))
    columns = {
        "member": np.array(list(predictions), dtype=int),
        "galaxy": rows.galaxy,
        "realisation": rows.realisation,
        "radius_kpc": rows.radius_kpc,
        "truth": rows.log10_mass_dm,
    }
    output = np.array([arrays[split] for arrays in predictions.values()], dtype=np.float32)
    ensemble = ENSEMBLE_KINDS[common.kind]
    if common.kind == "bootstrap":
        return ensemble(**columns, predicted=output.reshape(-1, *shape))
    output = output.reshape(-1, *shape, shape[1] + 1)
    return ensemble(
        **columns,
        mean=output[..., 0],
        precision_factor=output[..., 1:],
        space_mean=space.mean,
        space_factor=space.factor,
    )


def _space(rows: SplitTable) -> ProfileSpace:
    """Return the space of the galaxies' profiles; all realisations of a galaxy share a profile."""
    _, first = np.unique(rows.galaxy, return_index=True)
    return measure_profile_space(rows.log10_mass_dm[first])


def members_digest(splits: dict[str, SplitImages], options: list, *, distance: Distance) -> str:
    """Return a fingerprint of images, options and program.

    Parameters
    ----------
    splits : dict
        Split -> images and profiles.
    options : list
        Further values that a member depends on, serialisable as JSON.
    distance : {"none", "measured"}
        Whether it depends on the measured distances.

    Returns
    -------
    str
    """
    together = vectorised.can_train_together()
    made_by = (prepare_backend, _space, _train, write_member)
    code = [function_fingerprint(function) for function in made_by]
    program = [code, keras.__version__, keras.backend.backend(), together]
    text = json.dumps([program, options, distance], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    columns = ["images", "log10_mass_dm", "galaxy", "realisation"]
    if distance == "measured":
        columns.append("measured_distance_mpc")
    for rows in splits.values():
        for name in columns:
            digest.update(np.ascontiguousarray(getattr(rows, name)))
    return digest.hexdigest()
