"""Tabulated relations of real TNG100-1 galaxies at z = 0.

`PERCENTILES` and `BIN_COUNTS` describe the 2974 central galaxies with SubhaloFlag = 1 and a star
formation rate of at least 0.1 Msun/yr, binned in stellar mass (SubhaloMassType[4]).

References
----------
Nelson et al. 2019, ComAC 6, 2: the public TNG catalogue, from which these were measured.
Anbajagane, Evrard & Farahi 2022, MNRAS 509, 3441: `concentration` (TNG100, full physics).
"""

import numpy as np

# log10 M*/Msun from, to; number of galaxies; then percentiles 16, 50, 84 of these four:
# log10 M_DM/Msun | log10 SFR/(Msun/yr) | log10 M_gas/Msun | stellar half-mass radius [kpc]
_RELATIONS = np.array(
    """
10.00 10.25 1115 11.575 11.685 11.795 -0.160  0.124 0.345 10.499 10.699 10.886  2.477  3.678  5.719
10.25 10.50  801 11.751 11.863 11.972 -0.043  0.329 0.569 10.672 10.882 11.054  2.731  4.090  6.538
10.50 10.75  468 11.947 12.059 12.159 -0.262  0.310 0.712 10.781 10.993 11.185  3.487  5.336  7.922
10.75 11.00  258 12.167 12.297 12.476 -0.613  0.018 0.587 10.888 11.114 11.351  5.217  7.471 10.248
11.00 11.25  153 12.455 12.650 12.862 -0.614 -0.043 0.456 11.124 11.413 11.751  8.016 10.211 12.629
11.25 11.50  101 12.793 12.995 13.145 -0.436  0.176 0.708 11.577 11.834 12.147 11.536 14.879 17.350
11.50 11.75   44 13.209 13.302 13.546 -0.356  0.572 0.879 12.125 12.314 12.645 16.160 19.348 24.054
11.75 12.00   34 13.522 13.718 13.881 -0.248  0.349 1.018 12.592 12.873 13.074 21.974 27.383 39.722
""".split(),
    dtype=float,
).reshape(8, 15)

# log10 M200c/Msun; mean c200c; scatter of ln c200c.
_CONCENTRATION = np.array(
    """
10.4 10.543 0.336 10.6 10.731 0.325 10.8 10.894 0.306 11.0 10.913 0.283 11.2 10.885 0.265
11.4 10.960 0.257 11.6 11.046 0.255 11.8 10.869 0.251 12.0 10.263 0.239 12.2  9.358 0.221
12.4  8.438 0.209 12.6  7.623 0.213 12.8  7.010 0.233 13.0  6.597 0.251 13.2  6.391 0.242
13.4  6.208 0.224 13.5  6.125 0.226
""".split(),
    dtype=float,
).reshape(-1, 3)

BIN_EDGES = np.append(_RELATIONS[:, 0], _RELATIONS[-1, 1])
BIN_CENTRES = 0.5 * (BIN_EDGES[1:] + BIN_EDGES[:-1])
BIN_COUNTS = _RELATIONS[:, 2]
PERCENTILES = {
    "dm_mass": _RELATIONS[:, 3:6],
    "sfr": _RELATIONS[:, 6:9],
    "gas_mass": _RELATIONS[:, 9:12],
    "half_mass_radius": np.log10(_RELATIONS[:, 12:15]),
}


def percentiles(name: str, log10_stellar_mass: np.ndarray) -> np.ndarray:
    """Return the 16th, 50th and 84th percentile of log10 of a quantity at given stellar mass.

    The relation is piecewise linear between the centres of the bins, and goes on in straight lines
    beyond them. The part of the scatter that comes from the slope of the relation within a bin is
    removed.

    Parameters
    ----------
    name : {"dm_mass", "sfr", "gas_mass", "half_mass_radius"}
        Key of `PERCENTILES`.
    log10_stellar_mass : ndarray, shape (n,)
        log10 M*/Msun.

    Returns
    -------
    ndarray, shape (n, 3)
        log10 of the quantity in Msun, Msun/yr or kpc.
    """
    low, median, high = PERCENTILES[name].T
    slope = np.gradient(median, BIN_CENTRES)
    width = BIN_EDGES[1] - BIN_EDGES[0]
    sides = []
    for side in (low - median, high - median):
        variance = np.maximum(side**2 - (slope * width) ** 2 / 12.0, (0.4 * side) ** 2)
        sides.append(np.sign(side) * np.sqrt(variance))
    centre = _line(log10_stellar_mass, BIN_CENTRES, _nodes(median))
    spread = [np.interp(log10_stellar_mass, BIN_CENTRES, side) for side in sides]
    return np.stack([centre + spread[0], centre, centre + spread[1]], axis=1)


def concentration(log10_m200: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the concentration of haloes and its scatter.

    Parameters
    ----------
    log10_m200 : ndarray, shape (n,)
        log10 M200c/Msun.

    Returns
    -------
    mean, scatter : ndarray, shape (n,)
        Mean c200c, and scatter of ln c200c.
    """
    mass, mean, scatter = _CONCENTRATION.T
    return np.interp(log10_m200, mass, mean), np.interp(log10_m200, mass, scatter)


def _nodes(means: np.ndarray) -> np.ndarray:
    """Return values at the centres of bins such that the lines between them average to `means`.

    The mean of the lines over a bin is six eighths of its own value and an eighth of each
    neighbour's.
    """
    inner = np.arange(1, means.size - 1)
    matrix = np.eye(means.size)
    matrix[inner, inner] = 0.75
    matrix[inner, inner - 1] = matrix[inner, inner + 1] = 0.125
    return np.linalg.solve(matrix, means)


def _line(x: np.ndarray, nodes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Interpolate linearly, and extrapolate with the slope of the first or last interval."""
    x = np.asarray(x, dtype=float)
    first = (values[1] - values[0]) / (nodes[1] - nodes[0])
    last = (values[-1] - values[-2]) / (nodes[-1] - nodes[-2])
    inside = np.interp(x, nodes, values)
    return inside + np.minimum(x - nodes[0], 0) * first + np.maximum(x - nodes[-1], 0) * last
