"""Figure of the bootstrap's intervals: it shows what the table says, and can be read."""

import csv

import numpy as np
import pytest

from ensemble_case import RADII, RADIUS_KPC, Case, with_test_truth
from figure_case import GRI, PAPER_SETS, assert_legible, texts
from umbra.errors import InputError
from umbra.figures import bootstrap
from umbra.figures.channels import channel_set_lines
from umbra.predictions.calibration import write_predictive

SETS = ("urz", "urz_hi")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder, paths = tmp_path_factory.mktemp("intervals"), {}
    truth = Case(masked={112: 2}).splits()["test"][0].truth  # whatever the channels
    for channels, width in zip(SETS, (0.6, 0.3), strict=True):
        case = Case(width=width)
        paths[channels] = folder / channels / "intervals.csv"
        write_predictive(
            **case.write(folder / channels, with_test_truth(case.splits(), truth)),
            sample_count=10,
            seed=1,
            intervals=paths[channels],
            samples=folder / channels / "samples.hdf5",
        )
    return paths


def plot(tables, galaxies):
    read = {name: bootstrap.read_intervals(path, "bootstrap") for name, path in tables.items()}
    return bootstrap.plot_bootstrap(
        read, galaxies=galaxies, architecture="B", channel_sets=PAPER_SETS
    )


def table_of(path, galaxy):
    """Truth, median, lower and upper of the bootstrap for the first realisation of a galaxy."""
    with open(path, newline="") as file:
        rows = [
            [float(row[name]) for name in ("log10_mass_dm", "median", "lower_68", "upper_68")]
            for row in csv.DictReader(file)
            if (row["method"], row["galaxy"], row["realisation"]) == ("bootstrap", str(galaxy), "0")
        ]
    return np.array(rows).T


def bars(panel):
    """Radius, middle, lower and upper ends of each channel set's bars."""
    found = {}
    for container in panel.containers:
        middle, _, (segments,) = container
        # a bar without truth has no ends
        segments = [bar[:, 1] if len(bar) else (np.nan, np.nan) for bar in segments.get_segments()]
        lower, upper = np.transpose(segments)
        found[container.get_label()] = (middle.get_xdata(), middle.get_ydata(), lower, upper)
    return found


def test_bars_equal_the_table(tables):
    figure = plot(tables, [115, 112])
    uppers, lowers = figure.axes[0::2], figure.axes[1::2]
    for galaxy, upper, lower in zip((115, 112), uppers, lowers, strict=True):
        assert upper.get_title() == f"galaxy {galaxy}, realisation 0"
        shifts = []
        for channels in SETS:
            truth, *values = table_of(tables[channels], galaxy)
            label = channel_set_lines(PAPER_SETS)[channels].label
            radius_kpc, *drawn = bars(upper)[label]
            np.testing.assert_allclose(drawn, 10 ** np.array(values), rtol=1e-5)
            known = np.isfinite(truth)
            assert known.sum() == (RADII - 2 if galaxy == 112 else RADII)
            _, *differences = bars(lower)[label]
            np.testing.assert_allclose(
                np.array(differences)[:, known], (values - truth)[:, known], atol=1e-9
            )
            shifts.append(np.log10(radius_kpc / RADIUS_KPC))
            line = next(line for line in upper.lines if line.get_label() == "true")
            np.testing.assert_allclose(line.get_ydata()[known], 10 ** truth[known])
        # side by side: apart, and each nearer to its own radius than to the next
        assert (np.abs(shifts[0] - shifts[1]) > 0.02).all()
        assert np.abs(shifts).max() < 0.25 * np.log10(RADIUS_KPC[1] / RADIUS_KPC[0])
    assert "[kpc]" in lowers[0].get_xlabel()
    assert "68 % interval of the bootstrap" in figure.get_suptitle()
    assert_legible(figure)


@pytest.mark.parametrize(("count", "drawn"), [(1, 1), (4, 4)])
def test_a_number_of_galaxies_is_spread_over_the_masses(tables, count, drawn):
    figure = plot(tables, count)
    uppers = figure.axes[0::2]
    assert len(uppers) == drawn
    outermost = [
        next(line for line in panel.lines if line.get_label() == "true").get_ydata()[-1]
        for panel in uppers
    ]
    assert outermost == sorted(outermost)
    assert texts(figure).count("true") == 1
    assert_legible(figure)


def test_an_unknown_galaxy_and_other_images_are_refused(tables, tmp_path):
    with pytest.raises(InputError, match="figures.ensemble_galaxies: 5 is not a test galaxy"):
        plot(tables, [5])
    short = tmp_path / "intervals.csv"
    lines = tables["urz_hi"].read_text().splitlines(keepends=True)
    short.write_text("".join(line for line in lines if ",115," not in line))
    with pytest.raises(InputError, match="urz and urz_hi are of different test galaxies"):
        plot({**tables, "urz_hi": short}, 2)
    short.write_text(lines[0])
    with pytest.raises(InputError, match=r"intervals\.csv: no intervals of the method bootstrap"):
        plot({"urz": short}, 2)


def test_files_are_drawn(tables, tmp_path):
    files = {"pdf": tmp_path / "f.pdf", "png": tmp_path / "f.png"}
    bootstrap.draw_bootstrap(
        intervals=tables, galaxies=2, architecture="B", channel_sets=PAPER_SETS, **files
    )
    assert all(path.stat().st_size > 5000 for path in files.values())


def test_a_set_of_the_configuration_has_its_own_colour_and_name(tables):
    read = {
        "gri": bootstrap.read_intervals(tables["urz"], "bootstrap"),
        "urz": bootstrap.read_intervals(tables["urz"], "bootstrap"),
    }
    sets = [*PAPER_SETS, GRI]
    figure = bootstrap.plot_bootstrap(read, galaxies=1, architecture="A", channel_sets=sets)
    colours = {one.get_label(): one.lines[0].get_color() for one in figure.axes[0].containers}
    lines = channel_set_lines(sets)
    assert colours == {lines[name].label: lines[name].colour for name in ("gri", "urz")}
    assert "SDSS g, r, i" in colours
