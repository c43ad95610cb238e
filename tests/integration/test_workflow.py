"""The whole chain, as a user runs it."""

import csv
import re
import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits
from scipy.ndimage import gaussian_filter

import rule_files
from workflow_case import REPOSITORY, succeed


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


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


def mass_within(profile, kind, radius_kpc):
    """Return the enclosed mass of stars, gas or dark matter at a radius, from a profile's table."""
    radii, masses = profile["radius_kpc"], profile[f"{kind}_mass_msun"]
    return 10 ** np.interp(np.log10(radius_kpc), np.log10(radii), np.log10(masses))


# The sphere also has gas of a satellite, whose centre is beyond it.
@pytest.mark.parametrize(("kind", "off"), [("stellar", 0.015), ("gas", 0.05), ("dm", 0.015)])
def test_half_of_the_catalogue_s_mass_lies_within_its_half_mass_radius(finished, kind, off):
    """A slip of h in mass, length or both, in the profile or the catalogue, breaks it for stars."""
    for _, row in pd.read_csv(finished.folder / "results/sample/galaxies.csv").iterrows():
        profile = profile_of(finished, row["subhalo_id"])
        within = mass_within(profile, kind, row[f"{kind}_half_mass_radius_kpc"])
        assert within / row[f"{kind}_mass_msun"] == pytest.approx(0.5, abs=off)


def test_particles_of_dark_matter_have_the_mass_of_tng100(finished, galaxies):
    for galaxy in galaxies:
        profile = profile_of(finished, galaxy)
        assert np.all(np.diff(profile["dm_mass_msun"]) > 0)
        mass = profile["dm_mass_msun"] / profile["dm_particles"]
        np.testing.assert_allclose(mass, 5.05574e6 / 0.6774, rtol=1e-4)


def profile_of(finished, galaxy):
    return pd.read_csv(finished.folder / f"results/profiles/{int(galaxy)}.csv")


def smoothed(plane):
    return gaussian_filter(np.nan_to_num(plane.astype(float)), 3)


