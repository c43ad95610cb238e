"""Petrosian radius, colour and asymmetry of constructed images."""

import numpy as np
import pytest
from scipy.optimize import brentq

from umbra.population.light import asymmetry, measure_bands, petrosian_radius

PIXELS, SCALE = 128, 9.0
Y, X = np.indices((PIXELS, PIXELS)) - (PIXELS - 1) / 2


def exponential(scale=SCALE, axis_ratio=1.0):
    return 20 * np.exp(-np.hypot(X, Y / axis_ratio) / scale)


def spiral(arm, noise):
    """Return a disc with one arm and a clump, for which statmorph was asked."""
    radius, azimuth = np.hypot(X, Y), np.arctan2(Y, X)
    arms = 1 + arm * np.cos(azimuth - 0.3 * radius) * np.exp(-(((radius - 15) / 12) ** 2))
    clump = 6 * np.exp(-((X - 14) ** 2 + (Y + 9) ** 2) / 8)
    sky = np.random.default_rng(1).standard_normal((PIXELS, PIXELS))
    return exponential() * arms + clump + noise * sky


def test_petrosian_radius_of_an_exponential_disc():
    """Its brightness is x^2 exp(-x) / 2 (1 - (1 + x) exp(-x)) of the mean within x lengths."""

    def ratio(x):
        return x**2 * np.exp(-x) / (2 * (1 - (1 + x) * np.exp(-x)))

    expected = brentq(lambda x: ratio(x) - 0.2, 1, 10)
    for scale in (4.0, 9.0, 14.0):
        assert petrosian_radius(exponential(scale)) == pytest.approx(expected * scale, abs=0.25)


def test_petrosian_radius_is_limited_by_the_image():
    assert petrosian_radius(np.ones((PIXELS, PIXELS))) == PIXELS / 2


@pytest.mark.parametrize(
    ("arm", "noise", "expected"),
    # statmorph 0.7.2: SourceMorphology.asymmetry, with a segment of radius 60 pixels.
    [(0.0, 0.02, 0.0295), (0.3, 0.02, 0.2522), (0.6, 0.02, 0.4791), (0.3, 0.1, 0.2231)],
)
def test_asymmetry_is_that_of_statmorph(arm, noise, expected):
    flux = spiral(arm, noise)
    radius = 1.5 * petrosian_radius(flux)
    assert asymmetry(flux, radius=radius, noise=noise) == pytest.approx(expected, abs=0.012)


def test_an_image_that_is_its_own_mirror_has_none():
    flux = spiral(0.5, 0.0)
    both = flux + flux[::-1, ::-1]
    assert asymmetry(both, radius=40, noise=0.0) == pytest.approx(0.0, abs=1e-12)


def test_the_centre_is_found():
    """The image of a symmetric galaxy two pixels off the centre is symmetric."""
    flux = np.roll(exponential(axis_ratio=0.5), (2, -1), axis=(0, 1))
    assert asymmetry(flux, radius=25, noise=0.0) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_a_clump_counts_twice(share):
    """Once where it is, once opposite: 2 c / (1 + c) for a clump of c times the galaxy's light."""
    galaxy, clump = exponential(4.0), np.exp(-((X - 20) ** 2 + Y**2) / 8)
    flux = galaxy + share * galaxy.sum() / clump.sum() * clump
    found = asymmetry(flux, radius=40, noise=0.0)
    assert found == pytest.approx(2 * share / (1 + share), rel=0.02)


def test_noise_alone_has_no_asymmetry_on_average():
    sky = 0.3 * np.random.default_rng(5).standard_normal((20, PIXELS, PIXELS))
    found = [asymmetry(exponential() + one, radius=25, noise=0.3) for one in sky]
    assert np.mean(found) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("sky", [0.0, 3.0])
def test_measures_of_a_galaxy_with_a_companion(sky):
    """Neither the mean of the sky nor a companion that is apart changes what is measured."""
    rng = np.random.default_rng(6)
    alone, companion = exponential(4.0), 10 * np.exp(-np.hypot(X - 30, Y) / 1.5)
    bands = {
        band: share * (alone + companion) + sky + 0.01 * rng.standard_normal(alone.shape)
        for band, share in {"g": 0.5, "r": 1.0, "i": 1.3}.items()
    }
    measured = measure_bands(bands, pixel_kpc=0.5)
    assert measured.g_minus_r_mag == pytest.approx(2.5 * np.log10(2), abs=0.01)
    assert measured.asymmetry == pytest.approx(0.0, abs=0.02)
    assert measured.petrosian_pixels == pytest.approx(petrosian_radius(alone), rel=0.03)


def test_asymmetry_is_measured_at_one_resolution():
    """The same galaxy, near with fine pixels and far with coarse ones."""
    rng = np.random.default_rng(8)
    fine = exponential(10.0)
    for row, column in rng.normal((PIXELS - 1) / 2, 10.0, (300, 2)).round().astype(int):
        fine[row, column] += 10.0  # clusters that no pixel resolves
    coarse = fine.reshape(PIXELS // 2, 2, PIXELS // 2, 2).sum(axis=(1, 3))
    near, far = (
        measure_bands(dict.fromkeys("gri", image), pixel_kpc=pixel).asymmetry
        for image, pixel in ((fine, 0.4), (coarse, 0.8))
    )
    sharp, blurred = asymmetry(fine, radius=60, noise=0), asymmetry(coarse, radius=30, noise=0)
    # The coarse image is centred in steps of half a coarse pixel, which leaves it a little.
    assert near == pytest.approx(far, rel=0.25)
    assert sharp > 1.3 * blurred and sharp > 2 * near


def test_noise_is_taken_off_after_smoothing():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(10):
        noisy = exponential() + 0.3 * rng.standard_normal((PIXELS, PIXELS))
        found.append(measure_bands(dict.fromkeys("gri", noisy), pixel_kpc=0.4).asymmetry)
    assert np.mean(found) == pytest.approx(0.0, abs=0.015)


def test_dark_images_have_no_colour():
    dark = {band: np.zeros((PIXELS, PIXELS)) for band in "gri"}
    assert np.isnan(measure_bands(dark, pixel_kpc=0.5).g_minus_r_mag)
