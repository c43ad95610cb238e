"""Rotation matrices: from quaternions, and to the angles of SKIRT's instruments."""

import numpy as np

from umbra.skirt_engine.geometry import observer_axes


def rotation_from_quaternion(quaternion: np.ndarray) -> np.ndarray:
    """Return the rotation matrix of a unit quaternion.

    Parameters
    ----------
    quaternion : ndarray, shape (4,)
        x, y, z, w, as in scipy.

    Returns
    -------
    ndarray, shape (3, 3)

    References
    ----------
    Rodrigues' formula, 1 + 2 w [v] + 2 [v]^2 with the matrix [v] of the cross product.
    """
    x, y, z, w = quaternion
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


def skirt_angles_deg(rotation: np.ndarray) -> tuple[float, float, float]:
    """Return the angles of the SKIRT instrument that has given axes.

    Parameters
    ----------
    rotation : ndarray, shape (3, 3)
        Rows right, up, toward the observer.

    Returns
    -------
    inclination_deg, azimuth_deg, roll_deg : float
        The instrument's angles [deg]. At inclinations 0 and 180 only a combination of azimuth and
        roll matters; the azimuth then follows from rounding errors in the line of sight, and is 0
        if there are none.

    References
    ----------
    Inverse of the transformation in SKIRT 9's ``DistantInstrument``.
    """
    right, _, (x, y, z) = rotation
    inclination_deg = np.degrees(np.arctan2(np.hypot(x, y), z))
    azimuth_deg = np.degrees(np.arctan2(y, x))
    # Measured against the axes without roll, the roll is well defined at the poles too.
    right_unrolled, up_unrolled, _ = observer_axes(
        inclination_deg=inclination_deg, azimuth_deg=azimuth_deg, roll_deg=0.0
    )
    roll_deg = np.degrees(np.arctan2(-right @ up_unrolled, right @ right_unrolled))
    return float(inclination_deg), float(azimuth_deg), float(roll_deg)
