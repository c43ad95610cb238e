"""Rotation curves beside the network: known errors are found, and failures keep their rows."""

import logging

import numpy as np
import pandas as pd
import pytest

from rotation_case import (
    MEAN,
    RADIUS_KPC,
    REALISATION,
    WIDTH,
    compare,
    true_mass,
    write_network,
    write_products,
)
from umbra.classical.rotation_curve.comparison import (
    COMPARED_ERROR_COLUMNS,
    COMPARED_GALAXY_COLUMNS,
    COMPARED_PROFILE_COLUMNS,
    write_comparison,
)
from umbra.classical.rotation_curve.posterior import MASS_COLUMNS
from umbra.errors import InputError
from umbra.tables import read_table, write_table

OFFSETS = {3: 0.1, 8: -0.3}
FAILED = {1: "rings", 5: "light", 9: "fit"}


INTEGERS = dict.fromkeys(("galaxy", "realisation", "n_galaxies"), int)
TEXTS = dict.fromkeys(("method", "status", "failed_stage", "reason"), str)
COLUMNS = {
    "profiles": COMPARED_PROFILE_COLUMNS,
    "error_table": COMPARED_ERROR_COLUMNS,
    "galaxies": COMPARED_GALAXY_COLUMNS,
}


def rows(path):
    kinds = dict.fromkeys(COLUMNS[path.stem], float)
    kinds |= {name: kind for name, kind in (INTEGERS | TEXTS).items() if name in kinds}
    return read_table(path, kinds).to_dict("records")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    paths = compare(tmp_path_factory.mktemp("run"), offsets=OFFSETS, failed=FAILED)
    return {name: rows(path) for name, path in paths.items()}


def test_profiles_are_those_of_both_methods_in_the_right_realisation(tables):
    assert len(tables["profiles"]) == 5 * len(RADIUS_KPC)
    for row in tables["profiles"]:
        galaxy, radius = row["galaxy"], row["radius_kpc"]
        true = np.interp(np.log(radius), np.log(RADIUS_KPC), true_mass(galaxy))
        assert row["log10_mass_dm"] == pytest.approx(true, abs=1e-6)
        assert row["realisation"] == REALISATION
        network = [row[f"network{end}"] for end in ("", "_lower_68", "_upper_68")]
        off = 1.0 if galaxy in FAILED else OFFSETS[galaxy] / 10
        assert network == pytest.approx(true + off + np.array([0, -0.1, 0.1]), abs=1e-6)
        curve = [row[f"rotation_curve{end}"] for end in ("", "_lower_68", "_upper_68")]
        if galaxy in FAILED:
            assert np.isnan(curve).all() and row["status"] == "failed" and row["reason"]
        else:
            expected = true + OFFSETS[galaxy] + np.array([0, -0.15, 0.15])
            assert curve == pytest.approx(expected, abs=1e-6)
            assert row["status"] == "succeeded" and not row["reason"]


def test_both_methods_are_judged_on_the_same_galaxies(tables):
    # The errors +0.1 and -0.3 dex: root mean square sqrt(0.05), mean absolute 0.2, mean -0.1.
    expected = {
        "rotation_curve": (0.05**0.5, 0.2, -0.1, 2),
        "network": (0.05**0.5 / 10, 0.02, -0.01, 2),
        "network_all": (((3 + 0.0010) / 5) ** 0.5, 3.04 / 5, 2.98 / 5, 5),
    }
    names = ("delta_mse", "delta_mae", "bias", "n_galaxies")
    for method, values in expected.items():
        own = [row for row in tables["error_table"] if row["method"] == method]
        assert [row["radius_kpc"] for row in own] == pytest.approx(RADIUS_KPC)
        for row in own:
            assert [row[name] for name in names] == pytest.approx(values, abs=1e-6)


def test_every_galaxy_has_its_row_with_the_fit_or_the_reason(tables):
    found = {row["galaxy"]: row for row in tables["galaxies"]}
    assert {g: row["failed_stage"] for g, row in found.items() if row["failed_stage"]} == FAILED
    assert "outside 30 to 80" in found[1]["reason"] and np.isnan(found[1]["rings"])
    assert "no isophotes" in found[5]["reason"] and found[5]["rings"] == 12
    assert "not converged" in found[9]["reason"] and np.isnan(found[9]["v200_km_s"])
    row = found[3]
    assert row["status"] == "succeeded" and not row["reason"]
    names = ("rings", "last_ring_kpc", "inclination_deg")
    assert [row[name] for name in names] == [12, 30, 55.5]
    assert row["reduced_chi2"] == pytest.approx(1.25)
    for place, name in enumerate(("upsilon", "v200_km_s", "c200")):
        mean, width = MEAN[place], WIDTH[place]
        for end, sigma in (("", 0), ("_lower_68", -1), ("_upper_68", 1)):
            assert row[f"{name}{end}"] == pytest.approx(mean + sigma * width, abs=width / 8)
    # Bars of 0.15 dex are longer than an error of 0.1 dex, and shorter than one of 0.3 dex.
    assert [found[g]["rotation_curve_within_68"] for g in OFFSETS] == [1, 0]
    assert [found[g]["rotation_curve_rms_dex"] for g in OFFSETS] == pytest.approx([0.1, 0.3])
    assert found[8]["network_rms_dex"] == pytest.approx(0.03, abs=1e-5)
    assert np.isnan(found[9]["rotation_curve_rms_dex"])


