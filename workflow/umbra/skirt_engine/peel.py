"""Compiled: what an observer sees of scattering events (peel-off; Yusef-Zadeh et al. 1984)."""

import numpy as np
from numba import njit

from umbra.skirt_engine.rays import depth_at
from umbra.skirt_engine.render import SUB, _mix
from umbra.skirt_engine.walk import henyey_greenstein

TINY = 1e-300


@njit(cache=True, nogil=True)
def peel_strip(strip, chosen, place, events, emitters, spectra, rays, toward, dust, node_bins, out):
    """Add the light that events scatter to the observer to a strip of pixel rows.

    Parameters
    ----------
    strip : tuple
        First and one past the last pixel row.
    chosen : array
        Which events are in these rows.
    place : tuple of arrays
        Of all events: sub-pixel column and row, pc toward the observer.
    events : tuple of arrays
        Directions, stars and factors of `walk`, and the common factor of each star. If all bins
        are nodes, factors are the light itself, in a unit of each bin.
    emitters : tuple of arrays
        Four rows of `spectra` and four weights of each star.
    spectra : array, shape (table rows, bins)
        Spectra to be mixed.
    rays : tuple of arrays
        Lines of sight of the strip's sub-pixels, from `trace`.
    toward : array, shape (3,)
        Direction to the observer.
    dust : tuple of arrays
        Opacity and asymmetry of the nodes.
    node_bins : array of int, shape (nodes,)
        The bins that are nodes, rising from the first to the last; factors of bins between two of
        them are a geometric sequence.
    out : array, shape (rows, columns, bins)
        Added to.
    """
    column, row, height = place
    direction, star, factor, scale = events
    start, path, depth = rays
    kappa, asymmetry = dust
    nodes, bins = len(kappa), out.shape[2]
    sub_columns = out.shape[1] * SUB
    light, seen = np.empty(bins), np.empty(nodes)
    for e in chosen:
        sub_row = row[e] - strip[0] * SUB
        ray = sub_row * sub_columns + column[e]
        first, last = start[ray], start[ray + 1]
        tau = depth_at(path, depth, first, last, -height[e]) if last > first else 0.0
        cosine = 0.0
        for a in range(3):
            cosine += direction[e, a] * toward[a]
        for j in range(nodes):
            seen[j] = (
                factor[e, j] * np.exp(-kappa[j] * tau) * henyey_greenstein(asymmetry[j], cosine)
            )
        target = out[sub_row // SUB, column[e] // SUB]
        if nodes == bins:
            for k in range(bins):
                target[k] += seen[k]
            continue
        _mix(emitters[0][star[e]], emitters[1][star[e]], spectra, light)
        for j in range(nodes - 1):
            low, high = node_bins[j], node_bins[j + 1]
            growth = (max(seen[j + 1], TINY) / max(seen[j], TINY)) ** (1.0 / (high - low))
            value = scale[star[e]] * seen[j]
            for k in range(low, high):
                target[k] += light[k] * value
                value *= growth
        target[bins - 1] += light[bins - 1] * scale[star[e]] * seen[nodes - 1]
