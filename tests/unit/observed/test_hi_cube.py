"""A user's HI cube as the training's telescope shows it."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from observed_files import NO_NOISE, gaussian_cube, placement, training
from umbra.config.observation import ImageSettings
from umbra.errors import Damaged
from umbra.hi.beams import beam_area_arcsec2
from umbra.hi.reading import read_cube
from umbra.observed.hi_cube import as_trained, channel_shares, find_own_line, hi_maps_of_cube
from umbra.observed.moving import Placement
from umbra.observed.table import read_observed_table

REPOSITORY = Path(__file__).resolve().parents[3]
DEEP = training(**NO_NOISE, moments={"clip_sigma": 10})
RMS = 5e-6 * beam_area_arcsec2(10, 10)  # of the training, Jy/beam
BEAM_PIXELS = beam_area_arcsec2(10, 10) / 8.0625**2


def shown(cube, *, here, of, seed=1):
    beam = of.hi.beam_fwhm_arcsec
    return hi_maps_of_cube(
        cube,
        own=find_own_line(cube, placement=here, beam_fwhm_arcsec=beam, moments=of.moments),
        placement=here,
        telescope=of.hi,
        moments=of.moments,
        rng=np.random.default_rng(seed),
    )


def cloud(tmp_path, *, here=None, of=None, **options):
    given = {
        "flux_jy_km_s": 100.0,
        "beam_arcsec": 12.0,
        "pixel_arcsec": 5.0,
        "systemic_km_s": 1230.0,
        "side": 180,
        "width_km_s": 12.0,
        "channels": 44,
        "rms_jy_beam": 1e-5,
    } | options
    gaussian_cube(**given).writeto(tmp_path / "cube.fits")
    return shown(
        read_cube(tmp_path / "cube.fits"), here=here or placement(), of=of or training(**NO_NOISE)
    )


@pytest.mark.parametrize(("turned", "pixel"), [(37.0, 3.0), (180.0, 5.0)])
def test_a_sharper_cube_keeps_flux_and_velocities(tmp_path, turned, pixel):
    """The mean velocity of a cloud with a gradient is known after any convolution."""
    side = int(900 / pixel)
    beam = 2.5 * pixel
    found = cloud(tmp_path, turned_deg=turned, pixel_arcsec=pixel, beam_arcsec=beam, side=side)
    intensity, velocity, dispersion = found.channels.values()
    assert found.line.centre_km_s == pytest.approx(1230, abs=2)
    total = np.nansum(intensity) / BEAM_PIXELS
    assert total == pytest.approx(100, rel=0.05)
    assert found.observables["flux_hi_jy_km_s"] == pytest.approx(100, rel=0.04)
    x = (63.5 - np.arange(128)) * 8.0625  # arcsec to the east
    # convolved: the gradient falls by size^2 / (size^2 + added variance)
    added = max(10**2 - beam**2, 0) / 2.3548**2 + 8.0625**2 / 12
    slope = 1 - added / (60**2 + (beam / 2.3548) ** 2 + added)
    middle = slice(50, 78)
    np.testing.assert_allclose(
        velocity[middle, middle], np.broadcast_to(slope * x[middle], (28, 28)), atol=2.5
    )
    expected = np.hypot(15, np.sqrt((10.0**2 + 8.0625**2) / 12) + 0)  # of beam, pixel and channel
    assert np.nanmedian(dispersion[middle, middle]) == pytest.approx(expected, rel=0.06)


def trained(tmp_path, of, **options):
    """Return a cube of a cloud with the pixels, channels, beam and noise of a training."""
    given = {"flux_jy_km_s": 100.0, "systemic_km_s": 1230.0, "channels": 44, "width_km_s": 10.0}
    gaussian_cube(**(given | options)).writeto(tmp_path / "cube.fits")
    return as_trained(
        read_cube(tmp_path / "cube.fits"),
        systemic_km_s=1230.0,
        placement=placement(),
        telescope=of.hi,
        rng=np.random.default_rng(1),
    )


@pytest.mark.parametrize(("beam", "wanted"), [(6.0, 10.0), (10.0, 10.0), (30.0, 30.0)])
def test_a_sharper_beam_becomes_that_of_the_training(tmp_path, beam, wanted):
    cube, _, notes = trained(
        tmp_path,
        training(**NO_NOISE),
        size_arcsec=4.0,
        beam_arcsec=beam,
        pixel_arcsec=beam / 3,
        side=round(600 / beam),
        turn_km_s_arcsec=0.0,
    )
    image = cube.flux_jy_beam.sum(axis=0)[48:80, 48:80]
    x = np.arange(32) - 15.5
    variance = (image * x**2).sum() / image.sum() * 8.0625**2
    assert variance == pytest.approx((wanted / 2.3548) ** 2 + 16 + 8.0625**2 / 12, rel=0.03)
    assert image.sum() * 10 / BEAM_PIXELS == pytest.approx(100, rel=0.01)
    assert any("as broad as" in note for note in notes) == (wanted > 10)


def test_a_broader_beam_is_noted_and_kept(tmp_path):
    found = cloud(tmp_path, beam_arcsec=40.0, pixel_arcsec=10.0, side=150)
    assert "HI: the beam is 4 times as broad as that of the training." in found.notes
    assert found.observables["flux_hi_jy_km_s"] == pytest.approx(100, rel=0.04)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Return what is seen of a cloud at its own distance."""
    return cloud(tmp_path_factory.mktemp("own"))


