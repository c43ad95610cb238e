"""Cosmic time and densities, against astropy."""

import numpy as np
import pytest
from astropy import units as u
from astropy.cosmology import FlatLambdaCDM

from umbra.physics.cosmology import (
    PLANCK_2015_HUBBLE,
    PLANCK_2015_OMEGA_BARYON,
    PLANCK_2015_OMEGA_MATTER,
    cosmic_time_yr,
    critical_density_msun_kpc3,
    hubble_time_yr,
    scale_factor_at_lookback,
)

COSMOLOGIES = [(0.6774, 0.3089), (0.73, 0.25)]


def ours_and_astropy(hubble, omega_matter):
    ours = {"hubble": hubble, "omega_matter": omega_matter, "omega_lambda": 1 - omega_matter}
    return ours, FlatLambdaCDM(H0=100 * hubble, Om0=omega_matter, Tcmb0=0)


@pytest.mark.parametrize(("hubble", "omega_matter"), COSMOLOGIES)
def test_cosmic_time_is_that_of_astropy(hubble, omega_matter):
    ours, cosmology = ours_and_astropy(hubble, omega_matter)
    scale_factor = np.array([0.02, 0.1, 0.5, 0.9, 1.0])
    expected = cosmology.age(1 / scale_factor - 1).to_value(u.yr)
    assert cosmic_time_yr(scale_factor, **ours) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("hubble", "omega_matter"), COSMOLOGIES)
def test_scale_factor_at_lookback_is_that_of_astropy(hubble, omega_matter):
    ours, cosmology = ours_and_astropy(hubble, omega_matter)
    lookback = np.array([1e7, 1e9, 5e9, 1.2e10])
    scale_factor = scale_factor_at_lookback(lookback, **ours)
    expected = cosmology.lookback_time(1 / scale_factor - 1).to_value(u.yr)
    assert expected == pytest.approx(lookback, rel=1e-5)


def test_the_two_are_inverses_and_end_at_the_big_bang():
    ours, _ = ours_and_astropy(*COSMOLOGIES[0])
    scale_factor = np.array([0.05, 0.3, 0.8, 1.0])
    lookback = cosmic_time_yr(1.0, **ours) - cosmic_time_yr(scale_factor, **ours)
    assert scale_factor_at_lookback(lookback, **ours) == pytest.approx(scale_factor, rel=1e-9)
    assert 0 < scale_factor_at_lookback(5e10, **ours) < 0.01


@pytest.mark.parametrize("hubble", [0.6774, 0.73])
def test_hubble_time_and_critical_density_are_those_of_astropy(hubble):
    _, cosmology = ours_and_astropy(hubble, 0.3)
    assert hubble_time_yr(hubble) == pytest.approx(cosmology.hubble_time.to_value(u.yr), rel=1e-5)
    critical = cosmology.critical_density0.to_value(u.Msun / u.kpc**3)
    assert critical_density_msun_kpc3(hubble) == pytest.approx(critical, rel=1e-4)


def test_parameters_are_those_of_planck_2015():
    from astropy.cosmology import Planck15

    # astropy rounds in other digits of the same table
    assert pytest.approx(Planck15.h, abs=1e-4) == PLANCK_2015_HUBBLE
    assert pytest.approx(Planck15.Om0, abs=2e-3) == PLANCK_2015_OMEGA_MATTER
    assert pytest.approx(Planck15.Ob0, abs=2e-4) == PLANCK_2015_OMEGA_BARYON
