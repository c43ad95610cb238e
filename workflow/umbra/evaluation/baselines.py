"""Baselines that no network should lose to: the mean profile, and regression on observables.

Observables are integrated quantities (band fluxes, HI flux, W50), of which the regressions take
log10; with ``catalogue_distance`` the measured distance is one more. An observable that is missing
or not positive is replaced by its median in the training split. The baseline ``luminosity`` sees
the i band alone, which is how the relation of stellar and halo mass is used: with the distance it
has the luminosity, without it the flux.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from umbra import seeds
from umbra.config.networks import BaselineInputs
from umbra.dataset.reading import OBSERVABLES, SplitTable, read_split_table
from umbra.dataset.subsets import share_of
from umbra.predictions.points import PREDICTED_SPLITS, Predictions, write_predictions

logger = logging.getLogger(__name__)

Baseline = Literal["mean_profile", "luminosity", "ridge", "random_forest", "gradient_boosting"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)
# All that a run fits. The mean profile sees nothing.
FITTED_BASELINES: list[tuple[Baseline, BaselineInputs]] = [
    (baseline, inputs)
    for baseline in BASELINES
    for inputs in get_args(BaselineInputs)
    if (baseline, inputs) != ("mean_profile", "catalogue_distance")
]

TREES = 200
BOOSTING_STEPS = 100
FOLDS = 5
_LUMINOSITY_BAND = "flux_i_nanomaggy"


def fit_baselines(
    *,
    dataset: Path,
    predictions: Mapping[tuple[Baseline, BaselineInputs], Path],
    percent: int,
    seed: int,
) -> None:
    """Fit baselines to the training split and predict the validation and test splits.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5``.
    predictions : mapping
        Baseline, of `BASELINES`, and what it sees -> its ``predictions.csv``.
    percent : int
        Share of the training galaxies that it learns from [%].
    seed : int
        The run's seed.
    """
    train = share_of(read_split_table(dataset, "train"), percent=percent, seed=seed)
    others = {split: read_split_table(dataset, split) for split in PREDICTED_SPLITS}
    for (baseline, inputs), output in predictions.items():
        logger.info("fitting %s to %s", baseline, inputs)
        guesses = predict_baseline(
            baseline=baseline, inputs=inputs, train=train, others=list(others.values()), seed=seed
        )
        write_predictions(
            predictions={
                split: Predictions.of(rows, guess)
                for (split, rows), guess in zip(others.items(), guesses, strict=True)
            },
            output=output,
        )


def predict_baseline(
    *,
    baseline: Baseline,
    inputs: BaselineInputs,
    train: SplitTable,
    others: list[SplitTable],
    seed: int,
) -> list[np.ndarray]:
    """Predict log10 masses from observables.

    Each radius has its own regression, on the training images whose truth is not masked there.

    Parameters
    ----------
    baseline : str
        One of `BASELINES`.
    inputs : {"catalogue", "catalogue_distance"}
        What it sees; the mean profile sees nothing.
    train : SplitTable
        The training split.
    others : list of SplitTable
        Rows to predict.
    seed : int
        The run's seed; only forest and boosting draw from it.

    Returns
    -------
    list of ndarray, shape (n, radii)
        log10(M/Msun).
    """
    seen, *others_seen = (
        regression_inputs(rows, baseline=baseline, inputs=inputs) for rows in (train, *others)
    )
    asked = np.concatenate(others_seen)
    guess = np.empty((len(asked), train.log10_mass_dm.shape[1]))
    for radii in _radii_together(train.log10_mass_dm, baseline):
        valid = np.isfinite(train.log10_mass_dm[:, radii[0]])
        target, galaxy = train.log10_mass_dm[np.ix_(valid, radii)], train.galaxy[valid]
        # One galaxy has no relation to find.
        if baseline == "mean_profile" or len(np.unique(galaxy)) == 1:
            guess[:, radii] = target.mean(axis=0)
            continue
        model = _regression(baseline, galaxy=galaxy, seed=seed)
        guess[:, radii] = model.fit(seen[valid], target).predict(asked)
    return np.split(guess, np.cumsum([len(own) for own in others_seen])[:-1])


def _radii_together(truth: np.ndarray, baseline: Baseline) -> list[np.ndarray]:
    """Return groups of radii that are regressed at once; the same images are unmasked at each."""
    if baseline in ("random_forest", "gradient_boosting"):  # trees of all radii would take memory
        return list(np.arange(truth.shape[1])[:, None])
    _, group = np.unique(np.isfinite(truth), axis=1, return_inverse=True)
    return [np.flatnonzero(group == one) for one in range(group.max() + 1)]


def regression_inputs(
    rows: SplitTable, *, baseline: Baseline, inputs: BaselineInputs
) -> np.ndarray:
    """Return what a regression sees of some images.

    Parameters
    ----------
    rows : SplitTable
        The images.
    baseline : str
        One of `BASELINES`.
    inputs : {"catalogue", "catalogue_distance"}
        What it sees.

    Returns
    -------
    ndarray, shape (n, inputs)
        log10 of the quantities, NaN where there is none, and `line_cut` as it is; of the baseline
        ``luminosity`` log10 of the flux, or of the flux times the distance squared.
    """
    with_distance = inputs == "catalogue_distance"
    if baseline == "luminosity":
        flux = rows.observables[:, OBSERVABLES.index(_LUMINOSITY_BAND)]
        scale = rows.measured_distance_mpc**2 if with_distance else 1.0
        return _log10(flux * scale)[:, None]
    quantities, line_cut = np.split(rows.observables, [OBSERVABLES.index("line_cut")], axis=1)
    columns = [_log10(quantities), line_cut]
    if with_distance:
        columns.append(_log10(rows.measured_distance_mpc)[:, None])
    return np.hstack(columns)


def _log10(quantities: np.ndarray) -> np.ndarray:
    return np.log10(np.where(quantities > 0, quantities, np.nan))


def _regression(baseline: Baseline, *, galaxy: np.ndarray, seed: int):
    """Return what regresses some radii on the inputs of images of these galaxies."""
    # scikit-learn costs a second that the mean profile does not need
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import GroupKFold
    from sklearn.multioutput import MultiOutputRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    from umbra.evaluation.ridge import RidgeOfFolds

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    state = int(seeds.generator(seed, seeds.Stage.BASELINES).integers(2**31))
    if baseline == "random_forest":
        forest = RandomForestRegressor(
            n_estimators=TREES, min_samples_leaf=3, random_state=state, n_jobs=1
        )
        return make_pipeline(imputer, MultiOutputRegressor(forest))
    if baseline == "gradient_boosting":
        boosting = GradientBoostingRegressor(
            n_estimators=BOOSTING_STEPS, subsample=0.5, min_samples_leaf=3, random_state=state
        )
        return make_pipeline(imputer, MultiOutputRegressor(boosting))
    # realisations of one galaxy share their truth, so folds are made of whole galaxies
    folds = GroupKFold(min(FOLDS, len(np.unique(galaxy)))).split(galaxy, groups=galaxy)
    # The relation of stellar and halo mass bends.
    terms = PolynomialFeatures(2 if baseline == "luminosity" else 1, include_bias=False)
    return make_pipeline(imputer, StandardScaler(), terms, RidgeOfFolds(list(folds)))
