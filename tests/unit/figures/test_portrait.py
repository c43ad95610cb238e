"""The portrait: galaxies in the order of the table, and points and references as in the tables."""

import numpy as np
import pandas as pd
import pytest

from figure_case import assert_legible, texts
from sky_case import write_image, write_moment_maps
from umbra.figures import portrait, sky
from umbra.population.measurement import POPULATION_COLUMNS, POPULATION_IMAGE_COLUMNS
from umbra.population.references import relation_curves

GALAXIES = [31, 8, 22, 5, 17]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write tables of five galaxies by mass, and an image and moment maps of each."""
    tmp_path = tmp_path_factory.mktemp("portrait")
    rng = np.random.default_rng(1)
    numbers = len(GALAXIES)

    def table(columns):
        drawn = {name: rng.uniform(0.2, 0.9, numbers) for name in columns}
        drawn |= {"galaxy": GALAXIES, "stellar_mass_msun": np.geomspace(1e10, 5e11, numbers)}
        drawn |= {name: [1] * numbers for name, kind in columns.items() if kind is int} | drawn
        return pd.DataFrame(drawn).astype(columns)

    galaxies, realisations = table(POPULATION_COLUMNS), table(POPULATION_IMAGE_COLUMNS)
    realisations["petrosian_radius_kpc"] = 12.0
    realisations["used"] = [1, 1, 0, 1, 1]
    written = {"galaxies": galaxies, "realisations": realisations, "relations": relation_curves()}
    paths = {name: tmp_path / f"{name}.csv" for name in written}
    for name, one in written.items():
        one.to_csv(paths[name], index=False)
    (tmp_path / "hi").mkdir()
    images = [write_image(tmp_path / f"{galaxy}.fits", galaxy) for galaxy in sorted(GALAXIES)]
    maps = [write_moment_maps(tmp_path / f"hi/{galaxy}.fits", galaxy) for galaxy in GALAXIES]
    return {**paths, "images": images, "moments": maps}


@pytest.fixture(scope="module")
def figure(files):
    return portrait.plot_portrait(*portrait.read_portrait(**files))


def panel(figure, label):
    return next(axes for axes in figure.axes if axes.get_ylabel() == label)


def test_galaxies_are_shown_by_mass_in_colour_with_their_hi(figure):
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 3 * len(GALAXIES)
    first = [axes.texts[-1].get_text().split() for axes in shown[::3]]
    assert [int(galaxy) for galaxy, _ in first] == GALAXIES
    assert first[0][1] == "10.00" and first[-1][1] == f"{np.log10(5e11):.2f}"
    for colours, intensity, velocity in zip(shown[::3], shown[1::3], shown[2::3], strict=True):
        assert colours.images[0].get_array().shape[2] == 3
        assert intensity.images[0].norm.vmin == 0
        assert velocity.images[0].norm.vmin == -velocity.images[0].norm.vmax
        # Twice the Petrosian radius to each side of the centre, on all three.
        for axes in (colours, intensity, velocity):
            assert abs(np.diff(axes.get_xlim())[0]) == pytest.approx(11.0, abs=0.6)  # arcmin
    assert_legible(figure)


def test_relations_show_the_tables_and_their_references(figure, files):
    galaxies, curves = pd.read_csv(files["galaxies"]), relation_curves().set_index("relation")
    axes = panel(figure, "HI mass / stellar mass")
    reference, points = axes.lines
    np.testing.assert_allclose(points.get_ydata(), galaxies["hi_fraction"])
    np.testing.assert_allclose(reference.get_ydata(), curves.loc["hi_fraction", "median"])
    assert axes.get_title().startswith("late types")
    lines = panel(figure, "baryonic mass [M$_\\odot$]").lines[1]
    assert len(lines.get_xdata()) == 4, "a line that is not used"
    assert any("galaxies of this run" in text for text in texts(figure))


def test_every_reference_curve_has_a_panel():
    assert {one.relation for one in portrait._PANELS} == set(relation_curves()["relation"])


def test_a_cropped_image_keeps_scale_and_centre(tmp_path):
    image = sky.read_sky_image(write_image(tmp_path / "7.fits"))
    half = image.cropped(half_width_kpc=10.0)
    assert half.scale_arcmin == image.scale_arcmin
    left, right, bottom, top = half.extent_arcmin
    assert left == -right and bottom == -top
    assert top / half.arcmin_per_kpc == pytest.approx(10.0, abs=1.2)
    peak = np.unravel_index(half.planes[2].argmax(), half.planes.shape[1:])
    assert np.allclose(peak, (half.planes.shape[1] - 1) / 2, atol=1)
    assert image.cropped(1e3).planes.shape == image.planes.shape


def test_files_are_drawn(files, tmp_path):
    drawn = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    portrait.draw_portrait(**files, **drawn)
    assert all(path.stat().st_size > 20000 for path in drawn.values())
