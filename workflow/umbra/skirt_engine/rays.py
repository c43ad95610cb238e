"""Compiled: optical depth along lines of sight and flights through the octree.

These functions are compiled into those of render.py, walk.py and peel.py.
"""

import numpy as np

from umbra.compiled import compiled

# Neighbouring stretches that together are thinner than this are stored as one, to save memory.
MERGE = 1e-3


@compiled(nogil=True)
def _clip(origin, direction, low, high):
    """Return where a line enters and leaves a box; it misses the box if enter > leave."""
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


@compiled(nogil=True)
def march(tree, origin, direction, begin, path, depth, count):
    """Follow one ray through the dust.

    Parameters
    ----------
    tree : tuple
        low, size, child, opacity, dusty_low, dusty_high of an Octree.
    origin, direction : ndarray, shape (3,)
        Point at which the path length is zero [pc], and a unit vector.
    begin : float
        Path length before which dust is ignored [pc].
    path, depth : ndarray
        Filled from entry `count` on with rising path lengths [pc] and the optical depth up to them.
        Larger copies replace them if they are too short.
    count : int
        First free entry.

    Returns
    -------
    path, depth : ndarray
    count : int
        First free entry; unchanged if the ray meets no dust.
    """
    low, size, child, opacity, dusty_low, dusty_high = tree
    t, end = _clip(origin, direction, dusty_low, dusty_high)
    t = max(t, begin)
    tiny = 1e-9 * size.max()
    ox, oy, oz = origin[0], origin[1], origin[2]
    dx, dy, dz = direction[0], direction[1], direction[2]
    ix = 1.0 / dx if dx != 0.0 else 0.0
    iy = 1.0 / dy if dy != 0.0 else 0.0
    iz = 1.0 / dz if dz != 0.0 else 0.0
    tau, open_until, begun = 0.0, -np.inf, count
    while t < end:
        px, py, pz = ox + dx * (t + tiny), oy + dy * (t + tiny), oz + dz * (t + tiny)
        cx, cy, cz = low[0], low[1], low[2]
        wx, wy, wz = size[0], size[1], size[2]
        node = 0
        while child[node] >= 0:
            wx, wy, wz = 0.5 * wx, 0.5 * wy, 0.5 * wz
            octant = 0
            if px >= cx + wx:
                cx += wx
                octant = 1
            if py >= cy + wy:
                cy += wy
                octant += 2
            if pz >= cz + wz:
                cz += wz
                octant += 4
            node = child[node] + octant
        leave = end
        if dx > 0.0:
            leave = min(leave, (cx + wx - ox) * ix)
        elif dx < 0.0:
            leave = min(leave, (cx - ox) * ix)
        if dy > 0.0:
            leave = min(leave, (cy + wy - oy) * iy)
        elif dy < 0.0:
            leave = min(leave, (cy - oy) * iy)
        if dz > 0.0:
            leave = min(leave, (cz + wz - oz) * iz)
        elif dz < 0.0:
            leave = min(leave, (cz - oz) * iz)
        # Rounding may put the point back in the leaf that it has left, so steps have a least size.
        leave = max(leave, t + 1e-3 * min(wx, wy, wz))
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
    return path, depth, count


@compiled(nogil=True)
def trace(tree, origins, direction):
    """March lines of sight from the observer's side through the dust.

    Parameters
    ----------
    tree : tuple
        As for `march`.
    origins : ndarray, shape (rays, 3)
        Point on each ray at which the path length is zero [pc].
    direction : ndarray, shape (3,)
        Direction away from the observer.

    Returns
    -------
    start : ndarray, shape (rays + 1,)
        Ray i has the entries start[i] to start[i + 1]; there are none if it meets no dust.
    path, depth : ndarray
        Rising path lengths along `direction` [pc], and the optical depth up to them.
    """
    start = np.zeros(len(origins) + 1, np.int64)
    path, depth = np.empty(1024), np.empty(1024)
    count = 0
    for i in range(len(origins)):
        start[i] = count
        path, depth, count = march(tree, origins[i], direction, -np.inf, path, depth, count)
    start[len(origins)] = count
    return start, path[:count].copy(), depth[:count].copy()


@compiled(nogil=True)
def depth_at(path, depth, first, last, t):
    """Return the optical depth of a traced ray from the observer to the path length t."""
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


@compiled(nogil=True)
def path_at(path, depth, last, tau):
    """Return the path length at which a ray with `last` entries has the optical depth tau > 0."""
    low, high = 0, last - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if depth[middle] < tau:
            low = middle
        else:
            high = middle
    step = depth[high] - depth[low]
    if step <= 0.0:
        return path[high]
    return path[low] + (path[high] - path[low]) * (tau - depth[low]) / step
