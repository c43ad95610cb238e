"""Rings as 3DBAROLO writes them, and the table of them."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ring_files import write_barolo_rings
from rotation_case import rings_of
from umbra.classical.rotation_curve.rings import (
    Rings,
    combined_rings,
    read_barolo_output,
    read_rings,
    steady_rings,
    write_rings,
)
from umbra.errors import InputError, Rejected

RINGS = 12


@pytest.fixture(scope="module")
def sparc_rings(shared_data):
    """Return each curve of SPARC at the middles of 12 rings, from its first to its last point."""
    curves = {}
    for path in sorted((shared_data / "sparc" / "Rotmod_LTG").glob("*.dat")):
        radius, velocity = np.loadtxt(path, usecols=(0, 1), unpack=True)
        rings = np.linspace(radius[0], radius[-1], RINGS)
        curves[path.stem] = rings, np.interp(rings, radius, velocity)
    return curves


def loss(radius: np.ndarray, velocity: np.ndarray) -> set[int]:
    """Return the rings that are left out."""
    return set(range(len(radius))) - set(steady_rings(radius, velocity).tolist())


def output_of(folder: Path, velocities, **angles) -> pd.DataFrame:
    """Return rings that 3DBAROLO wrote."""
    write_barolo_rings(folder / "rings_final1.txt", velocities, **angles)
    return read_barolo_output(folder)


def test_a_ring_that_collapses_is_left_out(tmp_path):
    whole = output_of(tmp_path, [20, 70, 90, 100, 105, 4, 104, 2])
    rings = combined_rings(whole, [whole], distance_mpc=10.0)
    np.testing.assert_allclose(rings.velocity_km_s, [20, 70, 90, 100, 105, 104])
    np.testing.assert_allclose(rings.radius_kpc[0], 5 / 206264.806 * 1e4)


def test_the_error_is_half_of_the_difference_of_the_halves(tmp_path):
    whole = output_of(tmp_path, [70, 90, 100, 105, 106])
    halves = [
        output_of(tmp_path, np.array([70, 90, 100, 105, 106]) + side * 8, inclination_deg=60 + side)
        for side in (-1, 1)
    ]
    rings = combined_rings(whole, halves, distance_mpc=10.0)
    np.testing.assert_allclose(rings.velocity_error_km_s, 8)
    np.testing.assert_allclose(rings.inclination_error_deg, 1)
    one = combined_rings(whole, halves[:1], distance_mpc=10.0)
    np.testing.assert_allclose(one.velocity_error_km_s, 8)


def test_errors_are_standard_errors_of_the_mean_of_the_halves():
    """Of 600 rings, as many are closer to the truth than their error as Student's t says."""
    rng = np.random.default_rng(5)
    halves = 200 + 10 * rng.standard_normal((2, 600))
    columns = dict.fromkeys(("DISP(km/s)", "INC(deg)", "P.A.(deg)", "VSYS(km/s)"), 0.0)
    radius = np.arange(600.0)
    whole, *sides = (
        pd.DataFrame({"RAD(arcs)": radius, "VROT(km/s)": velocity, **columns})
        for velocity in (halves.mean(axis=0), *halves)
    )
    rings = combined_rings(whole, sides, distance_mpc=10.0)
    pull = (rings.velocity_km_s - 200) / rings.velocity_error_km_s
    assert np.sqrt(np.mean(rings.velocity_error_km_s**2)) == pytest.approx(10 / 2**0.5, rel=0.1)
    # An error is the root of the mean of three squares.
    assert np.mean(np.abs(pull) < 1) == pytest.approx(1 - 2 * t.sf(1, df=3), abs=0.05)


def test_rings_without_rotation_are_a_rejection(tmp_path):
    with pytest.raises(Rejected, match="no rings with steady rotation"):
        output_of(tmp_path, [0, 0, -3])


def test_two_rings_are_both_kept(tmp_path):
    np.testing.assert_allclose(output_of(tmp_path, [20, 90])["VROT(km/s)"], [20, 90])


