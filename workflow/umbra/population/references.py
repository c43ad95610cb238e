"""Published relations and numbers that a population of galaxies is compared with.

`POPULATION_REFERENCES` has, for each number that is measured, the range that counts as agreement.
A number that was not read in its source, but elsewhere or nowhere, is marked: ``checked=False``.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from umbra.classical.tully_fisher.baryonic import lelli_mass
from umbra.universe.tng_relations import BIN_EDGES, percentiles

# Quantities whose relations with the stellar mass are those of TNG100: name there -> column.
TNG_QUANTITIES = {
    "half_mass_radius": "half_mass_radius_kpc",
    "sfr": "sfr_msun_yr",
    "dm_mass": "dm_mass_msun",
    "gas_mass": "gas_mass_msun",
}

# log10 M*/Msun; median of log10 M_HI/M* of late-type galaxies (Calette et al. 2018, as tabulated
# with the model SHARK, data/Gas/RHI-Mstars_Callette18-LTGs.dat).
_LATE_TYPES = np.array(
    [[9.747, -0.573], [10.151, -0.817], [10.398, -0.973], [10.750, -0.973], [11.193, -1.394]]
)
HI_SCATTER_DEX = 0.36  # on the star-forming sequence (Janowiecki et al. 2020, MNRAS 493, 1982)
# Range of log10 M*/Msun in which kappa_rot is compared.
ROTATION_LOG10_MASS = (10.0, 10.5)
# Of an asymmetry, beyond which a galaxy counts as merging (Conselice 2003, ApJS 147, 1).
MERGING_ASYMMETRY = 0.35
MISALIGNED_DEG = 30.0

RELATION_CURVE_COLUMNS: dict[str, type] = {
    "relation": str,
    "x": float,
    "low": float,
    "median": float,
    "high": float,
}


@dataclass(frozen=True)
class Reference:
    """One number that a population of galaxies should have.

    Parameters
    ----------
    label : str
        What it is, with its unit.
    low, high : float
        Range that counts as agreement.
    source : str
        Where it is from.
    checked : bool
        Whether it was read there, and not in another work or in public code.
    """

    label: str
    low: float
    high: float
    source: str
    checked: bool


_TNG = "TNG100-1, public catalogue (Nelson et al. 2019)"
_TNG_LABELS = {
    "half_mass_radius": "stellar half-mass radius",
    "sfr": "SFR",
    "dm_mass": "dark-matter mass",
    "gas_mass": "gas mass",
}

POPULATION_REFERENCES: dict[str, Reference] = {
    **{
        f"{name}_offset": Reference(
            f"{label} at given M*, median offset [dex]", -0.1, 0.1, _TNG, True
        )
        for name, label in _TNG_LABELS.items()
    },
    **{
        f"{name}_scatter": Reference(
            f"{label} at given M*, scatter / TNG100's", 0.7, 1.3, _TNG, True
        )
        for name, label in _TNG_LABELS.items()
    },
    "hi_offset": Reference(
        "log M_HI/M* at given M*, median offset [dex]",
        -0.2,
        0.2,
        "late types (Calette et al. 2018, as tabulated with SHARK)",
        False,
    ),
    "hi_scatter": Reference(
        "log M_HI/M* at given M*, scatter [dex]",
        0.25,
        0.47,
        "xGASS, star-forming sequence (Janowiecki et al. 2020)",
        False,
    ),
    "baryonic_tully_fisher_offset": Reference(
        "baryonic mass at given rotation, median offset [dex]",
        -0.15,
        0.15,
        "SPARC (Lelli et al. 2019; zero point read in a later work)",
        False,
    ),
    "rotation_fraction": Reference(
        "kappa_rot of the stars, median at log M* 10.0-10.5",
        0.45,
        0.65,
        "estimate for TNG100, where rotation dominates (Tacchella et al. 2019)",
        False,
    ),
    "misalignment": Reference(
        "angle between spins of HI and stars, median [deg]", 5.0, 15.0, "estimate, see below", False
    ),
    "misaligned_fraction": Reference(
        "part of the galaxies with more than 30 deg",
        0.02,
        0.10,
        "MaNGA, 5.4 +- 0.6 % of late types (Duckworth et al. 2020)",
        True,
    ),
    "asymmetry": Reference(
        "asymmetry of the i image, median",
        0.10,
        0.15,
        "Pan-STARRS and TNG100 (Rodriguez-Gomez et al. 2019)",
        False,
    ),
    "merging_fraction": Reference(
        "part of the images with an asymmetry above 0.35", 0.0, 0.05, "estimate", False
    ),
    "edge_on_reddening": Reference(
        "g-r, edge-on minus face-on [mag]", 0.05, 0.15, "SDSS (Masters et al. 2010)", True
    ),
    "mesh_dust": Reference(
        "dust on the mesh / dust of the cells, median",
        0.9,
        1.1,
        "AREPO: density = mass / volume",
        True,
    ),
}


def log10_hi_fraction(log10_stellar_mass: np.ndarray) -> np.ndarray:
    """Return the median of log10 M_HI/M* of late-type galaxies.

    Parameters
    ----------
    log10_stellar_mass : ndarray, shape (n,)
        log10 M*/Msun; beyond the reference's bins the value is that of the last one.

    References
    ----------
    Calette et al. 2018, RMxAA 54, 443.
    """
    return np.interp(log10_stellar_mass, *_LATE_TYPES.T)


def relation_curves() -> pd.DataFrame:
    """Return the curves that a population's relations are compared with.

    Returns
    -------
    pandas.DataFrame
        `RELATION_CURVE_COLUMNS`: low, median and high of a relation at `x`. These are the 16th,
        50th and 84th percentile for TNG100, the median and its scatter for the HI, and else the
        range that counts as agreement. `x` is the stellar mass [Msun], but the rotation velocity
        [km/s] for ``baryonic_tully_fisher`` and ``tilt_from_mean`` for ``edge_on_reddening``.
    """
    mass = np.linspace(BIN_EDGES[0], BIN_EDGES[-1], 33)
    hi = log10_hi_fraction(mass)[:, None] + HI_SCATTER_DEX * np.array([-1.0, 0.0, 1.0])
    speed = np.geomspace(50, 500, 11)
    baryons = np.log10(lelli_mass(speed))[:, None] + _allowed("baryonic_tully_fisher_offset")
    tilt = np.array([-0.8, 0.0, 0.8])
    curves = {
        **{name: (10**mass, 10 ** percentiles(name, mass)) for name in TNG_QUANTITIES},
        "hi_fraction": (10**mass, 10**hi),
        "baryonic_tully_fisher": (speed, 10**baryons),
        "edge_on_reddening": (tilt, tilt[:, None] * _allowed("edge_on_reddening")),
        "rotation_fraction": _constant("rotation_fraction", ROTATION_LOG10_MASS),
        **{
            name: _constant(name, (mass[0], mass[-1]))
            for name in ("misalignment", "asymmetry", "mesh_dust")
        },
    }
    return pd.concat(
        [
            pd.DataFrame({"relation": name, "x": x, "low": low, "median": median, "high": high})
            for name, (x, values) in curves.items()
            for low, median, high in [values.T]
        ],
        ignore_index=True,
    )


def _allowed(name: str) -> np.ndarray:
    """Return low end, middle and high end of a reference."""
    reference = POPULATION_REFERENCES[name]
    return np.array([reference.low, (reference.low + reference.high) / 2, reference.high])


def _constant(name: str, log10_mass: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return 10 ** np.array(log10_mass), np.tile(_allowed(name), (2, 1))
