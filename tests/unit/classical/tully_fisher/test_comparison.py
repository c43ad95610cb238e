"""Rotation velocities: known masses, published relations, and statistics known beforehand."""

import csv

import numpy as np
import pytest
from astropy import constants, units
from scipy.stats import norm

from umbra.classical.tully_fisher.comparison import (
    half_mass_radius,
    interpolate_mass,
    rotation_velocity,
    write_tully_fisher,
)
from umbra.classical.tully_fisher.hall_relation import hall_error, hall_velocity
from umbra.classical.tully_fisher.residuals import Estimate, running_band, summarise_residuals
from umbra.errors import InputError
from umbra.predictions.points import Predictions, write_predictions

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
    with open(folder / "galaxies.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["subhalo_id", "stellar_mass_msun", "stellar_half_mass_radius_kpc"])
        writer.writerows([g, stellar(g), half_mass(g)] for g in GALAXIES)
    for galaxy in GALAXIES:
        with open(folder / "profiles" / f"{galaxy}.csv", "w", newline="") as file:
            writer = csv.writer(file)
            names = ("dm_mass_msun", "stellar_mass_msun", "gas_mass_msun")
            writer.writerow(["radius_kpc", *names])
            writer.writerows(zip(RADIUS_KPC, *shares(galaxy), strict=True))
    galaxy, realisation = np.repeat(list(GALAXIES), 2), np.tile([0, 1], len(GALAXIES))
    truth = np.log10([shares(g)[0] for g in galaxy])
    splits = {
        split: Predictions(galaxy, realisation, RADIUS_KPC, truth, truth + offset)
        for split, offset in offsets.items()
    }
    write_predictions(predictions=splits, output=folder / "predictions.csv")


def run(folder, intervals=None):
    names = ("table", "bands", "summary")
    paths = {name: folder / f"{name}.csv" for name in names}
    write_tully_fisher(
        predictions=folder / "predictions.csv",
        galaxies_csv=folder / "galaxies.csv",
        profiles=folder / "profiles",
        intervals=intervals,
        **paths,
    )
    return [list(csv.DictReader(open(paths[name], newline=""))) for name in names]


def true_velocity(galaxy):
    """Return the velocity within 40 kpc, the same at all radii; with astropy's G."""
    gravity = constants.G.to_value(units.kpc * units.km**2 / units.s**2 / units.Msun)
    return np.sqrt(gravity * 1.5 * GALAXIES[galaxy] / 10)


def test_velocity_of_the_earth_around_the_sun():
    au_kpc = (1 * units.au).to_value(units.kpc)
    # mean orbital speed of the Earth: 29.78 km/s
    assert rotation_velocity(mass_msun=1.0, radius_kpc=au_kpc) == pytest.approx(29.785, abs=0.005)


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


def test_relation_of_hall_agrees_with_that_of_reyes():
    # at its pivot, log10 M* = 10.10, Reyes et al. 2011 have log10 V = 2.142 +- 0.004
    assert np.log10(hall_velocity(10**10.10)) == pytest.approx(2.142, abs=0.036)
    # and the zero point is that at 1 Msun
    assert hall_velocity(1.0) == pytest.approx(10**-0.558)


@pytest.mark.parametrize("correlation", [0.0, -0.5, -1.0])
def test_errors_of_hall_by_monte_carlo(correlation):
    slope_zero = np.random.default_rng(3).multivariate_normal(
        [0.264, -0.558],
        [[0.010**2, correlation * 0.00101], [correlation * 0.00101, 0.101**2]],
        size=200_000,
        check_valid="ignore",
    )
    scatter = np.random.default_rng(4).normal(0, 0.036, 200_000)
    log_mass = np.array([10.0, 10.7, 11.5])
    log_velocity = slope_zero[:, :1] * log_mass + slope_zero[:, 1:] + scatter[:, None]
    # 200,000 draws: relative error 0.16 %
    found = hall_error(10**log_mass, correlation=correlation)
    np.testing.assert_allclose(found, log_velocity.std(axis=0), rtol=0.008)


def test_errors_of_a_fitted_line_are_near_the_anticorrelated_limit():
    # the zero point at M* = 1 Msun of lines fitted to masses of 10 +- 0.5 dex
    log_mass = np.random.default_rng(5).normal(10, 0.5, 3000)
    rng = np.random.default_rng(6)
    noise = rng.normal(0, 0.1, (500, len(log_mass)))
    slope, zero = np.polyfit(log_mass, (0.264 * log_mass - 0.558 + noise).T, 1)
    assert np.corrcoef(slope, zero)[0, 1] < -0.997
    assert zero.std() / slope.std() == pytest.approx(10, rel=0.01)


def test_perfect_predictions_have_no_bias_and_no_scatter(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS)
    table, bands, summary = run(tmp_path)
    assert len(table) == 6
    for row in table:
        true = true_velocity(int(row["galaxy"]))
        for name in ("v_true_km_s", "a_v_km_s", "a_lower_km_s", "a_upper_km_s"):
            assert float(row[name]) == pytest.approx(true, rel=1e-5)
        assert (row["a_error_source"], row["reason"]) == ("validation", "")
        assert float(row["radius_kpc"]) == 10
    a, b, limit = summary
    assert [row["method"] for row in summary] == ["A", "B", "B_anticorrelated"]
    for name in ("bias_dex", "scatter_dex", "mean_error_dex"):
        assert float(a[name]) == pytest.approx(0, abs=1e-6)
    assert float(b["mean_error_dex"]) > float(limit["mean_error_dex"])
    assert (a["n"], a["n_galaxies"], a["left_out"]) == ("6", "3", "0")
    found = [row for row in bands if row["method"] == "A"]
    assert {row["method"] for row in bands} == {"A", "B"}
    for name in ("v_true_km_s", "lower_km_s", "upper_km_s"):
        ends = [float(row[name]) for row in found]
        assert ends[0] == pytest.approx(true_velocity(8), rel=1e-5)
        assert ends[-1] == pytest.approx(true_velocity(9), rel=1e-5)


def test_stars_of_the_sample_and_of_the_profile(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS, half_mass=lambda g: "", stellar=lambda g: "2e10")
    for row in run(tmp_path)[0]:
        assert float(row["radius_kpc"]) == pytest.approx(40, rel=1e-6)
        assert float(row["b_v_km_s"]) == pytest.approx(hall_velocity(2e10), rel=1e-6)
    (tmp_path / "no_mass").mkdir()
    write_run(tmp_path / "no_mass", offsets=NO_OFFSETS)
    for row in run(tmp_path / "no_mass")[0]:
        stars = shares(int(row["galaxy"]))[1][-1]
        assert float(row["b_v_km_s"]) == pytest.approx(hall_velocity(stars), rel=1e-6)


def test_an_offset_of_the_mass_is_half_of_it_in_velocity(tmp_path):
    # of the dark part alone: V^2 = G (2 x 1 + 0.5) M / R instead of 1.5
    write_run(tmp_path, offsets={"val": -0.1, "test": np.log10(2)})
    table, _, summary = run(tmp_path)
    bias = 0.5 * np.log10(2.5 / 1.5)
    assert float(summary[0]["bias_dex"]) == pytest.approx(bias, abs=1e-6)
    assert float(summary[0]["scatter_dex"]) == pytest.approx(0, abs=1e-6)
    # and every validation image is off by 0.1 dex
    for row in table:
        ends = [float(row[f"a_{end}_km_s"]) for end in ("lower", "upper")]
        dark = 2 * 10 ** np.array([-0.1, 0.1])
        expected = true_velocity(int(row["galaxy"])) * np.sqrt((dark + 0.5) / 1.5)
        np.testing.assert_allclose(ends, expected, rtol=1e-5)


def test_galaxies_outside_the_profile_have_a_reason_and_are_counted(tmp_path):
    half = {7: "0.4", 8: "50.1", 9: "5"}
    write_run(tmp_path, offsets=NO_OFFSETS, half_mass=half.get)
    table, _, summary = run(tmp_path)
    for row in table[:4]:
        assert "is outside the profile (1 to 100 kpc)" in row.pop("reason")
        assert not any(
            value for name, value in row.items() if name not in ("galaxy", "realisation")
        )
    assert [row["reason"] for row in table[4:]] == ["", ""]
    for row in summary:
        assert (row["n"], row["n_galaxies"], row["left_out"]) == ("2", "1", "4")


def test_a_run_without_any_velocity_still_has_tables(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS, half_mass=lambda g: "70")
    table, bands, summary = run(tmp_path)
    assert (len(table), bands, summary[0]["n"], summary[0]["bias_dex"]) == (6, [], "0", "nan")


def write_intervals(path, methods, images):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["method", "galaxy", "realisation", "radius_kpc"]
            + ["log10_mass_dm", "median", "lower_68", "upper_68"]
        )
        for method, (lower, upper) in methods.items():
            for galaxy, realisation in images:
                for radius in RADIUS_KPC:
                    writer.writerow(
                        [method, galaxy, realisation, radius, 0, 11, 11 - lower, 11 + upper]
                    )


