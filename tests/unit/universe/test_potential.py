"""Halo, circular velocity and dispersion against known limits."""

import numpy as np
import pytest

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.cosmology import COSMIC_BARYON_FRACTION
from umbra.physics.halo import nfw_enclosed_fraction
from umbra.universe import potential

RADII = potential.radial_grid_kpc(outer_kpc=600.0)


def nfw(c, mass=1e12, r200=206.0):
    return mass * nfw_enclosed_fraction(RADII, r200_kpc=r200, c200=c)


@pytest.mark.parametrize("c", [5.0, 10.0, 20.0])
def test_the_fit_returns_the_concentration_of_an_nfw_halo(c):
    found = potential.fitted_concentration(radius_kpc=RADII, enclosed_msun=nfw(c), r200_kpc=206.0)
    assert found == pytest.approx(c, rel=0.02)


def contracted(baryons):
    return potential.contracted_enclosed_msun(
        radius_kpc=RADII, baryons_msun=baryons, dm_mass_msun=1e12, r200_kpc=206.0, c200=9.0
    )


def test_baryons_that_follow_the_dark_matter_leave_the_halo_alone():
    share = COSMIC_BARYON_FRACTION / (1 - COSMIC_BARYON_FRACTION)
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
    dm = potential.halo_enclosed_msun(
        radius_kpc=RADII,
        baryons_msun=galaxy,
        dm_mass_msun=1e12,
        r200_kpc=206.0,
        concentration=10.0,
    )
    fit = potential.fitted_concentration(radius_kpc=RADII, enclosed_msun=dm, r200_kpc=206.0)
    assert fit == pytest.approx(10.0, rel=0.02)
    assert np.interp(206.0, RADII, dm) == pytest.approx(1e12, rel=1e-6)
    assert np.all(np.diff(dm) >= 0)


def test_dispersion_of_the_isothermal_sphere():
    zeros = np.zeros_like(RADII)
    speed = 200.0
    mass = speed**2 * RADII / G
    model = potential.MassModel(RADII, mass, zeros, zeros, zeros, 1.0, 1.0)
    sigma = model.dispersion_km_s(RADII**-2.0)
    middle = (RADII > 0.1) & (RADII < 30.0)
    assert sigma[middle] == pytest.approx(speed / np.sqrt(2.0), rel=0.02)
    assert model.circular_velocity_km_s(np.array([10.0])) == pytest.approx(speed, rel=0.01)
