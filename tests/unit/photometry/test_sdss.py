"""SDSS images: flux, seeing, noise, bands, and where things appear."""

import math

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from scipy.ndimage import gaussian_filter
from scipy.special import ive

from umbra.channels import BANDS
from umbra.config.observation import ImageSettings
from umbra.config.photometry import ImagingSettings
from umbra.errors import InputError
from umbra.observation.realisations import draw_realisations, project
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry.sdss import (
    ELECTRONS_PER_COUNT,
    NANOMAGGY_PER_COUNT,
    band_averages,
    observe_galaxy,
    observe_sdss,
    psf_matrix,
    read_bands,
    sky_nanomaggy,
)
from umbra.skirt_engine import spectra
from umbra.skirt_engine.mappings import REGION_METALLICITIES
from umbra.skirt_engine.sampling import make_sampler, pivot_micron, transmission
from umbra.skirt_engine.ski import WavelengthGrid

SEEING = {"u": 1.53, "g": 1.44, "r": 1.32, "i": 1.26, "z": 1.29}
SKY = {"u": 22.01, "g": 21.84, "r": 20.84, "i": 20.16, "z": 18.96}
OBSERVATION = ImageSettings(realisations=2, field_of_view_arcmin=17.2, pixels=128)
PHOTOMETRY = ImagingSettings(
    instrument_grid="bands", seeing_fwhm_arcsec=SEEING, sky_mag_arcsec2=SKY, sky="subtracted"
)
GRID = SkyGrid(pixels=128, field_of_view_arcmin=17.2)


def disc(pixels, side_arcmin=17.2, scale_arcmin=1.2):
    """Return an inclined exponential disc on the pixels of an image, per arcmin2."""
    axis = (np.arange(pixels) + 0.5) / pixels * side_arcmin - side_arcmin / 2
    x, y = np.meshgrid(axis, axis)
    return np.exp(-np.hypot(x + 0.4 * y, 2 * y) / scale_arcmin)


def write_frame(path, cube, wavelength_micron=(0.356, 0.470, 0.618, 0.749, 0.895)):
    image = fits.PrimaryHDU(np.asarray(cube, dtype=np.float32))
    image.header["BUNIT"] = "MJy/sr"
    grid = fits.TableHDU.from_columns(
        [fits.Column("GRID_POINTS", format="E16.9", array=np.array(wavelength_micron))]
    )
    fits.HDUList([image, grid]).writeto(path)
    return path


def test_a_uniform_sky_has_the_right_nanomaggies():
    """22.5 mag/arcsec2 is 3.631 uJy/arcsec2, so one nanomaggy an arcsec2, whatever the seeing."""
    per_sr = (180 / math.pi * 3600) ** 2
    image = observe_sdss(
        np.full((5, 128, 128), 3.631e-6 * per_sr / 1e6),
        grid=GRID,
        seeing_fwhm_arcsec=SEEING,
        sky_mag_arcsec2=SKY,
        sky="none",
        rng=np.random.default_rng(0),
    )
    np.testing.assert_allclose(image, 8.0625**2, rtol=1e-9)


@pytest.mark.parametrize("fwhm_arcsec", [0.01, 1.32, 20.0, 200.0])
def test_seeing_conserves_flux_at_edges_and_corners_too(fwhm_arcsec):
    matrix = psf_matrix(fwhm_arcsec=fwhm_arcsec, pixel_arcsec=8.0625, pixels=128)
    image = np.random.default_rng(0).random((128, 128)) ** 8
    image[0, 0] = image[-1, 60] = 1000
    blurred = matrix @ image @ matrix.T
    assert blurred.sum() == pytest.approx(image.sum(), rel=1e-12)
    assert blurred.min() > -1e-12


def test_seeing_of_many_pixels_has_its_width():
    """Sampled ten times finer than the seeing, a star has its FWHM (less 1 % for the pixels)."""
    fwhm = 1.32
    matrix = psf_matrix(fwhm_arcsec=fwhm, pixel_arcsec=fwhm / 10, pixels=101)
    star = np.zeros((101, 101))
    star[50, 50] = 1
    profile = (matrix @ star @ matrix.T)[50]
    half = profile.max() / 2
    offset_pixels = np.arange(51)
    half_width_pixels = np.interp(half, profile[50:][::-1], offset_pixels[::-1])
    assert 2 * half_width_pixels * fwhm / 10 == pytest.approx(fwhm, rel=0.015)


