"""The realisations of a galaxy: from how far and from which side it is observed.

One rotation matrix with the rows (right, up, toward the observer) defines the orientation of a
realisation. The angles of SKIRT's instruments and the rotation for MARTINI are derived from it.
Images are arrays [y, x]: x grows with `right` and y with `up`. The galaxy's centre is the centre of
the array, ``(pixels - 1) / 2`` counted from 0.
"""

from dataclasses import dataclass

import numpy as np

from umbra.config.observation import RealisationSettings
from umbra.observation.orientation import rotation_from_quaternion, skirt_angles_deg
from umbra.seeds import Stage, generator


@dataclass(frozen=True, eq=False)
class Realisation:
    """One realisation of a galaxy.

    Parameters
    ----------
    galaxy : int
        Subhalo id.
    number : int
        Number of the realisation, from 0.
    distance_mpc : float
        Distance of the observer [Mpc].
    rotation : ndarray, shape (3, 3)
        Orthonormal rows: right, up, toward the observer, in the axes of the simulation box.
    """

    galaxy: int
    number: int
    distance_mpc: float
    rotation: np.ndarray

    @property
    def quaternion(self) -> np.ndarray:
        """The rotation as a quaternion (x, y, z, w), w not negative."""
        # Few jobs need this import, which costs more than the rest of the module.
        from scipy.spatial.transform import Rotation

        return Rotation.from_matrix(self.rotation).as_quat(canonical=True)

    @property
    def inclination_deg(self) -> float:
        """SKIRT's inclination [deg], 0 to 180."""
        return skirt_angles_deg(self.rotation)[0]

    @property
    def azimuth_deg(self) -> float:
        """SKIRT's azimuth [deg], -180 to 180."""
        return skirt_angles_deg(self.rotation)[1]

    @property
    def roll_deg(self) -> float:
        """SKIRT's roll [deg], -180 to 180."""
        return skirt_angles_deg(self.rotation)[2]


def draw_realisations(
    *, seed: int, galaxy: int, settings: RealisationSettings
) -> list[Realisation]:
    """Draw the realisations of a galaxy: uniform in distance, isotropic in orientation.

    The result depends on the arguments alone, so every stage calls this function and none waits
    for a table of realisations.

    Parameters
    ----------
    seed : int
        The run's seed.
    galaxy : int
        Subhalo id.
    settings : RealisationSettings
        Number of realisations and range of distances. A larger number of realisations leaves the
        earlier ones as they were.

    Returns
    -------
    list of Realisation

    References
    ----------
    Four normal numbers, normalised, are uniform on the sphere of unit quaternions (Muller 1959),
    and therefore uniform on SO(3).
    """
    drawn = []
    for number in range(settings.realisations):
        rng = generator(seed, Stage.OBSERVATION, galaxy, number)
        distance_mpc = float(rng.uniform(settings.min_distance_mpc, settings.max_distance_mpc))
        quaternion = rng.normal(size=4)
        rotation = rotation_from_quaternion(quaternion / np.linalg.norm(quaternion))
        drawn.append(Realisation(galaxy, number, distance_mpc, rotation))
    return drawn


def measured_distance_mpc(
    distance_mpc: float, *, galaxy: int, realisation: int, seed: int, relative_error: float
) -> float:
    """Draw the distance that an observer has measured.

    Parameters
    ----------
    distance_mpc : float
        True distance [Mpc].
    galaxy, realisation : int
        Subhalo id and number of the realisation, on which the draw depends, and on nothing else.
    seed : int
        The run's seed.
    relative_error : float
        Standard deviation of ln(measured / true).

    Returns
    -------
    float
        [Mpc].
    """
    rng = generator(seed, Stage.DISTANCE, galaxy, realisation)
    return distance_mpc * float(np.exp(relative_error * rng.normal()))


def project(realisation: Realisation, position_kpc: np.ndarray) -> np.ndarray:
    """Transform vectors from the axes of the simulation box to those of a realisation.

    Parameters
    ----------
    realisation : Realisation
        The realisation.
    position_kpc : ndarray, shape (n, 3)
        Positions relative to the galaxy's centre [kpc], or any other vectors, such as velocities.

    Returns
    -------
    ndarray, shape (n, 3)
        Components right, up and toward the observer, in the unit of the input.
    """
    return position_kpc @ realisation.rotation.T