@pytest.mark.parametrize(("distance", "fraction"), [(5.0, 0.25), (30.0, 2.25)])
def test_a_galaxy_of_another_distance_is_dimmed_and_turns_as_fast(
    own, tmp_path, distance, fraction
):
    found = cloud(tmp_path, here=placement(distance))
    assert found.line == own.line
    assert found.observables["flux_hi_jy_km_s"] == pytest.approx(100 * fraction, rel=0.05)
    assert found.observables["w50_km_s"] == pytest.approx(own.observables["w50_km_s"], rel=0.03)


@pytest.mark.parametrize("factor", [0.1, 1.0, 3.0])
def test_noise_is_that_of_the_training_unless_it_is_higher(tmp_path, factor):
    cube, share, notes = trained(
        tmp_path,
        training(),
        beam_arcsec=10.0,
        pixel_arcsec=8.0625,
        side=100,
        flux_jy_km_s=1.0,
        rms_jy_beam=factor * RMS,
    )
    # the user's pixels are in the middle; interpolated noise is a little lower
    inside = cube.flux_jy_beam[12:52, 20:108, 20:108].std()
    assert 0.7 * max(factor, 1.0) * RMS < inside < 1.1 * max(factor, 1.0) * RMS
    outside = cube.flux_jy_beam[:, :, :8], cube.flux_jy_beam[:8]
    assert [part.std() for part in outside] == pytest.approx([RMS, RMS], rel=0.05)
    assert share == pytest.approx((100 / 128) ** 2, rel=0.03)
    assert any("HI: the noise is" in note for note in notes) == (factor > 1)


def test_a_companion_does_not_shift_the_middle_of_the_line(tmp_path):
    """Three arcminutes to the north-east, 150 km/s slower, with a quarter of the gas."""
    cloud = {"beam_arcsec": 12.0, "pixel_arcsec": 5.0, "systemic_km_s": 1230.0, "side": 180}
    cloud |= {"width_km_s": 12.0, "channels": 44, "size_arcsec": 20.0}
    galaxy = gaussian_cube(flux_jy_km_s=40.0, **cloud)
    other = gaussian_cube(flux_jy_km_s=10.0, **cloud | {"turn_km_s_arcsec": 0.0})
    other.data = np.roll(other.data, (-12, 36, -36), axis=(0, 1, 2))
    galaxy.data += other.data + 1e-5 * np.random.default_rng(1).standard_normal(galaxy.data.shape)
    galaxy.writeto(tmp_path / "cube.fits")
    found = shown(read_cube(tmp_path / "cube.fits"), here=placement(), of=training(**NO_NOISE))
    assert found.line.centre_km_s == pytest.approx(1230, abs=2)
    assert found.line.flux_jy_km_s == pytest.approx(40, rel=0.03)
    # both are in the maps, as they are in those of the training
    assert found.observables["flux_hi_jy_km_s"] == pytest.approx(50, rel=0.05)


