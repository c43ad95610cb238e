"""The figure of rotation curves: it equals its tables, names failures, and can be read."""

import numpy as np

from figure_case import assert_legible, lines_by_label, network, texts
from rotation_case import RADIUS_KPC, compare, true_mass
from umbra.figures import style
from umbra.figures.rotation_curves import (
    LARGEST_NUMBER,
    draw_rotation_curves,
    plot_rotation_curves,
    read_compared_galaxies,
)

NETWORK = network("urz_hi")
OFFSETS = {3: 0.1, 8: -0.3}
FAILED = {1: "rings", 5: "light", 9: "fit"}


def profiles_figure(tables):
    found = read_compared_galaxies(profiles=tables["profiles"], galaxies=tables["galaxies"])
    return plot_rotation_curves(found, **NETWORK)


def marks(panel):
    """Return the points (x, y) and the ends of the bars of each method in a panel."""
    found = {}
    for container in panel.containers:
        line, _, bars = container.lines
        ends = np.array(bars[0].get_segments())[..., 1] if bars else None
        found[container.get_label()] = (*line.get_data(), ends)
    return found


def panels(figure):
    """Return the upper and the lower panel of each galaxy."""
    shown = [axes for axes in figure.axes if axes.get_title()]
    below = [axes for axes in figure.axes if not axes.get_title()]
    return {
        int(upper.get_title().split(",")[0].split()[1]): (upper, lower)
        for upper, lower in zip(shown, below, strict=True)
    }


def test_a_panel_equals_its_rows(tmp_path):
    figure = profiles_figure(compare(tmp_path, offsets=OFFSETS, failed={}))
    assert_legible(figure)
    for galaxy, (upper, lower) in panels(figure).items():
        true = lines_by_label(upper)["true"]
        np.testing.assert_allclose(true.get_xdata(), RADIUS_KPC)
        np.testing.assert_allclose(true.get_ydata(), 10 ** true_mass(galaxy), rtol=1e-5)
        assert true.get_color() == style.BLACK
        for method, off, bar in (
            ("rotation curve", OFFSETS[galaxy], 0.15),
            ("network", OFFSETS[galaxy] / 10, 0.1),
        ):
            x, y, ends = marks(upper)[method]
            # marks are moved aside a little, so that neither method hides the other
            assert np.abs(np.log10(x / RADIUS_KPC)).max() < 0.02
            expected = true_mass(galaxy) + off
            np.testing.assert_allclose(np.log10(y), expected, atol=1e-5)
            np.testing.assert_allclose(
                np.log10(ends).T, [expected - bar, expected + bar], atol=1e-5
            )
            _, y, ends = marks(lower)[method]
            np.testing.assert_allclose(y, off, atol=1e-5)
            np.testing.assert_allclose(ends, [[off - bar, off + bar]] * 20, atol=1e-5)
        assert list(lines_by_label(lower)["outermost ring"].get_xdata()) == [30, 30]
        assert any("12 rings" in text and "1.25" in text for text in texts(upper))
        assert "[kpc]" in lower.get_xlabel()


def test_a_failed_galaxy_keeps_its_panel_with_the_reason(tmp_path):
    figure = profiles_figure(compare(tmp_path, offsets=OFFSETS, failed=FAILED))
    assert_legible(figure)
    found = panels(figure)
    assert sorted(found) == [1, 3, 5, 8, 9]
    for galaxy, reason in ((1, "ring fit: inclination"), (5, "light profile: no isophotes")):
        upper, _ = found[galaxy]
        assert set(marks(upper)) == {"network"}
        assert reason in " ".join(texts(upper)).replace("\n", " ")
    assert "mass model: fit not converged" in " ".join(texts(found[9][0])).replace("\n", " ")
    title = figure.get_suptitle()
    assert "5 test galaxies: 2 succeeded, 3 failed" in title
    assert "(ring fit: 1, light profile: 1, mass model: 1)" in title


def test_without_intervals_the_network_has_marks_only(tmp_path):
    figure = profiles_figure(compare(tmp_path, offsets=OFFSETS, failed={}, bars=False))
    for upper, _ in panels(figure).values():
        assert marks(upper)["network"][2] is None
        assert marks(upper)["rotation curve"][2] is not None
    assert_legible(figure)


def test_of_many_galaxies_a_dozen_over_all_masses_is_drawn(tmp_path):
    offsets = {galaxy: 0.1 for galaxy in range(10, 40)}
    figure = profiles_figure(compare(tmp_path, offsets=offsets, failed={}))
    found = sorted(panels(figure))
    assert len(found) == LARGEST_NUMBER and {10, 39} < set(found)
    assert max(np.diff(found)) <= 4
    assert f"30 test galaxies: 30 succeeded; {LARGEST_NUMBER} shown" in figure.get_suptitle()
    assert_legible(figure)


def test_a_run_without_success_or_without_galaxies_is_drawn(tmp_path):
    tables = compare(tmp_path / "failed", offsets={}, failed={5: "fit"})
    figure = profiles_figure(tables)
    assert "1 test galaxy: 0 succeeded, 1 failed" in figure.get_suptitle()
    assert_legible(figure)
    for path in tables.values():
        path.write_text(path.read_text().splitlines()[0] + "\n")
    figure = profiles_figure(tables)
    assert "the reason for each is in classical" in " ".join(texts(figure)).replace("\n", " ")
    assert_legible(figure)


def test_files_are_written(tmp_path):
    tables = compare(tmp_path, offsets=OFFSETS, failed=FAILED)
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    draw_rotation_curves(
        profiles=tables["profiles"], galaxies=tables["galaxies"], **NETWORK, **files
    )
    assert all(path.stat().st_size > 1000 for path in files.values())