def correlation(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


def test_the_dust_grid_of_every_galaxy_has_the_mass_of_its_cells(finished, galaxies):
    number = r"(\d\.\d+e[+-]\d+)"
    for galaxy in galaxies:
        log = (finished.folder / "logs/radiative_transfer" / f"{galaxy}.log").read_text()
        grid = float(re.search(rf"Total effective mass: {number} Msun", log)[1])
        cells, error = map(float, re.search(rf"points: {number} \+- {number} Msun", log).groups())
        assert error < 0.02 * cells
        assert abs(grid - cells) < 0.01 * cells + 3 * error


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
    assert len(predictions) == 8
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


@pytest.mark.parametrize("channels", ["hi", "urz_hi"])
def test_uncertainties_of_every_test_realisation(finished, channels):
    with h5py.File(finished.folder / "results/dataset.hdf5") as file:
        realisations = int((file["split"][:] == b"test").sum())
    folder = finished.folder / "results/ensemble/bootstrap/SymmetricResNet" / channels
    with h5py.File(folder / "predictions.hdf5") as file:
        assert file["test/predicted"].shape == (2, realisations, 20)
    assert [row["failed"] for row in rows(folder / "members.csv")] == ["no", "no"]
    uncertainty = finished.folder / "results/uncertainty/SymmetricResNet" / channels
    with h5py.File(uncertainty / "samples.hdf5") as file:
        for method in ("gaussian", "calibrated"):
            samples = file[f"samples/{method}"][:]
            assert samples.shape[::2] == (realisations, 20)
            assert (np.diff(samples, axis=-1) >= 0).all()
    intervals = rows(uncertainty / "intervals.csv")
    assert len(intervals) == 3 * realisations * 20
    for row in intervals:
        assert float(row["lower_68"]) <= float(row["median"]) <= float(row["upper_68"])


def half_radius_kpc(image, side_kpc):
    """Return the distance from the centre within which half of an image's sum lies."""
    offset = (np.arange(len(image)) + 0.5 - len(image) / 2) * side_kpc / len(image)
    distance = np.hypot(offset[:, None], offset).ravel()
    order = np.argsort(distance)
    within = np.cumsum(image.ravel()[order], dtype=float)
    return distance[order][np.searchsorted(within, 0.5 * within[-1])]


def test_half_radii_are_those_of_the_sensitivity_maps(finished):
    folder = finished.folder / "results/sensitivity"
    with h5py.File(folder / "maps.hdf5") as file:
        maps, galaxy, radii = file["maps"][:], file["galaxy"][:], file["radius_kpc"][:]
        sides = file["distance_mpc"][:] * 1e3 * np.radians(file.attrs["field_of_view_arcmin"] / 60)
        channels = list(file.attrs["channels"])
    table = pd.read_csv(folder / "half_radii.csv")
    assert len(table) == len(radii) * len(channels) == 4
    for _, row in table.iterrows():
        found = maps[
            :, np.argmin(np.abs(radii - row["radius_kpc"])), ..., channels.index(row["channel"])
        ]
        half = np.array(
            [half_radius_kpc(np.abs(one), side) for one, side in zip(found, sides, strict=True)]
        )
        expected = np.mean([half[galaxy == one].mean() for one in np.unique(galaxy)])
        assert row["half_radius_kpc"] == pytest.approx(expected, rel=1e-3)


def test_fractions_of_sensitivity_grow_to_one(finished):
    table = pd.read_csv(finished.folder / "results/sensitivity/radii.csv")
    for _, reach in table.groupby(["radius_kpc", "channel"]):
        assert (np.diff(reach["r_kpc"]) > 0).all() and (np.diff(reach["fraction"]) >= 0).all()
        # a network that sees nothing but the centre would have all of it there
        assert reach["fraction"].iloc[0] < 0.05
        assert reach["fraction"].iloc[-1] == pytest.approx(1, abs=1e-5)


def test_every_channel_and_group_of_channels_is_exchanged(finished):
    importance = pd.read_csv(finished.folder / "results/sensitivity/importance.csv")
    exchanged = set(zip(importance["channels"], importance["replaced"], strict=True))
    bands_and_maps = ("u", "r", "z", "HI0", "HI1", "HI2", "photometry", "HI")
    assert exchanged == {("i_v", name) for name in ("i", "HI1")} | {
        ("urz_hi", name) for name in bands_and_maps
    }
    # exchanged channels change what a network predicts, and so its errors
    for name, rows_of_one in importance.groupby(["channels", "replaced"]):
        assert len(rows_of_one) == 20
        assert (rows_of_one["delta_mse"] != rows_of_one["baseline_delta_mse"]).any(), name


@pytest.fixture(scope="module")
def tested(finished):
    with h5py.File(finished.folder / "results/dataset.hdf5") as file:
        return sorted(set(file["galaxy"][:][file["split"][:] == b"test"].tolist()))


def test_tully_fisher_follows_the_published_relation_and_the_true_masses(finished, tested):
    table = pd.read_csv(finished.folder / "results/classical/tully_fisher.csv")
    sample = pd.read_csv(finished.folder / "results/sample/galaxies.csv").set_index("subhalo_id")
    assert list(zip(table["galaxy"], table["realisation"], strict=True)) == [
        (galaxy, realisation) for galaxy in tested for realisation in range(3)
    ]
    assert table["reason"].isna().all()  # no galaxy of this run has one
    for _, row in table.iterrows():
        galaxy = sample.loc[row["galaxy"]]
        assert row["radius_kpc"] == pytest.approx(2 * galaxy["stellar_half_mass_radius_kpc"])
        profile = profile_of(finished, row["galaxy"])
        mass = sum(
            mass_within(profile, kind, row["radius_kpc"]) for kind in ("stellar", "gas", "dm")
        )
        gravity = 4.30091e-6  # kpc (km/s)^2 / Msun
        expected = np.sqrt(gravity * mass / row["radius_kpc"])
        assert row["v_true_km_s"] == pytest.approx(expected, rel=0.01)
        hall = 10 ** (0.264 * np.log10(row["stellar_mass_msun"]) - 0.558)
        assert row["b_v_km_s"] == pytest.approx(hall, rel=1e-4)
        for method in "ab":
            assert (
                row[f"{method}_lower_km_s"]
                <= row[f"{method}_v_km_s"]
                <= row[f"{method}_upper_km_s"]
            )


def test_idealised_curves_give_the_dark_matter_back(finished, tested):
    table = pd.read_csv(finished.folder / "results/classical/idealised_curves.csv")
    assert sorted(table["galaxy"]) == tested
    assert table["reason"].isna().all()
    assert (table["radii"] == 20).all()
    assert (table["rms_dex"] < 0.15).all()
    assert table["reduced_chi2"].between(0.1, 3).all()


def test_the_chosen_galaxy_has_a_rotation_curve_and_a_mass_profile(finished, tested):
    classical = finished.folder / "results/classical"
    chosen = pd.read_csv(classical / "rotation_curves/galaxies.csv").query("chosen == 'yes'")
    (galaxy,) = chosen["galaxy"]
    assert galaxy in tested
    (row,) = pd.read_csv(classical / "rotation_curve_galaxies.csv").to_dict("records")
    assert (row["galaxy"], row["realisation"], row["status"]) == (galaxy, 0, "succeeded")
    rings = pd.read_csv(classical / f"rotation_curves/{galaxy}/rings.csv")
    assert len(rings) == row["rings"] >= 5
    assert rings["radius_kpc"].iloc[-1] == pytest.approx(row["last_ring_kpc"], abs=1e-3)
    mass = pd.read_csv(classical / f"rotation_curves/{galaxy}/mass.csv")
    profile = profile_of(finished, galaxy)
    np.testing.assert_allclose(mass["radius_kpc"], profile["radius_kpc"])
    assert (np.diff(mass["log10_mass_dm"]) > 0).all()
    assert (mass["lower_68"] < mass["log10_mass_dm"]).all()
    assert (mass["log10_mass_dm"] < mass["upper_68"]).all()
    error = mass["log10_mass_dm"] - np.log10(profile["dm_mass_msun"])
    assert row["rotation_curve_rms_dex"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-3)


def test_performance_lists_every_stage(finished):
    table = {row["stage"]: row for row in rows(finished.folder / "results/performance.csv")}
    assert {"universe", "cutout", "ski", "radiative_transfer", "hi_cubes", "network"} <= set(table)
    assert int(table["ski"]["jobs"]) == 6
    assert 0 < float(table["all"]["start_up_fraction"]) < 1


OF_SNAKEMAKE_MB = 300  # of a submission


def test_jobs_take_less_memory_than_they_ask_a_cluster_for(finished):
    """As Snakemake samples it."""
    profile = yaml.safe_load((REPOSITORY / "workflow/profiles/slurm/config.yaml").read_text())
    usual, _ = profile["default-resources"]["mem_mb"].split(" * attempt")
    table = rows(finished.folder / "results/performance.csv")
    taken = {row["stage"]: float(row["peak_memory_mb"]) for row in table if row["stage"] != "all"}
    assert len(taken) > 40 and max(taken.values()) > 400  # of TensorFlow
    for rule, memory_mb in taken.items():
        asked = rule_files.memory_mb(rule) or int(usual)
        assert memory_mb + OF_SNAKEMAKE_MB <= asked, rule


def test_portrait_shows_every_galaxy_and_its_realisations(finished, galaxies, tmp_path):
    copy = finished.copy(tmp_path / "copy")
    succeed(copy.snakemake("results/universe/portrait.png"))
    made = copy.folder / "results/universe"
    assert (made / "portrait.png").stat().st_size > 1e5
    population = pd.read_csv(made / "population.csv")
    assert sorted(population["galaxy"]) == sorted(galaxies)
    sample = pd.read_csv(finished.folder / "results/sample/galaxies.csv")
    masses = (sorted(table["stellar_mass_msun"]) for table in (population, sample))
    np.testing.assert_allclose(*masses, rtol=1e-5)
    realisations = pd.read_csv(made / "population_realisations.csv")
    assert len(realisations) == 18
    # A galaxy's Petrosian radius is some times the half-mass radius of its stars.
    radius = realisations.groupby("galaxy")["petrosian_radius_kpc"].median()
    size = sample.set_index("subhalo_id")["stellar_half_mass_radius_kpc"]
    assert (radius / size).between(0.8, 6).all()


PLAN = """\
import sys
from snakemake.cli import main
try:
    main(sys.argv[1:])
except SystemExit as exit:
    slow = {"astropy", "keras", "martini", "matplotlib", "numba", "scipy", "sklearn"}
    print("exit:", exit.code, "slow:", *sorted(slow & set(sys.modules)))
"""


def test_a_plan_waits_for_the_import_of_no_large_library(finished):
    """Every submission on a cluster reads the workflow twice before it works."""
    command = [sys.executable, "-c", PLAN, *finished.command("--dry-run", "results/figures")[3:]]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.endswith("exit: 0 slow:\n"), result.stdout[-200:]
