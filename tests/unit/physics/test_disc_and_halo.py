"""Velocities and masses of the components, against other ways to work them out."""

from itertools import pairwise

import numpy as np
import pytest
from astropy import units as u
from astropy.cosmology import FlatLambdaCDM
from astropy.modeling.physical_models import NFW
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import ellipk

from umbra.classical.rotation_curve.galaxy_fit import disc_velocity_squared
from umbra.classical.rotation_curve.mass_to_light import (
    MAGNITUDE_PER_LSUN_PC2,
    SOLAR_ABSOLUTE_MAGNITUDE,
    bell2003_mass_to_light,
    luminosity_density_lsun_kpc2,
)
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.disc import freeman_velocity_squared
from umbra.physics.halo import nfw_enclosed_mass, nfw_velocity_squared, radius_200_kpc

SIGMA, LENGTH = 3e8, 3.0
DISC = {"central_surface_density_msun_kpc2": SIGMA, "scale_length_kpc": LENGTH}
MASS = 2 * np.pi * SIGMA * LENGTH**2


def ring_potential(radius: float) -> float:
    """Potential in the plane of the disc, the sum of those of thin rings."""

    def ring(a: float) -> float:
        elliptic = ellipk(4 * a * radius / (a + radius) ** 2)
        return -4 * G * SIGMA * np.exp(-a / LENGTH) * a * elliptic / (a + radius)

    edges = [0, radius, 40 * LENGTH]
    options = {"epsabs": 0, "epsrel": 1e-9, "limit": 200}
    return sum(quad(ring, low, high, **options)[0] for low, high in pairwise(edges))


@pytest.mark.parametrize("radius", [0.1, 1.0, 3.0, 6.5, 15.0, 40.0])
def test_freeman_disc_is_a_sum_of_rings(radius):
    step = 1e-3 * radius
    gradient = (ring_potential(radius + step) - ring_potential(radius - step)) / (2 * step)
    velocity = freeman_velocity_squared(np.array([radius]), **DISC)[0]
    assert velocity == pytest.approx(radius * gradient, rel=1e-4)


def test_freeman_disc_far_away_is_a_point_with_a_quadrupole():
    radius = np.array([40.0, 100.0, 3000.0]) * LENGTH
    velocity = freeman_velocity_squared(radius, **DISC)
    # the mean square radius of the mass is 6 scale lengths squared
    expected = G * MASS / radius * (1 + 0.75 * 6 * (LENGTH / radius) ** 2)
    assert velocity == pytest.approx(expected, rel=2e-4)
    assert freeman_velocity_squared(np.array([0.0]), **DISC)[0] == pytest.approx(0, abs=1e-9)


def test_freeman_disc_turns_fastest_at_2_15_scale_lengths():
    peak = minimize_scalar(
        lambda x: -freeman_velocity_squared(np.array([x * LENGTH]), **DISC)[0],
        bounds=(1, 4),
        method="bounded",
    )
    assert peak.x == pytest.approx(2.15, abs=0.01)
    # v_max = 0.88 sqrt(pi G Sigma_0 R_d) (Freeman 1970)
    assert np.sqrt(-peak.fun) == pytest.approx(0.88 * np.sqrt(np.pi * G * SIGMA * LENGTH), rel=2e-3)


@pytest.mark.parametrize(("v200", "c200"), [(35.0, 25.0), (160.0, 9.0), (600.0, 3.0)])
def test_nfw_mass_is_the_integral_of_an_independent_density(v200, c200):
    hubble = 0.6774
    r200 = radius_200_kpc(v200, hubble=hubble)
    cosmology = FlatLambdaCDM(H0=100 * hubble, Om0=0.3089)
    critical = cosmology.critical_density0.to_value(u.Msun / u.kpc**3)
    m200 = 800 / 3 * np.pi * critical * r200**3
    halo = NFW(
        mass=m200 * u.Msun, concentration=c200, redshift=0, massfactor="200c", cosmo=cosmology
    )
    assert halo.r_virial.to_value(u.kpc) == pytest.approx(r200, rel=1e-4)
    for radius in (0.01 * r200, 0.1 * r200, r200, 2 * r200):
        expected, _ = quad(
            lambda r: 4 * np.pi * r**2 * halo(r * u.kpc).to_value(u.Msun / u.kpc**3), 0, radius
        )
        mass = nfw_enclosed_mass(radius, v200_km_s=v200, c200=c200, hubble=hubble)
        assert mass == pytest.approx(expected, rel=2e-4)
        velocity = halo.circular_velocity(radius * u.kpc).to_value(u.km / u.s)
        squared = nfw_velocity_squared(radius, v200_km_s=v200, c200=c200, hubble=hubble)
        assert np.sqrt(squared) == pytest.approx(velocity, rel=2e-4)


def test_nfw_velocity_at_r200_is_v200():
    radius = radius_200_kpc(150.0, hubble=0.7)
    squared = nfw_velocity_squared(radius, v200_km_s=150.0, c200=8.0, hubble=0.7)
    assert squared == pytest.approx(150**2)


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
