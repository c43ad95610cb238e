"""The file that keeps a member of an ensemble."""

import numpy as np
import pytest

from umbra.errors import InputError
from umbra.predictions.members import KeptMember, Outcome, read_member, write_member


def test_member_is_read_as_kept_under_its_digest_alone(tmp_path):
    path, outcome = tmp_path / "members/3.hdf5", Outcome(3, epochs=7, loss=0.5, val_loss=0.25)
    arrays = {"val": np.arange(6.0).reshape(2, 3), "test": np.ones((4, 3))}
    weights = [np.arange(12.0).reshape(3, 4), *np.eye(11)]  # more than ten keep their order
    write_member(path, "abc", KeptMember(outcome, arrays, weights))
    kept = read_member(path, "abc")
    assert kept.outcome == outcome and type(kept.outcome.epochs) is int
    assert kept.predictions.keys() == arrays.keys()
    for split, array in arrays.items():
        np.testing.assert_array_equal(kept.predictions[split], array)
    for found, array in zip(kept.weights, weights, strict=True):
        np.testing.assert_array_equal(found, array)
    assert read_member(path, "other") is None
    assert read_member(tmp_path / "none.hdf5", "abc") is None
    path.write_bytes(b"broken")
    assert read_member(path, "abc") is None


def test_failed_member_is_kept_too(tmp_path):
    path = tmp_path / "3.hdf5"
    write_member(path, "abc", KeptMember(Outcome(3, epochs=0, loss=np.nan, val_loss=np.nan), {}))
    kept = read_member(path, "abc")
    assert kept.outcome.failed and kept.predictions == {} and kept.weights == ()
    assert not Outcome(3, 7, 0.5, 0.25).failed
    assert Outcome(7, 3, 2.0, np.nan).failed


def test_a_member_that_the_system_withholds_is_not_trained_again(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_member(tmp_path, "abc")
