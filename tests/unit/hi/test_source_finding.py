"""Which voxels count as emission."""

import numpy as np
import pytest
from astropy.io import fits
from scipy import ndimage

from hi_cubes import CHANNEL_KM_S, blob, found_line, gaussian, make_cube
from hi_ideal import NOISE_JY_BEAM, correlated_noise, default_cube, exceeding
from umbra.hi.reading import Cube
from umbra.hi.source_finding import emission, smoothed


def test_smoothing_is_that_of_scipy():
    images = np.random.default_rng(5).standard_normal((3, 40, 30))
    expected = ndimage.gaussian_filter(images, (0, 1.3, 0.9), mode="constant", truncate=8)
    np.testing.assert_allclose(smoothed(images, np.array([1.3, 0.9])), expected, atol=1e-12)


def turning_disc(peak_jy_beam: float, *, scale_pixels: float) -> np.ndarray:
    """Return an exponential disc that turns at 150 km/s, seen at 60 deg, with lines of 10 km/s."""
    y, x = np.mgrid[:128, :128] - 63.5
    radius = np.hypot(x, y / np.cos(np.radians(60)))
    seen = 150 * np.sin(np.radians(60)) * x / np.maximum(radius, 1)
    velocity = (np.arange(128) - 63.5) * CHANNEL_KM_S
    line = np.exp(-0.5 * ((velocity[:, None, None] - seen) / 10) ** 2)
    return peak_jy_beam * np.exp(-radius / scale_pixels) * line


@pytest.mark.parametrize(("peak_jy_beam", "scale_pixels"), [(0.02, 6), (0.01, 12), (0.005, 20)])
def test_as_much_is_found_as_an_ideal_mask_keeps(peak_jy_beam, scale_pixels):
    """Discs whose centres have 35, 18 and 9 times the noise of a channel."""
    disc = turning_disc(peak_jy_beam, scale_pixels=scale_pixels)
    cube = default_cube(disc + correlated_noise(seed=8))
    found = emission(cube, clip_sigma=4)
    kept = cube.flux_jy_beam[found].sum()
    assert kept == pytest.approx(disc[exceeding(disc, sigma=2)].sum(), rel=0.05)
    noise_alone = found & ~exceeding(disc, sigma=0.3)
    assert abs(cube.flux_jy_beam[noise_alone].sum()) < 0.01 * kept


def test_gas_below_the_noise_of_every_channel_is_found():
    # its peak is 1.5 times the noise of a channel, and 10 times that at the best resolution
    y, x = np.mgrid[:128, :128] - 63.5
    cloud = 1.5 * NOISE_JY_BEAM * np.exp(-0.5 * (x**2 + y**2) / 8**2)
    line = np.exp(-0.5 * ((np.arange(64) - 31.5) / 3) ** 2)
    data = cloud * line[:, None, None]
    cube = default_cube(data + correlated_noise(seed=8, channels=64))
    kept = cube.flux_jy_beam[emission(cube, clip_sigma=4)].sum()
    assert 0.7 * data.sum() < kept < 1.05 * data.sum()


@pytest.mark.parametrize("seed", range(6))
def test_noise_alone_is_not_found(seed):
    found = emission(default_cube(correlated_noise(seed=seed)), clip_sigma=4)
    assert not found.any()


def test_the_light_of_a_bright_cloud_is_not_found_around_it():
    y, x = np.mgrid[:64, :64] - 32
    cloud = gaussian(0, 10)[:, None, None] * np.exp(-0.5 * (x**2 + y**2) / 1.5**2)
    noise = correlated_noise(seed=4, channels=64, pixels=64)
    found = emission(make_cube(1000 * NOISE_JY_BEAM * cloud + noise), clip_sigma=4)
    # 3.7 times its width of 1.5 pixels from its centre, the cloud is as faint as the noise
    assert not found.any(axis=0)[np.hypot(x, y) > 10].any()
    # and so it is 37 km/s from the middle of its line: 15 channels
    assert found[:, 32, 32].sum() < 15 + 8


@pytest.mark.parametrize("channels", [2, 5, 7])
def test_a_cube_of_few_channels_is_searched(channels):
    y, x = np.mgrid[:64, :64] - 32
    cloud = 20 * NOISE_JY_BEAM * np.exp(-0.5 * (x**2 + y**2) / 3**2)
    noise = correlated_noise(seed=4, channels=channels, pixels=64)
    found = emission(default_cube(cloud + noise), clip_sigma=4)
    assert found[:, 32, 32].all()
    assert not found[:, :12].any()


def test_a_noise_free_cube_is_kept_whole():
    disc = turning_disc(0.01, scale_pixels=8)
    found = emission(default_cube(disc), clip_sigma=4)
    assert disc[found].sum() == pytest.approx(disc.sum(), rel=1e-6)


@pytest.mark.parametrize("channel_km_s", [2.5, 5.0, 20.0])
def test_channels_may_be_narrow_or_wide(channel_km_s):
    """A cloud whose peak is eight times the noise of a channel of 10 km/s."""
    velocity = (np.arange(60) - 29.5) * channel_km_s
    line = np.exp(-0.5 * (velocity / 15) ** 2)
    y, x = np.mgrid[:64, :64] - 32
    cloud = line[:, None, None] * np.exp(-0.5 * (x**2 + y**2) / 3**2)
    noise = correlated_noise(seed=4, channels=60, pixels=64) * np.sqrt(10 / channel_km_s)
    cube = Cube(
        8 * NOISE_JY_BEAM * cloud + noise, velocity, (10.0, 10.0), (8.0625,) * 2, fits.Header()
    )
    kept = cube.flux_jy_beam[emission(cube, clip_sigma=4)].sum()
    assert kept == pytest.approx(8 * NOISE_JY_BEAM * cloud.sum(), rel=0.15)


def test_without_clipping_every_voxel_counts():
    cube = blob(0.05, noise=5.67e-4)
    assert emission(cube, clip_sigma=0).all()
    flux = found_line(cube, clip_sigma=0).flux_jy_km_s
    area = np.pi / (4 * np.log(2)) * 100 / 8.0625**2
    assert flux == pytest.approx(cube.flux_jy_beam.sum() * CHANNEL_KM_S / area, rel=1e-9)


def test_smoothing_makes_no_numbers_that_are_too_small_for_the_processor():
    """Some processors take many times as long for each of them."""
    source = np.zeros((1, 128, 128), dtype=np.float32)
    source[0, 64, 64] = 1e-4  # Jy/beam
    smooth = smoothed(source, np.array([4.2, 4.2]))
    assert np.abs(smooth[smooth != 0]).min() >= np.finfo(np.float32).tiny
