"""Realisations: the observer, the angles of SKIRT, the directions of the axes of an image."""

import csv

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation
from scipy.stats import kstest

from umbra.observation.cutout_radius import cutout_radii_kpc, cutout_radius_kpc
from umbra.observation.orientation import (
    rotation_from_quaternion,
    rotation_from_skirt,
    skirt_angles_deg,
)
from umbra.observation.realisations import Realisation, draw_realisations, project
from umbra.observation.sky_grid import SkyGrid
from umbra.observation.table import write_observations

SETTINGS = {
    "realisations": 3,
    "min_distance_mpc": 10.0,
    "max_distance_mpc": 20.0,
    "field_of_view_arcmin": 17.2,
    "pixels": 128,
}
X, Y, Z = np.eye(3)


@pytest.mark.parametrize(
    ("angles_deg", "rows"),
    [((0, 0, 90), (X, Y, Z)), ((90, -90, 0), (X, Z, -Y)), ((90, 0, 0), (Y, Z, X))],
)
def test_known_skirt_realisations(angles_deg, rows):
    """The first two were seen in SKIRT 9's own images, the last is in its documentation."""
    np.testing.assert_allclose(rotation_from_skirt(*angles_deg), rows, atol=1e-15)


def mirrored(image):
    return [image, image[::-1], image[:, ::-1], image[::-1, ::-1]]


def clumps(image):
    """Return what distinguishes an image from its mirror images, bright and faint parts alike."""
    odd = image - np.mean(mirrored(image), axis=0)
    return odd / np.sqrt(gaussian_filter(odd**2, 4) + 1e-3 * np.max(odd**2))


@pytest.mark.parametrize(("image", "angles_deg"), [("xy", (0, 0, 90)), ("xz", (90, -90, 0))])
def test_realisations_are_those_of_skirt_images(shared_reference, image, angles_deg):
    """What SKIRT was given lies in its [y, x] images where it is projected, not mirrored."""
    folder = shared_reference / "skirt"
    stars, regions = np.loadtxt(folder / "stars.txt"), np.loadtxt(folder / "sfr.txt")
    position_kpc = np.concatenate([stars[:, :3], regions[:, :3]]) / 1e3
    # Light of a population fades about as age^-0.8; regions are 5 Myr old on average.
    mass_msun = np.concatenate([stars[:, 4], regions[:, 4] * 1e7])
    age_gyr = np.concatenate([stars[:, 6] / 1e9, np.full(len(regions), 5e-3)])
    realisation = Realisation(
        galaxy=0, number=0, distance_mpc=10, rotation=rotation_from_skirt(*angles_deg)
    )
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
        back = rotation_from_skirt(*skirt_angles_deg(matrix))
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
        matrix = rotation_from_skirt(inclination_deg, 40, roll_deg) @ tilt
        back = rotation_from_skirt(*skirt_angles_deg(matrix))
        np.testing.assert_allclose(back, matrix, atol=1e-12)


def test_realisation_states_skirt_angles_and_quaternion():
    realisation = draw_realisations(seed=1, galaxy=7, **SETTINGS)[0]
    back = rotation_from_skirt(
        realisation.inclination_deg, realisation.azimuth_deg, realisation.roll_deg
    )
    np.testing.assert_allclose(back, realisation.rotation, atol=1e-12)
    assert 0 <= realisation.inclination_deg <= 180
    vectors = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(
        Rotation.from_quat(realisation.quaternion).apply(vectors),
        project(realisation, vectors),
        atol=1e-12,
    )


def test_more_realisations_leave_the_earlier_ones_alone():
    few = draw_realisations(seed=1, galaxy=7, **SETTINGS)
    many = draw_realisations(seed=1, galaxy=7, **(SETTINGS | {"realisations": 6}))
    for before, after in zip(few, many, strict=False):
        assert before.distance_mpc == after.distance_mpc
        assert np.array_equal(before.rotation, after.rotation)
    assert len({realisation.distance_mpc for realisation in many}) == 6
    assert draw_realisations(seed=1, galaxy=8, **SETTINGS)[0].distance_mpc != few[0].distance_mpc
    assert draw_realisations(seed=2, galaxy=7, **SETTINGS)[0].distance_mpc != few[0].distance_mpc


