"""Light profiles: discs of known light, through the pipeline's own seeing and sky."""

import csv
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from umbra.classical.rotation_curve.light import autoprof
from umbra.classical.rotation_curve.light.autoprof import environment_python
from umbra.classical.rotation_curve.light.exponential_disc import Disc, fit_disc
from umbra.classical.rotation_curve.light.isophotes import (
    Image,
    Isophotes,
    find_source,
    pixel_noise,
)
from umbra.classical.rotation_curve.light.profile import measure_light, read_band
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


def measure(folder, image, method="photutils", environment=Path("unused"), sky="subtracted"):
    measure_light(
        image=image,
        realisation=0,
        method=method,
        photometry=PHOTOMETRY | {"sky": sky},
        environment=environment,
        folder=folder,
    )
    (row,) = csv.DictReader((folder / "disc.csv").open())
    assert row.pop("method") == method
    return {name: float(value) for name, value in row.items()}


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
    """The environment that the workflow uses by default; a minute if it is not there."""
    environment = REPOSITORY / ".autoprof"
    environment_python(environment)
    return environment


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
    profile = np.genfromtxt(tmp_path / "light.csv", delimiter=",", names=True)
    radius, error = profile["radius_arcsec"], profile["surface_brightness_error_mag_arcsec2"]
    truth = CENTRAL + 2.5 / np.log(10) * radius / SCALE
    off = profile["surface_brightness_mag_arcsec2"] - truth
    middle = (radius > SCALE) & (radius < 5 * SCALE)
    assert np.sqrt(np.mean((off / np.hypot(error, 0.02))[middle] ** 2)) < 2


def test_a_bulge_is_left_out(tmp_path):
    """An exponential bulge with as much light as the disc, a sixth of its size."""
    light = exponential(20.5, 50.0, 0.7, 100.0) + exponential(17.0, 8.0, 1.0, 0.0)
    disc = measure(tmp_path, write_image(tmp_path / "image.fits", light))
    assert disc["scale_length_arcsec"] == pytest.approx(50, rel=0.05)
    assert disc["central_surface_brightness_mag_arcsec2"] == pytest.approx(20.5, abs=0.1)


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
    image = read_band(disc_image, realisation=0, band="g", photometry=PHOTOMETRY)
    _, variance = sky_nanomaggy(band="g", mag_arcsec2=21.84, pixel_arcsec=GRID.pixel_arcsec)
    assert image.noise == pytest.approx(np.sqrt(variance), rel=0.05)


def test_moments_find_the_disc(disc_image):
    source = find_source(read_band(disc_image, realisation=0, band="g", photometry=PHOTOMETRY))
    middle = (GRID.pixels - 1) / 2
    truth = (middle + 3 / GRID.pixel_arcsec, middle - 5 / GRID.pixel_arcsec)
    assert source.centre == pytest.approx(truth, abs=0.1)
    assert np.degrees(source.angle) == pytest.approx(ANGLE + 90, abs=2)


def profile_of(intensity, radius, error):
    flat = np.full_like(radius, 0.3)
    return Isophotes(radius, intensity, error, flat, np.full_like(radius, 179.0), (0, 0))


def test_the_errors_are_those_of_repeated_measurements():
    """Their mean against the scatter of 100 noisy copies of one profile, known to 7 %."""
    radius = np.arange(1, 40.0)
    light = 100 * np.exp(-radius / 8)
    error = 0.05 * light  # with the least relative error, 7 % in all
    rng = np.random.default_rng(5)
    discs = [
        fit_disc(
            profile_of(light * (1 + np.hypot(0.05, 0.05) * rng.standard_normal(39)), radius, error),
            resolution_arcsec=1.0,
        )
        for _ in range(100)
    ]
    for value, its_error in (
        ("scale_length_arcsec", "scale_length_error_arcsec"),
        (
            "central_surface_brightness_mag_arcsec2",
            "central_surface_brightness_error_mag_arcsec2",
        ),
    ):
        scatter = np.std([getattr(disc, value) for disc in discs])
        assert np.mean([getattr(disc, its_error) for disc in discs]) == pytest.approx(
            scatter, rel=0.3
        )
    assert np.median([disc.scale_length_arcsec for disc in discs]) == pytest.approx(8, rel=0.02)


