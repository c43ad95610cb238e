"""Reading a dataset: channels, distances, and files that are damaged."""

import h5py
import numpy as np
import pytest

from dataset_case import Inputs
from umbra.dataset import reading
from umbra.errors import InputError


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return a dataset of three galaxies."""
    return Inputs(tmp_path_factory.mktemp("dataset"), galaxies=3).build()


def test_a_split_states_the_distance_of_each_row(path):
    for rows in (reading.read_split_table(path, "val"), reading.read_split(path, ["u"], "val")):
        np.testing.assert_array_equal(rows.distance_mpc, 10.0 + rows.realisation)


def test_channels_are_read_in_the_order_of_their_naming(path):
    forwards = reading.read_split(path, ("u", "HI1"), "test").images
    backwards = reading.read_split(path, ("HI1", "u"), "test").images
    assert not np.array_equal(forwards, backwards, equal_nan=True)
    np.testing.assert_array_equal(forwards, backwards[..., ::-1])


def test_a_galaxy_in_two_splits_is_refused(path, tmp_path):
    copy = tmp_path / "dataset.hdf5"
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "r+") as file:
        train = np.flatnonzero(file["split"].asstr()[:] == "train")[0]
        file["split"][train] = b"test"
    with pytest.raises(InputError, match="is in both train and test"):
        reading.read_split(copy, ["HI1"], "train")


def test_unreadable_datasets_are_named(path, tmp_path):
    with pytest.raises(InputError, match=r"\(No such file or directory\); make or fetch it"):
        reading.read_split(tmp_path / "none.hdf5", ["HI1"], "train")
    cut = tmp_path / "cut.hdf5"
    cut.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match="is not a whole dataset"):
        reading.read_split(cut, ["HI1"], "train")
    old = tmp_path / "old.hdf5"
    old.write_bytes(path.read_bytes())
    with h5py.File(old, "a") as file:
        del file["measured_distance_mpc"]
    message = r"old\.hdf5 is not a whole dataset \(.*measured_distance_mpc.*\); delete it"
    for read in (reading.read_split_table, lambda *of: reading.read_split(of[0], ["u"], of[1])):
        with pytest.raises(InputError, match=message):
            read(old, "train")
    with h5py.File(tmp_path / "foreign.hdf5", "w") as file:
        file["images"] = np.zeros(3)
    with pytest.raises(InputError, match="not a dataset of this workflow; delete it"):
        reading.read_split(tmp_path / "foreign.hdf5", ["HI1"], "train")
