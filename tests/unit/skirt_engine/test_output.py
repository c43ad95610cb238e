"""The cubes that the engine writes, as astropy reads them."""

import warnings

import numpy as np
import pytest
from astropy import constants as const
from astropy import units as u
from astropy.io import fits

from umbra.skirt_engine.output import write_cube
from umbra.skirt_engine.ski import Instrument, WavelengthGrid

WAVELENGTH_MICRON = np.array([0.4, 0.6, 1.23456789])


@pytest.fixture
def cube(tmp_path):
    """Return a cube of random light, and its file without any complaint of astropy."""
    instrument = Instrument(
        name="v",
        kind="FrameInstrument",
        distance_pc=1.23456789e7,
        inclination_deg=12.34567890123,
        azimuth_deg=-123.4,
        roll_deg=90.0,
        record_components=False,
        grid=WavelengthGrid(),
        field_pc=(5000.0, 3000.0),
        pixels=(5, 3),
        center_pc=(-100.0, 0.0),
    )
    light = np.random.default_rng(1).uniform(1e20, 1e30, (3, 5, 3))
    path = tmp_path / "galaxy_v_total.fits"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_cube(
            path, light_w_m=light, wavelength_micron=WAVELENGTH_MICRON, instrument=instrument
        )
        with fits.open(path, memmap=False) as hdus:
            hdus.verify("exception")
            return light, fits.HDUList([hdu.copy() for hdu in hdus]), path


def test_pixels_are_surface_brightnesses_of_the_light(cube):
    light, hdus, _ = cube
    wavelength = WAVELENGTH_MICRON * u.micron
    luminosity = light * u.W / u.m
    flux = luminosity * wavelength**2 / (const.c * 4 * np.pi * (1.23456789e7 * u.pc) ** 2)
    pixel = ((1000 / 1.23456789e7) * u.rad) ** 2
    expected = (flux / pixel).to_value(u.MJy / u.sr)
    assert hdus[0].data.shape == (3, 3, 5)
    assert hdus[0].data.transpose(1, 2, 0) == pytest.approx(expected, rel=1e-6)


def test_cards_have_the_values_and_digits_of_skirt(cube):
    _, hdus, _ = cube
    header = hdus[0].header
    assert (header["BUNIT"], header["CUNIT1"], header["CUNIT3"]) == ("MJy/sr", "arcsec", "micron")
    assert (header["CRPIX1"], header["CRPIX2"], header["CTYPE2"]) == (3.0, 2.0, "")
    assert header["CDELT1"] == pytest.approx(1000 / 1.23456789e7 * 206264.806, rel=1e-8)
    assert header["CRVAL1"] == pytest.approx(-100 / 1.23456789e7 * 206264.806, rel=1e-8)
    assert header["CROTA1"] == 12.34567890  # ten digits
    assert header["DISTLUMI"] == 12.3456789


def test_wavelengths_are_a_table_behind_the_cube(cube):
    _, hdus, path = cube
    assert hdus[1].name == "Z-axis coordinate values"
    assert hdus[1].data["GRID_POINTS"] == pytest.approx(WAVELENGTH_MICRON, rel=1e-9)
    assert hdus[1].columns["GRID_POINTS"].unit == "micron"
    assert path.stat().st_size % 2880 == 0