def test_channels_share_their_flux():
    given, wanted = np.arange(-50, 51, 4.13), np.arange(-100, 101, 5.0)
    shares = channel_shares(given, wanted)
    line = np.exp(-0.5 * ((given - 3) / 12) ** 2)
    assert (shares @ line).sum() * 5.0 == pytest.approx(line.sum() * 4.13, rel=1e-9)
    assert (shares @ line) @ wanted / (shares @ line).sum() == pytest.approx(3, abs=0.05)
    np.testing.assert_allclose((shares @ np.ones_like(given))[15:26], 1.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"turn_km_s_arcsec": 4.0}, r"the HI line touches the end of its band \(972 to 1488"),
        ({"flux_jy_km_s": 1e-6, "of": DEEP}, "no HI line is found in it"),
        ({"side": 36}, "the galaxy's HI is larger than the cube"),
    ],
)
def test_a_cube_that_cannot_be_used_is_one_sentence(tmp_path, options, said):
    with pytest.raises(Damaged, match=said) as error:
        cloud(tmp_path, **({"rms_jy_beam": 2e-4} | options))
    assert str(error.value).endswith(".")


def test_a_cube_of_another_place_is_refused(tmp_path):
    here = Placement.of(ra_deg=10, dec_deg=-5, distance_mpc=12, observation=ImageSettings())
    with pytest.raises(Damaged, match="is outside of it"):
        cloud(tmp_path, here=here)


def default_cube():
    (galaxy,) = read_observed_table(REPOSITORY / "config" / "observed.csv")
    return galaxy, read_cube(galaxy.cube)


def test_ngc_2903():
    """WSRT's cube: 266 Jy km/s, W20 384 km/s about 555 km/s, receding in the south-west."""
    galaxy, cube = default_cube()
    here = Placement.of(
        ra_deg=galaxy.ra,
        dec_deg=galaxy.dec,
        distance_mpc=galaxy.distance_mpc,
        observation=ImageSettings(),
    )
    found = shown(cube, here=here, of=training(hi={"channels": 200, "channel_width_km_s": 5.0}))
    assert found.line.flux_jy_km_s == pytest.approx(266, rel=0.06)
    assert found.line.w20_km_s == pytest.approx(384, rel=0.03)
    assert found.line.centre_km_s == pytest.approx(555, abs=5)
    # At 10 Mpc, 2.3 times fainter, with five times its own noise: some of the faint gas is lost.
    flux = found.observables["flux_hi_jy_km_s"] * (10 / 6.6) ** 2
    assert 0.82 * 266 < flux < 1.05 * 266
    assert found.observables["w50_km_s"] == pytest.approx(found.line.w50_km_s, rel=0.03)
    intensity, velocity, _ = (np.nan_to_num(plane) for plane in found.channels.values())
    y, x = np.mgrid[:128, :128] - 63.5
    receding, approaching = (
        np.array([(weight * axis).sum() / weight.sum() for axis in (x, y)])
        for weight in (intensity * (velocity > 80), intensity * (velocity < -80))
    )
    # position angle of the receding side, from north through east: TiRiFiC has 201.7 deg
    angle = np.degrees(np.arctan2(-(receding - approaching)[0], (receding - approaching)[1])) % 360
    assert angle == pytest.approx(201.7, abs=6)
    np.testing.assert_allclose((receding + approaching) / 2, 0, atol=6)
    assert "HI: the beam is 3.5 times as broad as that of the training." in found.notes


def test_ngc_6946_without_the_galactic_foreground(shared_data):
    path = shared_data / "hi" / "ngc6946.fits"
    whole, masked = read_cube(path), read_cube(path, masked_km_s=[(-34, -2)])
    header = fits.getheader(path)
    here = Placement.of(
        ra_deg=header["CRVAL1"],
        dec_deg=header["CRVAL2"],
        distance_mpc=5.52,
        observation=ImageSettings(),
    )
    found = shown(masked, here=here, of=training(hi={"channels": 200, "channel_width_km_s": 5.0}))
    blanked = (whole.flux_jy_beam - masked.flux_jy_beam).sum() / whole.pixels_per_beam
    blanked *= whole.channel_width_km_s
    assert found.line.flux_jy_km_s + blanked == pytest.approx(925, rel=0.05)
    assert found.line.w20_km_s == pytest.approx(218, rel=0.1)
    assert found.line.centre_km_s == pytest.approx(47, abs=3)
    # The training's field holds 31 arcmin of the sky at this distance; faint gas is lost.
    flux = found.observables["flux_hi_jy_km_s"] * (10 / 5.52) ** 2
    assert 0.75 * found.line.flux_jy_km_s < flux < 1.02 * found.line.flux_jy_km_s
    assert not any("goes on beyond" in note for note in found.notes)
    # with the foreground, emission is everywhere
    assert any("goes on beyond" in note for note in shown(whole, here=here, of=training()).notes)
