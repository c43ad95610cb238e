"""Figure of a posterior: it shows every parameter and pair, and can be read."""

import numpy as np
import pytest

from figure_case import assert_legible, texts
from rotation_case import MEAN, WIDTH, posterior_of
from umbra.classical.rotation_curve.posterior import write_posterior
from umbra.figures.corner import PARAMETER_LABELS, draw_corner, plot_corner
from umbra.files import write_rejection


def posterior(fixed=()):
    samples = np.random.default_rng(1).normal(MEAN, WIDTH, (3000, 5))
    samples[:, fixed] = samples[0, fixed]
    return posterior_of(samples)


def test_every_parameter_and_pair_has_its_panel():
    figure = plot_corner(posterior(), title="galaxy 29, realisation 0")
    drawn = [panel for panel in figure.axes if panel.get_frame_on()]
    assert len(drawn) == 15
    assert set(PARAMETER_LABELS.values()) <= set(texts(figure))
    assert any("galaxy 29, realisation 0" in text and "1.25" in text for text in texts(figure))
    assert_legible(figure)


def test_medians_are_where_the_lines_are():
    shown = posterior()
    figure = plot_corner(shown, title="galaxy 29, realisation 0")
    for index in range(5):
        panel = figure.axes[6 * index]
        at = sorted(line.get_xdata()[0] for line in panel.lines if len(line.get_xdata()) == 2)
        expected = np.percentile(shown.samples[:, index], [16, 50, 84])
        assert at == pytest.approx(expected, rel=1e-6)


def test_the_best_draw_is_marked_in_every_pair():
    shown = posterior()
    panel = plot_corner(shown, title="").axes[5]
    marked = [line.get_xydata()[0] for line in panel.lines if line.get_marker() == "+"]
    assert marked == [pytest.approx(shown.best[:2])]


def test_fixed_parameters_are_left_out():
    figure = plot_corner(posterior(fixed=[3, 4]), title="galaxy 29, idealised")
    assert len(figure.axes) == 9
    assert PARAMETER_LABELS["distance_mpc"] not in texts(figure)
    assert_legible(figure)


def test_the_figure_of_a_file_and_of_a_rejected_galaxy(tmp_path):
    path = tmp_path / "posterior.hdf5"
    writers = (
        lambda: write_posterior(posterior(), path),
        lambda: write_rejection(path, "fit not converged: 50000 steps"),
    )
    for number, write in enumerate(writers):
        write()
        files = {kind: tmp_path / f"{number}.{kind}" for kind in ("pdf", "png")}
        draw_corner(posterior=path, galaxy=29, realisation=0, **files)
        assert files["png"].read_bytes().startswith(b"\x89PNG")
        assert files["pdf"].read_bytes().startswith(b"%PDF")