def test_no_ring_of_the_sparc_curves_is_lost(sparc_rings):
    """175 measured curves, at 12 rings and without further noise."""
    lost = [name for name, (radius, velocity) in sparc_rings.items() if loss(radius, velocity)]
    assert len(sparc_rings) == 175 and not lost


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("factor", [0.2, 3.0])
def test_single_outliers_are_found_in_all_sparc_curves(sparc_rings, factor, noise):
    """At each place, with a noise as large as that of 3DBAROLO's rings.

    A first ring three times too fast looks like a flat curve, and one five times too slow like a
    slow rise, so only part of them can be told.
    """
    rng = np.random.default_rng(3)
    found = np.zeros(RINGS)
    more = clean = 0
    for radius, velocity in sparc_rings.values():
        noisy = velocity * (1 + noise * rng.standard_normal(RINGS))
        clean += bool(loss(radius, noisy))
        for place in range(RINGS):
            planted = noisy.copy()
            planted[place] *= factor
            lost = loss(radius, planted)
            found[place] += place in lost
            more += bool(lost - {place})
    share = found / len(sparc_rings)
    assert clean <= 0.02 * len(sparc_rings)
    assert more <= 0.03 * len(sparc_rings) * RINGS
    assert np.all(share[1:] >= (0.97 if noise else 1))
    assert share[0] >= {0.2: 0.75, 3.0: 0.65}[factor]


@pytest.mark.parametrize("factor", [0.2, 3.0])
def test_a_wrong_first_ring_is_left_out_or_has_an_error_as_large(sparc_rings, tmp_path, factor):
    """Of the whole disc alone, in all SPARC curves: the halves tell that it is wrong."""
    kept = 0
    for radius, velocity in list(sparc_rings.values())[::5]:
        right = output_of(tmp_path, velocity).assign(**{"RAD(arcs)": radius})
        wrong = velocity.copy()
        wrong[0] *= factor
        whole = right.assign(**{"VROT(km/s)": wrong}).iloc[steady_rings(radius, wrong)]
        rings = combined_rings(whole, [right, right], distance_mpc=10.0)
        if rings.radius_arcsec[0] == radius[0]:
            kept += 1
            off = abs(wrong[0] - velocity[0])
            assert rings.velocity_error_km_s[0] == pytest.approx(off / np.sqrt(2))
    assert kept > 0


def test_a_curve_that_rises_to_the_eighth_ring_is_kept():
    """A galaxy of Illustris, and the same with three rings that collapse."""
    velocity = np.array([12, 51, 80, 109, 131, 167, 182, 187, 203, 204, 209, 199.0])
    radius = 10 * np.arange(12) + 5.0
    assert not loss(radius, velocity)
    velocity[[4, 5, 11]] = 3, 8, 1
    assert loss(radius, velocity) == {4, 5, 11}


def test_no_rings_are_a_rejection(tmp_path):
    with pytest.raises(Rejected, match="no rings"):
        output_of(tmp_path, [])


def test_the_table_is_read_as_it_was_written(tmp_path):
    rings = rings_of(radius_kpc=np.array([1.23456, 2.5]), velocity_km_s=np.array([100.0, 1e3]))
    write_rings(rings, tmp_path / "rings.csv")
    found = read_rings(tmp_path / "rings.csv")
    for field in fields(Rings):
        expected = np.round(getattr(rings, field.name), 4)
        np.testing.assert_array_equal(getattr(found, field.name), expected)
    text = (tmp_path / "rings.csv").read_bytes()
    assert text.startswith(b"radius_arcsec,radius_kpc,velocity_km_s,") and b"\r" not in text
    (tmp_path / "rings.csv").write_text("radius_kpc\n1\n")
    with pytest.raises(InputError, match=r"rings\.csv: no column radius_arcsec, .* make it again"):
        read_rings(tmp_path / "rings.csv")
