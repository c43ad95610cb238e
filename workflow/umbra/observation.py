"""How a galaxy is looked at: distance, orientation and the pixels on the sky.

One rotation matrix with the rows (right, up, toward the observer) defines a view; SKIRT's angles
and the rotation that MARTINI needs derive from it. Images are [y, x] arrays: x grows with `right`,
y with `up`, and the galaxy's centre is the array's, ``(pixels - 1) / 2`` counted from 0.
Each job of a galaxy imports this module, so it imports numpy alone.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.files import atomic
from umbra.orientation import rotation_from_quaternion, skirt_angles_deg
from umbra.seeds import Stage, generator
from umbra.units import ARCSEC_PER_RADIAN

OBSERVATION_COLUMNS = (
    *("galaxy", "realisation", "distance_mpc", "qx", "qy", "qz", "qw"),
    *("inclination_deg", "azimuth_deg", "roll_deg"),
)


@dataclass(frozen=True, eq=False)
class View:
    """One realisation of a galaxy.

    Parameters
    ----------
    galaxy : int
        Subhalo id.
    realisation : int
        Number of the view, from 0.
    distance_mpc : float
        Distance of the observer [Mpc].
    rotation : (3, 3) ndarray
        Orthonormal rows: right, up, toward the observer, in the axes of the simulation box.
    """

    galaxy: int
    realisation: int
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


@dataclass(frozen=True)
class SkyGrid:
    """The square grid of pixels that every image of a run has.

    Parameters
    ----------
    pixels : int
        Pixels along a side.
    field_of_view_arcmin : float
        Side of the image [arcmin].
    """

    pixels: int
    field_of_view_arcmin: float

    @property
    def pixel_arcsec(self) -> float:
        """Side of a pixel [arcsec]."""
        return self.field_of_view_arcmin * 60 / self.pixels

    @property
    def pixel_sr(self) -> float:
        """Solid angle of a pixel [sr]."""
        return (self.pixel_arcsec / ARCSEC_PER_RADIAN) ** 2

    def side_kpc(self, distance_mpc: float) -> float:
        """Return the side of the image [kpc] at a distance [Mpc]."""
        return distance_mpc * 1e3 * self.field_of_view_arcmin * 60 / ARCSEC_PER_RADIAN

    def wcs_header(self, view: View) -> dict[str, int | float | str]:
        """Return the FITS cards that tell a view of this grid.

        This states which way the axes run. The first (x, `right`) is right ascension, which falls
        along it as on the sky with north up: CDELT1 < 0. The second (y, `up`) is declination. The
        galaxy's centre is put at RA 180 deg, Dec 0, for it has no place on the real sky.

        Parameters
        ----------
        view : View
            Whose galaxy, realisation and distance are stated.

        Returns
        -------
        dict
            Card names and values, fit for ``astropy.io.fits.Header.update``.
        """
        pixel_deg = self.pixel_arcsec / 3600
        centre = (self.pixels + 1) / 2
        return {
            "GALAXY": view.galaxy,
            "REALISAT": view.realisation,
            "DISTMPC": view.distance_mpc,
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "CRPIX1": centre,
            "CRPIX2": centre,
            "CRVAL1": 180.0,
            "CRVAL2": 0.0,
            "CDELT1": -pixel_deg,
            "CDELT2": pixel_deg,
        }


def views(
    *,
    seed: int,
    galaxy: int,
    realisations: int,
    min_distance_mpc: float,
    max_distance_mpc: float,
    **_,
) -> list[View]:
    """Draw the views of a galaxy: uniform in distance, isotropic in orientation.

    A pure function of its arguments, which every stage calls instead of reading a table. Further
    keys of the configuration's ``observation`` section are accepted and ignored.

    Parameters
    ----------
    seed : int
        The run's seed.
    galaxy : int
        Subhalo id.
    realisations : int
        How many views; a larger number leaves the earlier views as they were.
    min_distance_mpc, max_distance_mpc : float
        Range of distances [Mpc].

    Returns
    -------
    list of View

    References
    ----------
    Four normal numbers, normalised, are uniform on the sphere of unit quaternions (Muller 1959),
    and so uniform on SO(3).
    """
    drawn = []
    for realisation in range(realisations):
        random = generator(seed, Stage.OBSERVATION, galaxy, realisation)
        distance_mpc = float(random.uniform(min_distance_mpc, max_distance_mpc))
        quaternion = random.normal(size=4)
        rotation = rotation_from_quaternion(quaternion / np.linalg.norm(quaternion))
        drawn.append(View(galaxy, realisation, distance_mpc, rotation))
    return drawn


def project(view: View, position_kpc: np.ndarray) -> np.ndarray:
    """Carry vectors of the simulation box into a view.

    Parameters
    ----------
    view : View
        The view.
    position_kpc : (N, 3) ndarray
        Positions relative to the galaxy's centre [kpc], or any other vectors, such as velocities.

    Returns
    -------
    (N, 3) ndarray
        Components right, up and toward the observer, in the unit of the input.
    """
    return position_kpc @ view.rotation.T


def cutout_radius_kpc(
    *, views: Iterable[View], field_of_view_arcmin: float, radius_kpc: float
) -> float:
    """Return the radius of the sphere of particles that all views of a galaxy need.

    Parameters
    ----------
    views : iterable of View
        The galaxy's views.
    field_of_view_arcmin : float
        Side of the image [arcmin].
    radius_kpc : float
        The least radius [kpc].

    Returns
    -------
    float
        The half-diagonal of the image in the farthest view [kpc], or `radius_kpc` if larger.
    """
    grid = SkyGrid(pixels=1, field_of_view_arcmin=field_of_view_arcmin)
    farthest_mpc = max(view.distance_mpc for view in views)
    return max(radius_kpc, grid.side_kpc(farthest_mpc) / np.sqrt(2))


def cutout_radii_kpc(
    *, galaxies_csv: Path, seed: int, observation: dict, radius_kpc: float
) -> dict[int, float]:
    """Return `cutout_radius_kpc` of every galaxy of the sample.

    Parameters
    ----------
    galaxies_csv : Path
        The sample; its column ``subhalo_id`` is read.
    seed : int
        The run's seed.
    observation : dict
        This section of the configuration.
    radius_kpc : float
        The least radius [kpc].

    Returns
    -------
    dict
        Subhalo id to radius [kpc].
    """
    return {
        galaxy: cutout_radius_kpc(
            views=views(seed=seed, galaxy=galaxy, **observation),
            field_of_view_arcmin=observation["field_of_view_arcmin"],
            radius_kpc=radius_kpc,
        )
        for galaxy in _galaxies(galaxies_csv)
    }


def write_observations(*, galaxies_csv: Path, seed: int, settings: dict, output: Path) -> None:
    """Write every view of every galaxy of the sample to a CSV file, for people to read.

    Parameters
    ----------
    galaxies_csv : Path
        The sample; its column ``subhalo_id`` is read.
    seed : int
        The run's seed.
    settings : dict
        The configuration's ``observation`` section.
    output : Path
        The file to write, with the columns `OBSERVATION_COLUMNS`.
    """
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(OBSERVATION_COLUMNS)
        for galaxy in _galaxies(galaxies_csv):
            for view in views(seed=seed, galaxy=galaxy, **settings):
                values = (view.distance_mpc, *view.quaternion, *skirt_angles_deg(view.rotation))
                numbers = [repr(float(value)) for value in values]
                writer.writerow([galaxy, view.realisation, *numbers])


def _galaxies(galaxies_csv: Path) -> list[int]:
    with open(galaxies_csv, newline="") as file:
        return [int(row["subhalo_id"]) for row in csv.DictReader(file)]
