"""Shares of the training galaxies, of which each contains the smaller ones."""

from typing import TypeVar

import numpy as np

from umbra.dataset.reading import SplitTable
from umbra.errors import InputError
from umbra.seeds import Stage, generator

Rows = TypeVar("Rows", bound=SplitTable)


def galaxies_in_share(galaxy: np.ndarray, *, percent: int, seed: int) -> np.ndarray:
    """Return the galaxies of a share.

    Parameters
    ----------
    galaxy : ndarray of int, shape (n,)
        Subhalo id of each image.
    percent : int
        Share of the galaxies [%], rounded up to whole galaxies.
    seed : int
        The run's seed. The number that is drawn for a galaxy does not depend on the others.

    Returns
    -------
    ndarray of int
        Subhalo ids.
    """
    ids = np.unique(galaxy)
    places = [generator(seed, Stage.LEARNING_CURVE, int(one)).random() for one in ids]
    return ids[np.argsort(places)][: -(-len(ids) * percent // 100)]


def share_of(rows: Rows, *, percent: int, seed: int) -> Rows:
    """Return the images of a share of the galaxies, each with all of its realisations.

    Parameters
    ----------
    rows : SplitTable or SplitImages
        Images of all galaxies.
    percent, seed : int
        As in `galaxies_in_share`.

    Returns
    -------
    SplitTable or SplitImages

    Raises
    ------
    InputError
        If no galaxy of the share has dark matter within one of the radii.
    """
    if percent == 100:
        return rows
    galaxies = galaxies_in_share(rows.galaxy, percent=percent, seed=seed)
    share = rows.select(np.isin(rows.galaxy, galaxies))
    masked = ~np.isfinite(share.log10_mass_dm).any(axis=0)
    if masked.any():
        raise InputError(
            f"No galaxy among {percent} % of the training galaxies has dark matter within"
            f" {rows.radius_kpc[masked].max():.3g} kpc; raise learning_curve.percents or"
            " profiles.min_radius_kpc."
        )
    return share
