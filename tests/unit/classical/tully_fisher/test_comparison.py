"""Rotation velocities from masses that are known."""

import numpy as np
import pandas as pd
import pytest
from astropy import constants, units

from umbra.classical.tully_fisher.comparison import (
    TULLY_FISHER_COLUMNS,
    half_mass_radius,
    interpolate_mass,
    write_tully_fisher,
)
from umbra.classical.tully_fisher.hall_relation import hall_velocity
from umbra.classical.tully_fisher.residuals import BAND_COLUMNS, SUMMARY_COLUMNS
from umbra.dataset.inputs import MASS_PROFILE_COLUMNS
from umbra.errors import InputError
from umbra.physics.halo import circular_velocity_squared
from umbra.predictions.intervals import INTERVAL_COLUMNS
from umbra.predictions.points import Predictions, write_predictions
from umbra.tables import read_table, write_table

RADIUS_KPC = np.geomspace(1, 100, 20)
NO_OFFSETS = {"val": 0.0, "test": 0.0}
GALAXIES = {7: 1e11, 8: 3e10, 9: 1e12}


def shares(galaxy):
    """Isothermal spheres: every mass grows as the radius; the stars end at 40 kpc."""
    mass = GALAXIES[galaxy] * RADIUS_KPC / 10
    return mass, 0.4 * np.minimum(mass, 4 * GALAXIES[galaxy]), 0.1 * mass


def write_run(folder, *, offsets, half_mass=lambda galaxy: "5", stellar=lambda galaxy: ""):
    """Write profiles, sample and predictions whose log10 masses are off by `offsets`."""
    (folder / "profiles").mkdir()
    names = ("subhalo_id", "stellar_mass_msun", "stellar_half_mass_radius_kpc")
    rows = [(galaxy, stellar(galaxy), half_mass(galaxy)) for galaxy in GALAXIES]
    write_table(pd.DataFrame(rows, columns=names), folder / "galaxies.csv")
    for galaxy in GALAXIES:
        columns = (RADIUS_KPC, *shares(galaxy), *[np.full(len(RADIUS_KPC), 100)] * 3)
        profile = dict(zip(MASS_PROFILE_COLUMNS, columns, strict=True))
        write_table(pd.DataFrame(profile), folder / "profiles" / f"{galaxy}.csv")
    galaxy, realisation = np.repeat(list(GALAXIES), 2), np.tile([0, 1], len(GALAXIES))
    truth = np.log10([shares(g)[0] for g in galaxy])
    splits = {
        split: Predictions(galaxy, realisation, RADIUS_KPC, truth, truth + offset)
        for split, offset in offsets.items()
    }
    write_predictions(predictions=splits, output=folder / "predictions.csv")


def rows(path, columns):
    kinds = dict.fromkeys(columns, float)
    kinds |= dict.fromkeys(
        {"galaxy", "realisation", "n", "n_galaxies", "left_out"} & {*columns}, int
    )
    kinds |= dict.fromkeys({"method", "a_error_source", "reason"} & {*columns}, str)
    return read_table(path, kinds).to_dict("records")


def run(folder, intervals=None):
    columns = {"table": TULLY_FISHER_COLUMNS, "bands": BAND_COLUMNS, "summary": SUMMARY_COLUMNS}
    paths = {name: folder / f"{name}.csv" for name in columns}
    write_tully_fisher(
        predictions=folder / "predictions.csv",
        galaxies_csv=folder / "galaxies.csv",
        profiles={galaxy: folder / "profiles" / f"{galaxy}.csv" for galaxy in GALAXIES},
        intervals=intervals,
        **paths,
    )
    return [rows(paths[name], columns[name]) for name in columns]


def true_velocity(galaxy):
    """Return the velocity within 40 kpc, the same at all radii; with astropy's G."""
    gravity = constants.G.to_value(units.kpc * units.km**2 / units.s**2 / units.Msun)
    return np.sqrt(gravity * 1.5 * GALAXIES[galaxy] / 10)


def test_velocity_of_the_earth_around_the_sun():
    au_kpc = (1 * units.au).to_value(units.kpc)
    # The mean orbital speed of the Earth is 29.78 km/s.
    assert np.sqrt(circular_velocity_squared(1.0, au_kpc)) == pytest.approx(29.785, abs=0.005)


