"""The whole chain, as a user runs it."""

import csv
import shutil

import h5py
import numpy as np
import pytest
from astropy.io import fits
from scipy.ndimage import gaussian_filter

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.figures.catalogue import configured
from workflow_case import succeed


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def galaxies(finished):
    return [int(row["subhalo_id"]) for row in rows(finished.folder / "results/sample/galaxies.csv")]


def test_gallery_shows_every_figure(finished):
    gallery = finished.folder / "results/figures"
    page = (gallery / "index.html").read_text()
    architectures = ["A", "B", "C", "ResNet50"]
    for name in configured(architectures=architectures, channel_sets=PAPER_CHANNEL_SETS):
        assert (gallery / f"{name}.pdf").stat().st_size > 5000
        assert (gallery / f"{name}.png").stat().st_size > 10000
        assert f"{name}.png" in page


def test_selection_found_the_galaxies_that_the_universe_promises(finished, galaxies):
    assert len(galaxies) == 6
    cuts = [int(row["passed"]) for row in rows(finished.folder / "results/sample/cuts.csv")]
    assert cuts == sorted(cuts, reverse=True)
    assert cuts[0] > cuts[-1] == 6


def test_dataset_holds_every_realisation_once_and_no_galaxy_in_two_splits(finished, galaxies):
    with h5py.File(finished.folder / "results/dataset.hdf5") as file:
        assert file["images"].shape == (18, 128, 128, 8)
        realisations = set(zip(file["galaxy"][:], file["realisation"][:], strict=True))
        split = {}
        for galaxy, name in zip(file["galaxy"][:], file["split"][:], strict=True):
            split.setdefault(int(galaxy), set()).add(name)
    assert realisations == {
        (galaxy, realisation) for galaxy in galaxies for realisation in range(3)
    }
    assert all(len(names) == 1 for names in split.values())
    assert {name for names in split.values() for name in names} == {b"train", b"val", b"test"}


def test_enclosed_mass_agrees_between_truth_and_catalogue(finished):
    for row in rows(finished.folder / "results/sample/galaxies.csv"):
        profile = rows(finished.folder / f"results/profiles/{row['subhalo_id']}.csv")
        mass = [float(point["dm_mass_msun"]) for point in profile]
        assert np.all(np.diff(mass) >= 0)
        assert 0.2 < mass[-1] / float(row["dm_mass_msun"]) < 1.1


def smoothed(plane):
    return gaussian_filter(np.nan_to_num(plane.astype(float)), 3)


