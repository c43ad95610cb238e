"""A small synthetic universe, as its tests share it."""

import astropy.cosmology.units as cu
import numpy as np
from astropy import units as u

from umbra.config.universe import UniverseSettings

SEED, GALAXIES, CHUNKS, EXTENT_KPC = 3, 3, 5, 120.0
SETTINGS = UniverseSettings(galaxies=GALAXIES, extent_kpc=EXTENT_KPC, chunks=CHUNKS)
HUBBLE, BOX = 0.6774, 75000.0
_LITTLE_H = cu.with_H0(100 * HUBBLE * u.km / u.s / u.Mpc)


def msun(masses) -> np.ndarray:
    """Return masses in code units in Msun, by way of astropy."""
    return (np.asarray(masses, float) * 1e10 * u.Msun / cu.littleh).to_value(u.Msun, _LITTLE_H)


def kpc(lengths) -> np.ndarray:
    """Return lengths in code units at z = 0 in kpc, by way of astropy."""
    return (np.asarray(lengths, float) * u.kpc / cu.littleh).to_value(u.kpc, _LITTLE_H)


def offsets(positions, centre) -> np.ndarray:
    """Return vectors from a centre in the periodic box, in code units."""
    offset = positions - centre
    return offset - BOX * np.round(offset / BOX)


def passes(subhalos, halos, **ignored) -> np.ndarray:
    """Return which subhaloes pass paper Table 1; `ignored` switches cuts off by name."""
    mass = msun(subhalos["SubhaloMassType"][:, 4])
    first = halos["GroupFirstSub"][subhalos["SubhaloGrNr"]]
    cuts = {
        "heavy": (mass >= 1e10) & (mass <= 1e12),
        "forming": subhalos["SubhaloSFR"] >= 0.1,
        "central": (first == np.arange(subhalos["count"])) & (subhalos["SubhaloParent"] == 0),
        "flag": subhalos["SubhaloFlag"] == 1,
    }
    return np.logical_and.reduce([cut for name, cut in cuts.items() if not ignored.get(name)])
