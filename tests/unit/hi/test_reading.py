"""Reading HI cubes: those of the pipeline, a real one as others would write it, and bad ones."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from foreign_cubes import (
    C_KM_S,
    CHANNELS,
    FIRST_KM_S,
    NGC_2903,
    PIXEL_DEG,
    REST_HZ,
    SIDES,
    WIDTH_KM_S,
    header_of,
    in_frequency,
    noise_cube,
    permuted,
    plain,
    with_axis,
    with_stokes,
)
from hi_cubes import VELOCITY, blob, found_line, make_cube, write_cube
from umbra.errors import InputError
from umbra.hi.reading import read_cube, write_hi_cube

LAST_KM_S = FIRST_KM_S + (CHANNELS - 1) * WIDTH_KM_S


def metres(kind: str, unit: str | None, **cards):
    """Return a function that gives a cube an axis of velocity in m/s."""
    return lambda hdu: with_axis(hdu, kind, unit, FIRST_KM_S * 1e3, WIDTH_KM_S * 1e3, **cards)


def kilometres(kind: str, unit: str, **cards):
    return lambda hdu: with_axis(hdu, kind, unit, FIRST_KM_S, WIDTH_KM_S, **cards)


def in_metres(first_km_s: float, width_km_s: float) -> tuple[float, float]:
    """Return the wavelength [m] of the first channel, and its width."""
    rest = C_KM_S * 1e3 / REST_HZ
    return rest * (1 + first_km_s / C_KM_S), rest * width_km_s / C_KM_S


def reversed_channels(hdu):
    hdu = with_axis(hdu, "VRAD", "m/s", LAST_KM_S * 1e3, -WIDTH_KM_S * 1e3)
    hdu.data = hdu.data[::-1]
    return hdu


def turned_round(hdu, *, axis: int):
    """Reverse an axis of the sky, 1 or 2, in the array and its cards."""
    hdu = kilometres("VRAD", "km/s")(hdu)
    hdu.data = np.flip(hdu.data, 3 - axis)
    hdu.header[f"CRPIX{axis}"] = SIDES[axis - 1] + 1 - hdu.header[f"CRPIX{axis}"]
    hdu.header[f"CDELT{axis}"] *= -1
    return hdu


def with_matrix(hdu, *, name: str, pixel: float):
    """Replace CDELT of the sky's axes by a matrix, CD or PC, turned by 30 degrees."""
    hdu = kilometres("VRAD", "km/s")(hdu)
    angle = np.radians(30)
    turn = np.array([[-np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * pixel
    for one in (1, 2):
        for two in (1, 2):
            hdu.header[f"{name}{one}_{two}"] = turn[one - 1, two - 1]
        hdu.header[f"CDELT{one}"] = PIXEL_DEG
    if name == "CD":
        hdu.header["CD3_3"] = hdu.header["CDELT3"]
        for number in (1, 2, 3):
            del hdu.header[f"CDELT{number}"]
    return hdu


def beams_table(hdu):
    """Put a beam for each channel into a table, as CASA does."""
    hdu = kilometres("VRAD", "km/s")(hdu)
    beam = [hdu.header.pop(card) * scale for card, scale in (("BMAJ", 3600), ("BMIN", 3600))]
    columns = [
        fits.Column(name, "1E", unit, array=np.full(CHANNELS, value))
        for name, unit, value in zip(
            ("BMAJ", "BMIN", "BPA"), ("arcsec", "arcsec", "deg"), [*beam, 0.0], strict=True
        )
    ]
    hdu.header["CASAMBM"] = True
    return fits.HDUList([hdu, fits.BinTableHDU.from_columns(columns, name="BEAMS")])


def numbered_beams(hdu):
    hdu = kilometres("VRAD", "km/s")(hdu)
    beam = {card: hdu.header.pop(card) for card in ("BMAJ", "BMIN", "BPA")}
    for channel in range(1, CHANNELS + 1):
        hdu.header.update({f"{card}{channel}": value for card, value in beam.items()})
    return hdu


def beam_in_history(hdu):
    hdu = metres("FELO-HEL", None, RESTFREQ=REST_HZ)(hdu)
    major, minor = (hdu.header.pop(card) for card in ("BMAJ", "BMIN"))
    hdu.header.add_history("AIPS   CLEAN BMAJ=  9.9999E-01 BMIN=  9.9999E-01 BPA=   0.00")
    hdu.header.add_history(f"AIPS   CLEAN BMAJ=  {major:.4E} BMIN=  {minor:.4E} BPA=   0.00")
    return hdu


def in_kelvin(hdu):
    # Rohlfs & Wilson: T / K = 1.222e6 S / (Jy/beam) / (nu / GHz)^2 / (major x minor / arcsec^2)
    hdu = kilometres("VRAD", "km/s", BUNIT="K")(hdu)
    area = hdu.header["BMAJ"] * hdu.header["BMIN"] * 3600**2
    hdu.data = hdu.data * np.float32(1.222e6 / 1.420406**2 / area)
    return hdu


def with_blanks(hdu):
    hdu = kilometres("VRAD", "km/s")(hdu)
    hdu.data[:, :5] = np.nan
    return hdu


EXPRESSIONS = {
    "VRAD, M/S": metres("VRAD", "M/S"),
    "VRAD, m s-1": metres("VRAD", "m s-1"),
    "VRAD, m.s**-1": metres("VRAD", "m.s**-1"),
    "VRAD without unit": metres("VRAD", None),
    "VELO-LSR, KM/S": kilometres("VELO-LSR", "KM/S"),
    "VELO-HEL, KMS": kilometres("VELO-HEL", "KMS", VELREF=258),
    "VELO-OBS, km/sec": kilometres("VELO-OBS", "km/sec"),
    "VOPT, km s^-1": kilometres("VOPT", "km s^-1"),
    "VOPT-F2W": metres("VOPT-F2W", "m/s", RESTFRQ=REST_HZ),
    "VELO-F2V": kilometres("VELO-F2V", "km/s"),
    "FELO-HEL": metres("FELO-HEL", "M/S", RESTFREQ=REST_HZ),
    "FELO-LSR without rest frequency": kilometres("FELO-LSR", "KM/S"),
    "FREQ, HZ": lambda hdu: in_frequency(hdu, RESTFRQ=REST_HZ),
    "FREQ, MHz": lambda hdu: in_frequency(hdu, "MHz", 1e-6, RESTFREQ=REST_HZ),
    "FREQ, GHZ, no rest frequency": lambda hdu: in_frequency(hdu, "GHZ", 1e-9),
    "FREQ without unit": lambda hdu: in_frequency(hdu, None),
    "FREQ-LSR": lambda hdu: in_frequency(hdu, CTYPE3="FREQ-LSR"),
    "WAVE": lambda hdu: with_axis(hdu, "WAVE", "m", *in_metres(FIRST_KM_S, WIDTH_KM_S)),
    "ZOPT": lambda hdu: with_axis(hdu, "ZOPT", None, FIRST_KM_S / C_KM_S, WIDTH_KM_S / C_KM_S),
    "descending": reversed_channels,
    "CD matrix": lambda hdu: with_matrix(hdu, name="CD", pixel=PIXEL_DEG),
    "PC matrix": lambda hdu: with_matrix(hdu, name="PC", pixel=1.0),
    "east to the right": lambda hdu: turned_round(hdu, axis=1),
    "south up": lambda hdu: turned_round(hdu, axis=2),
    "four axes": lambda hdu: with_stokes(metres("FELO-HEL", "m/s")(hdu)),
    "channels first": lambda hdu: permuted(metres("VRAD", "m/s")(hdu), (3, 2, 1)),
    "channels second": lambda hdu: permuted(in_frequency(hdu), (1, 3, 2)),
    "declination first": lambda hdu: permuted(kilometres("VRAD", "km/s")(hdu), (2, 1, 3)),
    "four axes, permuted": lambda hdu: permuted(
        with_stokes(metres("VRAD", "m/s")(hdu)), (4, 3, 1, 2)
    ),
    "blanks": with_blanks,
    "table of beams": beams_table,
    "numbered beams": numbered_beams,
    "beam in the history": beam_in_history,
    "mJy": lambda hdu: with_axis(
        fits.PrimaryHDU(hdu.data * np.float32(1e3), hdu.header),
        *("VRAD", "m/s", FIRST_KM_S * 1e3, WIDTH_KM_S * 1e3),
        BUNIT="mJy beam-1",
    ),
    "K": in_kelvin,
}


@pytest.mark.filterwarnings("ignore::astropy.wcs.FITSFixedWarning")
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_ngc_2903_is_the_same_however_it_is_written(tmp_path, expression):
    EXPRESSIONS[expression](plain()).writeto(tmp_path / "c.fits")
    cube = read_cube(tmp_path / "c.fits")
    line = found_line(cube, clip_sigma=4)
    assert line.flux_jy_km_s == pytest.approx(266, rel=0.06)
    assert line.w20_km_s == pytest.approx(384, rel=0.03)
    assert line.centre_km_s == pytest.approx(0, abs=5)
    # a step at the first channel, even in frequency, is off by (463 km/s)^2 / c at the last
    assert cube.velocity_km_s[[0, -1]] == pytest.approx([FIRST_KM_S, LAST_KM_S], abs=0.75)
    assert cube.pixel_arcsec == pytest.approx((19.9969, 19.9969), rel=1e-4)
    assert cube.beam_fwhm_arcsec == pytest.approx((57.4163, 48.3153), rel=2e-4)
    # The disc is where the original has it, so no axis is exchanged or turned round.
    sky = WCS(fits.getheader(NGC_2903)).celestial
    if "matrix" in expression:
        sky = WCS(fits.getheader(tmp_path / "c.fits")).celestial
    original = read_cube(NGC_2903)
    if expression == "blanks":
        original.flux_jy_beam[:, :5] = 0
    largest = original.flux_jy_beam.max()
    np.testing.assert_allclose(cube.flux_jy_beam, original.flux_jy_beam, atol=2e-3 * largest)
    # what it becomes in a file is read again as the same, without any assumption
    write_hi_cube(cube, tmp_path / "again.fits")
    again = read_cube(tmp_path / "again.fits")
    np.testing.assert_allclose(again.velocity_km_s, cube.velocity_km_s, atol=0.3)
    places = WCS(again.header).celestial.wcs_pix2world([[20, 30], [60, 80]], 0)
    np.testing.assert_allclose(places, sky.wcs_pix2world([[20, 30], [60, 80]], 0), atol=1e-5)
    np.testing.assert_allclose(again.flux_jy_beam, cube.flux_jy_beam, rtol=1e-5, atol=1e-8)
    assert again.pixel_arcsec == pytest.approx(cube.pixel_arcsec)
    assert again.beam_fwhm_arcsec == pytest.approx(cube.beam_fwhm_arcsec)


def test_an_axis_even_in_frequency_has_optical_velocities(tmp_path):
    """FELO of AIPS: CDELT is the step at the reference channel, in the middle here."""
    reference, middle, step = 50, 40.0, -4.2
    hdu = with_axis(plain(), "FELO-HEL", "m/s", middle * 1e3, step * 1e3, CRPIX3=reference + 1.0)
    hdu.writeto(tmp_path / "c.fits")
    at_middle = REST_HZ / (1 + middle / C_KM_S)
    step_hz = -(at_middle**2) / REST_HZ / C_KM_S * step
    frequency = at_middle + step_hz * (np.arange(CHANNELS) - reference)
    expected = C_KM_S * (REST_HZ / frequency - 1)
    found = read_cube(tmp_path / "c.fits", rest_frequency_hz=REST_HZ).velocity_km_s
    np.testing.assert_allclose(found, expected[::-1], atol=1e-3)


def test_headers_of_real_telescopes(shared_data, tmp_path, caplog):
    """THINGS and MeerKAT; the numbers are from independent checks."""
    cubes = {}
    for name in ("things_ic2574", "meerkat_j1337", "meerkat_j1337_permuted"):
        header = header_of(shared_data / "hi" / "headers" / f"{name}.hdr")
        noise_cube(header).writeto(tmp_path / f"{name}.fits")
        cubes[name] = read_cube(tmp_path / f"{name}.fits")
    things = cubes["things_ic2574"]
    assert things.flux_jy_beam.shape == (19, 32, 32)
    assert things.velocity_km_s[-1] == pytest.approx(146.2, abs=0.1)  # its first channel
    assert things.beam_fwhm_arcsec == pytest.approx((3.5593e-3 * 3600, 3.305e-3 * 3600))
    assert things.pixel_arcsec == pytest.approx((1.5, 1.5), rel=1e-4)
    assert things.header["SPECSYS"] == "BARYCENT"
    for name, shape in (("meerkat_j1337", (48, 30, 30)), ("meerkat_j1337_permuted", (48, 30, 30))):
        cube = cubes[name]
        assert cube.flux_jy_beam.shape == shape
        assert cube.velocity_km_s[-1] == pytest.approx(1075.002, abs=1e-3)
        assert cube.channel_width_km_s == pytest.approx(1.378, abs=1e-3)
        assert cube.beam_fwhm_arcsec == pytest.approx((95.3, 91.3), abs=0.1)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 3, "one line for each file"
    assert "the beam in its history" in lines[0]
    assert "common beam of 48" in lines[1] and "no card CUNIT3" in lines[1]


def test_assumptions_are_named_and_options_replace_them(tmp_path, caplog):
    hdu = in_frequency(plain(), None)
    del hdu.header["BMIN"]
    hdu.writeto(tmp_path / "c.fits")
    with caplog.at_level(logging.WARNING):
        read_cube(tmp_path / "c.fits")
    (text,) = (record.getMessage() for record in caplog.records)
    for words in ("no card RESTFRQ", "Hz along axis 3", "radio convention", "round beam"):
        assert words in text
    caplog.clear()
    cube = read_cube(
        tmp_path / "c.fits",
        rest_frequency_hz=REST_HZ * (1 + 1e-4),
        spectral_unit="Hz",
        beam_fwhm_arcsec=(70.0, 60.0),
    )
    assert cube.beam_fwhm_arcsec == (70, 60)
    assert cube.velocity_km_s[0] == pytest.approx(FIRST_KM_S + 299792.458e-4, abs=0.1)
    (text,) = (record.getMessage() for record in caplog.records)
    assert "RESTFRQ" not in text and "along axis" not in text and "beam" not in text


BAD = {
    "no beam": ({"BMAJ": None}, "no beam.*BMAJ.*give beam_fwhm_arcsec"),
    "no unit of the values": ({"BUNIT": None}, "BUNIT.*give flux_unit"),
    "mega or milli": ({"BUNIT": "MJY/BEAM"}, "BUNIT.*give flux_unit"),
    "fluxes of pixels": ({"BUNIT": "Jy/pixel"}, "BUNIT.*Jy/pixel.*give flux_unit"),
    "km/s without a unit": ({"CUNIT3": None}, "0.0041.* km/s wide; correct CUNIT3.*spectral_unit"),
    "m/s as km/s": ({"CDELT3": 4200.0}, "4200 km/s wide; correct CUNIT3.*spectral_unit"),
    "no spectral axis": ({"CTYPE3": "LAMBDA"}, "0 of its axes are spectral.*CTYPE3 = LAMBDA"),
    "no axes of the sky": ({"CTYPE1": "X", "CTYPE2": "Y"}, "not two of the sky"),
    "a type of GIPSY": ({"CTYPE3": "FREQ-OHEL"}, "not understood .*CTYPE3.*correct the cards"),
    "coupled axes": ({"PC1_3": 0.1}, "not understood .*; correct the cards"),
    "unknown unit": ({"CUNIT3": "furlong"}, "CUNIT3 = 'furlong'.*give spectral_unit"),
    "another line": ({"RESTFRQ": 115.271e9}, "not the rest frequency of HI.*rest_frequency_hz"),
    "rest frequency in MHz": ({"RESTFREQ": 1420.4}, "RESTFREQ = 1420.4.*rest_frequency_hz"),
    "beam in arcsec": ({"BMAJ": 65.6, "BMIN": 63.6}, "BMAJ, which is in degrees"),
    "a beam is missing": (
        {"BMAJ1": 0.018, "BMIN1": 0.018, "BPA1": 0.0},
        f"1 beams for {CHANNELS} channels",
    ),
    "a card is missing": ({"BMAJ1": 0.018, "BPA1": 0.0}, "no card 'BMIN1'|no card .*BMIN1"),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_cannot_be_known_is_a_sentence(tmp_path, fault):
    cards, sentence = BAD[fault]
    hdu = kilometres("VRAD", "km/s", **cards)(plain())
    hdu.writeto(tmp_path / "c.fits", output_verify="silentfix")
    with pytest.raises(InputError, match=rf"c\.fits: .*{sentence}") as error:
        read_cube(tmp_path / "c.fits")
    assert "remove" not in str(error.value) and "delete" not in str(error.value)


def test_an_axis_of_several_planes_is_refused(tmp_path):
    write_cube(tmp_path / "c.fits", blob(0.01))
    with fits.open(tmp_path / "c.fits") as hdus:
        data, header = np.stack([hdus[0].data] * 4), hdus[0].header
    header["CTYPE4"] = "STOKES"
    fits.PrimaryHDU(data, header).writeto(tmp_path / "four.fits")
    with pytest.raises(InputError, match="axis 4 has 4 planes; give a file of one"):
        read_cube(tmp_path / "four.fits")


def test_foreground_is_blanked_by_its_velocities():
    whole = read_cube(NGC_2903)
    masked = read_cube(NGC_2903, masked_km_s=[(540, 572), (750, 900)])
    velocity = whole.velocity_km_s
    blanked = ((velocity > 540) & (velocity < 572)) | (velocity > 750)
    assert 0 < blanked.sum() < 20
    assert np.all(masked.flux_jy_beam[blanked] == 0)
    np.testing.assert_array_equal(masked.flux_jy_beam[~blanked], whole.flux_jy_beam[~blanked])


def test_a_part_of_the_band_is_the_same_cube_in_a_file(tmp_path):
    whole = read_cube(NGC_2903)
    write_hi_cube(whole.between(500, 660.3), tmp_path / "part.fits")
    part = read_cube(tmp_path / "part.fits")
    kept = (whole.velocity_km_s >= 500) & (whole.velocity_km_s <= 660.3)
    np.testing.assert_allclose(part.velocity_km_s, whole.velocity_km_s[kept], atol=1e-6)
    np.testing.assert_allclose(part.flux_jy_beam, whole.flux_jy_beam[kept], atol=1e-7)


def test_nothing_is_assumed_of_a_cube_of_the_pipeline(tmp_path, caplog):
    write_cube(tmp_path / "c.fits", blob(0.01))
    cube = read_cube(tmp_path / "c.fits")
    np.testing.assert_allclose(cube.velocity_km_s, VELOCITY)
    assert not caplog.records and cube.header["DISTMPC"] == 12.5


def test_velocity_axes_in_metres_are_read_in_km_s(tmp_path):
    write_cube(tmp_path / "c.fits", blob(0.01), CUNIT3="m/s", CRVAL3=-157500.0, CDELT3=5000.0)
    np.testing.assert_allclose(read_cube(tmp_path / "c.fits").velocity_km_s, VELOCITY)


def test_a_file_that_is_no_cube_is_named(tmp_path):
    path = tmp_path / "broken.fits"
    path.write_bytes(b"SIMPLE" + bytes(100))
    with pytest.raises(InputError, match=r"broken\.fits is not an HI cube.*; make it again\."):
        read_cube(path, remedy="make it again")
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(tmp_path / "image.fits")
    with pytest.raises(InputError, match=r"image\.fits is not an HI cube.*; give a FITS file"):
        read_cube(tmp_path / "image.fits")


def test_a_binned_cube_has_the_flux_the_place_and_the_size_of_the_source(tmp_path):
    """A point source that a beam of 30 arcsec has made round, off the middle of the cube."""
    y, x = np.mgrid[:48, :48]
    sigma_pixels = 30 / 8.0625 / np.sqrt(8 * np.log(2))
    image = np.exp(-0.5 * ((x - 19.3) ** 2 + (y - 27.1) ** 2) / sigma_pixels**2)
    write_cube(tmp_path / "c.fits", blob(0.0), BMAJ=30 / 3600, BMIN=30 / 3600)
    cube = read_cube(tmp_path / "c.fits")
    cube = replace(cube, flux_jy_beam=cube.flux_jy_beam + image)
    binned = cube.binned(2)
    assert binned.flux_jy_beam.shape == (len(cube.velocity_km_s), 24, 24)
    assert binned.pixel_arcsec == pytest.approx((16.125, 16.125))
    sums, places, widths = [], [], []
    for one in (cube, binned):
        plane = one.flux_jy_beam[0]
        row, column = np.indices(plane.shape)
        mean = [np.average(axis, weights=plane) for axis in (column, row)]
        variance = np.average((column - mean[0]) ** 2, weights=plane)
        sums.append(plane.sum() / one.pixels_per_beam)
        places.append(WCS(one.header).celestial.pixel_to_world_values(*mean))
        widths.append(np.sqrt(8 * np.log(2) * variance) * one.pixel_arcsec[1])
    assert sums[1] == pytest.approx(sums[0], rel=1e-6)
    np.testing.assert_allclose(places[1], places[0], atol=1e-6)
    assert widths[1] == pytest.approx(binned.beam_fwhm_arcsec[0], rel=1e-3)


def test_a_cube_that_bins_do_not_divide_loses_its_last_rows():
    cube = make_cube(np.ones((4, 7, 9)))
    cube.header.update({f"{card}{axis}": 1.0 for card in ("CRPIX", "CDELT") for axis in (1, 2)})
    assert cube.binned(3).flux_jy_beam.shape == (4, 2, 3)
    assert cube.binned(1) is cube
