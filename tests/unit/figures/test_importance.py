"""Figure of the importance of channels: it equals the table, and can be read."""

import numpy as np
import pytest

from figure_case import (
    GRI,
    PAPER_SETS,
    RADIUS_KPC,
    assert_legible,
    lines_by_label,
    texts,
    write_csv,
)
from umbra.errors import InputError
from umbra.figures import importance

IMPORTANCE_COLUMNS = (
    *("architecture", "channels", "replaced", "radius_kpc"),
    *("delta_mse", "standard_deviation", "baseline_delta_mse"),
)


def write_importance(path, replaced, deviation=0.01):
    rows = [
        ["B", channels, name, f"{radius:.10g}", 0.1 + 0.05 * place + 0.001 * radius, deviation, 0.1]
        for channels, names in replaced.items()
        for place, name in enumerate(names)
        for radius in RADIUS_KPC
    ]
    write_csv(path, IMPORTANCE_COLUMNS, rows)


REPLACED = {
    "i_v": ("i", "HI1"),
    "urz_hi": ("u", "r", "z", "HI0", "HI1", "HI2", "photometry", "HI"),
}


def test_importance_equals_the_table(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, REPLACED)
    networks = importance.read_importance(path)
    assert list(networks) == [("B", "i_v"), ("B", "urz_hi")]
    figure = importance.plot_importance(networks, channel_sets=PAPER_SETS)
    for panel, names in zip(figure.axes, REPLACED.values(), strict=True):
        lines = lines_by_label(panel)
        assert len(lines) == len(names) + 1
        for place, line in enumerate(list(lines.values())[:-1]):
            np.testing.assert_allclose(line.get_xdata(), RADIUS_KPC)
            expected = 0.1 + 0.05 * place + 0.001 * RADIUS_KPC
            np.testing.assert_allclose(line.get_ydata(), expected)
        np.testing.assert_allclose(lines["nothing exchanged"].get_ydata(), 0.1)
    assert [panel.get_title() for panel in figure.axes] == [
        "Architecture B, input\nSDSS i + HI velocity",
        "Architecture B, input\nSDSS u, r, z + HI intensity, velocity, dispersion",
    ]
    assert "all HI maps" in texts(figure)
    assert_legible(figure)


def test_importance_of_one_network_exchanged_once_is_legible(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, {"urz_hi": REPLACED["urz_hi"]}, deviation="nan")
    assert_legible(
        importance.plot_importance(importance.read_importance(path), channel_sets=PAPER_SETS)
    )
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    importance.draw_importance(importance=path, channel_sets=PAPER_SETS, **files)
    assert all(path.stat().st_size > 1000 for path in files.values())


def test_curves_of_a_panel_can_be_told_apart(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, REPLACED)
    figure = importance.plot_importance(importance.read_importance(path), channel_sets=PAPER_SETS)
    for panel in figure.axes:
        looks = [(line.get_color(), line.get_linestyle()) for line in panel.lines]
        assert len(set(looks)) == len(looks)


def test_bad_tables_of_importance_are_refused_by_name(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, {})
    with pytest.raises(InputError, match=r"importance\.csv: the table has no row"):
        importance.read_importance(path)
    path.write_text("architecture,channels\nB,i_v\n")
    with pytest.raises(InputError, match=r"importance\.csv: no column replaced, radius_kpc"):
        importance.read_importance(path)


def test_a_set_of_the_configuration_is_named_by_its_channels(tmp_path):
    path = tmp_path / "importance.csv"
    write_importance(path, {"gri": ("g", "r", "i", "photometry")})
    figure = importance.plot_importance(
        importance.read_importance(path), channel_sets=[*PAPER_SETS, GRI]
    )
    assert figure.axes[0].get_title() == "Architecture B, input\nSDSS g, r, i"
    assert {"SDSS g", "SDSS r", "SDSS i", "all bands"} < set(lines_by_label(figure.axes[0]))
