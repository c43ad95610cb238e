"""Position of the observer from SKIRT's inclination, azimuth and roll."""

import numpy as np


def observer_axes(*, inclination_deg: float, azimuth_deg: float, roll_deg: float) -> np.ndarray:
    """Return the axes of the image plane in model coordinates.

    The observer is far away in the direction with polar angle `inclination_deg` and azimuth
    `azimuth_deg`. Without roll the image's y axis is the projection of the model's z axis; the
    roll turns the image about the line of sight. In SKIRT 9, angles of 0, 0, 90 give x = +X and
    y = +Y in the image, and 90, -90, 0 give x = +X and y = +Z.

    Parameters
    ----------
    inclination_deg, azimuth_deg, roll_deg : float
        Attributes of a SKIRT instrument [deg].

    Returns
    -------
    ndarray, shape (3, 3)
        Rotation matrix; its rows point right, up and toward the observer.

    References
    ----------
    Camps and Baes 2020, Astronomy and Computing 31, 100381 (SKIRT 9, distant instruments).
    """
    theta, phi, omega = np.radians([inclination_deg, azimuth_deg, roll_deg])
    horizontal = np.array([-np.sin(phi), np.cos(phi), 0.0])
    vertical = np.array([-np.cos(phi) * np.cos(theta), -np.sin(phi) * np.cos(theta), np.sin(theta)])
    toward = np.array([np.cos(phi) * np.sin(theta), np.sin(phi) * np.sin(theta), np.cos(theta)])
    right = np.cos(omega) * horizontal - np.sin(omega) * vertical
    up = np.sin(omega) * horizontal + np.cos(omega) * vertical
    return np.array([right, up, toward])