@pytest.mark.parametrize("fwhm_arcsec", [1.32, 8.0, 24.0])
def test_seeing_agrees_with_blurring_a_fine_image(fwhm_arcsec):
    """Also where it is smaller than a pixel: blur a 16 times finer image, then bin that."""
    factor, pixels = 16, 64
    fine = gaussian_filter(disc(factor * pixels), factor)
    pixel_arcsec = 17.2 * 60 / pixels
    sigma_fine = fwhm_arcsec / 2.35482 / pixel_arcsec * factor
    blurred = gaussian_filter(fine, sigma_fine, mode="reflect", truncate=8)

    def binned(image):
        return image.reshape(pixels, factor, pixels, factor).sum(axis=(1, 3))

    matrix = psf_matrix(fwhm_arcsec=fwhm_arcsec, pixel_arcsec=pixel_arcsec, pixels=pixels)
    change = binned(blurred) - binned(fine)
    found = matrix @ binned(fine) @ matrix.T - binned(fine)
    # Not only the image but what the seeing changes in it is right, least so in the cuspy centre.
    np.testing.assert_allclose(found, change, atol=0.08 * abs(change).max())


def test_seeing_is_the_discrete_gaussian():
    matrix = psf_matrix(fwhm_arcsec=4.0, pixel_arcsec=8.0625, pixels=64)
    kernel = ive(abs(np.arange(64) - 32), (4.0 / 2.354820045 / 8.0625) ** 2)
    np.testing.assert_allclose(matrix[32], kernel, atol=1e-13)


@pytest.mark.parametrize("band", BANDS)
def test_noise_has_the_variance_of_the_formula(band):
    """The electrons of the sky in a pixel are counted here in another way than in the code."""
    empty = np.zeros((5, 128, 128))
    drawn = {
        sky: observe_sdss(
            empty,
            grid=GRID,
            seeing_fwhm_arcsec=SEEING,
            sky_mag_arcsec2=SKY,
            sky=sky,
            rng=np.random.default_rng(1),
        )[BANDS.index(band)]
        for sky in ("subtracted", "added", "none")
    }
    assert np.all(drawn["none"] == 0)
    mean = 10 ** ((22.5 - SKY[band]) / 2.5) * 8.0625**2
    electrons = mean / NANOMAGGY_PER_COUNT[band] * ELECTRONS_PER_COUNT[band]
    assert electrons > 1e4
    scatter = mean / math.sqrt(electrons)
    pixels = empty[0].size
    # five standard errors of a sample variance and of a mean
    assert drawn["subtracted"].var() == pytest.approx(scatter**2, rel=5 * math.sqrt(2 / pixels))
    assert abs(drawn["subtracted"].mean()) < 5 * scatter / math.sqrt(pixels)
    np.testing.assert_allclose(drawn["added"] - drawn["subtracted"], mean, rtol=1e-9)


@pytest.mark.parametrize(
    ("band", "depth_mag"),
    [("u", 22.15), ("g", 23.13), ("r", 22.70), ("i", 22.20), ("z", 20.71)],
)
def test_noise_agrees_with_the_published_depth(band, depth_mag):
    """SDSS states these median 5-sigma depths of PSF photometry of point sources.

    The noise of the sky under a star that is measured with its own PSF as weight is that of the
    area 4 pi sigma^2. Dark current, readout and wings of the PSF make the survey a little
    shallower.
    """
    area_arcsec2 = 4 * math.pi * (SEEING[band] / 2.35482) ** 2
    _, variance = sky_nanomaggy(
        band=band, mag_arcsec2=SKY[band], pixel_arcsec=math.sqrt(area_arcsec2)
    )
    expected_mag = 22.5 - 2.5 * math.log10(5 * math.sqrt(variance))
    assert 0 < expected_mag - depth_mag < 2.5 * math.log10(1.5)


def test_electrons_agree_with_the_throughput_of_the_telescope():
    """Photons of one nanomaggy through 3.58 m2 and Doi's response, against gain and zero point.

    The response is that of the year 2001 to 2004 at airmass 1.3; the camera's changed by 30 % in u.
    """
    import speclite.filters

    for band in BANDS:
        response = speclite.filters.load_filter(f"sdss2010-{band}")
        width = np.trapezoid(response.response / response.wavelength, response.wavelength)
        electrons = 3.631e-32 * 3.58 * 53.907 / 6.62607e-34 * width
        stated = ELECTRONS_PER_COUNT[band] / NANOMAGGY_PER_COUNT[band]
        assert stated == pytest.approx(electrons, rel=0.3)