def test_failures_are_counted_in_the_log(tmp_path, caplog):
    with caplog.at_level(logging.INFO, logger="umbra"):
        compare(tmp_path, offsets=OFFSETS, failed=FAILED)
    assert "2 of 5 succeeded" in caplog.text and "'mass model': 1" in caplog.text


def test_without_intervals_the_network_has_no_bars(tmp_path):
    paths = compare(tmp_path, offsets=OFFSETS, failed={}, bars=False)
    for row in rows(paths["profiles"]):
        error = row["network"] - row["log10_mass_dm"]
        assert error == pytest.approx(OFFSETS[row["galaxy"]] / 10, abs=2e-6)
        assert np.isnan([row["network_lower_68"], row["network_upper_68"]]).all()
    assert all(np.isnan(row["network_within_68"]) for row in rows(paths["galaxies"]))


@pytest.mark.parametrize("failed", [{}, FAILED])
def test_a_run_without_any_success_still_has_its_tables(tmp_path, failed):
    paths = compare(tmp_path, offsets={}, failed=failed) if failed else {}
    if not failed:
        names = ("profiles", "error_table", "galaxies")
        paths = {name: tmp_path / f"{name}.csv" for name in names}
        network = write_network(tmp_path, galaxies=[1, 2], offset={})
        write_comparison(products={}, realisation=REALISATION, **network, **paths)
    assert len(rows(paths["galaxies"])) == len(failed)
    for row in rows(paths["error_table"]):
        count = len(failed) if row["method"] == "network_all" else 0
        assert row["n_galaxies"] == count and np.isfinite(row["delta_mse"]) == bool(count)


def test_a_masked_radius_counts_for_nobody(tmp_path):
    files = {galaxy: write_products(tmp_path, galaxy=galaxy, offset=0.2) for galaxy in (1, 2)}
    network = write_network(tmp_path, galaxies=[1, 2], offset={})
    text = network["intervals"].read_text().splitlines()
    masked = [line.split(",") for line in text if line.startswith("calibrated,2,1,1,")]
    assert len(masked) == 1
    text[text.index(",".join(masked[0]))] = ",".join([*masked[0][:4], "nan", *masked[0][5:]])
    network["intervals"].write_text("\n".join(text) + "\n")
    names = ("profiles", "error_table", "galaxies")
    paths = {name: tmp_path / f"{name}.csv" for name in names}
    write_comparison(products=files, realisation=REALISATION, **network, **paths)
    own = [row for row in rows(paths["error_table"]) if row["method"] == "rotation_curve"]
    assert [row["n_galaxies"] for row in own] == [1, *[2] * 19]
    assert all(row["delta_mse"] == pytest.approx(0.2, abs=1e-6) for row in own)
    assert np.isnan([row["log10_mass_dm"] for row in rows(paths["profiles"])]).sum() == 1


def test_files_that_do_not_fit_are_named(tmp_path):
    files = {4: write_products(tmp_path, galaxy=4, offset=0)}
    network = write_network(tmp_path, galaxies=[5], offset={})
    out = {name: tmp_path / f"{name}.csv" for name in ("profiles", "error_table", "galaxies")}
    with pytest.raises(InputError, match=r"intervals.csv: no realisation 1 of galaxy 4"):
        write_comparison(products=files, realisation=REALISATION, **network, **out)
    network = write_network(tmp_path, galaxies=[4], offset={})
    wrong = pd.DataFrame([[1, 9, 8, 10], [50, 11, 10, 12]], columns=MASS_COLUMNS)
    write_table(wrong, files[4].mass)
    with pytest.raises(InputError, match=r"mass.csv: not the radii of the network"):
        write_comparison(products=files, realisation=REALISATION, **network, **out)
    files[4].mass.write_text("radius_kpc\n1\n")
    with pytest.raises(InputError, match=r"mass.csv: no column log10_mass_dm, .*make it again"):
        write_comparison(products=files, realisation=REALISATION, **network, **out)
    assert not any(path.exists() for path in out.values())
