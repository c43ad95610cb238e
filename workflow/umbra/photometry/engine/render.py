"""Compiled: smoothed particles on a frame, their light dimmed by the dust in front of it.

The frame's pixels are divided into sub-pixels, each with its own line of sight. A particle's light
is spread over cells of 1, 2 or 4 sub-pixels across, the largest for which it is a few cells
wide, in proportion to the projected kernel and normalised to 1. Within a cell the line of sight is
that of a sub-pixel chosen by a hash, so that dust finer than a cell is sampled evenly. Along the
line of sight the light comes from a few depths with equal light; exp(-tau) is averaged over them.

Strips of rows are independent of each other and serial within, so that the result does not depend
on the number of threads.
"""

import numpy as np
from numba import njit

from umbra.photometry.engine.kernel import IMPACTS, NODES
from umbra.photometry.engine.rays import depth_at, trace

SUB = 4
# A particle's radius is at least this many cells, where sub-pixels allow it.
CELLS_PER_RADIUS = 3.0
# Depths are resolved if the optical depth across the particle is larger than this.
RESOLVE_DEPTH = 0.02


@njit(cache=True, nogil=True)
def _column(column, q2):
    x = q2 * IMPACTS
    k = int(x)
    if k >= IMPACTS:
        return 0.0
    return column[k] + (x - k) * (column[k + 1] - column[k])


@njit(cache=True, nogil=True)
def _range(centre, radius, step):
    """Return the first and one past the last cell with its centre within the radius."""
    return int(np.ceil((centre - radius) / step - 0.5)), int(
        np.floor((centre + radius) / step - 0.5)
    ) + 1


@njit(cache=True, nogil=True)
def footprints(x, y, h, column, first, last, step, norm):
    """Choose the cells of particles first to last and the norm of their weights.

    x, y, h are in sub-pixels from the frame's corner; `step` (cells' width in sub-pixels, 0 for a
    particle inside one sub-pixel) and `norm` are filled.
    """
    for i in range(first, last):
        if h[i] < 1.0:
            step[i], norm[i] = 0, 1.0
            continue
        width = SUB
        while width > 1 and h[i] < CELLS_PER_RADIUS * width:
            width //= 2
        total, inverse = 0.0, 1.0 / (h[i] * h[i])
        y0, y1 = _range(y[i], h[i], width)
        x0, x1 = _range(x[i], h[i], width)
        for row in range(y0, y1):
            dy = (row + 0.5) * width - y[i]
            for col in range(x0, x1):
                dx = (col + 0.5) * width - x[i]
                total += _column(column, (dx * dx + dy * dy) * inverse)
        step[i] = width
        norm[i] = 1.0 / total


@njit(cache=True, nogil=True)
def _pick(star, row, col, width):
    """Return a sub-pixel offset (row, column) in a cell, evenly distributed over stars and cells."""
    value = np.uint64(star) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(row & 0xFFFF) * np.uint64(
        0xC2B2AE3D27D4EB4F
    )
    value += np.uint64(col & 0xFFFF) * np.uint64(0x165667B19E3779F9)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(32)
    return int(value & np.uint64(width - 1)), int((value >> np.uint64(8)) & np.uint64(width - 1))


@njit(cache=True, nogil=True)
def _add_transmission(bins, weight, tau, taus, transmission):
    """Add weight exp(-tau k) to `bins`, by interpolation in the table of transmissions."""
    low, high = 0, len(taus) - 1
    tau = min(tau, taus[high])
    while high - low > 1:
        middle = (low + high) >> 1
        if taus[middle] <= tau:
            low = middle
        else:
            high = middle
    f = (tau - taus[low]) / (taus[low + 1] - taus[low])
    a, b = weight * (1.0 - f), weight * f
    for k in range(len(bins)):
        bins[k] += a * transmission[low, k] + b * transmission[low + 1, k]


