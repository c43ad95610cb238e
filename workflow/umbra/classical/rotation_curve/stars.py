"""The stars of the mass model: from the light of an image, or from the rotation without one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from umbra.classical.rotation_curve.light.bulge import Bulge
from umbra.classical.rotation_curve.light.disc_table import DiscLight
from umbra.classical.rotation_curve.mass_to_light import (
    BELL_SCATTER_DEX,
    bell2003_mass_to_light,
    luminosity_density_lsun_kpc2,
)
from umbra.classical.rotation_curve.rings import Rings
from umbra.classical.tully_fisher.baryonic import lelli_mass
from umbra.config.rotation_curve import ModelSettings
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.physics.disc import (
    freeman_velocity_squared,
    freeman_velocity_squared_of_mass,
    late_type_scale_length_kpc,
)
from umbra.physics.sersic import sersic_velocity_squared

# Width of the prior on a stellar mass from the rotation [dex]: that of SPARC's galaxies about it.
ROTATION_MASS_DEX = 0.35
# Least share of the stars in baryons: of a galaxy with more gas than the relation has baryons.
_MIN_STELLAR_SHARE = 0.1


@dataclass(frozen=True)
class StellarComponent:
    """What the mass model knows of the stars.

    Parameters
    ----------
    velocity_squared : callable
        Radii, shape (n,) [kpc] -> v^2 of the stars, shape (n,) [km^2/s^2], for a factor of 1.
    scale_length_kpc : float
        Scale length of the disc [kpc].
    log10_upsilon : tuple of float or None
        Mean and standard deviation of log10 of the factor: of the mass-to-light ratio if the stars
        were seen as light, else of the stellar mass over the expected one.
    """

    velocity_squared: Callable[[np.ndarray], np.ndarray]
    scale_length_kpc: float
    log10_upsilon: tuple[float, float] | None


def stars_of_light(
    light: DiscLight, *, distance_mpc: float, settings: ModelSettings
) -> StellarComponent:
    """Return the stars whose light was measured.

    Parameters
    ----------
    light : DiscLight
        Disc and, if the settings ask for it, bulge, which have the same mass-to-light ratio.
    distance_mpc : float
        Distance from which the galaxy is seen like that [Mpc].
    settings : ModelSettings
        Whether there is a bulge, and whether the colour narrows the mass-to-light ratio.

    Returns
    -------
    StellarComponent
    """
    bulge = light.bulge if settings.bulge else None

    def velocity_squared(radius_kpc: np.ndarray) -> np.ndarray:
        disc = disc_velocity_squared(
            radius_kpc,
            central_surface_brightness_mag_arcsec2=(
                light.disc.central_surface_brightness_mag_arcsec2
            ),
            scale_length_arcsec=light.disc.scale_length_arcsec,
            ellipticity=light.disc.ellipticity,
            distance_mpc=distance_mpc,
        )
        return disc + bulge_velocity_squared(radius_kpc, bulge, distance_mpc=distance_mpc)

    log10_upsilon = None
    if settings.colour_prior:
        ratio = bell2003_mass_to_light(light.colour_g_r_mag, imf=settings.imf)
        log10_upsilon = float(np.log10(ratio)), BELL_SCATTER_DEX
    scale_kpc = light.disc.scale_length_arcsec * distance_mpc * 1e3 / ARCSEC_PER_RADIAN
    return StellarComponent(velocity_squared, scale_kpc, log10_upsilon)


def stellar_mass_of_rotation(rings: Rings, gas_mass_msun: float) -> float:
    """Return the stellar mass that galaxies with such a rotation have [Msun].

    It is what the baryonic Tully-Fisher relation gives to the median velocity of the outer half of
    the rings, less the gas.

    Parameters
    ----------
    rings : Rings
        The rings.
    gas_mass_msun : float
        Mass of the gas [Msun].

    Returns
    -------
    float
    """
    outer = rings.velocity_km_s[rings.velocity_km_s.size // 2 :]
    baryons = float(lelli_mass(np.median(outer)))
    return max(baryons - gas_mass_msun, _MIN_STELLAR_SHARE * baryons)


def stars_of_rotation(rings: Rings, gas_mass_msun: float) -> StellarComponent:
    """Return the stars of a galaxy without an image, which have to be guessed from its rotation.

    An exponential disc has the mass of `stellar_mass_of_rotation`, within `ROTATION_MASS_DEX`, and
    the size of late-type galaxies of this mass.

    Parameters
    ----------
    rings : Rings
        The rings.
    gas_mass_msun : float
        Mass of the gas [Msun].

    Returns
    -------
    StellarComponent
    """
    mass = stellar_mass_of_rotation(rings, gas_mass_msun)
    length = late_type_scale_length_kpc(mass)

    def velocity_squared(radius_kpc: np.ndarray) -> np.ndarray:
        return freeman_velocity_squared_of_mass(radius_kpc, mass_msun=mass, scale_length_kpc=length)

    return StellarComponent(velocity_squared, length, (0.0, ROTATION_MASS_DEX))


def disc_velocity_squared(
    radius_kpc: np.ndarray,
    *,
    central_surface_brightness_mag_arcsec2: float,
    scale_length_arcsec: float,
    ellipticity: float,
    distance_mpc: float,
    band: str = "g",
) -> np.ndarray:
    """Return v^2 of the stars of an observed disc, for a mass-to-light ratio of 1.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii in the plane of the disc [kpc].
    central_surface_brightness_mag_arcsec2 : float
        Observed central surface brightness [AB mag/arcsec2].
    scale_length_arcsec : float
        Scale length along the major axis [arcsec].
    ellipticity : float
        1 - b/a. The disc is taken to be transparent: seen face-on, its surface brightness would be
        lower by the factor b/a, so that its luminosity is that of the image.
    distance_mpc : float
        Distance [Mpc].
    band : {"g", "r"}
        Band of the light.

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2].
    """
    light = luminosity_density_lsun_kpc2(central_surface_brightness_mag_arcsec2, band=band)
    return freeman_velocity_squared(
        radius_kpc,
        central_surface_density_msun_kpc2=light * (1 - ellipticity),
        scale_length_kpc=scale_length_arcsec * distance_mpc * 1e3 / ARCSEC_PER_RADIAN,
    )


def bulge_velocity_squared(
    radius_kpc: np.ndarray, bulge: Bulge | None, *, distance_mpc: float
) -> np.ndarray:
    """Return v^2 of the stars of an observed bulge, for a mass-to-light ratio of 1.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc].
    bulge : Bulge or None
        The bulge; None contributes nothing.
    distance_mpc : float
        Distance [Mpc].

    Returns
    -------
    ndarray, shape (n,)
        Square of the circular velocity [km^2/s^2].
    """
    if bulge is None:
        return np.zeros_like(radius_kpc)
    return sersic_velocity_squared(
        radius_kpc,
        effective_density_msun_kpc2=luminosity_density_lsun_kpc2(
            bulge.effective_surface_brightness_mag_arcsec2
        ),
        effective_radius_kpc=bulge.effective_radius_arcsec * distance_mpc * 1e3 / ARCSEC_PER_RADIAN,
        index=bulge.sersic_index,
    )
