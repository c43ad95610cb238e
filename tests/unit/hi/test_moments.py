"""Moment maps, against analytic lines and a real galaxy."""

import numpy as np
import pytest
from astropy.io import fits

from hi_cubes import MOMENTS, blob, found_line, found_maps, gaussian, make_cube, write_cube
from umbra.hi.moments import write_moments
from umbra.hi.reading import read_cube


def test_moments_of_a_gaussian_line_are_its_integral_centre_and_width():
    intensity, velocity, dispersion = found_maps(blob(0.05), MOMENTS)
    middle = np.s_[22:26, 22:26]
    expected = 0.05 * 12 * np.sqrt(2 * np.pi)
    assert intensity[middle].max() == pytest.approx(expected, rel=0.01)
    assert velocity[middle] == pytest.approx(30, abs=0.01)
    assert dispersion[middle] == pytest.approx(12, rel=0.01)


def test_moments_survive_noise():
    intensity, velocity, dispersion = found_maps(blob(0.05, noise=5.67e-4), MOMENTS)
    middle = np.s_[20:28, 20:28]
    assert velocity[middle] == pytest.approx(30, abs=1)
    assert dispersion[middle] == pytest.approx(12, abs=1)
    # a corner is 33 pixels, 5.5 widths of the source, from the centre
    assert np.isnan(intensity[:8, :8]).all()


def test_noise_alone_leaves_hardly_a_pixel():
    noise = np.random.default_rng(4).standard_normal((64, 128, 128)) * 5.67e-4
    maps = found_maps(make_cube(noise), MOMENTS)
    assert np.isfinite(maps[0]).mean() < 1e-3
    assert np.array_equal(np.isnan(maps[0]), np.isnan(maps[1]))
    assert np.array_equal(np.isnan(maps[0]), np.isnan(maps[2]))


def test_small_faint_clouds_are_seen_with_their_velocities():
    """Islands the size of the beam, whose peak is 7 times the noise of the smoothed cube."""
    y, x = np.mgrid[:128, :128]
    places = [(20, 20, -90), (20, 100, 60), (64, 64, 0), (100, 30, 110), (110, 110, -40)]
    sigma_pixels = 10 / 8.0625 / np.sqrt(8 * np.log(2))
    data = np.random.default_rng(6).standard_normal((64, 128, 128)) * 5.67e-4
    for row, column, velocity in places:
        image = np.exp(-0.5 * ((x - column) ** 2 + (y - row) ** 2) / sigma_pixels**2)
        data += 5e-3 * gaussian(velocity, 8)[:, None, None] * image
    velocity = found_maps(make_cube(data), MOMENTS)[1]
    for row, column, expected in places:
        assert velocity[row, column] == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("noise", [0.0, 5.67e-4])
def test_without_emission_all_pixels_are_masked(noise):
    cube = blob(0.0, noise=noise)
    assert np.isnan(found_maps(cube, MOMENTS.model_copy(update={"clip_sigma": 6.0}))).all()
    line = found_line(cube, clip_sigma=6.0)
    assert (line.flux_jy_km_s, line.w50_km_s, line.w20_km_s) == (0, 0, 0)


def test_pixels_below_the_column_density_are_masked():
    # N_HI = 1.104e24 S / (bmaj bmin), so 1e20 cm^-2 is 0.00906 Jy/beam km/s in a 10 arcsec beam
    cube = blob(0.01)
    everything = found_maps(cube, MOMENTS.model_copy(update={"min_column_density_cm2": 0.0}))[0]
    limited = found_maps(cube, MOMENTS.model_copy(update={"min_column_density_cm2": 1e20}))[0]
    np.testing.assert_array_equal(np.isfinite(limited), everything >= 0.009058)
    assert 0 < np.isfinite(limited).sum() < limited.size
    by_flux = found_maps(cube, MOMENTS.model_copy(update={"min_flux_jy_beam_km_s": 0.009058}))[0]
    np.testing.assert_array_equal(np.isfinite(by_flux), np.isfinite(limited))


def test_ngc_6946(shared_data):
    cube = read_cube(shared_data / "hi" / "ngc6946.fits")
    line = found_line(cube, clip_sigma=3)
    assert line.flux_jy_km_s == pytest.approx(925, rel=0.1)
    assert line.w20_km_s == pytest.approx(218, rel=0.1)
    assert line.centre_km_s == pytest.approx(47, abs=5)
    intensity, velocity, dispersion = found_maps(cube, MOMENTS)
    y, x = np.nonzero(intensity > 3)
    assert np.hypot(x.mean() - 50, y.mean() - 50) < 5
    # a disc: one side approaches, the other recedes, about the systemic velocity
    bright = velocity[intensity > 1]
    assert bright.min() < 0 < 47 < 120 < bright.max()
    assert 5 < np.median(dispersion[intensity > 1]) < 40


def test_file_of_moments(tmp_path):
    cubes = [tmp_path / "7_r0.fits", tmp_path / "7_r1.fits"]
    write_cube(cubes[0], blob(0.05, noise=5.67e-4))
    write_cube(cubes[1], blob(0.0), REALISAT=1, DISTMPC=18.0)
    write_moments(cubes=cubes, moments=MOMENTS, output=tmp_path / "7.fits")
    with fits.open(tmp_path / "7.fits") as hdus:
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "R0", "R1"]
        seen, dark = hdus["R0"], hdus["R1"]
        assert seen.data.shape == (3, 48, 48)
        assert seen.data.dtype.newbyteorder("=") == np.float32
        assert (seen.header["GALAXY"], dark.header["REALISAT"]) == (7, 1)
        assert (seen.header["DISTMPC"], dark.header["DISTMPC"]) == (12.5, 18.0)
        area = np.pi / (4 * np.log(2)) * 100 / 8.0625**2
        flux = 0.05 * 12 * np.sqrt(2 * np.pi) * 2 * np.pi * 6**2 / area
        assert seen.header["FLUXHI"] == pytest.approx(flux, rel=0.03)
        assert seen.header["W50KMS"] == pytest.approx(12 * np.sqrt(8 * np.log(2)), rel=0.05)
        assert (seen.header["LINECUT"], dark.header["LINECUT"]) == (False, False)
        assert np.isnan(dark.data).all()
        assert (dark.header["FLUXHI"], dark.header["W50KMS"], dark.header["W20KMS"]) == (0, 0, 0)


def test_a_line_that_is_cut_is_marked_and_logged(tmp_path, caplog):
    write_cube(tmp_path / "7_r0.fits", blob(0.05, centre=150.0, noise=5.67e-4))
    with caplog.at_level("WARNING"):
        write_moments(cubes=[tmp_path / "7_r0.fits"], moments=MOMENTS, output=tmp_path / "7.fits")
    assert fits.getheader(tmp_path / "7.fits", "R0")["LINECUT"] is True
    assert "7_r0.fits: the line goes on beyond the band of 320 km/s" in caplog.text
