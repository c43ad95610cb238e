"""The figure of the errors of rotation curves: it equals its tables, and can be read."""

import numpy as np
import pytest

from figure_case import assert_legible, lines_by_label, network, texts
from rotation_case import RADIUS_KPC, compare
from umbra.figures.rotation_curve_errors import (
    draw_rotation_curve_errors,
    plot_rotation_curve_errors,
    read_compared_errors,
)
from umbra.figures.rotation_curves import read_curve_outcomes

NETWORK = network("urz_hi")
OFFSETS = {3: 0.1, 8: -0.3}
FAILED = {1: "rings", 5: "light", 9: "fit"}


def errors_figure(tables):
    errors, galaxies = (
        read_compared_errors(tables["error_table"]),
        read_curve_outcomes(tables["galaxies"]),
    )
    return plot_rotation_curve_errors(errors, galaxies=galaxies, **NETWORK)


def test_errors_equal_their_table(tmp_path):
    tables = compare(tmp_path, offsets=OFFSETS, failed=FAILED)
    figure = errors_figure(tables)
    assert_legible(figure)
    # +0.1 and -0.3 dex
    expected = {"rotation curve (2)": (0.05**0.5, 0.2)}
    expected["network, the same galaxies (2)"] = (0.05**0.5 / 10, 0.02)
    expected["network, failed rotation curves included (5)"] = (0.6002**0.5, 0.608)
    for place, panel in enumerate(figure.axes):
        lines = lines_by_label(panel)
        assert list(lines) == list(expected)
        for label, line in lines.items():
            np.testing.assert_allclose(line.get_xdata(), RADIUS_KPC, rtol=1e-6)
            np.testing.assert_allclose(line.get_ydata(), expected[label][place], atol=1e-5)
        assert "[dex]" in panel.get_ylabel() and "[kpc]" in panel.get_xlabel()
    title = figure.get_suptitle()
    assert "5 test galaxies: 2 succeeded, 3 failed (ring fit: 1" in title
    assert "Only 2 galaxies: not enough" in title


@pytest.mark.parametrize("count", [9, 10])
def test_it_is_said_when_galaxies_are_few(tmp_path, count):
    tables = compare(tmp_path, offsets=dict.fromkeys(range(count), 0.1), failed={})
    figure = errors_figure(tables)
    assert ("not enough" in figure.get_suptitle()) == (count < 10)
    # nothing failed: the network on all galaxies would be the same line
    assert len(lines_by_label(figure.axes[0])) == 2


def test_a_run_without_success_or_without_galaxies_is_drawn(tmp_path):
    tables = compare(tmp_path / "failed", offsets={}, failed={5: "fit"})
    figure = errors_figure(tables)
    assert "1 test galaxy: 0 succeeded, 1 failed" in figure.get_suptitle()
    assert "No rotation curve" in figure.get_suptitle()
    assert_legible(figure)
    for path in tables.values():
        path.write_text(path.read_text().splitlines()[0] + "\n")
    figure = errors_figure(tables)
    assert "the reason for each is in classical" in " ".join(texts(figure)).replace("\n", " ")
    assert_legible(figure)


def test_files_are_written(tmp_path):
    tables = compare(tmp_path, offsets=OFFSETS, failed=FAILED)
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    draw_rotation_curve_errors(
        errors=tables["error_table"], galaxies=tables["galaxies"], **NETWORK, **files
    )
    assert all(path.stat().st_size > 1000 for path in files.values())