def test_draws_are_uniform_in_distance_and_on_so3():
    drawn = draw_realisations(seed=3, galaxy=0, **(SETTINGS | {"realisations": 3000}))
    rotation = np.array([realisation.rotation for realisation in drawn])
    np.testing.assert_allclose(rotation @ rotation.swapaxes(1, 2) - np.eye(3), 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)
    distance = np.array([realisation.distance_mpc for realisation in drawn])
    # Each component of each axis is uniform on [-1, 1] on SO(3), and the angle of rotation has
    # the density (1 - cos angle) / pi. Eleven tests at p > 1e-4 fail by chance once in 900 seeds.
    samples = [(distance - 10) / 10]
    samples += [(rotation[:, i, j] + 1) / 2 for i in range(3) for j in range(3)]
    angle = np.arccos(np.clip((np.trace(rotation, axis1=1, axis2=2) - 1) / 2, -1, 1))
    samples += [(angle - np.sin(angle)) / np.pi]
    for sample in samples:
        assert kstest(sample, "uniform").pvalue > 1e-4


def test_grid_of_the_paper():
    grid = SkyGrid(pixels=128, field_of_view_arcmin=17.2)
    assert grid.pixel_arcsec == pytest.approx(8.0625)
    # 17.2 arcmin is 5.0033e-3 rad
    assert grid.side_kpc(10) == pytest.approx(50.033, rel=1e-4)
    assert grid.pixel_sr * 128**2 == pytest.approx((17.2 * np.pi / 180 / 60) ** 2)


def test_wcs_runs_as_stated():
    grid = SkyGrid(pixels=128, field_of_view_arcmin=17.2)
    header = fits.Header()
    header.update(grid.wcs_header(Realisation(7, 2, 12.5, np.eye(3))))
    assert (header["GALAXY"], header["REALISAT"], header["DISTMPC"]) == (7, 2, 12.5)
    wcs = WCS(header)
    centre = wcs.pixel_to_world(63.5, 63.5)
    assert (centre.ra.deg, centre.dec.deg) == pytest.approx((180, 0), abs=1e-9)
    rightward, upward = wcs.pixel_to_world(64.5, 63.5), wcs.pixel_to_world(63.5, 64.5)
    assert rightward.ra < centre.ra
    assert upward.dec > centre.dec
    for neighbour in (rightward, upward):
        assert centre.separation(neighbour).arcsec == pytest.approx(8.0625, rel=1e-6)
    assert wcs.world_to_pixel(wcs.pixel_to_world(3.0, 100.0)) == pytest.approx((3.0, 100.0))


def test_cutout_reaches_the_corners_of_the_farthest_realisation():
    near, far = Realisation(1, 0, 10.0, np.eye(3)), Realisation(1, 1, 40.0, np.eye(3))
    common = {"field_of_view_arcmin": 17.2, "radius_kpc": 100.0}
    assert cutout_radius_kpc(realisations=[near], **common) == 100.0
    # half the diagonal of 200.13 kpc
    assert cutout_radius_kpc(realisations=[far, near], **common) == pytest.approx(141.51, rel=1e-4)


def test_radii_of_a_whole_sample(tmp_path):
    galaxies = tmp_path / "galaxies.csv"
    galaxies.write_text("subhalo_id,group_id\n3,1\n11,2\n")
    observation = SETTINGS | {"field_of_view_arcmin": 60.0}
    radii = cutout_radii_kpc(
        galaxies_csv=galaxies, seed=1, observation=observation, radius_kpc=100.0
    )
    assert list(radii) == [3, 11]
    for galaxy, radius_kpc in radii.items():
        farthest = max(
            realisation.distance_mpc
            for realisation in draw_realisations(seed=1, galaxy=galaxy, **SETTINGS)
        )
        half_diagonal_kpc = farthest * 1e3 * np.radians(1) / np.sqrt(2)
        assert radius_kpc == pytest.approx(half_diagonal_kpc, rel=1e-9)


def test_written_table_holds_the_realisations(tmp_path):
    galaxies = tmp_path / "galaxies.csv"
    galaxies.write_text("subhalo_id,group_id\n3,1\n11,2\n")
    output = tmp_path / "observations.csv"
    write_observations(galaxies_csv=galaxies, seed=1, settings=SETTINGS, output=output)
    with open(output) as file:
        rows = list(csv.DictReader(file))
    assert [(row["galaxy"], row["realisation"]) for row in rows] == [
        (galaxy, realisation) for galaxy in ("3", "11") for realisation in "012"
    ]
    realisation, row = draw_realisations(seed=1, galaxy=11, **SETTINGS)[1], rows[4]
    assert float(row["distance_mpc"]) == realisation.distance_mpc
    quaternion = [float(row[key]) for key in ("qx", "qy", "qz", "qw")]
    angles = [float(row[f"{key}_deg"]) for key in ("inclination", "azimuth", "roll")]
    np.testing.assert_allclose(Rotation.from_quat(quaternion).as_matrix(), realisation.rotation)
    np.testing.assert_allclose(rotation_from_skirt(*angles), realisation.rotation, atol=1e-12)
