"""Compiled: light of smoothed particles on a frame, dimmed by the dust in front of them.

The frame's pixels are divided into sub-pixels, each with its own line of sight. A particle's light
is spread over cells of 1, 2 or 4 sub-pixels across, in proportion to the projected kernel and
normalised to 1. The cells are the largest for which the particle is still a few cells wide. Within
a cell, a hash chooses the sub-pixel that gives the line of sight, so that dust finer than a cell is
sampled evenly. Along the line of sight the light comes from a few depths with equal light, over
which exp(-tau) is averaged.

Strips of rows are independent of each other, and each is computed serially, so the result does not
depend on the number of threads.
"""

import numpy as np

from umbra.compiled import compiled
from umbra.skirt_engine.rays import depth_at

SUB = 4
# Least radius of a particle in cells, unless cells are single sub-pixels.
CELLS_PER_RADIUS = 3.0
# A particle's light comes from several depths if the optical depth across it is above this ...
RESOLVE_DEPTH = 0.02
# ... and from all tabulated depths if it is above this.
THICK = 1.0
# Otherwise one depth stands for this many.
COARSE = 3


@compiled(nogil=True)
def _column(column, q2):
    last = len(column) - 1
    x = q2 * last
    k = int(x)
    if k >= last:
        return 0.0
    return column[k] + (x - k) * (column[k + 1] - column[k])


@compiled(nogil=True)
def _range(centre, radius, step):
    """Return the first cell whose centre is within the radius, and one past the last."""
    return int(np.ceil((centre - radius) / step - 0.5)), int(
        np.floor((centre + radius) / step - 0.5)
    ) + 1


@compiled(nogil=True)
def footprints(x, y, h, column, first, last, step, norm):
    """Choose the cells of some particles, and normalise their weights.

    Parameters
    ----------
    x, y, h : ndarray, shape (n,)
        Positions from the frame's corner, and smoothing lengths, in sub-pixels.
    column : ndarray
        Column density of the kernel, from `projected_tables`.
    first, last : int
        First particle, and one past the last.
    step, norm : ndarray, shape (n,)
        Filled with the width of the cells in sub-pixels (0 for a particle inside one sub-pixel) and
        the factor that normalises their weights.
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


@compiled(nogil=True)
def _pick(star, row, col, width):
    """Return the row and column of a sub-pixel in a cell, evenly distributed."""
    value = np.uint64(star) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(row & 0xFFFF) * np.uint64(
        0xC2B2AE3D27D4EB4F
    )
    value += np.uint64(col & 0xFFFF) * np.uint64(0x165667B19E3779F9)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(32)
    return int(value & np.uint64(width - 1)), int((value >> np.uint64(8)) & np.uint64(width - 1))


@compiled(nogil=True)
def _add_transmission(bins, weight, tau, taus, transmission):
    """Add weight exp(-tau k) to each bin, by interpolation in the table of transmissions."""
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


@compiled(nogil=True)
def _dim(bins, weight, w, h, q2, first, last, path, depth, depths, taus, transmission):
    """Add the light of a cell that its ray, which meets dust, transmits to `bins`."""
    impacts, levels = depths.shape
    k = min(int(q2 * (impacts - 1) + 0.5), impacts - 1)
    half = h * np.sqrt(max(0.0, 1.0 - q2))
    front = depth_at(path, depth, first, last, -w - half)
    behind = depth_at(path, depth, first, last, -w + half)
    if behind == 0.0:  # in front of all dust
        bins[:] += weight
        return
    if behind - front < RESOLVE_DEPTH:
        _add_transmission(bins, weight, 0.5 * (front + behind), taus, transmission)
        return
    every = COARSE if behind - front < THICK else 1
    for level in range(every // 2, levels, every):
        tau = depth_at(path, depth, first, last, -w + h * depths[k, level])
        _add_transmission(bins, weight * every / levels, tau, taus, transmission)


@compiled(nogil=True)
def _mix(indices, weights, spectra, light):
    """Fill `light` with the spectrum of a particle, a mix of four rows of the table."""
    for k in range(len(light)):
        total = 0.0
        for j in range(4):
            total += weights[j] * spectra[indices[j], k]
        light[k] = total


@compiled(nogil=True)
def _cells(x, y, radius, step, sub_row0, sub_rows, sub_columns):
    """Return the width of a particle's cells, and the range of those in the strip."""
    if step == 0:
        y0, x0 = int(np.floor(y)), int(np.floor(x))
        y1, x1, width = y0 + 1, x0 + 1, 1
    else:
        width = step
        y0, y1 = _range(y, radius, width)
        x0, x1 = _range(x, radius, width)
    y0, y1 = max(y0, sub_row0 // width), min(y1, (sub_row0 + sub_rows) // width)
    return width, y0, y1, max(x0, 0), min(x1, sub_columns // width)


@compiled(nogil=True)
def render_strip(strip, particles, spectra, kernel, rays, table, transparent, direct):
    """Add the light of particles to a strip of pixel rows.

    Parameters
    ----------
    strip : tuple
        First pixel row, one past the last, width of a sub-pixel [pc], whether there is dust.
    particles : tuple of ndarray
        Indices of the particles that reach these rows. Of all particles: x, y, h in sub-pixels,
        w toward the observer [pc], step and norm from `footprints`, four rows of `spectra`, and
        four weights.
    spectra : ndarray, shape (table rows, bins)
        Spectral table.
    kernel : tuple
        Tables from `projected_tables`.
    rays : tuple of ndarray
        Lines of sight of the strip's sub-pixels, from `trace`.
    table : tuple
        Optical depths and their transmissions per bin.
    transparent, direct : ndarray, shape (rows, columns, bins)
        Light without and with dust is added here, in place; the latter only if there is dust.
    """
    row0, row1, scale, dusty = strip
    stars, x, y, h, w, step, norm, indices, weights = particles
    # Taken apart here: a tuple or a view for each cell may take longer than all the rest.
    column, depths = kernel
    start, path, depth = rays
    taus, transmission = table
    sub_row0, sub_columns = row0 * SUB, transparent.shape[1] * SUB
    sub_rows = (row1 - row0) * SUB
    light, passed = np.empty(spectra.shape[1]), np.empty(spectra.shape[1])
    for star in stars:
        _mix(indices[star], weights[star], spectra, light)
        width, y0, y1, x0, x1 = _cells(
            x[star], y[star], h[star], step[star], sub_row0, sub_rows, sub_columns
        )
        for row in range(y0, y1):
            dy = (row + 0.5) * width - y[star]
            for col in range(x0, x1):
                dx = (col + 0.5) * width - x[star]
                q2, weight = 0.0, 1.0
                if step[star] > 0:
                    q2 = (dx * dx + dy * dy) / (h[star] * h[star])
                    weight = norm[star] * _column(column, q2)
                    if weight == 0.0:
                        continue
                pixel_row, pixel_column = row * width // SUB - row0, col * width // SUB
                for k in range(len(light)):
                    transparent[pixel_row, pixel_column, k] += weight * light[k]
                if not dusty:
                    continue
                down, across = _pick(star, row, col, width)
                ray = (row * width + down - sub_row0) * sub_columns + col * width + across
                first, last = start[ray], start[ray + 1]
                if first == last:
                    passed[:] = weight
                else:
                    passed[:] = 0.0
                    reach = h[star] * scale
                    _dim(
                        passed, weight, w[star], reach, q2, first, last,
                        path, depth, depths, taus, transmission,
                    )  # fmt: skip
                for k in range(len(light)):
                    direct[pixel_row, pixel_column, k] += passed[k] * light[k]
