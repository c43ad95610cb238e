"""The figure of line widths: it equals its tables, and can be read."""

import numpy as np

from figure_case import assert_legible, lines_by_label, write_csv
from umbra.classical.tully_fisher.baryonic import (
    LINE_COLUMNS,
    LINE_SUMMARY_COLUMNS,
    RELATION_COLUMNS,
)
from umbra.figures.baryonic_tully_fisher import (
    draw_baryonic_tully_fisher,
    plot_baryonic_tully_fisher,
)
from umbra.tables import read_table

SPEED, MASS = np.array([110.0, 150.0, 210.0, 300.0]), np.array([1e10, 3e10, 9e10, 3e11])


def write_tables(folder, cut):
    rows = [
        [one, 0, 60, mass / 2, mass / 3, mass, speed * 1.7, speed * 1.8, speed, 0.1, cut[one]]
        + [1 - cut[one]]
        for one, (speed, mass) in enumerate(zip(SPEED, MASS, strict=True))
    ]
    counts = [len(rows), sum(cut), 0, 0, len(rows) - sum(cut), 3.4, 0.1, 0.2]
    return {
        "table": write_csv(folder / "table.csv", LINE_COLUMNS, rows),
        "relation": write_csv(folder / "relation.csv", RELATION_COLUMNS, [[100, 5e9], [300, 3e11]]),
        "summary": write_csv(folder / "summary.csv", LINE_SUMMARY_COLUMNS, [counts]),
    }


def plot(paths):
    return plot_baryonic_tully_fisher(
        read_table(paths["table"], LINE_COLUMNS),
        read_table(paths["relation"], RELATION_COLUMNS),
        read_table(paths["summary"], LINE_SUMMARY_COLUMNS).iloc[0],
    )


def test_points_and_line_equal_the_tables(tmp_path):
    figure = plot(write_tables(tmp_path, cut=[0, 0, 0, 1]))
    lines = lines_by_label(figure.axes[0])
    used, cut, relation = (
        next(line for label, line in lines.items() if label.startswith(start))
        for start in ("3 views: slope 3.40, median +0.10", "line cut", "SPARC")
    )
    np.testing.assert_allclose(used.get_xydata(), np.column_stack([SPEED, MASS])[:3])
    np.testing.assert_allclose(cut.get_xydata(), [[SPEED[3], MASS[3]]])
    np.testing.assert_allclose(relation.get_xydata(), [[100, 5e9], [300, 3e11]])
    assert "1 with a line that is cut" in figure.get_suptitle()


def test_the_figure_can_be_read(tmp_path):
    assert_legible(plot(write_tables(tmp_path, cut=[0, 1, 0, 0])))


def test_files_are_written(tmp_path):
    files = {"pdf": tmp_path / "f.pdf", "png": tmp_path / "f.png"}
    draw_baryonic_tully_fisher(**write_tables(tmp_path, cut=[0] * 4), **files)
    assert all(path.stat().st_size > 1000 for path in files.values())
