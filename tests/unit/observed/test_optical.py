"""Optical images as the training's survey shows them."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from photutils.aperture import CircularAperture, aperture_photometry

from observed_files import (
    NO_NOISE,
    disc_image,
    offsets_arcsec,
    placement,
    sky_wcs,
    training,
    write_image,
)
from umbra.config.observation import ImageSettings
from umbra.errors import Damaged
from umbra.observed.moving import Placement
from umbra.observed.optical import OpticalImage, optical_channel, read_optical_image

QUIET, NOISY = training(**NO_NOISE), training()
# Sky noise of the training in a pixel of r: 20.84 mag/arcsec2 in 53.9 s (module docstring of sdss)
R_RMS = np.sqrt(10 ** (0.4 * (22.5 - 20.84)) * 8.0625**2 * 0.0051 / 4.73)


def shown(image, *, here=None, of=QUIET, stars="keep", subtract_sky=None):
    return optical_channel(
        image,
        band="r",
        placement=here or placement(),
        imaging=of.photometry,
        stars=stars,
        subtract_sky=subtract_sky,
        rng=np.random.default_rng(3),
    )


def disc(side=650, pixel=2.2, *, total=1e5, turned=20.0, psf=None, **options):
    wcs = sky_wcs(side=side, pixel_arcsec=pixel, turned_deg=turned)
    return OpticalImage(disc_image(wcs, side, total=total, **options), wcs, psf)


def test_a_disc_has_its_flux_in_nanomaggies():
    found, notes = shown(disc())
    assert found.sum() == pytest.approx(1e5, rel=0.01)
    assert notes == []


@pytest.mark.parametrize(("distance", "fraction"), [(5.0, 0.25), (15.0, 1.0), (40.0, 4.0)])
def test_a_galaxy_of_another_distance_is_dimmed(distance, fraction):
    found, _ = shown(disc(scale_arcsec=30.0), here=placement(distance))
    assert found.sum() == pytest.approx(1e5 * fraction, rel=0.01)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_noise_is_brought_to_that_of_the_training(share):
    given = disc(side=2600, pixel=0.5, total=2e4)
    # independent in each of (8.0625 / 0.5)^2 pixels [nanomaggy/arcsec2]
    rms = share * R_RMS / (8.0625 / 0.5) / 0.5**2
    noise = rms * np.random.default_rng(5).standard_normal(given.nanomaggy_arcsec2.shape)
    image = OpticalImage(given.nanomaggy_arcsec2 + noise, given.wcs, None)
    found, notes = shown(image, of=NOISY)
    corner = found[:20, :20]
    assert corner.std() == pytest.approx(R_RMS, rel=0.1)
    assert notes == []


def test_noise_above_the_training_is_noted_and_kept():
    given = disc(side=2600, pixel=0.5, total=2e4)
    rms = 3 * R_RMS / (8.0625 / 0.5) / 0.5**2
    noise = rms * np.random.default_rng(5).standard_normal(given.nanomaggy_arcsec2.shape)
    found, notes = shown(OpticalImage(given.nanomaggy_arcsec2 + noise, given.wcs, None), of=NOISY)
    # pixels of which only a part is in a pixel of the grid count in two of them, so there it is
    # up to a tenth lower
    assert 0.88 * 3 * R_RMS < found[:20, :20].std() < 3 * R_RMS
    assert any(note.startswith("r: the noise is 2.") for note in notes)


def test_the_field_beyond_an_image_is_empty_sky():
    given = disc(side=300, pixel=1.5, total=2e4, scale_arcsec=15.0)
    found, notes = shown(given, of=NOISY)
    assert "r: the image covers 19 % of the field; the rest is empty sky." in notes
    assert found[:20].std() == pytest.approx(R_RMS, rel=0.1)
    assert abs(found[:20].mean()) < 4 * R_RMS / np.sqrt(20 * 128)


def test_a_pedestal_is_subtracted_and_the_light_of_a_galaxy_is_not():
    given = disc(side=1000, pixel=1.3, total=1e4, scale_arcsec=30.0)
    noise = 0.003 * np.random.default_rng(5).standard_normal(given.nanomaggy_arcsec2.shape)
    values = given.nanomaggy_arcsec2 + noise
    flat, notes = shown(OpticalImage(values + 55.0, given.wcs, None))
    assert any(note.startswith("r: a sky of 55 nanomaggy/arcsec2 is subtracted") for note in notes)
    as_it_is, _ = shown(OpticalImage(values, given.wcs, None))
    assert flat.sum() == pytest.approx(as_it_is.sum(), rel=0.02)
    # one that fills the field
    large = disc(side=1000, pixel=1.3, total=1e6, scale_arcsec=400.0)
    found, notes = shown(large)
    assert notes == []
    assert found[0].mean() == pytest.approx(
        8.0625**2 * large.nanomaggy_arcsec2[85:110, 300:700].mean(), rel=0.3
    )


def test_a_low_pedestal_is_subtracted_if_the_user_says_so():
    """Of two noises: too low to be told from the light of a galaxy that fills the image."""
    given = disc(side=400, pixel=1.3, total=1e4, scale_arcsec=20.0)
    noise = 0.01 * np.random.default_rng(5).standard_normal(given.nanomaggy_arcsec2.shape)
    image = OpticalImage(given.nanomaggy_arcsec2 + noise + 0.02, given.wcs, None)
    with pytest.raises(Damaged, match="sky: subtract"):
        shown(image)
    found, _ = shown(image, subtract_sky=True)
    assert found.sum() == pytest.approx(1e4, rel=0.1)


def moment(image, wcs_step):
    y, x = np.indices(image.shape)
    total = image.sum()
    cx = (image * x).sum() / total
    return (image * (x - cx) ** 2).sum() / total * wcs_step**2


@pytest.mark.parametrize(("psf", "added"), [(0.6, 1.32**2 - 0.6**2), (2.6, 0.0)])
def test_a_sharper_psf_is_matched_and_a_broader_one_noted(psf, added):
    """On pixels of 0.6 arcsec a star is as broad as its PSF, or as that of the training."""
    sections = NO_NOISE | {"observation": {"pixels": 128, "field_of_view_arcmin": 1.28}}
    settings = training(**sections)
    here = placement(**sections)
    wcs = sky_wcs(side=400, pixel_arcsec=0.15)
    east, north = offsets_arcsec(wcs, 400)
    sigma = psf / 2.3548
    star = np.exp(-0.5 * (east**2 + north**2) / sigma**2) / (2 * np.pi * sigma**2)
    found, notes = shown(OpticalImage(star, wcs, psf), here=here, of=settings)
    assert found.sum() == pytest.approx(1.0, rel=0.01)
    pixel = 0.6**2 / 12  # of the box of a pixel
    assert moment(found, 0.6) - pixel == pytest.approx(sigma**2 + added / 2.3548**2, rel=0.05)
    assert ("r: the PSF is 2 times as broad as the training's." in notes) == (psf > 1.32)


@pytest.mark.parametrize("stars", ["keep", "mask", "inpaint"])
def test_stars_in_front_are_treated_as_wished(stars):
    given = disc(side=900, pixel=0.8, total=3e4, scale_arcsec=60.0, psf=2.0)
    east, north = offsets_arcsec(given.wcs, 900)
    sigma, added = 2.0 / 2.3548, 0.0
    values = given.nanomaggy_arcsec2.copy()
    for place in [(80.0, 10.0), (-60.0, 40.0), (-150.0, -200.0), (20.0, -90.0)]:
        offset = (east - place[0]) ** 2 + (north - place[1]) ** 2
        values += 2e3 * np.exp(-0.5 * offset / sigma**2) / (2 * np.pi * sigma**2)
        added += 2e3
    values += 0.02 * np.random.default_rng(5).standard_normal(values.shape)
    found, notes = shown(OpticalImage(values, given.wcs, 2.0), stars=stars)
    alone, _ = shown(given)
    inside = found[36:92, 36:92].sum(), alone[36:92, 36:92].sum()
    if stars == "keep":
        assert inside[0] == pytest.approx(inside[1] + added, rel=0.01)
        assert notes[-1:] != ["r: 4 stars in front of the galaxy are inpainted."]
        return
    done = {"mask": "masked", "inpaint": "inpainted"}[stars]
    assert f"r: 4 stars in front of the galaxy are {done}." in notes
    assert inside[0] == pytest.approx(inside[1], rel=0.02)


def test_gama_stamps_keep_their_flux(shared_data):
    """The real stamps, moved so near that the grid resolves them, and their aperture photometry."""
    for band in "gri":
        path = shared_data / "optical" / f"gama_{band}.fits"
        image = read_optical_image(path, zero_point_mag=30.0)
        with fits.open(path) as hdus:
            counts, wcs = hdus[0].data.astype(float), WCS(hdus[0].header)
        centre = wcs.pixel_to_world(32, 36).icrs
        here = Placement.of(
            ra_deg=centre.ra.deg,
            dec_deg=centre.dec.deg,
            distance_mpc=160.0,  # as if it were there: a pixel is an arcsecond then
            observation=ImageSettings(),
        )
        y, x = np.indices(counts.shape)
        sky = np.median(counts[np.hypot(x - 32, y - 36) > 24])
        per_count = np.median(image.nanomaggy_arcsec2 / counts)
        flat = OpticalImage(image.nanomaggy_arcsec2 - sky * per_count, image.wcs, None)
        found, _ = shown(flat, here=here)
        own, notes = shown(image, here=here)
        aperture = CircularAperture((32, 36), 20)
        expected = aperture_photometry(counts - sky, aperture)["aperture_sum"][0]
        expected *= 10 ** (0.4 * (22.5 - 30)) * 8.0**2
        side = here.pixel_sky_arcsec
        ours = aperture_photometry(found, CircularAperture((63.5, 63.5), 20 * 0.339 / side))[
            "aperture_sum"
        ][0]
        assert ours == pytest.approx(expected, rel=0.03), band
        # the level of the sky, as umbra finds it, within a tenth of its noise
        assert any("a sky of" in note for note in notes)
        level = np.median(found[60:67, 40:87] - own[60:67, 40:87]) / per_count / 8.0625**2
        assert abs(level) < 0.1 * np.std(counts[np.hypot(x - 32, y - 36) > 24])


def test_an_image_of_another_place_is_refused():
    here = Placement.of(ra_deg=10, dec_deg=-5, distance_mpc=12, observation=ImageSettings())
    with pytest.raises(Damaged, match=r"position \(10.0000, -5.0000 deg\) is outside of it"):
        shown(disc(), here=here)


def test_a_galaxy_larger_than_its_image_is_refused():
    cut = disc(side=100, pixel=1.0, total=1e5, scale_arcsec=40.0)
    values = cut.nanomaggy_arcsec2 + 0.01 * np.random.default_rng(1).standard_normal((100, 100))
    with pytest.raises(Damaged, match="the galaxy is larger than the image"):
        shown(OpticalImage(values, cut.wcs, None))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wcs": None}, "has no coordinates .WCS. on the sky"),
        ({"values": np.full((20, 20), np.nan)}, "all its pixels are blank"),
        ({"values": np.ones((3, 4, 5))}, "is not an image .no image of two axes"),
        ({"BUNIT": "furlong"}, "its unit is 'furlong'"),
    ],
)
def test_a_file_that_is_no_image_is_one_sentence(tmp_path, change, said):
    given = {"values": np.ones((20, 20)), "wcs": sky_wcs(side=20, pixel_arcsec=1.0)}
    given |= {"BUNIT": "nanomaggy"} | change
    path = write_image(tmp_path / "r.fits", **given)
    with pytest.raises(Damaged, match=rf"r\.fits.* ?{said}") as error:
        read_optical_image(path)
    assert str(error.value).endswith(".")
