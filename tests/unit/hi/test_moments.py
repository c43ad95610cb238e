"""Moment maps and line widths, against analytic lines and a real galaxy."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy import ndimage

from umbra.config.hi import MomentSettings
from umbra.errors import InputError
from umbra.hi.line import integrated_line, line_width
from umbra.hi.moments import moment_maps, write_moments
from umbra.hi.reading import Cube, read_cube
from umbra.hi.source_finding import emission, smoothed

CHANNEL_KM_S = 5.0
VELOCITY = (np.arange(64) - 31.5) * CHANNEL_KM_S
SETTINGS = MomentSettings(clip_sigma=3.0, min_column_density_cm2=10**19.5)


def gaussian(centre: float, sigma: float) -> np.ndarray:
    return np.exp(-0.5 * ((VELOCITY - centre) / sigma) ** 2)


def make_cube(data: np.ndarray) -> Cube:
    return Cube(data, VELOCITY[: len(data)], (10.0, 10.0), (8.0625, 8.0625), fits.Header())


def blob(peak_jy: float, *, centre: float = 30.0, sigma: float = 12.0, noise: float = 0.0) -> Cube:
    """Return a round source in the middle of 48 x 48 pixels."""
    y, x = np.mgrid[:48, :48] - 23.5
    image = np.exp(-0.5 * (x**2 + y**2) / 6**2)
    data = peak_jy * gaussian(centre, sigma)[:, None, None] * image
    return make_cube(data + noise * np.random.default_rng(2).standard_normal(data.shape))


def write(path: Path, cube: Cube, **cards) -> None:
    header = {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CTYPE3": "VRAD",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CUNIT3": "km/s",
        "CRPIX1": 24.5,
        "CRPIX2": 24.5,
        "CRPIX3": 1.0,
        "CRVAL1": 180.0,
        "CRVAL2": 0.0,
        "CRVAL3": VELOCITY[0],
        "CDELT1": -8.0625 / 3600,
        "CDELT2": 8.0625 / 3600,
        "CDELT3": CHANNEL_KM_S,
        "SPECSYS": "LSRK",
        "RESTFRQ": 1.420405751e9,
        "BMAJ": 10 / 3600,
        "BMIN": 10 / 3600,
        "BPA": 0.0,
        "NOISERMS": 5.67e-4,
        "GALAXY": 7,
        "REALISAT": 0,
        "DISTMPC": 12.5,
    } | cards
    fits.PrimaryHDU(cube.flux_jy_beam.astype(np.float32), fits.Header(header)).writeto(path)


def test_moments_of_a_gaussian_line_are_its_integral_centre_and_width():
    intensity, velocity, dispersion = moment_maps(blob(0.05), SETTINGS)
    middle = np.s_[22:26, 22:26]
    expected = 0.05 * 12 * np.sqrt(2 * np.pi)
    assert intensity[middle].max() == pytest.approx(expected, rel=0.01)
    assert velocity[middle] == pytest.approx(30, abs=0.01)
    assert dispersion[middle] == pytest.approx(12, rel=0.01)


def test_moments_survive_noise():
    intensity, velocity, dispersion = moment_maps(blob(0.05, noise=5.67e-4), SETTINGS)
    middle = np.s_[20:28, 20:28]
    assert velocity[middle] == pytest.approx(30, abs=1)
    assert dispersion[middle] == pytest.approx(12, abs=1)
    # a corner is 33 pixels, 5.5 widths of the source, from the centre
    assert np.isnan(intensity[:8, :8]).all()


def test_smoothing_is_that_of_scipy():
    images = np.random.default_rng(5).standard_normal((3, 40, 30))
    expected = ndimage.gaussian_filter(images, (0, 1.3, 0.9), mode="constant", truncate=8)
    np.testing.assert_allclose(smoothed(images, np.array([1.3, 0.9])), expected, atol=1e-12)


def test_a_voxel_counts_only_beside_another_in_velocity():
    data = np.full((64, 8, 8), -1e-4)
    data[[10, 30, 31], 4, 4] = 1.0
    counted = emission(make_cube(data), clip_sigma=3)
    assert not counted[10].any()
    assert counted[30, 4, 4]
    assert counted[31, 4, 4]


def test_noise_alone_leaves_hardly_a_pixel():
    noise = np.random.default_rng(4).standard_normal((64, 128, 128)) * 5.67e-4
    maps = moment_maps(make_cube(noise), SETTINGS)
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
    velocity = moment_maps(make_cube(data), SETTINGS)[1]
    for row, column, expected in places:
        assert velocity[row, column] == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("noise", [0.0, 5.67e-4])
def test_without_emission_all_pixels_are_masked(noise):
    cube = blob(0.0, noise=noise)
    assert np.isnan(moment_maps(cube, SETTINGS.model_copy(update={"clip_sigma": 6.0}))).all()
    line = integrated_line(cube, clip_sigma=6.0)
    assert (line.flux_jy_km_s, line.w50_km_s, line.w20_km_s) == (0, 0, 0)


def test_pixels_below_the_column_density_are_masked():
    # N_HI = 1.104e24 S / (bmaj bmin), so 1e20 cm^-2 is 0.00906 Jy/beam km/s in a 10 arcsec beam
    cube = blob(0.01)
    everything = moment_maps(cube, SETTINGS.model_copy(update={"min_column_density_cm2": 0.0}))[0]
    limited = moment_maps(cube, SETTINGS.model_copy(update={"min_column_density_cm2": 1e20}))[0]
    np.testing.assert_array_equal(np.isfinite(limited), everything >= 0.009058)
    assert 0 < np.isfinite(limited).sum() < limited.size
    by_flux = moment_maps(cube, SETTINGS.model_copy(update={"min_flux_jy_beam_km_s": 0.009058}))[0]
    np.testing.assert_array_equal(np.isfinite(by_flux), np.isfinite(limited))


def test_without_clipping_every_voxel_counts():
    cube = blob(0.05, noise=5.67e-4)
    assert emission(cube, clip_sigma=0).all()
    flux = integrated_line(cube, clip_sigma=0).flux_jy_km_s
    area = np.pi / (4 * np.log(2)) * 100 / 8.0625**2
    assert flux == pytest.approx(cube.flux_jy_beam.sum() * CHANNEL_KM_S / area, rel=1e-9)


def test_flux_of_a_source_is_that_of_its_beam():
    # an unresolved source of 1 Jy km/s peaks at 1 Jy/beam km/s
    y, x = np.mgrid[:48, :48] - 23.5
    beam_sigma = 10 / 8.0625 / np.sqrt(8 * np.log(2))
    line = gaussian(0, 15) / (15 * np.sqrt(2 * np.pi))
    cube = make_cube(line[:, None, None] * np.exp(-0.5 * (x**2 + y**2) / beam_sigma**2))
    # the pixels sample the beam coarsely, 1.2 to its FWHM
    assert integrated_line(cube, clip_sigma=0).flux_jy_km_s == pytest.approx(1, rel=0.02)


def test_widths_of_a_gaussian_line():
    profile = gaussian(12, 20)
    w50, centre = line_width(VELOCITY, profile, fraction=0.5)
    w20, _ = line_width(VELOCITY, profile, fraction=0.2)
    assert w50 == pytest.approx(20 * np.sqrt(8 * np.log(2)), rel=0.01)
    assert w20 == pytest.approx(20 * np.sqrt(8 * np.log(5)), rel=0.01)
    assert centre == pytest.approx(12, abs=0.1)


def test_widths_span_both_horns_whichever_way_the_axis_runs():
    profile = gaussian(-80, 8) + gaussian(80, 8)
    expected = 160 + 8 * np.sqrt(8 * np.log(2))
    assert line_width(VELOCITY, profile, fraction=0.5)[0] == pytest.approx(expected, rel=0.01)
    assert line_width(VELOCITY[::-1], profile, fraction=0.5)[0] == pytest.approx(expected, rel=0.01)


def test_a_line_wider_than_the_band_ends_with_it():
    assert line_width(VELOCITY, np.ones(64), fraction=0.5) == (64 * CHANNEL_KM_S, 0.0)


def test_ngc_6946(shared_data):
    cube = read_cube(shared_data / "hi" / "ngc6946.fits")
    line = integrated_line(cube, clip_sigma=3)
    assert line.flux_jy_km_s == pytest.approx(925, rel=0.1)
    assert line.w20_km_s == pytest.approx(218, rel=0.1)
    assert line.centre_km_s == pytest.approx(47, abs=5)
    intensity, velocity, dispersion = moment_maps(cube, SETTINGS)
    y, x = np.nonzero(intensity > 3)
    assert np.hypot(x.mean() - 50, y.mean() - 50) < 5
    # a disc: one side approaches, the other recedes, about the systemic velocity
    bright = velocity[intensity > 1]
    assert bright.min() < 0 < 47 < 120 < bright.max()
    assert 5 < np.median(dispersion[intensity > 1]) < 40


def test_file_of_moments(tmp_path):
    cubes = [tmp_path / "7_r0.fits", tmp_path / "7_r1.fits"]
    write(cubes[0], blob(0.05, noise=5.67e-4))
    write(cubes[1], blob(0.0), REALISAT=1, DISTMPC=18.0)
    write_moments(cubes=cubes, moments=SETTINGS, output=tmp_path / "7.fits")
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
        assert np.isnan(dark.data).all()
        assert (dark.header["FLUXHI"], dark.header["W50KMS"], dark.header["W20KMS"]) == (0, 0, 0)


def test_velocity_axes_in_metres_are_read_in_km_s(tmp_path):
    write(tmp_path / "c.fits", blob(0.01), CUNIT3="m/s", CRVAL3=-157500.0, CDELT3=5000.0)
    np.testing.assert_allclose(read_cube(tmp_path / "c.fits").velocity_km_s, VELOCITY)


def test_a_file_that_is_no_cube_is_named(tmp_path):
    path = tmp_path / "broken.fits"
    path.write_bytes(b"SIMPLE" + bytes(100))
    with pytest.raises(InputError, match=r"broken\.fits is not an HI cube.*remove it"):
        read_cube(path)
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(tmp_path / "image.fits")
    with pytest.raises(InputError, match=r"image\.fits is not an HI cube"):
        read_cube(tmp_path / "image.fits")
