"""How large a sphere of particles the realisations of a galaxy need."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from umbra.observation.realisations import Realisation, draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.observation.table import _galaxies


def cutout_radius_kpc(
    *, realisations: Iterable[Realisation], field_of_view_arcmin: float, radius_kpc: float
) -> float:
    """Return the radius of the sphere of particles that all realisations of a galaxy need.

    Parameters
    ----------
    realisations : iterable of Realisation
        The galaxy's realisations.
    field_of_view_arcmin : float
        Side of the image [arcmin].
    radius_kpc : float
        The least radius [kpc].

    Returns
    -------
    float
        The half-diagonal of the image in the farthest realisation [kpc], or `radius_kpc` if larger.
    """
    grid = SkyGrid(pixels=1, field_of_view_arcmin=field_of_view_arcmin)
    farthest_mpc = max(realisation.distance_mpc for realisation in realisations)
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
            realisations=draw_realisations(seed=seed, galaxy=galaxy, **observation),
            field_of_view_arcmin=observation["field_of_view_arcmin"],
            radius_kpc=radius_kpc,
        )
        for galaxy in _galaxies(galaxies_csv)
    }
