"""Rings as 3DBAROLO writes them, and the table of them."""

from dataclasses import fields

import numpy as np
import pytest

from ring_files import write_barolo_rings
from rotation_case import rings_of
from umbra.classical.rotation_curve.rings import (
    Rings,
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


def test_a_ring_that_collapses_is_left_out_and_a_missing_error_filled_in(tmp_path):
    write_barolo_rings(tmp_path / "rings_final1.txt", [20, 70, 90, 100, 105, 4, 104, 2])
    rings = read_barolo_output(tmp_path, distance_mpc=10.0)
    np.testing.assert_allclose(rings.velocity_km_s, [20, 70, 90, 100, 105, 104])
    np.testing.assert_allclose(rings.velocity_error_upper_km_s, [6, 1, 2, 3, 4, 6])
    np.testing.assert_allclose(rings.radius_kpc[0], 5 / 206264.806 * 1e4)


def test_rings_without_errors_or_rotation_are_a_rejection(tmp_path):
    write_barolo_rings(tmp_path / "rings_final1.txt", [0, 0, -3])
    with pytest.raises(Rejected, match="no rings with steady rotation"):
        read_barolo_output(tmp_path, distance_mpc=10.0)
    write_barolo_rings(tmp_path / "rings_final1.txt", [50], error=0)
    with pytest.raises(Rejected, match="no error of the velocity"):
        read_barolo_output(tmp_path, distance_mpc=10.0)


def test_two_rings_are_both_kept(tmp_path):
    write_barolo_rings(tmp_path / "rings_final1.txt", [20, 90])
    rings = read_barolo_output(tmp_path, distance_mpc=10.0)
    np.testing.assert_allclose(rings.velocity_km_s, [20, 90])
    assert np.all(rings.velocity_error_km_s > 0)


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


def test_a_curve_that_rises_to_the_eighth_ring_is_kept():
    """A galaxy of Illustris, and the same with three rings that collapse."""
    velocity = np.array([12, 51, 80, 109, 131, 167, 182, 187, 203, 204, 209, 199.0])
    radius = 10 * np.arange(12) + 5.0
    assert not loss(radius, velocity)
    velocity[[4, 5, 11]] = 3, 8, 1
    assert loss(radius, velocity) == {4, 5, 11}


def test_no_rings_are_a_rejection(tmp_path):
    write_barolo_rings(tmp_path / "rings_final1.txt", [])
    with pytest.raises(Rejected, match="no rings"):
        read_barolo_output(tmp_path, distance_mpc=10.0)


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
