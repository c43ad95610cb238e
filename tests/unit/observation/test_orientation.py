"""Orientations: rotation matrices, quaternions and the angles of SKIRT."""

import numpy as np
import pytest
from astropy.io import fits
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from umbra.observation.orientation import rotation_from_quaternion, skirt_angles_deg
from umbra.observation.realisations import Realisation, project
from umbra.skirt_engine.geometry import observer_axes

X, Y, Z = np.eye(3)


def axes(inclination_deg, azimuth_deg, roll_deg):
    return observer_axes(
        inclination_deg=inclination_deg, azimuth_deg=azimuth_deg, roll_deg=roll_deg
    )


@pytest.mark.parametrize(
    ("angles_deg", "rows"),
    [((0, 0, 90), (X, Y, Z)), ((90, -90, 0), (X, Z, -Y)), ((90, 0, 0), (Y, Z, X))],
)
def test_known_axes_of_skirt(angles_deg, rows):
    """The first two were seen in SKIRT 9's own images, the last is in its documentation."""
    np.testing.assert_allclose(axes(*angles_deg), rows, atol=1e-15)


def mirrored(image):
    return [image, image[::-1], image[:, ::-1], image[::-1, ::-1]]


def clumps(image):
    """Return what distinguishes an image from its mirror images, bright and faint parts alike."""
    odd = image - np.mean(mirrored(image), axis=0)
    return odd / np.sqrt(gaussian_filter(odd**2, 4) + 1e-3 * np.max(odd**2))


@pytest.mark.parametrize(("image", "angles_deg"), [("xy", (0, 0, 90)), ("xz", (90, -90, 0))])
def test_axes_are_those_of_skirt_images(shared_reference, image, angles_deg):
    """What SKIRT was given lies in its [y, x] images where it is projected, not mirrored."""
    folder = shared_reference / "skirt"
    stars, regions = np.loadtxt(folder / "stars.txt"), np.loadtxt(folder / "sfr.txt")
    position_kpc = np.concatenate([stars[:, :3], regions[:, :3]]) / 1e3
    # Light of a population fades about as age^-0.8; regions are 5 Myr old on average.
    mass_msun = np.concatenate([stars[:, 4], regions[:, 4] * 1e7])
    age_gyr = np.concatenate([stars[:, 6] / 1e9, np.full(len(regions), 5e-3)])
    realisation = Realisation(galaxy=0, number=0, distance_mpc=10, rotation=axes(*angles_deg))
    right, up, _ = project(realisation, position_kpc).T
    edges = np.linspace(-20, 20, 129)
    light = mass_msun * age_gyr**-0.8
    expected, _, _ = np.histogram2d(up, right, bins=[edges, edges], weights=light)
    expected = clumps(gaussian_filter(expected, 0.7))
    seen = clumps(fits.getdata(folder / f"ext_{image}_transparent.fits")[0])
    turned = mirrored(expected) + mirrored(expected.T)
    correlations = [np.corrcoef(one.ravel(), seen.ravel())[0, 1] for one in turned]
    assert correlations[0] > 0.6 > 0.3 > max(correlations[1:])


def test_angles_give_back_random_rotations():
    for matrix in Rotation.random(1000, rng=1).as_matrix():
        back = axes(*skirt_angles_deg(matrix))
        np.testing.assert_allclose(back, matrix, atol=1e-12)


def test_quaternions_mean_what_scipy_means():
    for rotation in Rotation.random(20, rng=2):
        found = rotation_from_quaternion(rotation.as_quat())
        np.testing.assert_allclose(found, rotation.as_matrix(), atol=1e-14)


@pytest.mark.parametrize("inclination_deg", [0, 180])
@pytest.mark.parametrize("tilt_rad", [0, 1e-16, 1e-12, 1e-8, 1e-4])
def test_angles_survive_gimbal_lock(inclination_deg, tilt_rad):
    tilt = Rotation.from_rotvec([tilt_rad, tilt_rad / 3, 0]).as_matrix()
    for roll_deg in np.arange(-180, 181, 15):
        matrix = axes(inclination_deg, 40, roll_deg) @ tilt
        back = axes(*skirt_angles_deg(matrix))
        np.testing.assert_allclose(back, matrix, atol=1e-12)
