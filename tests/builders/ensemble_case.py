"""Builders of fake ensembles with errors that are known, in the files that the workflow reads.

Each galaxy has a guess; each of its realisations has a slightly different guess, and a Gaussian.
The truth is the guess plus an error. For a network that is right, the error is standard normal in
units of the Gaussian; for one that is not, it is scaled, correlated and heavy-tailed as asked.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from umbra.predictions.calibration import write_predictive
from umbra.predictions.ensembles import (
    BootstrapEnsemble,
    Ensemble,
    GaussianEnsemble,
    read_ensemble,
    write_ensemble,
)
from umbra.predictions.joining import join_parts
from umbra.predictions.members import Outcome
from umbra.predictions.profile_space import ProfileSpace

RADIUS_KPC = np.geomspace(1, 100, 20)
RADII = len(RADIUS_KPC)
NARROW = np.linspace(1.5, 3.0, RADII)  # by how much a misspecified network is too narrow


def space(radii: int = RADII) -> ProfileSpace:
    """Profiles of 12.2 +- 0.3 at 100 kpc that fall to about 9.3 at 1 kpc."""
    near = np.exp(-np.abs(np.subtract.outer(np.arange(radii), np.arange(radii))) / 4)
    spread = np.r_[0.3, np.full(radii - 1, 0.25)]
    covariance = near * np.outer(spread, spread)
    mean = np.r_[12.2, np.full(radii - 1, np.log(2.9 / 19))]
    return ProfileSpace(mean=mean, factor=np.linalg.cholesky(covariance))


@dataclass
class Case:
    """What the networks are like."""

    galaxies: dict[str, int] = field(default_factory=lambda: {"val": 12, "test": 12})
    realisations: int = 3
    members: int = 20
    gaussian_members: int = 4
    narrow: np.ndarray | float = 1.0  # factor of the errors, in units of the network's Gaussian
    degrees_of_freedom: float = np.inf  # of the errors: few mean heavy tails
    length: float = 0.0  # how far along the coordinates errors are correlated
    shared: float = 0.8  # how much of the variance of the errors the realisations of a galaxy share
    width: float = 0.5  # of the Gaussians, in whitened coordinates
    masked: dict[int, int] = field(default_factory=dict)  # galaxy -> radii without dark matter
    decreasing: int = 0  # this many bootstrap members fall with radius for every image
    seed: int = 0

    def splits(self) -> dict[str, tuple[BootstrapEnsemble, GaussianEnsemble]]:
        """Return both ensembles for each split; ids go on from split to split."""
        rng, first, out = np.random.default_rng(self.seed), 100, {}
        for split, number in self.galaxies.items():
            out[split] = self._split(np.arange(first, first + number), rng)
            first += number
        return out

    def write(self, folder: Path, splits: dict | None = None) -> dict[str, Path]:
        """Write the files; return the paths by kind of ensemble."""
        splits = splits or self.splits()
        paths = {}
        for place, kind in enumerate(("bootstrap", "gaussian")):
            paths[kind] = Path(folder) / kind / "predictions.hdf5"
            ensembles = {split: pair[place] for split, pair in splits.items()}
            outcomes = [Outcome(int(m), 3, 0.1, 0.2) for m in ensembles["test"].member]
            write_ensemble(splits=ensembles, outcomes=outcomes, output=paths[kind])
        return paths

    def errors(self, galaxies: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return errors (n, radii) of galaxies, and (n, realisations, radii) of their images."""
        coordinates = np.arange(RADII)
        distance = np.abs(np.subtract.outer(coordinates, coordinates))
        near = np.exp(-distance / self.length) if self.length else np.eye(RADII)
        root = np.linalg.cholesky(near).T
        tail = np.ones(galaxies)
        if np.isfinite(self.degrees_of_freedom):
            tail = rng.chisquare(self.degrees_of_freedom, galaxies) / self.degrees_of_freedom
        scale = (self.narrow * np.ones(RADII)) / np.sqrt(tail)[:, None]
        own = rng.standard_normal((galaxies, self.realisations, RADII)) @ root * scale[:, None]
        common = rng.standard_normal((galaxies, RADII)) @ root * scale
        return np.sqrt(self.shared) * common, np.sqrt(1 - self.shared) * own

    def _split(
        self, ids: np.ndarray, rng: np.random.Generator
    ) -> tuple[BootstrapEnsemble, GaussianEnsemble]:
        common, own = self.errors(len(ids), rng)
        # members disagree by a little, and their mean is the guess
        offsets = 0.1 * rng.standard_normal((self.gaussian_members, RADII))
        offsets -= offsets.mean(axis=0)
        widths = self.width * rng.uniform(0.7, 1.3, (len(ids), 1, 1)) * np.eye(RADII)
        covariance = widths @ widths + offsets.T @ offsets / self.gaussian_members
        factor = np.linalg.cholesky(covariance)
        guess = rng.standard_normal((len(ids), RADII))
        truth = space().log10_mass(guess + np.einsum("gij,gj->gi", factor, common))
        for galaxy, radii in self.masked.items():
            truth[ids == galaxy, :radii] = np.nan
        mean = guess[:, None] - np.einsum("gij,gvj->gvi", factor, own)
        mean = mean.reshape(-1, RADII)
        common_columns = {
            "galaxy": ids.repeat(self.realisations),
            "realisation": np.tile(np.arange(self.realisations), len(ids)),
            "radius_kpc": RADIUS_KPC,
            "truth": truth.repeat(self.realisations, axis=0),
        }
        precision = np.linalg.inv(widths).repeat(self.realisations, axis=0)
        gaussian = GaussianEnsemble(
            member=np.arange(self.gaussian_members),
            **common_columns,
            mean=mean + offsets[:, None],
            precision_factor=np.tile(precision, (self.gaussian_members, 1, 1, 1)),
            space_mean=space().mean,
            space_factor=space().factor,
        )
        scatter = 0.15 * rng.standard_normal((self.members, len(mean), RADII))
        predicted = space().log10_mass(mean + scatter)
        predicted[: self.decreasing, :, 0] = predicted[: self.decreasing, :, 1] + 0.1
        return BootstrapEnsemble(
            np.arange(self.members), **common_columns, predicted=predicted
        ), gaussian


