"""Errors of all networks and baselines that a run has, whether or not it has all it is to have.

``python tests/benchmarks/network_errors.py [RUN] [--reference ridge/catalogue_distance]`` prints
delta_mse on the test split, averaged over the radii, with its standard deviation over resamples of
the galaxies, [dex]; how much lower it is than that of the mean profile; its ratio to the reference,
with the 95 % interval of the resamples; and at how many radii it is below the reference.
"""

import argparse
from pathlib import Path

import numpy as np

from umbra.evaluation.metrics import JudgedPredictions

SEED = 1
MEAN = ("mean_profile", "catalogue")


def main() -> None:
    """Print a line for each, best first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path, nargs="?", default=Path())
    parser.add_argument("--reference", default="ridge/catalogue_distance")
    options = parser.parse_args()
    results = options.run / "results"
    paths = [
        path
        for folder in ("baselines", "networks")
        for path in results.glob(f"{folder}/*/*/predictions.csv")
    ]
    judged = {path.parts[-3:-1]: JudgedPredictions.of(path, SEED) for path in paths}
    mean, reference = judged[MEAN], judged[tuple(options.reference.split("/"))]
    print(f"{len(np.unique(mean.test.galaxy))} test galaxies, {len(mean.test.galaxy)} images")
    for key, one in sorted(judged.items(), key=lambda item: item[1].mean_delta_mse):
        error = one.resampled_mean_delta_mse.std()
        lower = 100 * (1 - one.mean_delta_mse / mean.mean_delta_mse)
        ratios = one.resampled_mean_delta_mse / reference.resampled_mean_delta_mse
        low, high = np.percentile(ratios, [2.5, 97.5])
        below = (one.errors.delta_mse < reference.errors.delta_mse).sum()
        ratio = one.mean_delta_mse / reference.mean_delta_mse
        print(
            f"{'/'.join(key):38} {one.mean_delta_mse:.3f} +- {error:.3f}  {lower:3.0f} % below the"
            f" mean  {ratio:.2f} ({low:.2f}-{high:.2f}) of the reference  below it at {below} of"
            f" {len(one.errors.n)} radii"
        )


if __name__ == "__main__":
    main()