def test_flat_spectrum_keeps_its_flux_and_the_bands_lie_where_skirt_has_them():
    wavelength = np.geomspace(0.09, 3.7, 1000)
    np.testing.assert_allclose(band_averages(np.full((1000, 2, 2), 3.0), wavelength), 3.0)
    # The average of lambda^2 over R d ln(lambda) defines the pivot wavelength.
    pivot = band_averages(wavelength**2.0, wavelength) ** 0.5
    mean_log = np.exp(band_averages(np.log(wavelength), wavelength))
    skirt = [0.3556457276, 0.4702444002, 0.6175540451, 0.748994523, 0.8946683031]
    # SKIRT has an older response than Doi's in u and z.
    np.testing.assert_allclose(pivot, skirt, rtol=0.008)
    assert np.all(pivot > mean_log)


def test_spectrum_and_bands_of_skirt_agree(shared_reference):
    """One run of SKIRT recorded the whole spectrum and the images in its own bands."""
    folder = shared_reference / "skirt"
    with fits.open(folder / "ext_xy_transparent.fits") as hdus:
        image_mjy_sr = hdus[0].data.sum(axis=(1, 2), dtype=float)
        pixel_sr = math.radians(hdus[0].header["CDELT1"] / 3600) ** 2
    spectrum = Table.read(folder / "ext_xy_sed.dat", format="ascii.no_header")
    expected = image_mjy_sr * 1e6 * pixel_sr
    flux_jy = band_averages(np.array(spectrum["col3"]), np.array(spectrum["col1"]))
    difference_mag = -2.5 * np.log10(flux_jy / expected)
    # The image ends at 20 kpc, and SKIRT's response in u is bluer by 1 %.
    np.testing.assert_allclose(difference_mag, 0, atol=0.03)


def test_both_instrument_grids_have_the_same_bands_for_every_spectrum(tmp_path, monkeypatch):
    """All ages and metallicities of the embedded engine's tables, and its star-forming regions.

    A bin of the log grid is 13 A wide in u and 33 A in z. What is left is emission lines of the
    regions within their bins; spectra of stars alone agree within 0.0003 mag.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    flux = []
    for grid in (WavelengthGrid(), WavelengthGrid(0.09, 3.7, 1000)):
        sampler = make_sampler(grid, (0.09, 100))
        rows = spectra.packaged_spectral_table(sampler).rows
        flux.append((rows * sampler.wavelength_micron**2).T)
    shining = flux[0].min(axis=0) > 0
    assert shining.sum() > 1300
    averages = band_averages(flux[1], np.geomspace(0.09, 3.7, 1000))
    difference_mag = 2.5 * np.log10((averages / flux[0])[:, shining])
    np.testing.assert_allclose(difference_mag, 0, atol=0.003)
    stars = difference_mag[:, : -2 * len(REGION_METALLICITIES)]
    np.testing.assert_allclose(stars, 0, atol=0.0003)


def test_u_sees_nothing_beyond_its_band():
    """Doi's table has no value from 4160 to 7620 A, and then the red leak."""
    wavelength = np.geomspace(0.09, 3.7, 1000)
    u, g, *_ = band_averages(np.where(wavelength > 0.42, 1.0, 0.0), wavelength)
    assert u == 0 and g > 0.8
    # SKIRT's own response has none either: its pivot would be 3561 A with it.
    assert pivot_micron(*transmission("u", None)) == pytest.approx(0.3583, abs=1e-4)


