"""The classical answer for a real galaxy: NGC 6946, with our own Galaxy in front of it."""

import numpy as np
import pytest

import sparc_case
from umbra.classical.rotation_curve.mass_model import PARAMETERS
from umbra.classical.rotation_curve.posterior import read_mass_dm, read_posterior
from umbra.classical.rotation_curve.rings import read_rings
from umbra.config.hi import MomentSettings
from umbra.config.rotation_curve import ModelSettings, RingSettings
from umbra.errors import Rejected
from umbra.files import write_rejection
from umbra.hi.reading import read_cube, write_hi_cube
from umbra.observed.maps import ObservedMaps, write_observed_maps
from umbra.observed.rotation_curve import (
    MODEL_VELOCITY_COLUMNS,
    fit_observed_mass,
    fit_observed_rings,
)
from umbra.tables import read_table

DISTANCE_MPC, INCLINATION_DEG = 5.52, 38.0  # of SPARC (Lelli et al. 2016, table 1)
GALAXY_KM_S = (-34.0, -2.0)  # emission of our own Galaxy, in front of half of the disc
MOMENTS = MomentSettings()
RADII_KPC = np.geomspace(1, 100, 20)


@pytest.fixture(scope="module")
def ngc_6946(shared_data, tmp_path_factory):
    """Return a folder with its cube, and the rings that are fitted to it."""
    folder = tmp_path_factory.mktemp("ngc6946")
    cube = read_cube(shared_data / "hi" / "ngc6946.fits", masked_km_s=[GALAXY_KM_S])
    cube.header["DISTMPC"] = DISTANCE_MPC
    write_hi_cube(cube, folder / "cube.fits")
    fit_observed_rings(
        cube=folder / "cube.fits",
        moments=MOMENTS,
        settings=RingSettings(inclination=INCLINATION_DEG),
        rings=folder / "rings.csv",
    )
    return folder


def test_the_rotation_is_that_of_sparc(ngc_6946):
    rings = read_rings(ngc_6946 / "rings.csv")
    radius, velocity, *_ = sparc_case.rotmod("NGC6946")
    at = np.arange(4.0, 13.1)
    found = np.interp(at, rings.radius_kpc, rings.velocity_km_s)
    ratio = found / np.interp(at, radius, velocity)
    print("V over SPARC's at 4 to 13 kpc:", np.round(ratio, 3))
    assert np.all(np.abs(ratio - 1) < 0.1)
    # de Blok et al. 2008: 242 deg
    assert np.median(rings.position_angle_deg) == pytest.approx(242, abs=6)


def test_the_dark_matter_is_that_of_sparc(ngc_6946):
    asked = {"distance_mpc": DISTANCE_MPC, "inclination_deg": INCLINATION_DEG}
    rings = read_rings(ngc_6946 / "rings.csv")
    of_cube, of_sparc = (
        sparc_case.log10_mass_dm_within_20_kpc("NGC6946", rings=curve, **asked)
        for curve in (rings, None)
    )
    print(f"log10 M_DM (< 20 kpc): {of_cube:.2f} of the cube, {of_sparc:.2f} of SPARC's curve")
    assert of_cube == pytest.approx(of_sparc, abs=0.15)


@pytest.fixture(scope="module")
def fitted(ngc_6946):
    """Return the folder with the mass model too, without an image."""
    shown = ObservedMaps("NGC6946", {}, DISTANCE_MPC, 0.5, 10.0)
    write_observed_maps(shown, ngc_6946 / "maps.fits")
    write_rejection(ngc_6946 / "disc.csv", "no image")
    fit_observed_mass(
        **{"name": "NGC6946", "seed": 1, "radius_kpc": RADII_KPC, "moments": MOMENTS},
        **{name: ngc_6946 / f"{name}.csv" for name in ("rings", "disc", "mass", "velocities")},
        **{name: ngc_6946 / f"{name}.fits" for name in ("cube", "maps")},
        settings=ModelSettings(halo="nfw"),
        posterior=ngc_6946 / "posterior.hdf5",
    )
    return ngc_6946


def test_without_an_image_the_dark_matter_is_right_within_its_band(fitted):
    asked = {"distance_mpc": DISTANCE_MPC, "inclination_deg": INCLINATION_DEG}
    known = sparc_case.log10_mass_dm_within_20_kpc("NGC6946", **asked)
    radius, median, lower, upper = read_mass_dm(fitted / "mass.csv").to_numpy().T
    low, middle, high = (np.interp(20.0, radius, one) for one in (lower, median, upper))
    print(f"log10 M_DM (< 20 kpc): {middle:.2f} ({low:.2f} to {high:.2f}), of SPARC {known:.2f}")
    assert middle == pytest.approx(known, abs=max(high - low, 0.3))


def test_the_prior_on_the_distance_is_that_of_the_table(fitted):
    distances = read_posterior(fitted / "posterior.hdf5").samples[
        :, PARAMETERS.index("distance_mpc")
    ]
    # A rotation curve hardly tells the distance, so the posterior is as wide as the prior.
    assert np.std(distances) == pytest.approx(0.5, rel=0.3)
    assert np.mean(distances) == pytest.approx(DISTANCE_MPC, abs=0.5)


def test_the_velocities_of_the_model_belong_together(fitted):
    table = read_table(fitted / "velocities.csv", MODEL_VELOCITY_COLUMNS)
    # Medians of squares add up only about, where stars and halo can take each other's place.
    parts = np.sqrt(table["dark_matter"] ** 2 + table["stars"] ** 2 + table["gas"] ** 2)
    np.testing.assert_allclose(parts, table["total"], rtol=0.1)
    rings = read_rings(fitted / "rings.csv")
    model = np.interp(rings.radius_kpc, table["radius_kpc"], table["total"])
    off = (model - rings.velocity_km_s) / rings.velocity_error_km_s
    assert np.sqrt(np.mean(off**2)) < 1
    mass = np.interp(10.0, *read_mass_dm(fitted / "mass.csv").to_numpy().T[:2])
    speed = np.interp(10.0, table["radius_kpc"], table["dark_matter"])
    assert mass == pytest.approx(np.log10(speed**2 * 10 / 4.30091e-6), abs=0.05)


def test_a_disc_that_cannot_be_deprojected_is_rejected(ngc_6946, tmp_path):
    settings = RingSettings(min_inclination_deg=70)
    with pytest.raises(Rejected, match="so its rotation cannot be deprojected"):
        fit_observed_rings(
            cube=ngc_6946 / "cube.fits",
            moments=MOMENTS,
            settings=settings,
            rings=tmp_path / "rings.csv",
        )
