"""The file of sensitivity maps."""

import numpy as np
import pytest

from umbra.errors import InputError
from umbra.evaluation.sensitivity.maps import Maps, read_maps, write_maps


def _maps():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(4, 8, 8, 2)).astype(np.float32)
    images[:, :2] = np.nan
    return Maps(
        maps=rng.normal(size=(4, 3, 8, 8, 2)).astype(np.float32),
        images=images,
        galaxy=np.array([7, 7, 9, 9]),
        realisation=np.array([0, 1, 0, 1]),
        distance_mpc=np.array([10.5, 11.0, 12.0, 19.9]),
        radius_kpc=np.array([1.0, 5.5, 48.3]),
        channels=("i", "HI1"),
        field_of_view_arcmin=17.2,
    )


def test_maps_survive_the_file(tmp_path):
    maps = _maps()
    write_maps(maps=maps, output=tmp_path / "copy.hdf5")
    copy = read_maps(tmp_path / "copy.hdf5")
    for name, value in vars(maps).items():
        np.testing.assert_array_equal(getattr(copy, name), value)
    (tmp_path / "broken.hdf5").write_bytes(b"not HDF5")
    with pytest.raises(InputError, match=r"broken\.hdf5 is not a file of sensitivity maps"):
        read_maps(tmp_path / "broken.hdf5")
