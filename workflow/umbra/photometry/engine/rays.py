"""Compiled: optical depth along lines of sight through the octree.

These functions are compiled into `render_strip`, whose cached machine code numba renews only when
render.py itself changes: touch that file after a change here.
"""

import numpy as np
from numba import njit

# Neighbouring stretches that together are thinner than this are stored as one (saves memory).
MERGE = 1e-3


@njit(cache=True, nogil=True, inline="never")
def _leaf(child, low, size, point, corner, width):
    """Return the leaf around `point`; put its lower corner and widths in the last two."""
    node = 0
    for a in range(3):
        corner[a] = low[a]
        width[a] = size[a]
    while child[node] >= 0:
        octant = 0
        for a in range(3):
            width[a] *= 0.5
            if point[a] >= corner[a] + width[a]:
                corner[a] += width[a]
                octant += 1 << a
        node = child[node] + octant
    return node


@njit(cache=True, nogil=True)
def _clip(origin, direction, low, high):
    """Return where a line enters and leaves a box (enter > leave: it misses)."""
    enter, leave = -np.inf, np.inf
    for a in range(3):
        if direction[a] == 0.0:
            if origin[a] < low[a] or origin[a] > high[a]:
                return 1.0, 0.0
            continue
        first = (low[a] - origin[a]) / direction[a]
        last = (high[a] - origin[a]) / direction[a]
        enter = max(enter, min(first, last))
        leave = min(leave, max(first, last))
    return enter, leave


@njit(cache=True, nogil=True)
def _leave(origin, direction, corner, width, t, end):
    """Return where a ray at t leaves a leaf."""
    leave = end
    for a in range(3):
        if direction[a] > 0.0:
            leave = min(leave, (corner[a] + width[a] - origin[a]) / direction[a])
        elif direction[a] < 0.0:
            leave = min(leave, (corner[a] - origin[a]) / direction[a])
    # Rounding may put the point in the leaf just left: never step by less than this.
    return max(leave, t + 1e-3 * min(width[0], width[1], width[2]))


@njit(cache=True, nogil=True)
def trace(tree, origins, direction):
    """March lines of sight from the observer's side through the dust.

    Parameters
    ----------
    tree : tuple
        low, size, child, opacity, dusty_low, dusty_high of an Octree.
    origins : array, shape (rays, 3)
        A point on each ray, where its path length is zero.
    direction : array, shape (3,)
        Away from the observer.

    Returns
    -------
    start : array, shape (rays + 1,)
        Ray i owns entries start[i] to start[i + 1]: none if it meets no dust.
    path, depth : arrays
        Path length along `direction`, rising, and the optical depth up to there.
    """
    low, size, child, opacity, dusty_low, dusty_high = tree
    start = np.zeros(len(origins) + 1, np.int64)
    path, depth = np.empty(1024), np.empty(1024)
    corner, width, point = np.empty(3), np.empty(3), np.empty(3)
    tiny = 1e-9 * size.max()
    count = 0
    for i in range(len(origins)):
        start[i] = count
        t, end = _clip(origins[i], direction, dusty_low, dusty_high)
        tau, open_until, begun = 0.0, -np.inf, count
        while t < end:
            for a in range(3):
                point[a] = origins[i, a] + direction[a] * (t + tiny)
            node = _leaf(child, low, size, point, corner, width)
            leave = _leave(origins[i], direction, corner, width, t, end)
            if opacity[node] > 0.0:
                if count + 2 > len(path):
                    path = np.concatenate((path, np.empty(len(path))))
                    depth = np.concatenate((depth, np.empty(len(depth))))
                if open_until != t:
                    path[count], depth[count] = t, tau
                    count += 1
                    begun = count
                tau += opacity[node] * (leave - t)
                if count > begun and tau - depth[count - 2] < MERGE:
                    count -= 1
                path[count], depth[count] = leave, tau
                count += 1
                open_until = leave
            t = leave
    start[len(origins)] = count
    return start, path[:count].copy(), depth[:count].copy()


@njit(cache=True, nogil=True)
def depth_at(path, depth, first, last, t):
    """Return the optical depth between the observer and path length t of a traced ray."""
    if t <= path[first]:
        return 0.0
    if t >= path[last - 1]:
        return depth[last - 1]
    low, high = first, last - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if path[middle] <= t:
            low = middle
        else:
            high = middle
    step = path[high] - path[low]
    return depth[low] + (depth[high] - depth[low]) * (t - path[low]) / step