def test_a_profile_that_does_not_fade_has_no_disc():
    radius = np.arange(1, 40.0)
    light = np.exp(radius / 20)
    with pytest.raises(Rejected, match="does not fade outward"):
        fit_disc(profile_of(light, radius, 0.01 * light), resolution_arcsec=1.0)


def test_position_angles_are_averaged_across_north():
    radius = np.arange(1, 40.0)
    light = 100 * np.exp(-radius / 8)
    isophotes = profile_of(light, radius, 0.01 * light)
    isophotes.position_angle_deg[::2] = 3.0
    disc = fit_disc(isophotes, resolution_arcsec=1.0)
    assert isinstance(disc, Disc)
    assert min(disc.position_angle_deg, 180 - disc.position_angle_deg) < 3.1
    assert disc.position_angle_error_deg < 1


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
        read_band(disc_image, realisation=7, band="g", photometry=PHOTOMETRY)


@pytest.fixture
def small_lock(tmp_path, monkeypatch):
    """A lock of one package with AutoProf's module, and nothing else to be had."""
    wheel = tmp_path / "stand_in-1.0-py3-none-any.whl"
    info = "stand_in-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("autoprof/__init__.py", "")
        archive.writestr("autoprof/Pipeline.py", "")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: stand-in\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    lock = tmp_path / "small.lock"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"stand-in==1.0 --hash=sha256:{digest}\n")
    return lock


def test_of_two_jobs_one_makes_the_environment(tmp_path, small_lock):
    """And what a killed job left is no environment."""
    environment = tmp_path / "environment"
    digest = hashlib.sha256(small_lock.read_bytes()).hexdigest()[:12]
    (environment / f"{digest}.part" / "bin").mkdir(parents=True)
    code = (
        "import logging, pathlib, sys; logging.basicConfig(level=logging.INFO);"
        "from umbra.classical.rotation_curve.light.autoprof import environment_python as make;"
        "print(make(pathlib.Path(sys.argv[1]), lock=pathlib.Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, str(environment), str(small_lock)]
    jobs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [job.communicate() for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], said
    python = Path(said[0][0].strip())
    assert said[1][0] == said[0][0] and python.is_file()
    assert "".join(error for _, error in said).count("making AutoProf's environment") == 1
    assert sorted(path.name for path in environment.iterdir()) == [digest, "lock"]
    subprocess.run([python, "-I", "-c", "import autoprof.Pipeline"], check=True)


def test_what_cannot_be_installed_names_the_command(tmp_path, small_lock):
    """A package that is not to be had, as without a network."""
    small_lock.write_text(f"another==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(InputError) as caught:
        environment_python(tmp_path / "environment", lock=small_lock)
    message = str(caught.value)
    assert "No matching distribution found for another==1.0" in message
    assert (
        f"-m umbra.classical.rotation_curve.light.autoprof {tmp_path / 'environment'}`" in message
    )
    assert "set rotation_curve.light to photutils" in message
    assert [path.name for path in (tmp_path / "environment").iterdir()] == ["lock"]


def test_a_python_that_autoprof_cannot_use_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(autoprof, "PYTHONS", ((3, 1), (3, 2)))
    with pytest.raises(InputError, match=r"neither python3\.1 nor python3\.2 is on the PATH"):
        environment_python(tmp_path / "environment")


def test_the_command_says_the_same(tmp_path, small_lock):
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "umbra.classical.rotation_curve.light.autoprof",
            str(tmp_path / "environment"),
        ],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.rstrip().splitlines()[-1].startswith("umbra: AutoProf's environment")
    assert "umbra.classical.rotation_curve.light.autoprof" in result.stderr
