"""Coverage of thirds: right for all, or wrong for edge-on galaxies alone."""

import numpy as np
import pandas as pd
import pytest

from ensemble_case import Case
from umbra.evaluation.coverage_thirds import THIRDS, write_coverage_thirds
from umbra.predictions.calibration import write_predictive
from umbra.predictions.samples import read_samples

GALAXIES = 300


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Samples of networks whose errors are those that they state, one view of each galaxy."""
    folder = tmp_path_factory.mktemp("thirds")
    case = Case(galaxies={"val": GALAXIES, "test": GALAXIES}, realisations=1, members=4)
    path = folder / "samples.hdf5"
    write_predictive(
        **case.write(folder),
        sample_count=300,
        seed=4,
        intervals=folder / "intervals.csv",
        samples=path,
    )
    return path


def thirds(samples, folder, inclination_deg, known=slice(None)):
    """Return the table for given inclinations of the test images, by third."""
    predictive = read_samples(samples, "calibrated")
    views = pd.DataFrame({"galaxy": predictive.galaxy, "realisation": predictive.realisation})
    distance = np.random.default_rng(7).uniform(10, 20, len(views))
    views.assign(distance_mpc=distance).to_csv(folder / "observations.csv", index=False)
    views.assign(inclination_deg=inclination_deg)[known].to_csv(
        folder / "line_widths.csv", index=False
    )
    write_coverage_thirds(
        samples={"urz": samples},
        observations=folder / "observations.csv",
        line_widths=folder / "line_widths.csv",
        output=folder / "thirds.csv",
    )
    table = pd.read_csv(folder / "thirds.csv")
    return table[table["method"] == "calibrated"].set_index(["property", "third"])


def own_error(samples):
    """Return the error of each image, at the middle radius in units of its interval."""
    predictive = read_samples(samples, "calibrated")
    lower, median, upper = predictive.quantiles([0.16, 0.5, 0.84])
    return (np.abs(median - predictive.truth) / (upper - lower)).mean(axis=1)


def test_intervals_that_are_right_for_all_are_right_in_every_third(samples, tmp_path):
    table = thirds(samples, tmp_path, np.linspace(0, 90, GALAXIES))
    for name in ("distance_mpc", "inclination_deg"):
        rows = table.loc[name]
        assert list(rows.index) == list(THIRDS)
        # of two properties in three thirds each, one may be two binomial errors off by chance
        assert (np.abs(rows["covered_68"] - 0.68) <= 3 * rows["sigma"]).all()
        assert (rows["n_images"] == GALAXIES / 3).all()
        assert (rows["greatest"].to_numpy()[:-1] <= rows["least"].to_numpy()[1:]).all()


def test_intervals_that_are_wrong_for_edge_on_galaxies_are_found(samples, tmp_path):
    error = own_error(samples)
    table = thirds(samples, tmp_path, 90 * error.argsort().argsort() / GALAXIES)
    inclined, far = table.loc["inclination_deg"], table.loc["distance_mpc"]
    assert inclined["covered_68"].is_monotonic_decreasing
    assert list(inclined["right"]) == ["no", inclined["right"].iloc[1], "no"]
    assert inclined["covered_68"].mean() == pytest.approx(far["covered_68"].mean(), abs=0.02)
    assert inclined["delta_mse"].is_monotonic_increasing


def test_views_without_an_inclination_are_left_out(samples, tmp_path):
    table = thirds(samples, tmp_path, np.linspace(0, 90, GALAXIES), known=slice(0, 30))
    assert table.loc["inclination_deg", "n_images"].sum() == 30
    assert table.loc["distance_mpc", "n_images"].sum() == GALAXIES