@pytest.mark.parametrize("best", ["calibrated", "bootstrap"])
def test_intervals_give_the_error_bars(tmp_path, best):
    write_run(tmp_path, offsets={"val": 0.3, "test": 0.0})
    methods = {"gaussian": (1, 1), "bootstrap": (0.05, 0.02)}
    if best == "calibrated":
        methods["calibrated"] = (0.2, 0.1)
    images = [(galaxy, realisation) for galaxy in GALAXIES for realisation in (1, 0)]
    write_intervals(tmp_path / "intervals.csv", methods, images)
    lower, upper = methods[best]
    for row in run(tmp_path, tmp_path / "intervals.csv")[0]:
        true = true_velocity(int(row["galaxy"]))
        assert row["a_error_source"] == best
        assert float(row["a_v_km_s"]) == pytest.approx(true, rel=1e-5)
        for name, dex in (("a_lower_km_s", -lower), ("a_upper_km_s", upper)):
            expected = true * np.sqrt((10**dex + 0.5) / 1.5)
            assert float(row[name]) == pytest.approx(expected, rel=1e-5)


def test_input_that_does_not_fit(tmp_path):
    write_run(tmp_path, offsets=NO_OFFSETS)
    path = tmp_path / "intervals.csv"
    write_intervals(path, {"gaussian": (1, 1)}, [(7, 0)])
    with pytest.raises(InputError, match="no intervals of method calibrated or bootstrap"):
        run(tmp_path, path)
    write_intervals(path, {"bootstrap": (1, 1)}, [(7, 0)])
    with pytest.raises(
        InputError, match="for galaxy 7, realisation 1; delete the file and make it again"
    ):
        run(tmp_path, path)
    (tmp_path / "profiles" / "8.csv").unlink()
    with pytest.raises(InputError, match=r"8.csv: no profile .* make it again"):
        run(tmp_path)
    (tmp_path / "galaxies.csv").write_text("subhalo_id\n8\n9\n")
    with pytest.raises(InputError, match="no galaxy 7, which .*predictions.csv has"):
        run(tmp_path)


