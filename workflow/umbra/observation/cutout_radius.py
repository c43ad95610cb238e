"""The radius of the sphere of particles that the images of a galaxy need."""

from pathlib import Path

import numpy as np

from umbra.config.observation import FieldSettings
from umbra.observation.realisations import draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.simulation.galaxies import read_galaxies


def cutout_radius_kpc(
    *, seed: int, galaxy: int, observation: FieldSettings, radius_kpc: float
) -> float:
    """Return the radius of the sphere of particles that all realisations of a galaxy need.

    Parameters
    ----------
    seed : int
        The run's seed.
    galaxy : int
        Subhalo id.
    observation : FieldSettings
        Realisations and field of view.
    radius_kpc : float
        The smallest radius [kpc].

    Returns
    -------
    float
        Half the diagonal of the image in the farthest realisation [kpc], or `radius_kpc` if that
        is larger.
    """
    grid = SkyGrid(pixels=1, field_of_view_arcmin=observation.field_of_view_arcmin)
    realisations = draw_realisations(seed=seed, galaxy=galaxy, settings=observation)
    farthest_mpc = max(realisation.distance_mpc for realisation in realisations)
    return max(radius_kpc, grid.side_kpc(farthest_mpc) / np.sqrt(2))


def cutout_radii_kpc(
    *, galaxies_csv: Path, seed: int, observation: FieldSettings, radius_kpc: float
) -> dict[int, float]:
    """Return `cutout_radius_kpc` of every galaxy of the sample.

    Parameters
    ----------
    galaxies_csv : Path
        The sample.
    seed : int
        The run's seed.
    observation : FieldSettings
        Realisations and field of view.
    radius_kpc : float
        The smallest radius [kpc].

    Returns
    -------
    dict of int to float
        Subhalo id -> radius [kpc].
    """
    return {
        galaxy: cutout_radius_kpc(
            seed=seed, galaxy=galaxy, observation=observation, radius_kpc=radius_kpc
        )
        for galaxy in read_galaxies(galaxies_csv).subhalo_id.tolist()
    }
