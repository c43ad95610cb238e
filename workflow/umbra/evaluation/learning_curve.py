"""Errors against the number of galaxies that networks and baselines learn from."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from umbra.dataset.reading import read_split_table
from umbra.dataset.subsets import galaxies_in_share
from umbra.evaluation.metrics import JudgedPredictions
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
        judged = JudgedPredictions.of(path, seed)
        count = len(galaxies_in_share(galaxy, percent=percent, seed=seed))
        spread = judged.resampled_mean_delta_mse.std()
        rows.append((architecture, channels, count, judged.mean_delta_mse, spread))
    table = pd.DataFrame(rows, columns=list(LEARNING_CURVE_COLUMNS))
    order = ["architecture", "channels", "galaxies"]
    formats = dict.fromkeys(("delta_mse", "delta_mse_error"), ".6f")
    write_table(table.sort_values(order), output, formats=formats)