def two_kinds(*, seed: int, depends: bool, galaxies: int = 1000) -> GaussianEnsemble:
    """Return an ensemble of one network, for two radii and two kinds of galaxies.

    Its Gaussian is narrow in one coordinate for one kind of galaxy and in the other coordinate for
    the other kind. The mass within the inner radius follows the coordinate that is wide. The errors
    in the wide coordinate are twice as large as the Gaussian says, those in the other are tiny. If
    not `depends`, the coordinate of the large errors has nothing to do with the kind of galaxy.
    """
    rng = np.random.default_rng(seed)
    kind = np.arange(galaxies) % 2
    errs = kind if depends else rng.permutation(kind)
    deviates = np.where(np.eye(2)[errs] == 1, 2, 1e-3) * rng.standard_normal((galaxies, 2))
    width = np.where(np.eye(2)[kind] == 1, 1, 1e-3)
    flat = ProfileSpace(mean=np.array([12, np.log(0.5)]), factor=np.diag([0.3, 0.3]))
    return GaussianEnsemble(
        member=np.arange(1),
        galaxy=np.arange(galaxies),
        realisation=np.zeros(galaxies, dtype=int),
        radius_kpc=np.array([10.0, 100.0]),
        truth=flat.log10_mass(width * deviates),
        mean=np.zeros((1, galaxies, 2)),
        precision_factor=(np.eye(2) / width[:, None])[None],
        space_mean=flat.mean,
        space_factor=flat.factor,
    )


def predict(
    folder: Path, case: Case, splits: dict | None = None, sample_count: int = 200, seed: int = 1
) -> dict[str, Path]:
    """Write the predictive distributions of a case; return the paths of intervals and samples."""
    paths = case.write(folder, splits)
    outputs = {"intervals": folder / "intervals.csv", "samples": folder / "samples.hdf5"}
    write_predictive(**paths, sample_count=sample_count, seed=seed, **outputs)
    return outputs


def joined(
    parts: list[Path], folder: Path, *, kind: str = "bootstrap", max_failed_fraction: float = 0.1
) -> Ensemble:
    """Join parts of an ensemble of architecture C on the i band; return its test split."""
    output = folder / kind / "C/i/predictions.hdf5"
    output.parent.mkdir(parents=True, exist_ok=True)
    join_parts(
        parts=parts,
        kind=kind,
        max_failed_fraction=max_failed_fraction,
        output=output,
        table=folder / "members.csv",
    )
    return read_ensemble(path=output, kind=kind, split="test")


def with_test_truth(splits: dict, truth: np.ndarray) -> dict:
    """Return the ensembles with another truth of the test images."""
    changed = tuple(replace(ensemble, truth=truth) for ensemble in splits["test"])
    return splits | {"test": changed}
