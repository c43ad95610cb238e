"""Departures from regular rotation: streaming along bar and arms, warps, tidal tails."""

import numpy as np

from umbra.universe.morphology import Morphology

# Of gas at a spiral arm of unit strength (Sellwood & Masters 2022, ARA&A 60, 73).
STREAMING_KM_S = 12.0


def streaming_km_s(
    *,
    morphology: Morphology,
    radius_kpc: np.ndarray,
    azimuth: np.ndarray,
    circular_km_s: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the radial and tangential motions that bar and arms drive.

    Inside the arms gas moves inward and lags behind the rotation. Along a bar gas moves on
    elongated orbits, and is faster where it crosses the short axis.

    Parameters
    ----------
    morphology : Morphology
        Bar and arms.
    radius_kpc, azimuth, circular_km_s : ndarray, shape (n,)
        Cylindrical radius [kpc], azimuth [rad] and circular velocity [km/s].

    Returns
    -------
    radial, tangential : ndarray, shape (n,)
        Motions to be added to the rotation [km/s].

    References
    ----------
    Spekkens & Sellwood 2007, ApJ 664, 204: motions along a bar.
    """
    radial = np.zeros_like(radius_kpc)
    tangential = np.zeros_like(radius_kpc)
    for pattern in morphology.patterns:
        theta = pattern.phase_at(radius_kpc, azimuth)
        strength = pattern.strength_at(radius_kpc, 1.0)
        is_bar = pattern.outer_kpc == morphology.bar_radius_kpc
        speed = 0.25 * circular_km_s if is_bar else STREAMING_KM_S
        radial -= strength * speed * (np.sin(theta) if is_bar else np.cos(theta))
        tangential -= strength * speed * (np.cos(theta) if is_bar else 0.5 * np.sin(theta))
    return radial, tangential


def bend(
    *,
    morphology: Morphology,
    position_kpc: np.ndarray,
    velocity_km_s: np.ndarray,
    share: np.ndarray | float,
) -> None:
    """Tilt and warp a disc in place: turn each ring about the line of nodes.

    Parameters
    ----------
    morphology : Morphology
        Tilt of the gas disc, radius at which the warp begins, and its greatest angle.
    position_kpc, velocity_km_s : ndarray, shape (n, 3)
        Positions [kpc] and velocities [km/s], changed in place.
    share : ndarray, shape (n,), or float
        Part of the tilt and the warp of the gas that this population has.
    """
    radius = np.hypot(position_kpc[:, 0], position_kpc[:, 1])
    beyond = np.clip(radius / morphology.warp_radius_kpc - 1.0, 0.0, 1.0)
    angle = share * (morphology.warp_angle * beyond + morphology.gas_tilt)
    if not angle.any():
        return
    axis = np.array([np.cos(morphology.warp_node), np.sin(morphology.warp_node), 0.0])
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    for vector in (position_kpc, velocity_km_s):
        along = (vector @ axis)[:, None] * axis * (1.0 - cosine)
        vector[:] = vector * cosine + np.cross(axis, vector) * sine + along


def draw_tail(
    *,
    morphology: Morphology,
    position_kpc: np.ndarray,
    velocity_km_s: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Pull part of the outer disc into a tidal tail, in place.

    The tail is a curved arm that leaves the disc at `tail_azimuth` and ends up to 3.5 times
    further out. Its particles slow down, so that they conserve angular momentum.

    Parameters
    ----------
    morphology : Morphology
        Scale length of the disc, and where the tail leaves it.
    position_kpc, velocity_km_s : ndarray, shape (n, 3)
        Positions [kpc] and velocities [km/s], changed in place.
    rng : numpy.random.Generator
        Source of all draws.

    References
    ----------
    Toomre & Toomre 1972, ApJ 178, 623.
    """
    if morphology.tail_azimuth is None:
        return
    radius = np.hypot(position_kpc[:, 0], position_kpc[:, 1])
    candidates = (radius > 1.8 * morphology.disc_scale_kpc) & (radius < 0.25 * morphology.outer_kpc)
    moved = candidates & (rng.random(radius.size) < 0.25)
    number = np.count_nonzero(moved)
    stretch = 1.0 + 2.5 * rng.random(number) ** 1.5
    new_radius = radius[moved] * stretch
    azimuth = morphology.tail_azimuth - 0.9 * np.log(stretch) + 0.15 * rng.standard_normal(number)
    turn = azimuth - np.arctan2(position_kpc[moved, 1], position_kpc[moved, 0])
    velocity = velocity_km_s[moved]
    cosine, sine = np.cos(turn), np.sin(turn)
    velocity_km_s[moved, 0] = (cosine * velocity[:, 0] - sine * velocity[:, 1]) / stretch
    velocity_km_s[moved, 1] = (sine * velocity[:, 0] + cosine * velocity[:, 1]) / stretch
    position_kpc[moved, 0] = new_radius * np.cos(azimuth)
    position_kpc[moved, 1] = new_radius * np.sin(azimuth)