@pytest.mark.parametrize("at", [1, 1.1, 7.3, 99, 100])
def test_interpolation_is_exact_for_a_power_law(at):
    mass = 3e8 * RADIUS_KPC**1.7
    found = interpolate_mass(radius_kpc=RADIUS_KPC, mass_msun=mass, at_kpc=at)
    assert found == pytest.approx(3e8 * at**1.7, rel=1e-12)


def test_interpolation_from_a_radius_without_mass():
    mass = np.array([0.0, 4.0, 8.0])
    radius = np.array([1.0, 4.0, 16.0])
    assert interpolate_mass(radius_kpc=radius, mass_msun=mass, at_kpc=2) == pytest.approx(2)
    assert interpolate_mass(radius_kpc=radius, mass_msun=mass, at_kpc=1) == 0


def test_half_mass_radius_of_a_power_law_and_of_none():
    mass = RADIUS_KPC**1.5
    found = half_mass_radius(radius_kpc=RADIUS_KPC, mass_msun=mass)
    assert found == pytest.approx(100 * 0.5 ** (1 / 1.5), rel=1e-12)
    assert np.isnan(half_mass_radius(radius_kpc=RADIUS_KPC, mass_msun=0 * mass))
    # all within the innermost radius
    assert np.isnan(half_mass_radius(radius_kpc=RADIUS_KPC, mass_msun=1 + 0 * mass))


def test_perfect_predictions_have_no_bias_and_no_scatter(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS)
    table, bands, summary = run(tmp_path)
    assert len(table) == 6
    for row in table:
        true = true_velocity(row["galaxy"])
        for name in ("v_true_km_s", "a_v_km_s", "a_lower_km_s", "a_upper_km_s"):
            assert row[name] == pytest.approx(true, rel=1e-5)
        assert (row["a_error_source"], row["reason"]) == ("validation", "")
        assert row["radius_kpc"] == 10
    a, b, limit = summary
    assert [row["method"] for row in summary] == ["A", "B", "B_anticorrelated"]
    for name in ("bias_dex", "scatter_dex", "mean_error_dex"):
        assert a[name] == pytest.approx(0, abs=1e-6)
    assert b["mean_error_dex"] > limit["mean_error_dex"]
    assert (a["n"], a["n_galaxies"], a["left_out"]) == (6, 3, 0)
    found = [row for row in bands if row["method"] == "A"]
    assert {row["method"] for row in bands} == {"A", "B"}
    for name in ("v_true_km_s", "lower_km_s", "upper_km_s"):
        ends = [row[name] for row in found]
        assert ends[0] == pytest.approx(true_velocity(8), rel=1e-5)
        assert ends[-1] == pytest.approx(true_velocity(9), rel=1e-5)


def test_stars_of_the_sample_and_of_the_profile(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS, half_mass=lambda g: "", stellar=lambda g: "2e10")
    for row in run(tmp_path)[0]:
        assert row["radius_kpc"] == pytest.approx(40, rel=1e-6)
        assert row["b_v_km_s"] == pytest.approx(hall_velocity(2e10), rel=1e-6)
    (tmp_path / "no_mass").mkdir()
    write_run(tmp_path / "no_mass", offsets=NO_OFFSETS)
    for row in run(tmp_path / "no_mass")[0]:
        stars = shares(row["galaxy"])[1][-1]
        assert row["b_v_km_s"] == pytest.approx(hall_velocity(stars), rel=1e-6)


def test_an_offset_of_the_mass_is_half_of_it_in_velocity(tmp_path):
    # The dark matter is doubled: V^2 = G (2 x 1 + 0.5) M / R instead of G (1 + 0.5) M / R.
    write_run(tmp_path, offsets={"val": -0.1, "test": np.log10(2)})
    table, _, summary = run(tmp_path)
    bias = 0.5 * np.log10(2.5 / 1.5)
    assert summary[0]["bias_dex"] == pytest.approx(bias, abs=1e-6)
    assert summary[0]["scatter_dex"] == pytest.approx(0, abs=1e-6)
    # Every validation image is off by 0.1 dex.
    for row in table:
        ends = [row[f"a_{end}_km_s"] for end in ("lower", "upper")]
        dark = 2 * 10 ** np.array([-0.1, 0.1])
        expected = true_velocity(row["galaxy"]) * np.sqrt((dark + 0.5) / 1.5)
        np.testing.assert_allclose(ends, expected, rtol=1e-5)


