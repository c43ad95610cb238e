"""``reference.hdf5``: what a prediction takes from the galaxies of the networks' run."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from umbra.hdf5 import create, open_content
from umbra.observed.belonging import (
    Ranking,
    feature_distance,
    percentile,
    statistic_distance,
    statistic_points,
)
from umbra.predictions.profile_space import ProfileSpace


@dataclass(frozen=True)
class TrainingReference:
    """The validation galaxies' errors, and where the galaxies of the run are.

    Attributes
    ----------
    member : ndarray of int, shape (members,)
        Numbers of the saved members.
    radius_kpc : ndarray, shape (radii,)
    residuals : ndarray, shape (v, radii)
        `umbra.predictions.distributions.validation_residuals` of the ensemble.
    validation_galaxies : ndarray of int, shape ()
        Galaxies that the v images show.
    space_mean, space_factor : ndarray
        Mean and factor of the `ProfileSpace` of the training.
    statistic_range : ndarray, shape (2, statistics)
        1st and 99th percentile of `umbra.observed.statistics` of the training images.
    distance_range : ndarray, shape (2,)
        The same of their measured distances [Mpc].
    substitutes : ndarray, shape (statistics,)
        Mean of log10 of each statistic of the training images.
    statistic_points : ndarray, shape (n, 2 statistics + 1)
        `umbra.observed.belonging.statistic_points` of the training and validation images.
    feature_points : ndarray, shape (members, t, width)
        Features of the training images.
    statistic_ranking, feature_ranking : ndarray, shape (3,)
        Mean, spread and galaxies of the `Ranking` of distances: of the statistics of each galaxy
        from those of the others, and of the features of the validation images from the training's.
    """

    member: np.ndarray
    radius_kpc: np.ndarray
    residuals: np.ndarray
    validation_galaxies: np.ndarray
    space_mean: np.ndarray
    space_factor: np.ndarray
    statistic_range: np.ndarray
    distance_range: np.ndarray
    substitutes: np.ndarray
    statistic_points: np.ndarray
    feature_points: np.ndarray
    statistic_ranking: np.ndarray
    feature_ranking: np.ndarray

    @property
    def space(self) -> ProfileSpace:
        """The space of the profiles."""
        return ProfileSpace(mean=self.space_mean, factor=self.space_factor)

    def percentile(
        self, *, statistics: np.ndarray, features: np.ndarray, distance_mpc: np.ndarray
    ) -> np.ndarray:
        """Return how unlike the training images are, as a percentile of galaxies like it.

        Parameters
        ----------
        statistics : ndarray, shape (n, statistics)
        features : ndarray, shape (members, n, width)
        distance_mpc : ndarray, shape (n,)
            Measured distances [Mpc].

        Returns
        -------
        ndarray, shape (n,)
        """
        return percentile(
            *self.fractions_beyond(
                statistics=statistics, features=features, distance_mpc=distance_mpc
            )
        )

    def fractions_beyond(
        self, *, statistics: np.ndarray, features: np.ndarray, distance_mpc: np.ndarray
    ) -> np.ndarray:
        """Return which fraction of galaxies has a larger distance, of statistics and of features.

        Parameters
        ----------
        statistics, features, distance_mpc : ndarray
            As of `percentile`.

        Returns
        -------
        ndarray, shape (2, n)
        """
        points = statistic_points(statistics, distance_mpc, self.substitutes)
        rankings = Ranking(*self.statistic_ranking), Ranking(*self.feature_ranking)
        distances = (
            statistic_distance(self.statistic_points, points),
            feature_distance(self.feature_points, features),
        )
        pairs = zip(rankings, distances, strict=True)
        return np.array([ranking.beyond(distance) for ranking, distance in pairs])


def write_reference(reference: TrainingReference, path: Path) -> None:
    """Write ``reference.hdf5``."""
    with create(path) as file:
        for field in fields(TrainingReference):
            file[field.name] = getattr(reference, field.name)


def read_reference(path: Path, *, remedy: str) -> TrainingReference:
    """Read ``reference.hdf5``.

    Raises
    ------
    Damaged
        If `write_reference` did not write the file.
    InputError
        If the system does not let it be read.
    """
    with open_content(path, fault="is no reference of saved networks", remedy=remedy) as file:
        return TrainingReference(
            **{field.name: file[field.name][()] for field in fields(TrainingReference)}
        )
