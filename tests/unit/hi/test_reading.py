"""Reading HI cubes, good and bad ones."""

import numpy as np
import pytest
from astropy.io import fits

from hi_cubes import VELOCITY, blob, write_cube
from umbra.errors import InputError
from umbra.hi.reading import read_cube


def test_velocity_axes_in_metres_are_read_in_km_s(tmp_path):
    write_cube(tmp_path / "c.fits", blob(0.01), CUNIT3="m/s", CRVAL3=-157500.0, CDELT3=5000.0)
    np.testing.assert_allclose(read_cube(tmp_path / "c.fits").velocity_km_s, VELOCITY)


def test_a_file_that_is_no_cube_is_named(tmp_path):
    path = tmp_path / "broken.fits"
    path.write_bytes(b"SIMPLE" + bytes(100))
    with pytest.raises(InputError, match=r"broken\.fits is not an HI cube.*remove it"):
        read_cube(path)
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(tmp_path / "image.fits")
    with pytest.raises(InputError, match=r"image\.fits is not an HI cube"):
        read_cube(tmp_path / "image.fits")
