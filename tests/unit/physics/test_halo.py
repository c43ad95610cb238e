"""The NFW halo, against astropy and against integrals of its density."""

import numpy as np
import pytest
from astropy import units as u
from astropy.cosmology import FlatLambdaCDM
from astropy.modeling.physical_models import NFW
from scipy.integrate import quad

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.cosmology import COSMIC_BARYON_FRACTION
from umbra.physics.halo import (
    burkert_mass_shape,
    circular_velocity_squared,
    contraction_factor,
    einasto_mass_shape,
    halo_velocity_squared,
    isothermal_mass_shape,
    nfw_enclosed_fraction,
    nfw_enclosed_mass,
    nfw_velocity_squared,
    r200_of_mass_kpc,
    r200_of_velocity_kpc,
)


@pytest.mark.parametrize(("v200", "c200"), [(35.0, 25.0), (160.0, 9.0), (600.0, 3.0)])
def test_nfw_mass_is_the_integral_of_an_independent_density(v200, c200):
    hubble = 0.6774
    r200 = r200_of_velocity_kpc(v200, hubble=hubble)
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
    radius = r200_of_velocity_kpc(150.0, hubble=0.7)
    squared = nfw_velocity_squared(radius, v200_km_s=150.0, c200=8.0, hubble=0.7)
    assert squared == pytest.approx(150**2)


@pytest.mark.parametrize("c200", [3.0, 10.0, 25.0])
def test_nfw_fraction_is_the_integral_of_the_density(c200):
    r200 = 206.0

    def shell(r: float) -> float:
        x = r * c200 / r200
        return r**2 / (x * (1 + x) ** 2)

    whole, _ = quad(shell, 0, r200, epsrel=1e-10)
    radii = np.array([0.5, 5.0, 80.0, r200, 400.0])
    expected = [quad(shell, 0, radius, epsrel=1e-10)[0] / whole for radius in radii]
    fraction = nfw_enclosed_fraction(radii, r200_kpc=r200, c200=c200)
    assert fraction == pytest.approx(expected, rel=1e-7)


DENSITIES = {
    burkert_mass_shape: lambda x: 1 / ((1 + x) * (1 + x**2)),
    isothermal_mass_shape: lambda x: 1 / (1 + x**2),
    # the logarithmic slope is -2 at the scale radius, and x^(1/6) times that elsewhere
    einasto_mass_shape: lambda x: np.exp(-12 * (x ** (1 / 6) - 1)),
}


@pytest.mark.parametrize("shape", DENSITIES)
def test_other_haloes_are_the_integrals_of_their_densities(shape):
    v200, c200, hubble = 120.0, 9.0, 0.7
    r200 = v200 / hubble

    def mass(radius: float) -> float:
        return quad(lambda r: r**2 * DENSITIES[shape](r * c200 / r200), 0, radius)[0]

    radii = np.array([0.3, 3.0, 30.0, r200])
    expected = v200**2 * np.array([mass(r) / mass(r200) * r200 / r for r in radii])
    found = halo_velocity_squared(radii, v200_km_s=v200, c200=c200, hubble=hubble, mass_shape=shape)
    assert found == pytest.approx(expected, rel=1e-6)


def test_baryons_contract_a_halo_where_there_are_more_than_on_average():
    share = COSMIC_BARYON_FRACTION / (1 - COSMIC_BARYON_FRACTION)
    # where baryons follow the dark matter nothing happens; a galaxy's centre is contracted
    assert contraction_factor(share) == pytest.approx(1, abs=0.03)
    assert 1.5 < contraction_factor(10 * share) < 2.5


def test_a_sphere_of_r200_is_200_times_as_dense_as_critical():
    mass, hubble = 1.3e12, 0.6774
    radius = r200_of_mass_kpc(mass, hubble=hubble)
    density = mass * u.Msun / (4 / 3 * np.pi * (radius * u.kpc) ** 3)
    critical = FlatLambdaCDM(H0=100 * hubble, Om0=0.3089).critical_density0
    assert (density / critical).to_value("") == pytest.approx(200, rel=1e-4)


def test_the_radii_of_mass_and_of_velocity_are_the_same():
    mass, hubble = np.array([1e11, 1e12, 1e13]), 0.7
    radius = r200_of_mass_kpc(mass, hubble=hubble)
    velocity = np.sqrt(G * mass / radius)
    assert r200_of_velocity_kpc(velocity, hubble=hubble) == pytest.approx(radius, rel=1e-12)


def test_circular_velocity_around_the_galactic_centre():
    # 1e11 Msun within 8 kpc, in SI units
    expected = np.sqrt(6.6743e-11 * 1e11 * 1.98841e30 / (8 * 3.0856776e19)) / 1e3
    assert np.sqrt(circular_velocity_squared(1e11, 8.0)) == pytest.approx(expected, rel=1e-4)
