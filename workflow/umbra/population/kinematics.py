"""Rotation of the stars, and the angle between the spins of gas and stars."""

import numpy as np


def spin(position_kpc: np.ndarray, velocity_km_s: np.ndarray, mass_msun: np.ndarray) -> np.ndarray:
    """Return the angular momentum of particles [Msun kpc km/s], shape (3,).

    Parameters
    ----------
    position_kpc, velocity_km_s : ndarray, shape (n, 3)
        Relative to the galaxy's centre and velocity.
    mass_msun : ndarray, shape (n,)
        Masses [Msun].
    """
    return mass_msun @ np.cross(position_kpc, velocity_km_s)


def rotation_fraction(
    position_kpc: np.ndarray, velocity_km_s: np.ndarray, mass_msun: np.ndarray
) -> float:
    """Return the fraction of the kinetic energy that is in ordered rotation, kappa_rot.

    Of each particle, the energy m (j_z / R)^2 / 2 of the motion around the total spin counts. It is
    1 for a cold disc and 1/3 for a sphere of isotropic orbits.

    Parameters
    ----------
    position_kpc, velocity_km_s : ndarray, shape (n, 3)
        Relative to the galaxy's centre and velocity.
    mass_msun : ndarray, shape (n,)
        Masses [Msun].

    Returns
    -------
    float
        NaN for particles without motion or spin.

    References
    ----------
    Sales et al. 2012, MNRAS 423, 1544, eq. 1; Rodriguez-Gomez et al. 2017, MNRAS 467, 3083.
    """
    total = spin(position_kpc, velocity_km_s, mass_msun)
    length = np.linalg.norm(total)
    energy = mass_msun @ (velocity_km_s**2).sum(axis=1)
    if not (length > 0 and energy > 0):
        return np.nan
    axis = total / length
    arm2 = (position_kpc**2).sum(axis=1) - (position_kpc @ axis) ** 2
    along = np.cross(position_kpc, velocity_km_s) @ axis
    # A particle on the axis does not rotate around it.
    rotation = np.divide(along**2, arm2, out=np.zeros_like(arm2), where=arm2 > 0)
    return float(mass_msun @ rotation / energy)


def angle_between_deg(first: np.ndarray, second: np.ndarray) -> float:
    """Return the angle between two vectors [deg], from 0 to 180; NaN if one has no length."""
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    if not lengths > 0:
        return np.nan
    return float(np.degrees(np.arccos(np.clip(first @ second / lengths, -1, 1))))
