"""Halo, circular velocity and dispersion against known limits."""

import numpy as np
import pytest

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.cosmology import COSMIC_BARYON_FRACTION
from umbra.physics.halo import nfw_enclosed_fraction
from umbra.universe import potential
from umbra.universe.dark_matter import sample_dark_matter

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


def moved(radius, rng):
    """Move particles at given radii in random directions, each by a draw from the spline kernel."""
    u = np.linspace(0.0, 1.0, 4001)
    # Springel 2005, equation 4, with the support of 2.8 softenings of 0.74 kpc
    kernel = np.where(u < 0.5, 1 - 6 * u**2 + 6 * u**3, 2 * (1 - u) ** 3) * u**2
    share = np.cumsum(kernel) / kernel.sum()
    shift = 2.8 * 0.74 * np.interp(rng.random(radius.size), share, u)
    cosine = rng.uniform(-1.0, 1.0, radius.size)
    return np.sqrt(radius**2 + shift**2 + 2.0 * radius * shift * cosine)


def test_softening_convolves_a_sphere_with_the_spline_of_the_forces():
    enclosed = (RADII / (RADII + 2.0)) ** 2
    smooth = potential.softened_enclosed(RADII, enclosed)
    rng = np.random.default_rng(1)
    uniform = rng.random(1_000_000) * enclosed[-1]
    radius = moved(np.interp(uniform, enclosed, RADII), rng)
    for at in (0.5, 1.0, 2.0, 5.0, 20.0):
        within = np.mean(radius < at) * enclosed[-1]
        assert np.interp(at, RADII, smooth) == pytest.approx(within, rel=0.03), at


def test_softening_makes_a_core_and_leaves_the_halo_alone():
    before = nfw(10.0)
    after = potential.softened_enclosed(RADII, before)
    inner = np.interp([0.1, 0.4], RADII, after)
    # M ~ r^3 where the density is constant, r^2 in an NFW cusp
    assert np.log(inner[1] / inner[0]) / np.log(4.0) == pytest.approx(3.0, abs=0.1)
    assert np.interp(0.74, RADII, after / before) < 0.7
    assert np.interp(5.0, RADII, after / before) == pytest.approx(1.0, abs=0.03)
    assert after[-1] == before[-1] and np.all(np.diff(after) >= 0.0)


def test_the_dark_matter_within_a_radius_has_poisson_noise():
    zeros = np.zeros_like(RADII)
    model = potential.MassModel(RADII, nfw(10.0), zeros, zeros, zeros, 1.0, 1.0)
    rng = np.random.default_rng(2)
    counts = [
        np.count_nonzero(
            np.linalg.norm(
                sample_dark_matter(model=model, outer_kpc=30.0, particle_mass_msun=7.5e6, rng=rng)[
                    "position_kpc"
                ],
                axis=1,
            )
            < 2.0
        )
        for _ in range(100)
    ]
    expected = np.interp(2.0, RADII, model.dm_msun) / 7.5e6
    assert np.mean(counts) == pytest.approx(expected, rel=0.03)
    # the variance of 100 counts is known to 14 %
    assert np.var(counts) / expected == pytest.approx(1.0, abs=0.4)
