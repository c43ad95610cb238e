"""The mass of a disc from its light."""

import numpy as np
import pytest

from umbra.classical.rotation_curve.mass_to_light import (
    MAGNITUDE_PER_LSUN_PC2,
    SOLAR_ABSOLUTE_MAGNITUDE,
    bell2003_mass_to_light,
    luminosity_density_lsun_kpc2,
)
from umbra.classical.rotation_curve.stars import disc_velocity_squared
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G


@pytest.mark.parametrize("inclined", [0.0, 0.6])
def test_disc_of_an_image_weighs_what_the_image_shines(inclined):
    distance_mpc, luminosity, length_kpc = 15.0, 2e10, 4.0
    length_arcsec = length_kpc / (distance_mpc * 1e3) * ARCSEC_PER_RADIAN
    modulus = 5 * np.log10(distance_mpc * 1e5)
    magnitude = SOLAR_ABSOLUTE_MAGNITUDE["g"] - 2.5 * np.log10(luminosity) + modulus
    # of an exponential ellipse of that magnitude
    central = magnitude + 2.5 * np.log10(2 * np.pi * length_arcsec**2 * (1 - inclined))
    radius = np.array([1e4])
    squared = disc_velocity_squared(
        radius,
        central_surface_brightness_mag_arcsec2=central,
        scale_length_arcsec=length_arcsec,
        ellipticity=inclined,
        distance_mpc=distance_mpc,
    )
    assert squared * radius / G == pytest.approx(luminosity, rel=1e-3)


def test_surface_brightness_of_the_sun():
    # one Sun a square parsec at 10 pc fills (206265 / 10)^2 square arcseconds
    assert pytest.approx(5 * np.log10(ARCSEC_PER_RADIAN / 10), abs=1e-3) == MAGNITUDE_PER_LSUN_PC2
    one = SOLAR_ABSOLUTE_MAGNITUDE["r"] + MAGNITUDE_PER_LSUN_PC2
    assert luminosity_density_lsun_kpc2(one, band="r") == pytest.approx(1e6)
    assert luminosity_density_lsun_kpc2(one - 2.5, band="r") == pytest.approx(1e7)


@pytest.mark.parametrize("colour", [0.3, 0.5, 0.7])
def test_bell_gives_the_same_mass_in_either_band(colour):
    solar = SOLAR_ABSOLUTE_MAGNITUDE["g"] - SOLAR_ABSOLUTE_MAGNITUDE["r"]
    light_r_over_g = 10 ** (0.4 * (colour - solar))
    ratio = bell2003_mass_to_light(colour, band="g") / bell2003_mass_to_light(colour, band="r")
    assert np.log10(ratio / light_r_over_g) == pytest.approx(0, abs=0.02)


def test_bell_initial_mass_functions():
    diet = bell2003_mass_to_light(0.6, band="r")
    kroupa = bell2003_mass_to_light(0.6, band="r", imf="kroupa")
    assert diet == pytest.approx(2.25, abs=0.01)
    assert kroupa / diet == pytest.approx(0.708, abs=1e-3)
