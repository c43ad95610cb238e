"""The page of a user's galaxy: what is known is drawn, and what is not is said."""

import numpy as np
import pytest

from figure_case import assert_legible, lines_by_label, texts
from observed_page_case import profile_of, write_belonging, write_observed_folder
from umbra.channels import HI_MAPS
from umbra.figures import observed_page
from umbra.figures.observed_page import number_text, plot_observed_page
from umbra.figures.observed_results import read_observed_results


def results_of(tmp_path, **options):
    folder = write_observed_folder(tmp_path / "NGC2903", **options)
    belonging = write_belonging(tmp_path / "belonging.csv", "NGC2903", "M51")
    return read_observed_results(folder, belonging=belonging)


def panel_of(figure, title):
    (panel,) = [one for one in figure.axes if one.get_title() == title]
    return panel


def said(figure):
    return " ".join(" ".join(texts(figure)).split())


def test_all_that_is_known_is_drawn(tmp_path):
    results = results_of(tmp_path)
    figure = plot_observed_page(results)
    titles = [panel.get_title() for panel in figure.axes if panel.get_title()]
    assert titles[:8] == [
        *(f"SDSS {band}" for band in "ugriz"),
        *("HI intensity", "HI velocity", "HI dispersion"),
    ]
    lines = lines_by_label(panel_of(figure, "Dark matter"))
    for label, shift in (
        ("networks, 68 and 95 %", 0.0),
        ("rotation curve, 68 %", 0.1),
        ("halo of such starlight, 68 %", -0.1),
    ):
        expected = 10 ** profile_of(shift, 0)[0]
        np.testing.assert_allclose(lines[label].get_ydata(), expected, rtol=1e-6)
    curve = panel_of(figure, "Rotation curve of the HI cube")
    assert {"model", "dark matter", "stars", "gas"} <= set(lines_by_label(curve))
    text = said(figure)
    assert "NGC2903, 6.6 ± 0.66 Mpc, shown to the networks as from 10 Mpc" in text
    assert "circular velocity at 10 kpc 196 (+7 -5) km/s" in text
    assert "concentration C200 12.00 (+7.00 -4.00)" in text
    assert "The distance of 6.6 Mpc is outside the range of the training" in text
    assert "Like the galaxies that the networks learnt from, of which 61.2 %" in text
    assert "EXTRAPOLATION" not in text and "stars of the mass model are a guess" not in text
    assert list(results.checks["channel"]) == ["HI0", "HI1"]
    assert (
        "HI0: flux 266 Jy km/s is outside of what galaxies of the training have, 5 to 200" in text
    )
    assert "HI1: W50" not in text
    assert_legible(figure)


def test_masked_stars_leave_the_rest_of_an_image(tmp_path):
    results = results_of(tmp_path)
    results.maps.channels["r"][5:9, 5:9] = np.nan
    shown = panel_of(plot_observed_page(results), "SDSS r").images[0].get_array()
    assert np.ma.count_masked(shown) == 16


def test_an_extrapolation_is_marked_wherever_the_answer_is(tmp_path):
    figure = plot_observed_page(results_of(tmp_path, channels=HI_MAPS, extrapolation=True))
    assert "EXTRAPOLATION: more unlike the galaxies" in said(figure)
    panel = panel_of(figure, "Dark matter")
    assert "networks: extrapolation" in lines_by_label(panel)
    assert panel.collections[0].get_hatch() == "//"
    assert_legible(figure)


@pytest.mark.parametrize(
    ("without", "sentence"),
    [
        ("rings", "No rotation curve: without rings for this test."),
        ("profile", "No answer of the networks: without profile for this test."),
        ("light", "Tully-Fisher relation gives to this rotation"),
        ("maps", "This galaxy cannot be used: without maps for this test"),
    ],
)
def test_what_is_missing_is_said_once(tmp_path, without, sentence):
    results = results_of(tmp_path, channels=HI_MAPS, without=[without])
    figure = plot_observed_page(results)
    assert sentence in said(figure)
    assert sum(f"without {without}" in one for one in results.sentences) <= 2
    assert_legible(figure)


@pytest.mark.parametrize(
    ("galaxies", "told"), [(12, "85 %"), (38, "95 %"), (39, None), (400, None)]
)
def test_intervals_that_few_galaxies_calibrate_are_told(tmp_path, galaxies, told):
    """K galaxies give no interval with the truth in more than (K - 1) / (K + 1) of the cases."""
    results = results_of(tmp_path, validation_galaxies=galaxies)
    sentences = [one for one in results.sentences if "calibrated on" in one]
    assert len(sentences) == (told is not None)
    assert all(told in one and f" {galaxies} galaxies" in one for one in sentences)


def test_numbers_have_the_digits_that_they_are_known_to():
    assert number_text(11.128, 11.05, 11.2) == "11.13 (+0.07 -0.08)"
    assert number_text(196.2, 190.9, 203.4) == "196 (+7 -5)"
    assert number_text(0.6, np.nan, np.nan) == "0.60"
    assert number_text(201.7, 201.7, 201.7) == "202"


def test_files_are_drawn(tmp_path):
    results_of(tmp_path)
    files = {name: tmp_path / f"page.{name}" for name in ("pdf", "png")}
    observed_page.draw_observed_page(
        folder=tmp_path / "NGC2903", belonging=tmp_path / "belonging.csv", **files
    )
    assert all(path.stat().st_size > 20_000 for path in files.values())
