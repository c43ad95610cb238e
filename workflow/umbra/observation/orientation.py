"""Rotation matrices: from quaternions, to and from the angles of SKIRT instruments."""

import numpy as np


def rotation_from_quaternion(quaternion: np.ndarray) -> np.ndarray:
    """Return the rotation matrix of a unit quaternion.

    Parameters
    ----------
    quaternion : (4,) ndarray
        x, y, z, w, as in scipy.

    Returns
    -------
    (3, 3) ndarray

    References
    ----------
    Rodrigues' formula, 1 + 2 w [v] + 2 [v]^2 with the matrix [v] of the cross product.
    """
    x, y, z, w = quaternion
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


def skirt_angles_deg(rotation: np.ndarray) -> tuple[float, float, float]:
    """Return the angles of the SKIRT instrument that sees a rotation's right, up and toward.

    Parameters
    ----------
    rotation : (3, 3) ndarray
        Rows right, up, toward the observer.

    Returns
    -------
    inclination_deg, azimuth_deg, roll_deg : float
        In degrees. For inclination 0 and 180, where only a combination of azimuth and roll
        matters, azimuth is whatever rounding leaves of the line of sight, and 0 if that is nothing.

    References
    ----------
    Inverse of the transformation in SKIRT 9's ``DistantInstrument``.
    """
    right, _, (x, y, z) = rotation
    inclination, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    # Measured against the frame of roll 0, the roll is well defined at the poles too.
    right_unrolled, up_unrolled = rotation_from_skirt(
        *np.degrees([inclination, azimuth]), roll_deg=0.0
    )[:2]
    roll = np.arctan2(-right @ up_unrolled, right @ right_unrolled)
    return tuple(float(angle) for angle in np.degrees([inclination, azimuth, roll]))


def rotation_from_skirt(inclination_deg: float, azimuth_deg: float, roll_deg: float) -> np.ndarray:
    """Return the rows right, up, toward the observer of a SKIRT 9 ``DistantInstrument``.

    Parameters
    ----------
    inclination_deg, azimuth_deg, roll_deg : float
        The instrument's angles [deg].

    Returns
    -------
    (3, 3) ndarray
    """
    theta, phi, omega = np.radians([inclination_deg, azimuth_deg, roll_deg])
    along_azimuth = np.array([-np.sin(phi), np.cos(phi), 0])
    along_inclination = np.array(
        [np.cos(phi) * np.cos(theta), np.sin(phi) * np.cos(theta), -np.sin(theta)]
    )
    toward = np.array([np.cos(phi) * np.sin(theta), np.sin(phi) * np.sin(theta), np.cos(theta)])
    right = np.cos(omega) * along_azimuth + np.sin(omega) * along_inclination
    up = np.sin(omega) * along_azimuth - np.cos(omega) * along_inclination
    return np.array([right, up, toward])
