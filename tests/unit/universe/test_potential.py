"""Halo, circular velocity, dispersion, ages and gas physics against known limits."""

import numpy as np
import pytest

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.halo import nfw_enclosed_fraction
from umbra.universe import potential, thermodynamics
from umbra.universe.patterns import Pattern, apply_patterns
from umbra.universe.stars import draw_ages, remaining_fraction

RADII = potential.radial_grid_kpc(outer_kpc=600.0)


def nfw(c, mass=1e12, r200=206.0):
    return mass * nfw_enclosed_fraction(RADII, r200_kpc=r200, c200=c)


@pytest.mark.parametrize("c", [5.0, 10.0, 20.0])
def test_the_fit_returns_the_concentration_of_an_nfw_halo(c):
    found = potential.fitted_concentration(radius_kpc=RADII, enclosed_msun=nfw(c), r200_kpc=206.0)
    assert found == pytest.approx(c, rel=0.02)


def contracted(baryons):
    return potential.contracted_enclosed_msun(
        radius_kpc=RADII, baryons_msun=baryons, dark_mass_msun=1e12, r200_kpc=206.0, c=9.0
    )


def test_baryons_that_follow_the_dark_matter_leave_the_halo_alone():
    share = potential.COSMIC_BARYON_FRACTION / (1 - potential.COSMIC_BARYON_FRACTION)
    assert contracted(share * nfw(9.0)) == pytest.approx(nfw(9.0), rel=1e-4)


def test_a_central_galaxy_pulls_dark_matter_inward():
    galaxy = 5e10 * (RADII / (RADII + 2.0)) ** 2 + 5e10 * np.minimum(RADII / 206.0, 1.0)
    ratio = contracted(galaxy) / nfw(9.0)
    inner = np.interp(5.0, RADII, ratio)
    # Cautun et al. 2020, figure 4: the Milky Way's halo doubles or trebles its mass at 5 kpc
    assert 1.5 < inner < 3.5
    assert np.interp(206.0, RADII, ratio) == pytest.approx(1.0, rel=1e-3)


def test_the_contracted_halo_has_the_wanted_concentration():
    galaxy = 5e10 * (RADII / (RADII + 2.0)) ** 2
    dark = potential.halo_enclosed_msun(
        radius_kpc=RADII,
        baryons_msun=galaxy,
        dark_mass_msun=1e12,
        r200_kpc=206.0,
        concentration=10.0,
    )
    fit = potential.fitted_concentration(radius_kpc=RADII, enclosed_msun=dark, r200_kpc=206.0)
    assert fit == pytest.approx(10.0, rel=0.02)
    assert np.interp(206.0, RADII, dark) == pytest.approx(1e12, rel=1e-6)
    assert np.all(np.diff(dark) >= 0)


def test_dispersion_of_the_isothermal_sphere():
    zeros = np.zeros_like(RADII)
    speed = 200.0
    mass = speed**2 * RADII / G
    model = potential.MassModel(RADII, mass, zeros, zeros, zeros, 1.0, 1.0)
    sigma = model.dispersion_km_s(RADII**-2.0)
    middle = (RADII > 0.1) & (RADII < 30.0)
    assert sigma[middle] == pytest.approx(speed / np.sqrt(2.0), rel=0.02)
    assert model.circular_velocity_km_s(np.array([10.0])) == pytest.approx(speed, rel=0.01)


def test_a_chabrier_population_returns_four_tenths_of_its_mass():
    # Leitner & Kravtsov 2011; Conroy & Wechsler 2009: 0.4-0.5 after 10 Gyr
    assert 1.0 - remaining_fraction(1e10) == pytest.approx(0.45, abs=0.05)
    assert remaining_fraction(0.0) == 1.0


def test_ages_end_at_the_present_rate():
    rate = 8e-11
    ages = draw_ages(number=200000, specific_rate_yr=rate, rng=np.random.default_rng(1))
    recent = np.mean(ages < 5.1e8) / 5e8
    assert recent == pytest.approx(rate, rel=0.15)
    assert ages.min() >= 1e7 and ages.max() <= 1.28e10


def test_a_pattern_multiplies_the_density_by_the_factor_it_tells():
    pattern = Pattern(2, 2.0, 0.3, 0.6, 1.0, 1e3)
    uniform = (np.arange(400000) + 0.5) / 400000 * 2 * np.pi
    azimuth, factor = apply_patterns(
        patterns=(pattern,), radius_kpc=np.full(400000, 8.0), azimuth=uniform, response=1.0
    )
    counts, edges = np.histogram(np.mod(azimuth, 2 * np.pi), 60, (0, 2 * np.pi))
    told = np.zeros(60)
    np.add.at(told, np.digitize(np.mod(azimuth, 2 * np.pi), edges) - 1, factor)
    assert counts / counts.mean() == pytest.approx(told / counts, rel=0.03)


def test_neutral_fraction_rises_through_self_shielding():
    density = np.array([1e-5, 1e-3, 1e-1])
    neutral = thermodynamics.neutral_fraction(density, np.full(3, 1e4))
    assert neutral[0] < 1e-2 and neutral[2] > 0.95
    assert np.all(np.diff(neutral) > 0)
    assert thermodynamics.neutral_fraction(np.array([1e-3]), np.array([1e6]))[0] < 1e-5


def test_effective_equation_of_state_starts_at_ten_thousand_kelvin():
    temperature = thermodynamics.effective_temperature_k(np.array([0.13, 1.3, 13.0]))
    assert temperature[0] == pytest.approx(1e4, rel=0.1)
    # Springel & Hernquist 2003, figure 1, softened by 0.3: 1e5 K two decades above the threshold
    assert temperature[2] == pytest.approx(1e5, rel=0.5)


def test_internal_energy_of_ionised_gas():
    # 1e6 K, mu = 0.59: 3 k T / (2 mu m_p) = 2.1e4 km^2/s^2
    energy = thermodynamics.internal_energy_km2_s2(np.array([1e6]), np.array([1.158]))
    assert energy[0] == pytest.approx(2.1e4, rel=0.01)
    assert thermodynamics.hydrogen_density_cm3(1e7) == pytest.approx(0.308, rel=0.01)


def test_elements_sum_to_one():
    elements = thermodynamics.element_fractions(np.array([1e-5, 0.0127, 0.04]))
    assert elements.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert elements[:, 2:].sum(axis=1) == pytest.approx([1e-5, 0.0127, 0.04], rel=1e-3)
