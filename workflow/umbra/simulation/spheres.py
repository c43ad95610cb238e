"""Which particles lie in which sphere of a periodic box, for any number of spheres.

The box is divided into cells, and each cell lists the spheres that reach into it. Most particles
fall in cells without any, which one look-up tells; the others are compared with the few spheres of
their cell. The cost hardly depends on the number of spheres, and is a few nanoseconds a particle.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

# 2^7 cells a side: the table of occupied cells (2 MiB) stays in the processor's cache
MAX_BITS = 7
BLOCK = 2048


@dataclass(frozen=True)
class Spheres:
    """Spheres in a periodic box, listed by cell.

    Parameters
    ----------
    centre, radius, box_size : ndarray, shape (N, 3), (N,), and float
        In the units of the particles.
    bits : int
        The box has ``2**bits`` cells along a side.
    occupied : ndarray of uint8, shape (cells,)
        Whether any sphere reaches into a cell.
    first, listed : ndarray
        Spheres of cell c: ``listed[first[c]:first[c + 1]]``.
    """

    centre: np.ndarray
    radius: np.ndarray
    box_size: float
    bits: int
    occupied: np.ndarray
    first: np.ndarray
    listed: np.ndarray

    @classmethod
    def build(cls, *, centre: np.ndarray, radius: np.ndarray, box_size: float) -> "Spheres":
        """List spheres of shape (N, 3) centres and (N,) radii by cell."""
        centre = np.ascontiguousarray(centre, dtype=float)
        radius = np.ascontiguousarray(radius, dtype=float)
        bits = int(np.clip(np.log2(2 * box_size / radius.max()), 1, MAX_BITS))
        pairs = [
            _cells(point, reach, box_size=box_size, side=1 << bits)
            for point, reach in zip(centre, radius, strict=True)
        ]
        sphere = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(cells) for cells in pairs])
        cell = np.concatenate(pairs)
        order = np.argsort(cell, kind="stable")
        counts = np.bincount(cell, minlength=(1 << bits) ** 3)
        return cls(
            centre=centre,
            radius=radius,
            box_size=float(box_size),
            bits=bits,
            occupied=(counts > 0).astype(np.uint8),
            first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            listed=sphere[order],
        )

    def members(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the particles in the spheres; runs without the interpreter's lock.

        Parameters
        ----------
        position : ndarray, shape (M, 3)

        Returns
        -------
        row, sphere : ndarray of int32
            All pairs of a row of `position` and a sphere that contains it, by row.
        """
        capacity = max(len(position), int(np.diff(self.first).max()))
        pairs, begin = [], 0
        while begin < len(position):
            row = np.empty(capacity, dtype=np.int32)
            sphere = np.empty(capacity, dtype=np.int32)
            begin, found = _members(
                position,
                begin,
                self.centre,
                self.radius**2,
                self.box_size,
                self.bits,
                self.occupied,
                self.first,
                self.listed,
                row,
                sphere,
            )
            pairs.append((row[:found].copy(), sphere[:found].copy()))
        if not pairs:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
        return np.concatenate([row for row, _ in pairs]), np.concatenate([s for _, s in pairs])


def _cells(centre: np.ndarray, radius: float, *, box_size: float, side: int) -> np.ndarray:
    """Return the cells of the cube around a sphere, each once though the cube may wrap."""
    margin = 1e-6
    low = np.floor((centre - radius) / box_size * side - margin).astype(int)
    high = np.floor((centre + radius) / box_size * side + margin).astype(int)
    x, y, z = (
        np.arange(a, a + min(b - a + 1, side)) % side for a, b in zip(low, high, strict=True)
    )
    return ((x[:, None, None] * side + y[:, None]) * side + z).ravel()


@njit(fastmath=True, nogil=True, cache=True)
def _flag(position, begin, end, inverse_cell, bits, occupied, flags):
    """Mark the rows in occupied cells; without branches, so that the compiler vectorises it.

    Masking the bits wraps the index around the box, and keeps any number, finite or not, inside
    the table.
    """
    side = np.float64(1 << bits)
    mask = np.int32((1 << bits) - 1)
    for i in range(begin, end):
        x = np.int32(position[i, 0] * inverse_cell + side) & mask
        y = np.int32(position[i, 1] * inverse_cell + side) & mask
        z = np.int32(position[i, 2] * inverse_cell + side) & mask
        flags[i - begin] = occupied[(((x << bits) | y) << bits) | z]


@njit(nogil=True, cache=True)
def _members(
    position, begin, centre, radius2, box_size, bits, occupied, first, listed, row, sphere
):
    """Fill `row` and `sphere` with pairs; return the row to go on with, and the number of pairs."""
    inverse_cell = (1 << bits) / box_size
    mask = np.int32((1 << bits) - 1)
    flags = np.empty(BLOCK, dtype=np.uint8)
    found = 0
    for block in range(begin, len(position), BLOCK):
        end = min(block + BLOCK, len(position))
        _flag(position, block, end, inverse_cell, bits, occupied, flags)
        for i in range(block, end):
            if not flags[i - block]:
                continue
            x = np.int32(position[i, 0] * inverse_cell + (1 << bits)) & mask
            y = np.int32(position[i, 1] * inverse_cell + (1 << bits)) & mask
            z = np.int32(position[i, 2] * inverse_cell + (1 << bits)) & mask
            cell = (((x << bits) | y) << bits) | z
            if found + first[cell + 1] - first[cell] > len(row):
                return i, found
            for entry in range(first[cell], first[cell + 1]):
                candidate = listed[entry]
                distance2 = 0.0
                for axis in range(3):
                    offset = position[i, axis] - centre[candidate, axis]
                    offset -= box_size * np.rint(offset / box_size)
                    distance2 += offset * offset
                if distance2 <= radius2[candidate]:
                    row[found] = i
                    sphere[found] = candidate
                    found += 1
    return len(position), found
