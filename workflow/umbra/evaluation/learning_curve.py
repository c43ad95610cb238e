"""Errors against the number of galaxies that networks and baselines learn from."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.dataset.reading import read_split_table
from umbra.dataset.subsets import galaxies_in_share
from umbra.evaluation.metrics import errors
from umbra.evaluation.resampling import resampled_means
from umbra.predictions.points import read_predictions
from umbra.tables import write_table

LEARNING_CURVE_COLUMNS: dict[str, type] = {
    "architecture": str,
    "channels": str,
    "galaxies": int,
    "delta_mse": float,
    "delta_mse_error": float,
}


def write_learning_curve(
    *,
    dataset: Path,
    predictions: Mapping[tuple[int, str, str], Path],
    seed: int,
    output: Path,
) -> None:
    """Write the errors on the test split after training on shares of the training galaxies.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5``.
    predictions : mapping
        (percent of the training galaxies, architecture or baseline, channel set or inputs) ->
        ``predictions.csv``.
    seed : int
        The run's seed.
    output : Path
        CSV with columns `LEARNING_CURVE_COLUMNS`: delta_mse averaged over the radii [dex], and its
        standard deviation over resamples of the test galaxies.
    """
    galaxy = read_split_table(dataset, "train").galaxy
    rows = []
    for (percent, architecture, channels), path in predictions.items():
        test = read_predictions(path=path, split="test")
        found = errors(truth=test.truth, predicted=test.predicted).delta_mse
        squares = (test.predicted - test.truth) ** 2
        resampled = np.sqrt(resampled_means(squares, test.galaxy, seed=seed))
        count = len(galaxies_in_share(galaxy, percent=percent, seed=seed))
        spread = np.nanmean(resampled, axis=1).std()
        rows.append((architecture, channels, count, np.nanmean(found), spread))
    table = pd.DataFrame(rows, columns=list(LEARNING_CURVE_COLUMNS))
    order = ["architecture", "channels", "galaxies"]
    formats = dict.fromkeys(("delta_mse", "delta_mse_error"), ".6f")
    write_table(table.sort_values(order), output, formats=formats)
