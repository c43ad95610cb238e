"""From a user's files to the file of maps, whatever pixels, rotation, unit and beam they have."""

import numpy as np
import pytest
from astropy.io import fits

from observed_files import (
    CENTRE,
    NO_NOISE,
    disc_image,
    gaussian_cube,
    sky_wcs,
    training,
    write_image,
)
from umbra.channels import CHANNELS
from umbra.dataset.reading import OBSERVABLES
from umbra.errors import Rejected
from umbra.files import rejection
from umbra.hi.reading import read_cube
from umbra.observed.maps import read_observed_maps
from umbra.observed.own_cube import prepare_observed_cube
from umbra.observed.preparation import observe, prepare_observed_galaxy
from umbra.observed.table import ObservedGalaxy

OF = training()
SURVEYS = {
    "coarse": ({"side": 330, "pixel_arcsec": 4.0}, "nanomaggy", 1.0),
    "turned": ({"side": 900, "pixel_arcsec": 1.6, "turned_deg": 140.0}, "MJy/sr", None),
    "mirrored": ({"side": 700, "pixel_arcsec": 2.1, "mirrored": True}, "Jy/pixel", 3.631e-6),
}


def galaxy(folder, survey="coarse", *, name="A", distance=14.0, **options):
    """Write a galaxy of 5e4 nanomaggies in r and 60 Jy km/s, and return its row."""
    grid, unit, factor = SURVEYS[survey]
    wcs = sky_wcs(**grid)
    pixel = grid["pixel_arcsec"]
    per_arcsec2 = disc_image(wcs, grid["side"], total=5e4)
    if unit == "MJy/sr":
        values = per_arcsec2 * 3.631e-6 * 1e-6 * 206264.806**2
    else:
        values = per_arcsec2 * pixel**2 * factor
    write_image(folder / f"{name}_r.fits", values, wcs, BUNIT=unit)
    cube = {"beam_arcsec": 9.0, "pixel_arcsec": 4.0, "side": 180, "turned_deg": 20.0}
    cube |= {"width_km_s": 12.0, "channels": 44, "rms_jy_beam": 1e-5}
    if survey != "coarse":
        cube |= {"beam_arcsec": 6.0, "pixel_arcsec": 2.5, "side": 300, "turned_deg": -75.0}
    hdu = gaussian_cube(flux_jy_km_s=60.0, systemic_km_s=700.0, **cube)
    if survey == "turned":
        hdu.data, hdu.header["BUNIT"] = hdu.data * 1e3, "mJy/beam"
    hdu.writeto(folder / f"{name}_hi.fits")
    return ObservedGalaxy(
        name=name,
        ra=CENTRE[0],
        dec=CENTRE[1],
        distance_mpc=distance,
        distance_error_mpc=1.0,
        r=folder / f"{name}_r.fits",
        cube=folder / f"{name}_hi.fits",
        **options,
    )


def write(row, folder, of=OF):
    maps, cube = folder / "out" / "maps.fits", folder / "out" / "cube.fits"
    prepare_observed_cube(
        galaxy=row,
        observation=of.observation,
        beam_fwhm_arcsec=of.hi.beam_fwhm_arcsec,
        moments=of.moments,
        cube=cube,
    )
    prepare_observed_galaxy(galaxy=row, training=of, stars="keep", cube=cube, maps=maps)
    return maps, cube


def test_a_galaxy_looks_alike_whatever_the_telescope(tmp_path):
    """Without noise, the maps of three surveys differ by a part of the usual noise."""
    quiet = training(**NO_NOISE)
    seen = [observe(galaxy(tmp_path, one, name=one), training=quiet) for one in SURVEYS]
    usual = {"r": 0.57, "HI0": 5.67e-4 * 10 * np.sqrt(10), "HI1": 8.0, "HI2": 8.0}
    for other in seen[1:]:
        for channel, plane in seen[0].channels.items():
            bright = seen[0].channels["HI0"] > 0.05
            difference = (other.channels[channel] - plane)[bright]
            # how much of a line's wings is found depends on the telescope's own noise
            allowed = (0.6 if channel == "HI2" else 0.15) * usual[channel] + 0.02 * np.abs(
                plane[bright]
            ).max()
            assert np.sqrt(np.mean(difference**2)) < allowed, (other.name, channel)
        for name, value in seen[0].observables.items():
            assert other.observables[name] == pytest.approx(value, rel=0.04), name
    assert seen[0].observables["flux_r_nanomaggy"] == pytest.approx(5e4, rel=0.01)
    assert seen[0].observables["flux_hi_jy_km_s"] == pytest.approx(60, rel=0.04)


def test_files_of_a_galaxy(tmp_path):
    row = galaxy(tmp_path, distance=7.0)
    maps, cube = write(row, tmp_path)
    found = read_observed_maps(maps)
    assert list(found.channels) == ["r", "HI0", "HI1", "HI2"]
    assert (found.distance_mpc, found.shown_distance_mpc) == (7.0, 10.0)
    assert set(found.observables) <= set(OBSERVABLES)
    assert any("as from 10 Mpc" in note for note in found.notes)
    with fits.open(maps) as hdus:
        for channel in found.channels:
            header = hdus[channel].header
            assert header["BUNIT"] == CHANNELS[channel].unit
            assert header["CDELT2"] * 3600 == pytest.approx(8.0625)
            assert (header["CRVAL1"], header["CRVAL2"]) == CENTRE
    # the cube is the user's own, at its true distance
    own = read_cube(cube)
    assert own.header["DISTMPC"] == 7.0
    assert own.velocity_km_s.mean() == pytest.approx(700)
    assert own.flux_jy_beam.shape == (44, 180, 180)
    again, _ = write(row, tmp_path / "again")
    assert again.read_bytes() == maps.read_bytes()
    # without files of its own in between, it is seen the same
    at_once = observe(row, training=OF)
    assert at_once.notes == found.notes
    np.testing.assert_allclose(at_once.channels["HI1"], found.channels["HI1"], atol=0.1)


def test_without_a_cube_there_is_a_marker(tmp_path):
    row = galaxy(tmp_path).model_copy(update={"cube": None})
    maps, cube = write(row, tmp_path)
    assert list(read_observed_maps(maps).channels) == ["r"]
    assert rejection(cube) == "no HI cube"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ra": 10.0}, "A_hi.fits: the galaxy's position .* is outside of it"),
        ({"ra": 10.0, "cube": None}, "A_r.fits: the galaxy's position .* is outside of it"),
        ({"optical_unit": "furlong"}, "A_r.fits: its unit is 'furlong'"),
        ({"hi_unit": "furlong"}, "A_hi.fits: BUNIT is 'furlong'"),
        ({"masked_km_s": "0:2000"}, "A_hi.fits: all its voxels are blank"),
    ],
)
def test_a_file_that_cannot_be_used_rejects_its_galaxy_alone(tmp_path, change, said):
    row = galaxy(tmp_path).model_copy(update=change)
    with pytest.raises(Rejected, match=said):
        write(row, tmp_path)
