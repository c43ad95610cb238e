"""The gas disc, from moment maps of a disc whose mass is known."""

import numpy as np
import pytest
from astropy.io import fits

from rotation_case import rings_of
from umbra.classical.rotation_curve.gas import drift_velocity_squared, gas_profile
from umbra.classical.rotation_curve.gas_maps import read_gas_maps
from umbra.classical.rotation_curve.velocity_field import Geometry
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.physics.disc import freeman_velocity_squared_of_mass

PIXEL_ARCSEC, BEAM_ARCSEC, DISTANCE_MPC = 8.0625, (12.0, 10.0), 14.0
SCALE_ARCSEC, FLUX_JY_KM_S, ANGLE_DEG = 60.0, 20.0, 130.0
KPC_PER_ARCSEC = DISTANCE_MPC * 1e3 / ARCSEC_PER_RADIAN
# Roberts 1962: M / Msun = 2.36e5 (D / Mpc)^2 S / (Jy km/s)
GAS_MSUN = 1.33 * 2.356e5 * DISTANCE_MPC**2 * FLUX_JY_KM_S


def write_maps(path, inclination_deg):
    """Write moment maps of an exponential disc that is inclined."""
    disc = Geometry(63.3, 64.8, ANGLE_DEG, inclination_deg, 10.0, 150.0, 3.0)
    y, x = np.mgrid[:128, :128]
    radius, _ = disc.in_plane(x, y)
    light = np.exp(-radius * PIXEL_ARCSEC / SCALE_ARCSEC)
    pixels_per_beam = np.pi / (4 * np.log(2)) * np.prod(BEAM_ARCSEC) / PIXEL_ARCSEC**2
    intensity = FLUX_JY_KM_S * light / light.sum() * pixels_per_beam
    velocity = disc.velocity_km_s(x, y)
    hidden = radius * PIXEL_ARCSEC > 5 * SCALE_ARCSEC
    maps = np.array([intensity, velocity, np.full_like(intensity, 10.0)])
    maps[:, hidden] = np.nan
    header = fits.Header(
        {"BMAJ": BEAM_ARCSEC[0] / 3600, "BMIN": BEAM_ARCSEC[1] / 3600}
        | {"CDELT1": -PIXEL_ARCSEC / 3600, "CDELT2": PIXEL_ARCSEC / 3600}
        | {"DISTMPC": DISTANCE_MPC}
    )
    hdu = fits.ImageHDU(maps.astype(np.float32), header, name="R0")
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)
    return path


def rings(inclination_deg, **columns):
    radius = KPC_PER_ARCSEC * np.arange(10, 250, 20)
    angles = {
        "inclination_deg": np.full(radius.size, inclination_deg),
        "position_angle_deg": np.full(radius.size, ANGLE_DEG),
    }
    return rings_of(radius_kpc=radius, **angles, **columns)


@pytest.mark.parametrize("inclination_deg", [0.5, 40.0, 70.0])
def test_mass_and_gravity_of_a_known_disc_are_found(tmp_path, inclination_deg):
    moments = write_maps(tmp_path / "m.fits", inclination_deg)
    gas = gas_profile(read_gas_maps(moments, 0), rings(inclination_deg))
    width = gas.radius_kpc[1] - gas.radius_kpc[0]
    mass = np.sum(2 * np.pi * gas.radius_kpc * width * gas.surface_density_msun_kpc2)
    seen = 1 - 6 * np.exp(-5)  # of an exponential, within five scale lengths
    assert mass == pytest.approx(GAS_MSUN * seen, rel=0.03)
    radius = SCALE_ARCSEC * KPC_PER_ARCSEC * np.array([1.0, 1.5, 2.0, 3.0])
    expected = freeman_velocity_squared_of_mass(
        radius, mass_msun=GAS_MSUN, scale_length_kpc=SCALE_ARCSEC * KPC_PER_ARCSEC
    )
    assert gas.velocity_squared(radius) == pytest.approx(expected, rel=0.05)


def test_the_drift_of_an_exponential_disc(tmp_path):
    """Of constant dispersion sigma, v^2 is below the circular one by sigma^2 R / h."""
    moments = write_maps(tmp_path / "m.fits", 50.0)
    fitted = rings(50.0, dispersion_km_s=np.full(12, 9.0))
    gas = gas_profile(read_gas_maps(moments, 0), fitted)
    expected = 9.0**2 * fitted.radius_kpc / (SCALE_ARCSEC * KPC_PER_ARCSEC)
    assert drift_velocity_squared(fitted, gas) == pytest.approx(expected, rel=0.03)
