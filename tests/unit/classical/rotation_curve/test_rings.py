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
    write_rings,
)
from umbra.errors import InputError, Rejected


def test_a_ring_that_collapses_is_left_out_and_a_missing_error_filled_in(tmp_path):
    write_barolo_rings(tmp_path / "rings_final1.txt", [20, 70, 90, 100, 105, 4, 104, 2])
    rings = read_barolo_output(tmp_path, distance_mpc=10.0)
    np.testing.assert_allclose(rings.velocity_km_s, [20, 70, 90, 100, 105, 104])
    np.testing.assert_allclose(rings.velocity_error_upper_km_s, [6, 1, 2, 3, 4, 6])
    np.testing.assert_allclose(rings.radius_kpc[0], 5 / 206264.806 * 1e4)


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
