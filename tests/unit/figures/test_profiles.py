"""Figures of predicted profiles: they equal the predictions, and can be read."""

import numpy as np
import pytest

from figure_case import RADIUS_KPC, assert_legible, lines_by_label, network, write_csv
from umbra.figures import profiles
from umbra.predictions.points import read_predictions


def true_profile(galaxy):
    return 9 + 0.01 * galaxy + 1.7 * np.log10(RADIUS_KPC)


@pytest.fixture
def predictions(tmp_path):
    columns = ["split", "galaxy", "realisation", "radius_kpc"]
    columns += ["log10_mass_dm", "log10_mass_dm_predicted"]
    rows = [
        [split, galaxy, realisation, radius]
        + ["nan" if galaxy == 40 and radius < 1.1 else true, true + 0.1 * (realisation - 1)]
        for split, galaxy in [("val", 5), *(("test", g) for g in (40, 10, 30, 20))]
        for realisation in range(3)
        for radius, true in zip(RADIUS_KPC, true_profile(galaxy), strict=True)
    ]
    return write_csv(tmp_path / "predictions.csv", columns, rows)


def test_profiles_equal_the_predictions(predictions):
    read = read_predictions(path=predictions, split="test")
    figure = profiles.plot_profiles(read, galaxies=[20, 40], **network("urz_hi"))
    uppers, lowers = figure.axes[0::2], figure.axes[1::2]
    for galaxy, upper, lower in zip((20, 40), uppers, lowers, strict=True):
        assert upper.get_title() == f"galaxy {galaxy}"
        lines = lines_by_label(upper)
        known = np.isfinite(lines["true"].get_ydata())
        assert known.sum() == (19 if galaxy == 40 else 20)
        truth = 10 ** true_profile(galaxy)
        np.testing.assert_allclose(lines["true"].get_ydata()[known], truth[known])
        for realisation in range(3):
            predicted = lines[f"predicted, realisation {realisation}"].get_ydata()
            np.testing.assert_allclose(predicted, truth * 10 ** (0.1 * (realisation - 1)))
            difference = lower.lines[realisation + 1].get_ydata()[known]
            np.testing.assert_allclose(difference, 0.1 * (realisation - 1), atol=1e-9)
    assert "[kpc]" in lowers[0].get_xlabel()
    expected = "Architecture B, input SDSS u, r, z + HI intensity, velocity, dispersion"
    assert figure.get_suptitle() == expected
    assert_legible(figure)


def test_profiles_of_a_single_galaxy_are_legible(predictions):
    read = read_predictions(path=predictions, split="test")
    figure = profiles.plot_profiles(read, galaxies=[20], **network("urz_hi"))
    assert_legible(figure)


def test_files_are_drawn(predictions, tmp_path):
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    profiles.draw_profiles(predictions=predictions, galaxies=2, **network("urz_hi"), **files)
    assert all(path.stat().st_size > 5000 for path in files.values())
