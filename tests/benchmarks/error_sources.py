"""Where the errors of networks and baselines come from.

``python tests/benchmarks/error_sources.py RUN SymmetricResNet/urz_hi ridge/catalogue_distance ...``
prints delta_mse on the test split, averaged over the radii, [dex]:

- image: of an image, as everywhere else;
- views: of the mean prediction for all realisations of a galaxy, which averages over distances,
  orientations and noise;
- distance: of an image, without what is linear in the error of the measured distance;
- observables: of an image, after a linear regression on fluxes, W50 and measured distance has
  learnt the errors on the validation split. If it is not lower than the first, these numbers tell
  nothing that the network has not seen;
- and delta_mse of an image at the innermost, the middle and the outermost radius.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from umbra.dataset.reading import OBSERVABLES, SplitTable, read_split_table
from umbra.predictions.points import PREDICTED_SPLITS, Predictions, read_predictions


def delta(error: np.ndarray) -> np.ndarray:
    """Return delta_mse at each radius."""
    return np.sqrt(np.nanmean(error**2, axis=0))


def of_galaxies(predictions: Predictions, error: np.ndarray) -> np.ndarray:
    """Return the mean error of the realisations of each galaxy."""
    return np.array(
        [error[predictions.galaxy == galaxy].mean(axis=0) for galaxy in set(predictions.galaxy)]
    )


def observables(rows: SplitTable) -> np.ndarray:
    """Return log10 of what an observer measures; 0 where it was not."""
    measured = rows.observables[:, [name != "line_cut" for name in OBSERVABLES]]
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithms = np.log10(np.column_stack([measured, rows.measured_distance_mpc]))
    return np.where(np.isfinite(logarithms), logarithms, 0.0)


def without(error: np.ndarray, fit, learnt: tuple, features: np.ndarray) -> np.ndarray:
    """Return errors less what a regression, fitted to (features, errors), predicts of them."""
    known, errors = learnt
    whole = np.isfinite(errors).all(axis=1)
    return error - fit.fit(known[whole], errors[whole]).predict(features)


def sources(run: Path, name: str) -> np.ndarray:
    """Return the numbers of a line."""
    (folder,) = run.glob(f"results/*/{name}/predictions.csv")
    dataset = run / "results/dataset.hdf5"
    rows = {split: read_split_table(dataset, split) for split in PREDICTED_SPLITS}
    said = {split: read_predictions(path=folder, split=split) for split in rows}
    for split, one in said.items():
        np.testing.assert_array_equal(one.galaxy, rows[split].galaxy)
        np.testing.assert_array_equal(one.realisation, rows[split].realisation)
    error = {split: one.predicted - one.truth for split, one in said.items()}
    test = rows["test"]
    offset = np.log10(test.measured_distance_mpc / test.distance_mpc)[:, None]
    ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13)))
    learnt = observables(rows["val"]), error["val"]
    columns = [
        error["test"],
        of_galaxies(said["test"], error["test"]),
        without(error["test"], LinearRegression(), (offset, error["test"]), offset),
        without(error["test"], ridge, learnt, observables(test)),
    ]
    radii = delta(error["test"])
    means = [delta(column).mean() for column in columns]
    return np.array([*means, *radii[[0, len(radii) // 2, -1]]])


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    print(f"{'':36} image  views distance observables innermost middle outermost")
    for name in options.names:
        numbers = "  ".join(f"{number:.3f}" for number in sources(options.run, name))
        print(f"{name:36} {numbers}", flush=True)


if __name__ == "__main__":
    main()
