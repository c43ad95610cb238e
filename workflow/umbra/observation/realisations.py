"""How a galaxy is looked at: distance, orientation and the pixels on the sky.

One rotation matrix with the rows (right, up, toward the observer) defines a realisation; SKIRT's
angles and the rotation that MARTINI needs derive from it. Images are [y, x] arrays: x grows with
`right`, y with `up`, and the galaxy's centre is the array's, ``(pixels - 1) / 2`` counted from 0.
Each job of a galaxy imports this module, so it imports numpy alone.
"""

from dataclasses import dataclass

import numpy as np

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
    rotation : (3, 3) ndarray
        Orthonormal rows: right, up, toward the observer, in the axes of the simulation box.
    """

    galaxy: int
    number: int
    distance_mpc: float
    rotation: np.ndarray

    @property
    def quaternion(self) -> np.ndarray:
        """The rotation as a quaternion (x, y, z, w), w not negative."""
        # Few jobs need it, and the import costs more than all the rest of this module.
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
    *,
    seed: int,
    galaxy: int,
    realisations: int,
    min_distance_mpc: float,
    max_distance_mpc: float,
    **_,
) -> list[Realisation]:
    """Draw the realisations of a galaxy: uniform in distance, isotropic in orientation.

    A pure function of its arguments, which every stage calls instead of reading a table. Further
    keys of the configuration's ``observation`` section are accepted and ignored.

    Parameters
    ----------
    seed : int
        The run's seed.
    galaxy : int
        Subhalo id.
    realisations : int
        How many realisations; a larger number leaves the earlier realisations as they were.
    min_distance_mpc, max_distance_mpc : float
        Range of distances [Mpc].

    Returns
    -------
    list of Realisation

    References
    ----------
    Four normal numbers, normalised, are uniform on the sphere of unit quaternions (Muller 1959),
    and so uniform on SO(3).
    """
    drawn = []
    for realisation in range(realisations):
        rng = generator(seed, Stage.OBSERVATION, galaxy, realisation)
        distance_mpc = float(rng.uniform(min_distance_mpc, max_distance_mpc))
        quaternion = rng.normal(size=4)
        rotation = rotation_from_quaternion(quaternion / np.linalg.norm(quaternion))
        drawn.append(Realisation(galaxy, realisation, distance_mpc, rotation))
    return drawn


def project(realisation: Realisation, position_kpc: np.ndarray) -> np.ndarray:
    """Carry vectors of the simulation box into a realisation.

    Parameters
    ----------
    realisation : Realisation
        The realisation.
    position_kpc : (N, 3) ndarray
        Positions relative to the galaxy's centre [kpc], or any other vectors, such as velocities.

    Returns
    -------
    (N, 3) ndarray
        Components right, up and toward the observer, in the unit of the input.
    """
    return position_kpc @ realisation.rotation.T
