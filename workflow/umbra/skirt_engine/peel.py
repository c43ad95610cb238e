"""Compiled: light from scattering events to the observer (peel-off; Yusef-Zadeh et al. 1984)."""

import numpy as np

from umbra.compiled import compiled
from umbra.skirt_engine.rays import depth_at
from umbra.skirt_engine.render import SUB, _mix
from umbra.skirt_engine.walk import henyey_greenstein

TINY = 1e-300


@compiled(nogil=True)
def peel_strip(strip, chosen, place, events, emitters, spectra, rays, toward, dust, node_bins, out):
    """Add to a strip of pixel rows the light that events scatter toward the observer.

    Parameters
    ----------
    strip : tuple
        First pixel row, and one past the last.
    chosen : ndarray of int
        Indices of the events in these rows.
    place : tuple of ndarray
        Of all events: sub-pixel column, sub-pixel row, and position toward the observer [pc].
    events : tuple of ndarray
        Directions, stars and factors from `walk`, and the common factor of each star. If all bins
        are nodes, the factors are the light itself, in a unit of each bin.
    emitters : tuple of ndarray
        Four rows of `spectra` and four weights of each star.
    spectra : ndarray, shape (table rows, bins)
        Spectral table.
    rays : tuple of ndarray
        Lines of sight of the strip's sub-pixels, from `trace`.
    toward : ndarray, shape (3,)
        Direction to the observer.
    dust : tuple of ndarray
        Opacity and asymmetry at the nodes.
    node_bins : ndarray of int, shape (nodes,)
        Bins that are nodes, from the first bin to the last. Factors of the bins between two nodes
        are a geometric sequence.
    out : ndarray, shape (rows, columns, bins)
        The light is added here, in place.
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
