"""The gas disc of a galaxy, from the moment maps of its HI.

Its gravity is part of the mass model. Its pressure supports it against gravity, so that it rotates
more slowly than the circular velocity: asymmetric drift.
"""

from dataclasses import dataclass, replace

import numpy as np

from umbra.classical.rotation_curve.gas_maps import GasMaps
from umbra.classical.rotation_curve.rings import Rings
from umbra.classical.rotation_curve.velocity_field import guess_geometry, main_body
from umbra.constants import (
    ARCSEC_PER_RADIAN,
    GAS_MASS_PER_HI_MASS,
    HI_COLUMN_DENSITY_CM2,
    PC_M,
    PROTON_MASS_KG,
    SOLAR_MASS_KG,
)
from umbra.physics.disc import disc_velocity_squared_of_profile

_MSUN_KPC2_PER_CM2 = PROTON_MASS_KG / SOLAR_MASS_KG * (1e5 * PC_M) ** 2
_PARTS = 5  # of a pixel along each side, so that narrow rings have their share of pixels


@dataclass(frozen=True)
class GasProfile:
    """The surface density of a gas disc, seen face-on.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii at the assumed distance [kpc].
    surface_density_msun_kpc2 : ndarray, shape (n,)
        Surface density of gas [Msun/kpc^2].
    """

    radius_kpc: np.ndarray
    surface_density_msun_kpc2: np.ndarray

    @property
    def mass_msun(self) -> float:
        """Mass of the gas, in rings between the middles of the radii [Msun]."""
        edges = np.concatenate([[0.0], (self.radius_kpc[1:] + self.radius_kpc[:-1]) / 2])
        edges = np.append(edges, 2 * self.radius_kpc[-1] - edges[-1])
        return float(np.sum(np.pi * np.diff(edges**2) * self.surface_density_msun_kpc2))

    def velocity_squared(self, radius_kpc: np.ndarray) -> np.ndarray:
        """Return what the gas contributes to v^2 at radii [km^2/s^2]."""
        return disc_velocity_squared_of_profile(
            radius_kpc,
            profile_radius_kpc=self.radius_kpc,
            surface_density_msun_kpc2=self.surface_density_msun_kpc2,
        )


def gas_profile(maps: GasMaps, rings: Rings) -> GasProfile:
    """Measure the surface density of the gas in rings of the width of the beam.

    Parameters
    ----------
    maps : GasMaps
        Moment maps of the galaxy.
    rings : Rings
        The fitted rings, for inclination and position angle.

    Returns
    -------
    GasProfile
        Out to the edge of the gas. Masked pixels count as empty.
    """
    body = main_body(maps.intensity)
    inclination = float(np.median(rings.inclination_deg))
    geometry = replace(
        guess_geometry(
            intensity=maps.intensity,
            velocity_km_s=maps.velocity_km_s,
            body=body,
            inclination_deg=inclination,
        ),
        position_angle_deg=float(np.median(rings.position_angle_deg)),
    )
    y, x = np.mgrid[: body.shape[0] * _PARTS, : body.shape[1] * _PARTS] + 0.5
    radius = geometry.in_plane(x / _PARTS - 0.5, y / _PARTS - 0.5)[0] * maps.pixel_arcsec
    fine = np.kron(np.where(body, maps.intensity, 0), np.ones((_PARTS, _PARTS)))
    width_arcsec = maps.beam_fwhm_arcsec[0]
    ring = (radius / width_arcsec).astype(int)
    number = ring[fine > 0].max() + 1
    inside = ring < number
    pixels, sums = (
        np.bincount(ring[inside], weights, minlength=number) for weights in (None, fine[inside])
    )
    column_cm2 = HI_COLUMN_DENSITY_CM2 * sums / pixels / np.prod(maps.beam_fwhm_arcsec)
    face_on = GAS_MASS_PER_HI_MASS * np.cos(np.radians(inclination)) * _MSUN_KPC2_PER_CM2
    middle_arcsec = (np.arange(number) + 0.5) * width_arcsec
    kpc_per_arcsec = maps.distance_mpc * 1e3 / ARCSEC_PER_RADIAN
    return GasProfile(kpc_per_arcsec * middle_arcsec, face_on * column_cm2)


def drift_velocity_squared(rings: Rings, gas: GasProfile) -> np.ndarray:
    """Return how much v^2 of the gas is below that of a circular orbit.

    Parameters
    ----------
    rings : Rings
        The fitted rings.
    gas : GasProfile
        Surface density of the gas.

    Returns
    -------
    ndarray, shape (rings,)
        Difference of the squares [km^2/s^2]: sigma^2 R / h, for a median dispersion sigma and a
        scale length h of the gas, fitted over the rings. It is 0 if the gas does not thin outward.

    References
    ----------
    Iorio et al. 2017, MNRAS 466, 4159; here for a constant dispersion and height.
    """
    density = np.interp(rings.radius_kpc, gas.radius_kpc, gas.surface_density_msun_kpc2)
    known = density > 0
    if known.sum() < 2:
        return np.zeros(rings.radius_kpc.size)
    slope = np.polyfit(rings.radius_kpc[known], np.log(density[known]), 1)[0]
    return np.median(rings.dispersion_km_s) ** 2 * rings.radius_kpc * max(-slope, 0.0)
