"""Light profiles: discs of known light, with the pipeline's own seeing and sky."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from umbra.classical.rotation_curve.light import autoprof
from umbra.classical.rotation_curve.light.autoprof_environment import (
    make_environment,
    ready_marker,
)
from umbra.classical.rotation_curve.light.disc_table import read_disc
from umbra.classical.rotation_curve.light.isophotes import Image, find_source, pixel_noise
from umbra.classical.rotation_curve.light.profile import measure_light, read_band
from umbra.config.photometry import ImagingSettings
from umbra.constants import NANOMAGGY_JY
from umbra.errors import InputError, Rejected
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry.sdss import observe_sdss, sky_nanomaggy

REPOSITORY = Path(__file__).resolve().parents[5]
GRID = SkyGrid(128, 17.2)
PHOTOMETRY = {
    "seeing_fwhm_arcsec": {"u": 1.53, "g": 1.44, "r": 1.32, "i": 1.26, "z": 1.29},
    "sky_mag_arcsec2": {"u": 22.01, "g": 21.84, "r": 20.84, "i": 20.16, "z": 18.96},
    "sky": "subtracted",
}
CENTRAL, SCALE, AXIS_RATIO, ANGLE, COLOUR = 20.8, 45.0, 0.5, 40.0, 0.6  # cos 60 deg is a half


def exponential(central, scale, axis_ratio, angle_deg, centre=(0.0, 0.0)):
    """Surface brightness [nanomaggy/arcsec2], averaged over 5 x 5 points of each pixel."""
    side, fine = GRID.pixels, 5
    offset = ((np.arange(side * fine) + 0.5) / fine - side / 2) * GRID.pixel_arcsec
    west, north = np.meshgrid(offset - centre[0], offset - centre[1])
    angle = np.radians(angle_deg)
    along = north * np.cos(angle) - west * np.sin(angle)
    across = north * np.sin(angle) + west * np.cos(angle)
    radius = np.hypot(along, across / axis_ratio)
    light = 10 ** (0.4 * (22.5 - central)) * np.exp(-radius / scale)
    return light.reshape(side, fine, side, fine).mean(axis=(1, 3))


def write_image(path, green, *, sky="subtracted", seed=1):
    """Write a FITS file as the photometry stage does, with the same noise for every `sky`."""
    bands = green * 10 ** (0.4 * COLOUR * np.arange(-1, 4))[:, None, None]
    mjy_sr = bands * GRID.pixel_arcsec**2 * NANOMAGGY_JY / (1e6 * GRID.pixel_sr)
    settings = PHOTOMETRY | {"sky": sky}
    image = observe_sdss(mjy_sr, grid=GRID, **settings, rng=np.random.default_rng(seed))
    hdu = fits.ImageHDU(image.astype(np.float32), name="R0")
    hdu.header["CDELT1"], hdu.header["CDELT2"] = -GRID.pixel_arcsec / 3600, GRID.pixel_arcsec / 3600
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)
    return path


def imaging(**settings):
    return ImagingSettings(**PHOTOMETRY | settings)


def measure(folder, image, method="photutils", environment=None, sky="subtracted"):
    measure_light(
        image=image,
        realisation=0,
        method=method,
        imaging=imaging(sky=sky),
        environment=environment,
        folder=folder,
    )
    light = asdict(read_disc(folder / "disc.csv"))
    assert light.pop("method") == method
    del light["bulge"]
    return light.pop("disc") | light


@pytest.fixture(scope="module")
def disc_image(tmp_path_factory):
    """A disc at 60 deg whose scale length is 5.6 pixels, its centre between pixels."""
    light = exponential(CENTRAL, SCALE, AXIS_RATIO, ANGLE, centre=(3.0, -5.0))
    return write_image(tmp_path_factory.mktemp("disc") / "disc.fits", light)


@pytest.fixture(scope="module")
def by_photutils(tmp_path_factory, disc_image):
    return measure(tmp_path_factory.mktemp("photutils"), disc_image)


@pytest.fixture(scope="session")
def autoprof_environment():
    """The environment that the workflow uses by default; making it takes a minute."""
    marker = ready_marker(REPOSITORY / ".autoprof")
    make_environment(marker)
    return marker


def assert_recovered(disc):
    assert disc["scale_length_arcsec"] == pytest.approx(SCALE, rel=0.05)
    assert disc["central_surface_brightness_mag_arcsec2"] == pytest.approx(CENTRAL, abs=0.1)
    assert disc["ellipticity"] == pytest.approx(1 - AXIS_RATIO, abs=0.03)
    assert disc["position_angle_deg"] == pytest.approx(ANGLE, abs=2)
    assert disc["colour_g_r_mag"] == pytest.approx(COLOUR, abs=4 * disc["colour_g_r_error_mag"])
    assert disc["fit_inner_arcsec"] >= 0.95 * SCALE and disc["fit_outer_arcsec"] <= 4.2 * SCALE


def test_photutils_recovers_an_inclined_disc(by_photutils):
    assert_recovered(by_photutils)


def test_autoprof_recovers_it_and_both_agree(
    tmp_path, disc_image, by_photutils, autoprof_environment
):
    disc = measure(tmp_path, disc_image, "autoprof", autoprof_environment)
    assert_recovered(disc)
    assert disc["scale_length_arcsec"] == pytest.approx(
        by_photutils["scale_length_arcsec"], rel=0.05
    )
    name = "central_surface_brightness_mag_arcsec2"
    assert disc[name] == pytest.approx(by_photutils[name], abs=0.1)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"light.csv", "disc.csv", "autoprof.log", "autoprof.prof", "autoprof.aux"}
    assert ".part" not in (tmp_path / "autoprof.log").read_text()
    profile = np.genfromtxt(tmp_path / "light.csv", delimiter=",", names=True)
    radius, error = profile["radius_arcsec"], profile["surface_brightness_error_mag_arcsec2"]
    truth = CENTRAL + 2.5 / np.log(10) * radius / SCALE
    off = profile["surface_brightness_mag_arcsec2"] - truth
    middle = (radius > SCALE) & (radius < 5 * SCALE)
    assert np.sqrt(np.mean((off / np.hypot(error, 0.02))[middle] ** 2)) < 2


def test_a_bulge_is_told_from_the_disc(tmp_path):
    """An exponential bulge with as much light as the disc, a sixth of its size."""
    light = exponential(20.5, 50.0, 0.7, 100.0) + exponential(17.0, 8.0, 1.0, 0.0)
    disc = measure(tmp_path, write_image(tmp_path / "image.fits", light))
    assert disc["scale_length_arcsec"] == pytest.approx(50, rel=0.05)
    assert disc["central_surface_brightness_mag_arcsec2"] == pytest.approx(20.5, abs=0.1)
    bulge = read_disc(tmp_path / "disc.csv").bulge
    # 1.678 scale lengths of an exponential contain half of its light
    assert bulge.effective_radius_arcsec == pytest.approx(1.678 * 8, rel=0.2)
    assert bulge.sersic_index == pytest.approx(1, abs=0.4)


def test_a_faint_halo_is_left_out(tmp_path):
    """It would be an exponential of its own, beyond the disc."""
    light = exponential(20.5, 30.0, 0.4, 100.0) + exponential(25.5, 200.0, 0.9, 0.0)
    disc = measure(tmp_path, write_image(tmp_path / "image.fits", light))
    assert disc["scale_length_arcsec"] == pytest.approx(30, rel=0.15)


def test_the_mean_sky_changes_nothing(tmp_path, by_photutils):
    light = exponential(CENTRAL, SCALE, AXIS_RATIO, ANGLE, centre=(3.0, -5.0))
    image = write_image(tmp_path / "image.fits", light, sky="added")
    assert measure(tmp_path, image, sky="added") == pytest.approx(by_photutils, rel=0.01)


def test_the_noise_is_measured_beside_the_galaxy(disc_image):
    image = read_band(disc_image, realisation=0, band="g", imaging=imaging())
    _, variance = sky_nanomaggy(band="g", mag_arcsec2=21.84, pixel_arcsec=GRID.pixel_arcsec)
    assert image.noise == pytest.approx(np.sqrt(variance), rel=0.05)


def test_moments_find_the_disc(disc_image):
    source = find_source(read_band(disc_image, realisation=0, band="g", imaging=imaging()))
    middle = (GRID.pixels - 1) / 2
    truth = (middle + 3 / GRID.pixel_arcsec, middle - 5 / GRID.pixel_arcsec)
    assert source.centre == pytest.approx(truth, abs=0.1)
    assert np.degrees(source.angle) == pytest.approx(ANGLE + 90, abs=2)


@pytest.mark.parametrize(
    ("light", "reason"),
    [
        (np.zeros((128, 128)), "no light in the middle"),
        (
            exponential(24.0, 5.0, 1.0, 0.0),
            "no light|too few|isophotes are brighter|no exponential",
        ),
        (np.full((128, 128), 0.5), "finds no isophotes"),
        (10 / exponential(22.0, 150.0, 1.0, 0.0), "finds no isophotes"),
    ],
    ids=["empty", "faint", "even", "rising"],
)
def test_what_is_no_disc_is_rejected(tmp_path, light, reason):
    with pytest.raises(Rejected, match=reason):
        measure(tmp_path, write_image(tmp_path / "image.fits", light))
    assert not (tmp_path / "disc.csv").exists()


def test_pixels_that_are_not_finite_are_rejected():
    flux = np.ones((128, 128))
    flux[3, 4] = np.nan
    with pytest.raises(Rejected, match="not finite"):
        find_source(Image(flux, 1.0, GRID.pixel_arcsec, 1.44))


def test_autoprof_giving_up_is_a_reason(tmp_path, autoprof_environment):
    """AutoProf takes a blank middle for missing data."""
    light = exponential(18.0, 30.0, 1.0, 0.0, centre=(0.0, 0.0))
    image = fits.open(write_image(tmp_path / "image.fits", light, sky="none"))
    image["R0"].data[:, 50:78, 50:78] = 0
    image["R0"].data[:, 63, 47] = 1e5
    flux = image["R0"].data[1].astype(float)
    blank = Image(flux, pixel_noise(flux), GRID.pixel_arcsec, 1.44)
    with pytest.raises(Rejected, match="AutoProf failed: .*Large chunk of data missing"):
        autoprof.autoprof_isophotes(blank, environment=autoprof_environment, folder=tmp_path)


def test_a_realisation_that_is_not_there_is_named(tmp_path, disc_image):
    with pytest.raises(InputError, match=r"disc\.fits holds no image of realisation 7"):
        read_band(disc_image, realisation=7, band="g", imaging=imaging())


def test_a_missing_environment_is_named(tmp_path, disc_image):
    marker = ready_marker(tmp_path)
    with pytest.raises(
        InputError, match=rf"is missing: remove {marker}, .* makes it again, or set"
    ):
        measure(tmp_path, disc_image, "autoprof", marker)


def test_an_environment_that_does_not_run_is_named(tmp_path, disc_image):
    marker = ready_marker(tmp_path)
    python = marker.with_suffix("") / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no numpy >&2; exit 1\n")
    python.chmod(0o755)
    with pytest.raises(
        InputError, match=rf"does not run in .* \(no numpy\): remove .* and {marker}"
    ):
        measure(tmp_path, disc_image, "autoprof", marker)