def correlation(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


def test_stars_and_gas_are_seen_from_the_same_side(finished, galaxies):
    """Light peaks at the centre, and follows the HI map better than the map's mirror image."""
    gain, distance = [], []
    for galaxy in galaxies:
        for realisation in range(3):
            image = fits.getdata(
                finished.folder / f"results/photometry/{galaxy}.fits", f"R{realisation}"
            )
            maps = fits.getdata(
                finished.folder / f"results/hi/moments/{galaxy}.fits", f"R{realisation}"
            )
            light, gas = smoothed(image[2]), smoothed(maps[0])
            y, x = np.unravel_index(np.argmax(light), light.shape)
            distance.append(np.hypot(y - 63.5, x - 63.5))
            gain.append(correlation(light, gas) - correlation(light, gas[:, ::-1]))
    assert np.median(distance) < 2  # a companion may outshine its galaxy
    assert np.mean(gain) > 0.05
    assert np.mean(np.greater(gain, 0)) > 0.75


def test_every_network_predicts_every_test_realisation(finished):
    with h5py.File(finished.folder / "results/dataset.hdf5") as file:
        test = np.flatnonzero(file["split"][:] == b"test")
    predictions = sorted((finished.folder / "results/networks").glob("*/*/predictions.csv"))
    assert len(predictions) == 24
    for path in predictions:
        table = [row for row in rows(path) if row["split"] == "test"]
        assert len(table) == 20 * len(test)
        assert np.isfinite([float(row["log10_mass_dm_predicted"]) for row in table]).all()


def test_errors_are_those_of_the_predictions(finished):
    errors = {
        (row["architecture"], row["channels"], float(row["radius_kpc"])): row
        for row in rows(finished.folder / "results/metrics/errors.csv")
    }
    path = finished.folder / "results/networks/B/urz_hi/predictions.csv"
    outermost = [
        float(row["log10_mass_dm_predicted"]) - float(row["log10_mass_dm"])
        for row in rows(path)
        if row["split"] == "test" and float(row["radius_kpc"]) > 99.9
    ]
    row = next(
        row
        for (architecture, channels, radius), row in errors.items()
        if (architecture, channels) == ("B", "urz_hi") and radius > 99.9
    )
    assert float(row["delta_mse"]) == pytest.approx(
        np.sqrt(np.mean(np.square(outermost))), rel=1e-5
    )
    assert float(row["delta_mae"]) == pytest.approx(np.mean(np.abs(outermost)), rel=1e-5)


@pytest.mark.parametrize("channels", ["urz", "urz_hi"])
def test_uncertainties_of_every_test_realisation(finished, channels):
    with h5py.File(finished.folder / "results/dataset.hdf5") as file:
        realisations = int((file["split"][:] == b"test").sum())
    folder = finished.folder / "results/ensemble/bootstrap/B" / channels
    with h5py.File(folder / "predictions.hdf5") as file:
        assert file["test/predicted"].shape == (2, realisations, 20)
    assert [row["failed"] for row in rows(folder / "members.csv")] == ["no", "no"]
    with h5py.File(finished.folder / f"results/uncertainty/B/{channels}/samples.hdf5") as file:
        for method in ("gaussian", "calibrated"):
            samples = file[f"samples/{method}"][:]
            assert samples.shape[::2] == (realisations, 20)
            assert (np.diff(samples, axis=-1) >= 0).all()
    intervals = rows(finished.folder / f"results/uncertainty/B/{channels}/intervals.csv")
    assert len(intervals) == 3 * realisations * 20
    for row in intervals:
        assert float(row["lower_68"]) <= float(row["median"]) <= float(row["upper_68"])


def test_sensitivity_adds_up_and_every_channel_is_exchanged(finished):
    reach = rows(finished.folder / "results/sensitivity/radii.csv")
    outermost = max(float(row["r_kpc"]) for row in reach)
    whole = [float(row["fraction"]) for row in reach if float(row["r_kpc"]) == outermost]
    np.testing.assert_allclose(whole, 1, atol=1e-5)
    assert len(whole) == 4  # two masses, two channels
    importance = rows(finished.folder / "results/sensitivity/importance.csv")
    exchanged = {(row["channels"], row["replaced"]) for row in importance}
    bands_and_maps = ("u", "r", "z", "HI0", "HI1", "HI2", "photometry", "HI")
    assert exchanged == {("i_v", name) for name in ("i", "HI1")} | {
        ("urz_hi", name) for name in bands_and_maps
    }


def test_classical_methods_have_a_row_for_every_galaxy_or_its_reason(finished):
    with h5py.File(finished.folder / "results/dataset.hdf5") as file:
        test = file["galaxy"][:][file["split"][:] == b"test"]
    classical = finished.folder / "results/classical"
    assert len(rows(classical / "tully_fisher.csv")) == len(test)
    for row in rows(classical / "tully_fisher.csv"):
        assert row["reason"] or 50 < float(row["v_true_km_s"]) < 600
    idealised = rows(classical / "idealised_curves.csv")
    assert {int(row["galaxy"]) for row in idealised} == set(test.tolist())
    (row,) = rows(classical / "rotation_curve_galaxies.csv")
    assert int(row["galaxy"]) in test
    assert (row["status"] == "failed") == bool(row["reason"])


def test_performance_lists_every_stage(finished):
    table = {row["stage"]: row for row in rows(finished.folder / "results/performance.csv")}
    assert {"universe", "cutout", "ski", "radiative_transfer", "hi_cubes", "network"} <= set(table)
    assert int(table["ski"]["jobs"]) == 6
    assert 0 < float(table["all"]["start_up_fraction"]) < 1


def test_one_core_and_a_partial_rerun_give_the_same_files(finished, galaxies):
    galaxy = galaxies[0]
    made = [
        finished.folder / f"results/photometry/{galaxy}.fits",
        finished.folder / f"results/hi/moments/{galaxy}.fits",
        finished.folder / f"results/ski/{galaxy}/stars.txt",
    ]
    before = [path.read_bytes() for path in made]
    for path in made:
        path.unlink()
    targets = [str(path.relative_to(finished.folder)) for path in made]
    succeed(finished.snakemake(*targets, cores=1))
    assert [path.read_bytes() for path in made] == before
    succeed(finished.snakemake("results/figures", "--touch"))


def test_report(finished):
    report = finished.folder / "report.html"
    succeed(finished.snakemake("results/figures", "--report", report))
    assert "fig05" in report.read_text()
    shutil.move(report, finished.folder / "results/report.html")
