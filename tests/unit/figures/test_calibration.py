"""Figure of calibration: it shows what the tables say, and can be read."""

import csv

import numpy as np
import pytest

from ensemble_case import NARROW, RADII, RADIUS_KPC, Case
from figure_case import PAPER_SETS, assert_legible, lines_by_label, texts
from umbra.errors import InputError
from umbra.evaluation.coverage import write_coverage
from umbra.figures import calibration, style
from umbra.predictions.calibration import write_predictive
from umbra.predictions.distributions import PREDICTIVE_METHODS as METHODS

SETS = ("urz", "urz_hi")
DRAWN = ("coverage", "widths", "joint")


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder, samples = tmp_path_factory.mktemp("calibration"), {}
    for channels, width in zip(SETS, (0.6, 0.3), strict=True):
        samples[channels] = folder / channels / "samples.hdf5"
        write_predictive(
            **Case(width=width, narrow=NARROW / 1.5, length=3).write(folder / channels),
            sample_count=100,
            seed=1,
            intervals=folder / channels / "intervals.csv",
            samples=samples[channels],
        )
    tables = {name: folder / f"{name}.csv" for name in (*DRAWN, "methods")}
    write_coverage(samples=samples, **tables)
    return {name: tables[name] for name in DRAWN}


def rows_of(path, **values):
    with open(path, newline="") as file:
        return [row for row in csv.DictReader(file) if values.items() <= row.items()]


def numbers(rows, name):
    return [float(row[name]) for row in rows]


def plot(paths):
    tables = calibration.read_coverage_tables(**paths)
    return calibration.plot_calibration(tables, architecture="B", channel_sets=PAPER_SETS)


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("method", METHODS)
def test_curves_equal_the_tables(paths, row, method):
    of_method = {"method": method, "channels": SETS[row]}
    figure = plot(paths)
    panels = figure.axes[4 * row : 4 * row + 4]
    curves = [
        lines_by_label(panel)[calibration.UNCERTAINTY_LINES[method].label] for panel in panels
    ]
    everywhere = rows_of(paths["coverage"], **of_method, radius_kpc="all")
    radii = rows_of(paths["coverage"], **of_method, nominal="0.68")[:RADII]
    widths, joint = (rows_of(paths[name], **of_method) for name in ("widths", "joint"))
    expected = [
        (numbers(everywhere, "nominal"), numbers(everywhere, "covered")),
        (RADIUS_KPC, numbers(radii, "covered")),
        (numbers(widths, "delta_mse"), numbers(widths, "half_width_68")),
        (numbers(joint, "credibility"), numbers(joint, "expected_coverage")),
    ]
    for curve, (x, y) in zip(curves, expected, strict=True):
        np.testing.assert_allclose(curve.get_xdata(), x, rtol=1e-6)
        np.testing.assert_allclose(curve.get_ydata(), y)
    names = [text for text in texts(figure) if "36 test images of 12 galaxies" in text]
    assert [name.split(" (")[0] for name in names] == [
        "SDSS u, r, z",
        "SDSS u, r, z + HI intensity, velocity, dispersion",
    ]
    assert_legible(figure)


def test_bands_are_binomial_errors_of_the_galaxies(paths):
    panel = plot(paths).axes[1]
    spans = []
    for band in panel.collections:
        heights = band.get_paths()[0].vertices[:, 1]
        spans.append((heights.min(), heights.max()))
    sigma = np.sqrt(0.68 * 0.32 / 12)
    expected = [(0.68 - 3 * sigma, 1), (0.68 - sigma, 0.68 + sigma)]
    np.testing.assert_allclose(spans, expected, atol=1e-5)


def test_methods_are_told_apart_without_colour():
    lines = [calibration.UNCERTAINTY_LINES[method] for method in METHODS]
    assert len({line.marker for line in lines}) == len({line.colour for line in lines}) == 3
    assert style.BLACK not in {line.colour for line in lines}


def test_one_channel_set_and_radii_without_truth_can_be_drawn(paths, tmp_path):
    alone = {name: tmp_path / path.name for name, path in paths.items()}
    for name, path in paths.items():
        lines = [line for line in path.read_text().splitlines() if ",urz_hi," not in line]
        alone[name].write_text("\n".join(lines) + "\n")
    rows = alone["coverage"].read_text().splitlines()
    empty = [",".join([*row.split(",")[:4], "nan,0,0,nan"]) for row in rows if ",urz,1," in row]
    kept = [row for row in rows if ",urz,1," not in row]
    alone["coverage"].write_text("\n".join([kept[0], *empty, *kept[1:]]) + "\n")
    figure = plot(alone)
    assert len(figure.axes) == 4
    assert_legible(figure)


def test_empty_table_is_refused_and_files_are_drawn(paths, tmp_path):
    files = {"pdf": tmp_path / "f.pdf", "png": tmp_path / "f.png"}
    calibration.draw_calibration(**paths, architecture="B", channel_sets=PAPER_SETS, **files)
    assert all(path.stat().st_size > 5000 for path in files.values())
    empty = tmp_path / "joint.csv"
    empty.write_text(paths["joint"].read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match=r"joint\.csv: the table has no row"):
        plot({**paths, "joint": empty})
