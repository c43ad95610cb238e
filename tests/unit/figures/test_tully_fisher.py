"""The figure of rotation velocities: it equals its tables, and can be read."""

import numpy as np
import pytest

from figure_case import assert_legible, lines_by_label, network, texts, write_csv
from umbra.classical.tully_fisher.comparison import TULLY_FISHER_COLUMNS as COLUMNS
from umbra.classical.tully_fisher.residuals import BAND_COLUMNS, SUMMARY_COLUMNS
from umbra.errors import InputError
from umbra.figures import style
from umbra.figures.tully_fisher import draw_tully_fisher, plot_tully_fisher, read_velocity_tables

TRUE = np.array([120.0, 120.0, 250.0, 250.0])


def write_tables(folder, true, *, left_out=1):
    """Write tables in which A is 10 % too high, with 5 % bars, and B 20 % too low."""
    rows = []
    for index, value in enumerate(true):
        a, b = 1.1 * value, 0.8 * value
        rows.append(
            [index // 2, index % 2, 10, 1e10, value, a, a * 0.95, a * 1.05, "calibrated"]
            + [b, b * 0.7, b * 1.4, ""]
        )
    rows += left_out * [[99, 0, *(len(COLUMNS) - 3) * [""], "R = 0.3 kpc is outside"]]
    band = [
        [method, value, bias, 0.02, value * 10 ** (bias - 0.02), value * 10 ** (bias + 0.02)]
        for method, bias in (("A", 0.04), ("B", -0.1))
        for value in (min(true), max(true))
    ]
    counts = [len(true), len(true) // 2, left_out]
    summary = [
        ["A", 0.0414, 0.021, 0.0217, 0.75, *counts],
        ["B", -0.0969, 0.034, 0.151, 1.0, *counts],
        ["B_anticorrelated", -0.0969, 0.034, 0.037, 0.25, *counts],
    ]
    return {
        "table": write_csv(folder / "table.csv", COLUMNS, rows),
        "bands": write_csv(folder / "bands.csv", BAND_COLUMNS, band),
        "summary": write_csv(folder / "summary.csv", SUMMARY_COLUMNS, summary),
    }


def plot(paths):
    return plot_tully_fisher(read_velocity_tables(**paths), **network("urz_hi"))


def bars(panel, method):
    (found,) = (c for c in panel.collections if c.get_label() == f"_error bars of {method}")
    return np.array(found.get_segments())


def test_points_and_bars_equal_the_table(tmp_path):
    figure = plot(write_tables(tmp_path, TRUE))
    panel, residuals = figure.axes
    lines = {label.split(",")[0]: line for label, line in lines_by_label(panel).items()}
    # one point for each image for A, and one for each galaxy for B
    for method, true, factor, low, high in (
        ("A", TRUE, 1.1, 0.95, 1.05),
        ("B", TRUE[::2], 0.8, 0.7, 1.4),
    ):
        np.testing.assert_allclose(lines[method].get_xdata(), true)
        np.testing.assert_allclose(lines[method].get_ydata(), factor * true)
        segments = bars(panel, method)
        np.testing.assert_allclose(segments[..., 0], np.stack([true, true], axis=1))
        expected = factor * true[:, None] * np.array([low, high])
        np.testing.assert_allclose(segments[..., 1], expected)
    assert lines["A"].get_color() == style.ORANGE
    assert lines["B"].get_color() == style.PURPLE
    equal = lines["one to one"]
    np.testing.assert_array_equal(equal.get_xdata(), equal.get_ydata())
    assert panel.get_xscale() == panel.get_yscale() == residuals.get_xscale() == "log"
    assert "[km/s]" in panel.get_ylabel() and "[km/s]" in residuals.get_xlabel()
    assert "[dex]" in residuals.get_ylabel()
    assert_legible(figure)


def test_bands_equal_their_table(tmp_path):
    panel, residuals = plot(write_tables(tmp_path, TRUE)).axes
    for method, bias in (("A", 0.04), ("B", -0.1)):
        (band,) = (c for c in panel.collections if c.get_label() == f"_band {method}")
        corners = {tuple(np.round(corner, 6)) for corner in band.get_paths()[0].vertices}
        for value in (120, 250):
            for sign in (-1, 1):
                assert (value, round(value * 10 ** (bias + sign * 0.02), 6)) in corners
        line = lines_by_label(residuals)[f"bias of {method}"]
        np.testing.assert_allclose(line.get_ydata(), bias)


def test_legend_and_title_quote_the_summary(tmp_path):
    shown = "\n".join(texts(plot(write_tables(tmp_path, TRUE))))
    assert "bias +0.041 dex, scatter 0.021 dex\nerror bar 0.022 dex on average; 75%" in shown
    assert "bias -0.097 dex, scatter 0.034 dex\nerror bar 0.151 dex on average; 100%" in shown
    assert "0.037 dex and 25% if the coefficients are anticorrelated" in shown
    assert "4 test images of 2 galaxies; 1 left out" in shown
    assert "Architecture B, input SDSS u, r, z + HI intensity, velocity, dispersion\n4" in shown


@pytest.mark.parametrize("count", [2, 36, 1200])
def test_any_number_of_images_is_legible(tmp_path, count):
    true = np.repeat(10 ** np.random.default_rng(2).uniform(2, 2.7, count // 2), 2)
    figure = plot(write_tables(tmp_path, true, left_out=0))
    assert_legible(figure)
    assert "left out" not in "\n".join(texts(figure))
    panel, residuals = figure.axes
    low, high = panel.get_ylim()
    assert low < bars(panel, "B")[..., 1].min() and high > bars(panel, "B")[..., 1].max()
    # no two labels of an axis overlap
    boxes = [label.get_window_extent() for label in residuals.get_xticklabels()]
    shown = sorted((box.x0, box.x1) for box in boxes if box.width)
    assert all(left[1] < right[0] for left, right in zip(shown, shown[1:], strict=False))


def test_files_are_written_and_an_empty_table_is_explained(tmp_path):
    options = network("i_v")
    files = {"pdf": tmp_path / "figure.pdf", "png": tmp_path / "figure.png"}
    draw_tully_fisher(**write_tables(tmp_path, TRUE), **options, **files)
    assert all(path.stat().st_size > 1000 for path in files.values())
    paths = write_tables(tmp_path, TRUE)
    write_csv(paths["table"], COLUMNS, [[99, 0, *(len(COLUMNS) - 3) * [""], "no stars"]])
    with pytest.raises(InputError, match=r"no test galaxy .* widen profiles.min_radius_kpc"):
        draw_tully_fisher(**paths, **options, **files)