def test_blobs_of_stars_appear_where_the_realisation_projects_them(tmp_path):
    """One blob in each quadrant: binned by SKIRT's convention, found by the WCS."""
    realisations = draw_realisations(seed=4, galaxy=9, settings=OBSERVATION)
    frames, pixels_of = [], []
    for realisation in realisations:
        side = GRID.side_kpc(realisation.distance_mpc)
        right_up = side * np.array([[0.2, 0.3], [-0.3, 0.15], [-0.1, -0.25], [0.35, -0.05]])
        position = np.column_stack([right_up, np.zeros(4)]) @ realisation.rotation
        seen = project(realisation, position)
        edges = np.linspace(-side / 2, side / 2, 129)
        image, _, _ = np.histogram2d(
            seen[:, 1], seen[:, 0], bins=[edges, edges], weights=[4, 3, 2, 1]
        )
        frames.append(
            write_frame(tmp_path / f"galaxy_r{realisation.number}_total.fits", [image] * 5)
        )
        pixels_of.append(right_up / side * 128 + 63.5)
    output = tmp_path / "9.fits"
    observe_galaxy(
        frames=frames,
        seed=4,
        galaxy=9,
        observation=OBSERVATION,
        photometry=PHOTOMETRY.model_copy(update={"sky": "none"}),
        skirt_resources=None,
        output=output,
    )
    with fits.open(output) as hdus:
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "R0", "R1"]
        for realisation, hdu, pixels in zip(realisations, hdus[1:], pixels_of, strict=True):
            header = hdu.header
            assert (header["GALAXY"], header["REALISAT"]) == (9, realisation.number)
            assert header["DISTMPC"] == realisation.distance_mpc
            assert (header["BANDS"], header["BUNIT"]) == ("ugriz", "nanomaggy")
            assert hdu.data.shape == (5, 128, 128) and hdu.data.dtype == np.dtype(">f4")
            brightest = np.argsort(hdu.data[2].ravel())[:-5:-1]
            y, x = np.unravel_index(brightest, (128, 128))
            np.testing.assert_allclose(np.column_stack([x, y]), pixels, atol=0.5)
            wcs = WCS(header).celestial
            sky = wcs.pixel_to_world(x, y)
            east = (sky.ra.deg > 180).tolist()
            north = (sky.dec.deg > 0).tolist()
            assert east == [False, True, True, False]
            assert north == [True, True, False, False]


def test_noise_of_a_realisation_depends_on_nothing_but_its_numbers(tmp_path):
    frames = [write_frame(tmp_path / f"r{k}.fits", np.zeros((5, 128, 128))) for k in range(3)]

    def observed(realisations, name):
        output = tmp_path / name
        observe_galaxy(
            frames=frames[:realisations],
            seed=4,
            galaxy=9,
            observation=OBSERVATION.model_copy(update={"realisations": realisations}),
            photometry=PHOTOMETRY,
            skirt_resources=None,
            output=output,
        )
        with fits.open(output) as hdus:
            return [hdu.data.copy() for hdu in hdus[1:]]

    two, three = observed(2, "two.fits"), observed(3, "three.fits")
    np.testing.assert_array_equal(two, three[:2])
    assert abs(np.corrcoef(three[0].ravel(), three[1].ravel())[0, 1]) < 0.02


def test_spectral_frames_become_the_same_image(tmp_path):
    grid = SkyGrid(pixels=4, field_of_view_arcmin=1)
    shape = np.arange(16.0).reshape(4, 4)
    wavelength = np.geomspace(0.09, 3.7, 1000)
    bands = write_frame(tmp_path / "bands.fits", np.tile(shape, (5, 1, 1)))
    log = write_frame(tmp_path / "log.fits", np.tile(shape, (1000, 1, 1)), wavelength)
    expected = read_bands(bands, instrument_grid="bands", grid=grid)
    found = read_bands(log, instrument_grid="log", grid=grid)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_reads_what_skirt_wrote(shared_reference):
    frame = shared_reference / "skirt" / "ext_xy_total.fits"
    image = read_bands(frame, instrument_grid="bands", grid=GRID)
    assert image.shape == (5, 128, 128) and image.sum() > 0


@pytest.mark.filterwarnings("ignore:File may have been truncated")
def test_foreign_and_broken_frames_are_refused(tmp_path):
    good = write_frame(tmp_path / "good.fits", np.zeros((5, 8, 8)))
    with pytest.raises(
        InputError, match="observation.pixels .* require 5 planes of 128 x 128 pixels"
    ):
        read_bands(good, instrument_grid="bands", grid=GRID)
    small = SkyGrid(pixels=8, field_of_view_arcmin=1)
    with pytest.raises(InputError, match="photometry.instrument_grid require 1000 planes"):
        read_bands(good, instrument_grid="log", grid=small)
    for content in (b"rejected: no gas", good.read_bytes()[:3000]):
        broken = tmp_path / "broken.fits"
        broken.write_bytes(content)
        with pytest.raises(InputError, match="broken.fits"):
            read_bands(broken, instrument_grid="bands", grid=small)
