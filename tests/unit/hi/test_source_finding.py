"""Which voxels count as emission."""

import numpy as np
import pytest
from scipy import ndimage

from hi_cubes import CHANNEL_KM_S, blob, make_cube
from umbra.hi.line import integrated_line
from umbra.hi.source_finding import emission, smoothed


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


def test_without_clipping_every_voxel_counts():
    cube = blob(0.05, noise=5.67e-4)
    assert emission(cube, clip_sigma=0).all()
    flux = integrated_line(cube, clip_sigma=0).flux_jy_km_s
    area = np.pi / (4 * np.log(2)) * 100 / 8.0625**2
    assert flux == pytest.approx(cube.flux_jy_beam.sum() * CHANNEL_KM_S / area, rel=1e-9)
