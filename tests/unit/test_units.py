"""Conversions against astropy's constants and units."""

import astropy.constants as const
import astropy.units as u
import numpy as np
import pytest
from astropy.cosmology import FlatLambdaCDM
from astropy.stats import gaussian_sigma_to_fwhm
from scipy.stats import norm

from umbra import constants, units
from umbra.physics import cosmology


def test_code_units_are_those_of_the_tng_specification():
    code = units.CodeUnits(hubble=0.6774, scale_factor=0.5)
    assert code.kpc == pytest.approx((0.5 * u.kpc / 0.6774).to_value(u.kpc))
    assert code.msun == pytest.approx((1e10 * u.Msun / 0.6774).to_value(u.Msun))
    assert code.km_s == pytest.approx(np.sqrt(0.5))
    density = (1e10 * u.Msun / 0.6774) / (0.5 * u.kpc / 0.6774) ** 3
    assert code.msun_kpc3 == pytest.approx(density.to_value(u.Msun / u.kpc**3))


def test_tng100_particle_mass():
    """Nelson et al. 2019, Table 1: m_DM = 7.5e6 Msun is 0.000505574296436975e10 Msun/h."""
    assert units.CodeUnits(hubble=0.6774).msun * 0.000505574296436975 == pytest.approx(
        7.5e6, rel=0.01
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (constants.GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN, const.G.to_value("kpc km2 / (s2 Msun)")),
        (constants.BOLTZMANN_J_K, const.k_B.to_value("J/K")),
        (constants.PROTON_MASS_KG, const.m_p.to_value("kg")),
        (constants.PC_M, const.pc.to_value("m")),
        (constants.SOLAR_MASS_KG, const.M_sun.to_value("kg")),
        (constants.SPEED_OF_LIGHT_M_S, const.c.to_value("m/s")),
        (constants.ARCSEC_PER_RADIAN, u.rad.to(u.arcsec)),
        (constants.FWHM_PER_SIGMA, gaussian_sigma_to_fwhm),
        (constants.SIGMA_PER_MEDIAN_DEVIATION, 1 / norm.ppf(0.75)),
        (constants.YEAR_S, u.yr.to(u.s)),
        (constants.YEAR_PER_KPC_KM_S, (u.kpc / (u.km / u.s)).to(u.yr)),
        (
            cosmology.hubble_time_yr(0.6774),
            FlatLambdaCDM(H0=67.74, Om0=0.3089).hubble_time.to_value(u.yr),
        ),
        (constants.NANOMAGGY_JY, (1e-9 * (0 * u.ABmag).to(u.Jy)).value),
    ],
)
def test_constants(ours, theirs):
    assert ours == pytest.approx(theirs, rel=1e-4)
