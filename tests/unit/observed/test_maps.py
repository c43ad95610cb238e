"""The file of a user's galaxy."""

import numpy as np
import pytest

from umbra.errors import Damaged
from umbra.observed.maps import ObservedMaps, read_observed_maps, write_observed_maps


def test_a_galaxy_is_read_as_it_was_written(tmp_path):
    velocity = np.array([[np.nan, 120.5], [-120.5, 3.0]], dtype=np.float32)
    maps = ObservedMaps(
        name="NGC 2903 – é".encode("ascii", "ignore").decode(),
        channels={"HI1": velocity, "r": np.ones((2, 2), np.float32)},
        distance_mpc=6.6,
        distance_error_mpc=0.5,
        shown_distance_mpc=10.0,
        observables={"w50_km_s": 370.0},
        notes=("The beam is broader than that of the training.", "x" * 900),
    )
    write_observed_maps(maps, tmp_path / "maps.fits")
    found = read_observed_maps(tmp_path / "maps.fits")
    assert list(found.channels) == ["r", "HI1"]
    np.testing.assert_array_equal(found.channels["HI1"], velocity)
    assert (found.distance_mpc, found.shown_distance_mpc) == (6.6, 10.0)
    assert found.observables == maps.observables
    assert found.notes == maps.notes


def test_nothing_observed_and_nothing_noted(tmp_path):
    maps = ObservedMaps("a", {"i": np.zeros((2, 2), np.float32)}, 12.0, 1.0, 12.0)
    write_observed_maps(maps, tmp_path / "maps.fits")
    found = read_observed_maps(tmp_path / "maps.fits")
    assert (found.observables, found.notes) == ({}, ())


def test_a_file_of_something_else_is_one_sentence(tmp_path):
    (tmp_path / "maps.fits").write_text("no galaxy")
    with pytest.raises(Damaged, match="maps.fits has no maps of a galaxy"):
        read_observed_maps(tmp_path / "maps.fits")
