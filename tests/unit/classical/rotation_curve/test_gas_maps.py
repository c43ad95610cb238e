"""The maps that the rotation-curve method takes: of a run's file, and of a cube."""

import numpy as np
import pytest

from hi_cubes import MOMENTS, blob, write_cube
from umbra.classical.rotation_curve.gas_maps import gas_maps_of, read_gas_maps
from umbra.errors import InputError
from umbra.hi.moments import write_moments
from umbra.hi.reading import read_cube


def test_a_cube_has_the_maps_that_its_run_writes(tmp_path):
    write_cube(tmp_path / "7_r0.fits", blob(0.05, noise=5.67e-4))
    write_moments(cubes=[tmp_path / "7_r0.fits"], moments=MOMENTS, output=tmp_path / "7.fits")
    written = read_gas_maps(tmp_path / "7.fits", 0)
    made = gas_maps_of(read_cube(tmp_path / "7_r0.fits"), MOMENTS)
    assert np.isfinite(made.intensity).any()
    np.testing.assert_allclose(made.intensity, written.intensity, rtol=1e-6)
    np.testing.assert_allclose(made.velocity_km_s, written.velocity_km_s, rtol=1e-5)
    assert made.beam_fwhm_arcsec == pytest.approx((10, 10))
    assert written.beam_fwhm_arcsec == pytest.approx((10, 10))
    assert made.pixel_arcsec == pytest.approx(8.0625) == written.pixel_arcsec
    assert made.distance_mpc == written.distance_mpc == 12.5


def test_a_file_without_moment_maps_is_named(tmp_path):
    (tmp_path / "moments.fits").write_text("not FITS")
    with pytest.raises(InputError, match=r"moments\.fits holds no moment maps of realisation 3"):
        read_gas_maps(tmp_path / "moments.fits", 3)