def test_galaxies_outside_the_profile_have_a_reason_and_are_counted(tmp_path):
    half = {7: "0.4", 8: "50.1", 9: "5"}
    write_run(tmp_path, offsets=NO_OFFSETS, half_mass=half.get)
    table, _, summary = run(tmp_path)
    for row in table[:4]:
        assert "is outside the profile (1 to 100 kpc)" in row.pop("reason")
        assert row.pop("a_error_source") == ""
        numbers = [row[name] for name in row if name not in ("galaxy", "realisation")]
        assert len(numbers) == 9 and np.isnan(numbers).all()
    assert [row["reason"] for row in table[4:]] == ["", ""]
    for row in summary:
        assert (row["n"], row["n_galaxies"], row["left_out"]) == (2, 1, 4)


def test_a_run_without_any_velocity_still_has_tables(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS, half_mass=lambda g: "70")
    table, bands, summary = run(tmp_path)
    assert (len(table), bands, summary[0]["n"]) == (6, [], 0)
    assert np.isnan(summary[0]["bias_dex"])


def write_intervals(path, methods, images):
    rows = [
        (method, galaxy, realisation, radius, 0, 11, 11 - lower, 11 + upper)
        for method, (lower, upper) in methods.items()
        for galaxy, realisation in images
        for radius in RADIUS_KPC
    ]
    write_table(pd.DataFrame(rows, columns=INTERVAL_COLUMNS), path)


def test_calibrated_intervals_give_the_error_bars(tmp_path):
    write_run(tmp_path, offsets={"val": 0.3, "test": 0.0})
    methods = {"bootstrap": (0.05, 0.02), "gaussian": (1, 1), "calibrated": (0.2, 0.1)}
    images = [(galaxy, realisation) for galaxy in GALAXIES for realisation in (1, 0)]
    write_intervals(tmp_path / "intervals.csv", methods, images)
    lower, upper = methods["calibrated"]
    for row in run(tmp_path, tmp_path / "intervals.csv")[0]:
        true = true_velocity(row["galaxy"])
        assert row["a_error_source"] == "calibrated"
        assert row["a_v_km_s"] == pytest.approx(true, rel=1e-5)
        for name, dex in (("a_lower_km_s", -lower), ("a_upper_km_s", upper)):
            expected = true * np.sqrt((10**dex + 0.5) / 1.5)
            assert row[name] == pytest.approx(expected, rel=1e-5)


def test_input_that_does_not_fit(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS)
    path = tmp_path / "intervals.csv"
    write_intervals(path, {"gaussian": (1, 1)}, [(7, 0)])
    with pytest.raises(InputError, match="no intervals of the method calibrated"):
        run(tmp_path, path)
    write_intervals(path, {"calibrated": (1, 1)}, [(7, 0)])
    with pytest.raises(
        InputError, match="for galaxy 7, realisation 1; delete the file and make it again"
    ):
        run(tmp_path, path)
    (tmp_path / "profiles" / "8.csv").unlink()
    with pytest.raises(InputError, match=r"8.csv does not exist; .* make it again"):
        run(tmp_path)
    names = "subhalo_id,stellar_mass_msun,stellar_half_mass_radius_kpc"
    (tmp_path / "galaxies.csv").write_text(f"{names}\n8,1e10,5\n9,1e10,5\n")
    with pytest.raises(InputError, match="no galaxy 7, which .*predictions.csv has"):
        run(tmp_path)


def test_a_radius_that_no_validation_image_has_gives_no_errors(tmp_path):
    write_run(tmp_path, offsets={"val": np.nan, "test": 0.0})
    with pytest.raises(InputError, match="every validation image is masked at 1 kpc"):
        run(tmp_path)
