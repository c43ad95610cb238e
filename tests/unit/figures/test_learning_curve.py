"""The learning curve: what is plotted equals the table."""

import numpy as np
import pytest

from figure_case import PAPER_SETS, assert_legible, lines_by_label, write_csv
from umbra.errors import InputError
from umbra.evaluation.learning_curve import LEARNING_CURVE_COLUMNS
from umbra.figures import learning_curve, style
from umbra.tables import read_table

SETS = [one for one in PAPER_SETS if one.name in ("urz", "urz_hi")]
GALAXIES = (9, 18, 36)


def write(path, names=("B", "SymmetricResNet")):
    networks = [(name, one.name) for name in names for one in SETS]
    rows = [
        [*key, galaxies, 0.1 + 0.01 * number + 1 / galaxies, 0.02]
        for number, key in enumerate([*networks, *style.BASELINE_LINES])
        for galaxies in GALAXIES
    ]
    return write_csv(path, LEARNING_CURVE_COLUMNS, rows if names else [])


def test_curves_equal_the_table(tmp_path):
    table = read_table(write(tmp_path / "curve.csv"), LEARNING_CURVE_COLUMNS)
    figure = learning_curve.plot_learning_curve(table, channel_sets=SETS)
    for panel, one in zip(figure.axes, SETS, strict=True):
        curves = lines_by_label(panel)
        assert len(curves) == 2 + len(style.BASELINE_LINES)
        assert len(panel.containers) == 2  # the error bars of the networks
        own = (table["architecture"] == "SymmetricResNet") & (table["channels"] == one.name)
        np.testing.assert_allclose(
            curves["SymmetricResNet"].get_xydata(), table[own][["galaxies", "delta_mse"]]
        )
    assert_legible(figure)


def test_a_table_without_rows_is_named(tmp_path):
    path = write(tmp_path / "curve.csv", names=())
    files = {"pdf": tmp_path / "curve.pdf", "png": tmp_path / "curve.png"}
    with pytest.raises(InputError, match="curve.csv: the table has no row"):
        learning_curve.draw_learning_curve(table=path, channel_sets=SETS, **files)