def test_a_radius_that_no_validation_image_has_gives_no_errors(tmp_path):
    write_run(tmp_path, offsets={"val": np.nan, "test": 0.0})
    with pytest.raises(InputError, match="every validation image is masked at 1 kpc"):
        run(tmp_path)


def gaussian_sample(count):
    rng = np.random.default_rng(8)
    true = 10 ** rng.uniform(2, 2.6, count)
    velocity = true * 10 ** rng.normal(0.02 + 0.1 * (np.log10(true) - 2.3), 0.05)
    return np.arange(count), true, velocity


def test_summary_of_gaussian_residuals():
    galaxy, true, velocity = gaussian_sample(50_000)
    estimate = Estimate(velocity, velocity / 10**0.05, velocity * 10**0.05)
    ((method, bias, scatter, error, within, *counts),) = summarise_residuals(
        galaxy=galaxy // 2, true=true, estimates={"A": estimate}
    )
    assert (method, counts) == ("A", [50_000, 25_000, 0])
    # a trend of 0.1 over a uniform range of 0.6 adds 0.1 x 0.6 / sqrt(12)
    assert bias == pytest.approx(0.02, abs=0.001)
    assert scatter == pytest.approx(np.hypot(0.05, 0.06 / np.sqrt(12)), rel=0.01)
    assert error == pytest.approx(0.05)
    mean = 0.1 * (np.log10(true) - 2.3) + 0.02
    ends = (norm.cdf((sign * 0.05 - mean) / 0.05).mean() for sign in (1, -1))
    assert within == pytest.approx(next(ends) - next(ends), abs=0.01)


def test_band_follows_a_trend():
    galaxy, true, velocity = gaussian_sample(20_000)
    at, bias, scatter, lower, upper = np.array(
        running_band(galaxy=galaxy, true=true, velocity=velocity)
    ).T
    middle = slice(6, -6)  # a kernel is biased towards the middle at the ends
    trend = 0.02 + 0.1 * (np.log10(at) - 2.3)
    np.testing.assert_allclose(bias[middle], trend[middle], atol=0.006)
    np.testing.assert_allclose(scatter[middle], 0.05, rtol=0.1)
    np.testing.assert_allclose(np.log10(upper / lower), 2 * scatter)
    np.testing.assert_allclose(np.log10(upper * lower / at**2), 2 * bias, atol=1e-12)


def test_band_of_one_galaxy_is_its_residual():
    rows = running_band(
        galaxy=np.array([5, 5]), true=np.array([200.0, 200.0]), velocity=np.array([100.0, 400.0])
    )
    for _, bias, scatter, lower, upper in rows:
        assert bias == pytest.approx(0, abs=1e-12)
        assert scatter == pytest.approx(np.log10(2))
        assert (lower, upper) == (pytest.approx(100), pytest.approx(400))
