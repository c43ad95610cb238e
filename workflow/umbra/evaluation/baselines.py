"""Baselines that no network should lose to: the mean profile, and regression on observables.

Observables are integrated quantities (band fluxes, HI flux, W50), of which the regressions take
log10. An observable that is missing or not positive is replaced by its median in the training
split.
"""

from pathlib import Path
from typing import Literal, get_args

import numpy as np

from umbra import seeds
from umbra.dataset.reading import OBSERVABLES, SplitTable, read_split_table
from umbra.predictions.points import PREDICTED_SPLITS, Predictions, write_predictions

Baseline = Literal["mean_profile", "ridge", "random_forest"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)

TREES = 200
RIDGE_PENALTIES = tuple(np.logspace(-3, 3, 13))
FOLDS = 5


def fit_baseline(*, dataset: Path, baseline: Baseline, seed: int, predictions: Path) -> None:
    """Fit a baseline to the training split and predict the validation and test splits.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5``.
    baseline : {"mean_profile", "ridge", "random_forest"}
    seed : int
        The run's seed.
    predictions : Path
        ``predictions.csv``.
    """
    train = read_split_table(dataset, "train")
    others = {split: read_split_table(dataset, split) for split in PREDICTED_SPLITS}
    guesses = predict_baseline(
        baseline=baseline,
        train=train,
        others=[rows.observables for rows in others.values()],
        seed=seed,
    )
    write_predictions(
        predictions={
            split: Predictions.of(rows, guess)
            for (split, rows), guess in zip(others.items(), guesses, strict=True)
        },
        output=predictions,
    )


def predict_baseline(
    *, baseline: Baseline, train: SplitTable, others: list[np.ndarray], seed: int
) -> list[np.ndarray]:
    """Predict log10 masses from observables.

    Each radius has its own regression, on the training images whose truth is not masked there.

    Parameters
    ----------
    baseline : {"mean_profile", "ridge", "random_forest"}
    train : SplitTable
        The training split.
    others : list of ndarray, shape (n, observables)
        Observables to predict from.
    seed : int
        The run's seed; only the forest draws from it.

    Returns
    -------
    list of ndarray, shape (n, radii)
        log10(M/Msun).
    """
    radii = train.log10_mass_dm.shape[1]
    guesses = [np.empty((len(observables), radii)) for observables in others]
    for radius in range(radii):
        valid = np.isfinite(train.log10_mass_dm[:, radius])
        target = train.log10_mass_dm[valid, radius]
        if baseline == "mean_profile":
            for guess in guesses:
                guess[:, radius] = target.mean()
            continue
        model = _regression(baseline, galaxy=train.galaxy[valid], seed=seed)
        model.fit(regression_inputs(train.observables[valid]), target)
        for guess, observables in zip(guesses, others, strict=True):
            guess[:, radius] = model.predict(regression_inputs(observables))
    return guesses


def regression_inputs(observables: np.ndarray) -> np.ndarray:
    """Return log10 of the quantities, NaN where there is none, and `line_cut` as it is."""
    quantities, line_cut = np.split(observables, [OBSERVABLES.index("line_cut")], axis=1)
    positive = np.where(quantities > 0, quantities, np.nan)
    return np.hstack([np.log10(positive), line_cut])


def _regression(baseline: Baseline, *, galaxy: np.ndarray, seed: int):
    # scikit-learn costs a second that the mean profile does not need
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    if baseline == "random_forest":
        state = int(seeds.generator(seed, seeds.Stage.BASELINES).integers(2**31))
        forest = RandomForestRegressor(
            n_estimators=TREES, min_samples_leaf=3, random_state=state, n_jobs=1
        )
        return make_pipeline(imputer, forest)
    # realisations of one galaxy share their truth, so folds are made of whole galaxies
    count = min(FOLDS, len(np.unique(galaxy)))
    folds = None
    if count > 1:
        folds = list(GroupKFold(count).split(galaxy, groups=galaxy))
    return make_pipeline(imputer, StandardScaler(), RidgeCV(RIDGE_PENALTIES, cv=folds))