@njit(cache=True, nogil=True)
def _dim(bins, weight, w, h, q2, ray, rays, depths, table):
    """Add a cell's transmitted light to `bins`; False if its line of sight meets no dust."""
    start, path, depth = rays
    first, last = start[ray], start[ray + 1]
    if first == last:
        return False
    half = h * np.sqrt(max(0.0, 1.0 - q2))
    front = depth_at(path, depth, first, last, -w - half)
    behind = depth_at(path, depth, first, last, -w + half)
    if behind - front < RESOLVE_DEPTH:
        _add_transmission(bins, weight, 0.5 * (front + behind), table[0], table[1])
        return True
    k = int(q2 * IMPACTS + 0.5)
    for node in range(NODES):
        tau = depth_at(path, depth, first, last, -w + h * depths[k, node])
        _add_transmission(bins, weight / NODES, tau, table[0], table[1])
    return True


@njit(cache=True, nogil=True)
def render_strip(
    rows,
    columns,
    stars,
    x,
    y,
    h,
    w,
    scale,
    step,
    norm,
    indices,
    weights,
    spectra,
    kernel,
    axes,
    tree,
    table,
    transparent,
    direct,
):
    """Add the light of `stars` to the pixel rows rows[0] to rows[1].

    Parameters
    ----------
    rows : tuple
        First and one past the last pixel row, and whether there is dust.
    columns : int
        Pixels in a row.
    stars : array
        Which particles reach these rows.
    x, y, h : arrays
        Sub-pixel coordinates and smoothing lengths (in sub-pixels).
    w : array
        Distance toward the observer, pc.
    scale : tuple
        Sub-pixel width in pc.
    step, norm : arrays
        From `footprints`.
    indices, weights, spectra : arrays
        Four rows of `spectra` and their weights per particle.
    kernel : tuple
        Tables of `projected_tables`.
    axes : tuple
        Model coordinates of the frame's lower left corner, its x and y axes, direction away.
    tree, table : tuples
        The octree; optical depths and their transmissions per bin.
    transparent, direct : arrays, shape (rows, columns, bins)
        Light without and with dust, added to.
    """
    row0, row1, dusty = rows
    column, depths = kernel
    corner, right, up, away = axes
    sub_row0, sub_rows, sub_columns = row0 * SUB, (row1 - row0) * SUB, columns * SUB
    origins = np.empty((sub_rows * sub_columns if dusty else 0, 3))
    for i in range(len(origins)):
        u = (i % sub_columns + 0.5) * scale
        v = (sub_row0 + i // sub_columns + 0.5) * scale
        for a in range(3):
            origins[i, a] = corner[a] + u * right[a] + v * up[a]
    rays = trace(tree, origins, away)
    bins = spectra.shape[1]
    light, passed = np.empty(bins), np.empty(bins)
    for star in stars:
        for k in range(bins):
            total = 0.0
            for j in range(4):
                total += weights[star, j] * spectra[indices[star, j], k]
            light[k] = total
        width, radius = step[star], h[star]
        if width == 0:
            y0, x0 = int(np.floor(y[star])), int(np.floor(x[star]))
            y1, x1, width = y0 + 1, x0 + 1, 1
        else:
            y0, y1 = _range(y[star], radius, width)
            x0, x1 = _range(x[star], radius, width)
        y0 = max(y0, sub_row0 // width)
        y1 = min(y1, (sub_row0 + sub_rows) // width)
        x0, x1 = max(x0, 0), min(x1, sub_columns // width)
        inverse = 1.0 / (radius * radius) if step[star] > 0 else 0.0
        for row in range(y0, y1):
            dy = (row + 0.5) * width - y[star]
            pixel_row = row * width // SUB - row0
            for col in range(x0, x1):
                dx = (col + 0.5) * width - x[star]
                q2 = (dx * dx + dy * dy) * inverse
                weight = 1.0
                if step[star] > 0:
                    if q2 >= 1.0:
                        continue
                    weight = norm[star] * _column(column, q2)
                target = transparent[pixel_row, col * width // SUB]
                for k in range(bins):
                    target[k] += weight * light[k]
                if not dusty:
                    continue
                jump_row, jump_col = _pick(star, row, col, width)
                ray = (row * width + jump_row - sub_row0) * sub_columns + col * width + jump_col
                passed[:] = 0.0
                target = direct[pixel_row, col * width // SUB]
                if _dim(passed, weight, w[star], radius * scale, q2, ray, rays, depths, table):
                    for k in range(bins):
                        target[k] += passed[k] * light[k]
                else:
                    for k in range(bins):
                        target[k] += weight * light[k]
