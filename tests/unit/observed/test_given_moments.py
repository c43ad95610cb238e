"""Moment maps in place of a cube: they must lead where the cube leads."""

import numpy as np
import pytest

from observed_files import NO_NOISE, gaussian_cube, placement, sky_wcs, training, write_image
from umbra.errors import Damaged
from umbra.hi.reading import read_cube
from umbra.observed.given_moments import hi_maps_of_moments, read_given_map
from umbra.observed.hi_cube import find_own_line, hi_maps_of_cube

OF = training(**NO_NOISE)
CLOUD = {
    "flux_jy_km_s": 100.0,
    "beam_arcsec": 6.0,
    "pixel_arcsec": 3.0,
    "systemic_km_s": 1230.0,
    "side": 220,
    "turned_deg": 30.0,
    "width_km_s": 12.0,
    "channels": 44,
    "size_arcsec": 50.0,
    "rms_jy_beam": 1e-6,
}


def moment_files(folder, *, unit="JY/B*M/S", velocity_unit="M/S", scale=1e3):
    """Write the moments of the cloud as THINGS has them: m/s, no beam but in the history."""
    hdu = gaussian_cube(**CLOUD | {"rms_jy_beam": 0.0})
    velocity = 1230.0 + (np.arange(44) - 21.5) * 12.0
    flux = hdu.data.astype(float)
    total = flux.sum(axis=0)
    mean = np.tensordot(velocity, flux, axes=1) / total
    dispersion = np.sqrt(np.maximum(np.tensordot(velocity**2, flux, axes=1) / total - mean**2, 0))
    masked = total * 12 < 2e-4
    wcs = sky_wcs(side=220, pixel_arcsec=3.0, turned_deg=30.0)
    paths = {}
    for name, plane, text, factor in (
        ("moment0", total * 12, unit, scale),
        ("moment1", mean, velocity_unit, scale),
        ("moment2", dispersion, velocity_unit, scale),
    ):
        plane = np.where(masked, np.nan, plane) * factor
        paths[name] = write_image(
            folder / f"{name}.fits",
            plane,
            wcs,
            BUNIT=text,
            HISTORY="AIPS   CLEAN BMAJ=  1.6667E-03 BMIN=  1.6667E-03 BPA=  0.00",
        )
    return {
        name: read_given_map(path, moment=number)
        for number, (name, path) in enumerate(paths.items())
    }


def shown(given, **options):
    return hi_maps_of_moments(
        given, placement=placement(**options), telescope=OF.hi, moments=OF.moments
    )


def test_maps_and_cube_of_a_galaxy_agree(tmp_path):
    gaussian_cube(**CLOUD).writeto(tmp_path / "cube.fits")
    cube, beam = read_cube(tmp_path / "cube.fits"), OF.hi.beam_fwhm_arcsec
    here = placement()
    of_cube = hi_maps_of_cube(
        cube,
        own=find_own_line(cube, placement=here, beam_fwhm_arcsec=beam, moments=OF.moments),
        placement=here,
        telescope=OF.hi,
        moments=OF.moments,
        rng=np.random.default_rng(1),
    )
    found = shown(moment_files(tmp_path))
    assert found.line.flux_jy_km_s == pytest.approx(100, rel=0.03)
    assert found.line.centre_km_s == pytest.approx(1230, abs=1)
    assert found.observables["flux_hi_jy_km_s"] == pytest.approx(100, rel=0.03)
    assert found.observables["w50_km_s"] == pytest.approx(of_cube.observables["w50_km_s"], rel=0.05)
    bright = of_cube.channels["HI0"] > 0.1 * np.nanmax(of_cube.channels["HI0"])
    # source finding takes the wings off the line of the cube
    for name, tolerance in (("HI0", 0.01), ("HI1", 2.0), ("HI2", 3.0)):
        difference = found.channels[name][bright] - of_cube.channels[name][bright]
        assert np.abs(difference).max() < tolerance, name


def test_velocities_are_not_scaled_with_the_distance(tmp_path):
    given = moment_files(tmp_path)
    here, near = shown(given), shown(given, distance_mpc=5.0)
    widths = [np.nanpercentile(found.channels["HI1"], [2, 98]) for found in (here, near)]
    np.testing.assert_allclose(widths[0], widths[1], rtol=0.05)
    flux = [found.observables["flux_hi_jy_km_s"] for found in (here, near)]
    assert flux[1] == pytest.approx(flux[0] / 4, rel=0.05)
    assert near.line.flux_jy_km_s == pytest.approx(100, rel=0.05)


def test_a_velocity_field_alone(tmp_path):
    found = shown({"moment1": moment_files(tmp_path)["moment1"]})
    assert list(found.channels) == ["HI1"]
    assert found.observables == {}
    assert found.line.centre_km_s == pytest.approx(1230, abs=3)
    x = (63.5 - np.arange(128)) * 8.0625
    np.testing.assert_allclose(found.channels["HI1"][63, 55:73], x[55:73], atol=3)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("Jy/beam.km/s", 1.0), ("Jy/beam km s-1", 1.0), ("mJy/beam km/s", 1e3), ("JY/B*M/S", 1e3)],
)
def test_units_of_the_intensity(tmp_path, unit, factor):
    given = moment_files(tmp_path, unit=unit, velocity_unit="km/s", scale=1.0)["moment0"]
    usual = 100.0 / (2 * np.pi * (50**2 + (6 / 2.3548) ** 2))  # Jy/arcsec2 km/s in the centre
    assert np.nanmax(given.values) * factor == pytest.approx(usual, rel=0.01)


@pytest.mark.parametrize(
    ("moment", "cards", "said"),
    [
        (0, {"BUNIT": "Jy/beam", "BMAJ": 0.003}, "BUNIT is 'Jy/beam', not Jy/beam km/s"),
        (0, {"BUNIT": "Jy/beam km/s"}, "it has no beam"),
        (1, {"BUNIT": "Hz"}, "BUNIT is 'Hz', not km/s or m/s"),
        (1, {}, "BUNIT is '', not km/s or m/s"),
    ],
)
def test_a_map_that_cannot_be_read_is_one_sentence(tmp_path, moment, cards, said):
    path = write_image(
        tmp_path / "m.fits", np.ones((9, 9)), sky_wcs(side=9, pixel_arcsec=9.0), **cards
    )
    with pytest.raises(Damaged, match=rf"m\.fits: {said}"):
        read_given_map(path, moment=moment)


def test_maps_of_nothing_are_refused(tmp_path):
    path = write_image(
        tmp_path / "m.fits", np.full((9, 9), np.nan), sky_wcs(side=9, pixel_arcsec=9.0), BUNIT="M/S"
    )
    with pytest.raises(Damaged, match=r"m\.fits: all its pixels are blank"):
        read_given_map(path, moment=1)
    faint = moment_files(tmp_path)["moment0"]
    weak = {"moment0": type(faint)(faint.values * 1e-6, faint.wcs, faint.beam)}
    with pytest.raises(Damaged, match="no HI is in the maps above the limit"):
        shown(weak)
