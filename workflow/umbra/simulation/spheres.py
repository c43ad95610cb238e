"""Which particles lie in which sphere of a periodic box, for any number of spheres.

The box is divided into cells, and each cell lists the spheres that reach into it. Most particles
are in cells without a sphere, and one look-up is enough for them; the others are compared with the
few spheres of their cell. The cost is a few nanoseconds a particle, and hardly depends on the
number of spheres.
"""

from dataclasses import dataclass

import numpy as np

from umbra.compiled import compiled

# 2^7 cells a side: the table of occupied cells (2 MiB) stays in the processor's cache
MAX_BITS = 7
# Rows that are looked up at a time, few enough for the processor's first cache, and pairs that are
# collected at a time, few enough that the same memory is used again.
BLOCK, PAIRS = 2048, 1 << 14


@dataclass(frozen=True)
class Spheres:
    """Spheres in a periodic box, listed by cell.

    Parameters
    ----------
    centre : ndarray, shape (n, 3)
        In the unit of the particles' positions, as all lengths here.
    radius : ndarray, shape (n,)
    box_size : float
    bits : int
        The box has ``2**bits`` cells along a side.
    occupied : ndarray of uint8, shape (cells,)
        Whether any sphere reaches into a cell.
    first, listed : ndarray of int
        The spheres of cell c are ``listed[first[c]:first[c + 1]]``.
    crowd : int
        Largest number of spheres that a cell lists.
    """

    centre: np.ndarray
    radius: np.ndarray
    box_size: float
    bits: int
    occupied: np.ndarray
    first: np.ndarray
    listed: np.ndarray
    crowd: int

    @classmethod
    def build(cls, *, centre: np.ndarray, radius: np.ndarray, box_size: float) -> "Spheres":
        """List spheres by cell.

        Parameters
        ----------
        centre : ndarray, shape (n, 3)
        radius : ndarray, shape (n,)
        box_size : float

        Returns
        -------
        Spheres
        """
        centre = np.ascontiguousarray(centre, dtype=float)
        radius = np.ascontiguousarray(radius, dtype=float)
        bits = int(np.clip(np.log2(2 * box_size / radius.max()), 1, MAX_BITS))
        sphere, cell = _overlaps(centre, radius, box_size=box_size, side=1 << bits)
        order = np.argsort(cell, kind="stable")
        counts = np.bincount(cell, minlength=(1 << bits) ** 3)
        return cls(
            centre=centre,
            radius=radius,
            box_size=float(box_size),
            bits=bits,
            occupied=(counts > 0).astype(np.uint8),
            first=np.concatenate([[0], np.cumsum(counts)]),
            listed=sphere[order],
            crowd=int(counts.max()),
        )

    def contents(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the particles in the spheres; other threads can run meanwhile.

        Parameters
        ----------
        position : ndarray, shape (m, 3)

        Returns
        -------
        row, sphere : ndarray of int32, shape (pairs,)
            All pairs of a row of `position` and a sphere that contains it, by row.
        """
        capacity = max(PAIRS, self.crowd)
        pairs, begin = [], 0
        while begin < len(position):
            row = np.empty(capacity, dtype=np.int32)
            sphere = np.empty(capacity, dtype=np.int32)
            begin, found = _contents(
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


def _overlaps(
    centre: np.ndarray, radius: np.ndarray, *, box_size: float, side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pair each sphere with the cells of the cube around it, each cell once."""
    margin = 1e-6
    low = np.floor((centre - radius[:, None]) / box_size * side - margin).astype(int)
    high = np.floor((centre + radius[:, None]) / box_size * side + margin).astype(int)
    high = np.minimum(high, low + side - 1)  # a cube wider than the box meets no cell twice
    steps = np.arange((high - low).max() + 1)
    along = low[:, :, None] + steps
    within = along <= high[:, :, None]
    x, y, z = np.moveaxis(along % side, 1, 0)
    cell = (x[:, :, None, None] * side + y[:, None, :, None]) * side + z[:, None, None, :]
    inside = within[:, 0, :, None, None] & within[:, 1, None, :, None] & within[:, 2, None, None, :]
    return np.nonzero(inside)[0].astype(np.int32), cell[inside]


@compiled(fastmath=True, nogil=True)
def _steps(coordinates, inverse_cell, side, mask, steps):
    """Convert coordinates to whole numbers of cells, in a loop that the compiler vectorises.

    The mask of bits wraps them around the box, and keeps every number, finite or not, inside the
    table of cells.
    """
    for j in range(len(steps)):
        steps[j] = np.uint32(np.int32(coordinates[j] * inverse_cell + side) & mask)


@compiled(nogil=True)
def _look_up(steps, bits, occupied, flags):
    """Mark the rows in occupied cells; unsigned indices need no test for their sign."""
    for i in range(len(flags)):
        flags[i] = occupied[_cell(steps, np.uint64(3 * i), bits)]


@compiled(nogil=True)
def _cell(steps, j, bits):
    x, y, z = steps[j], steps[j + np.uint64(1)], steps[j + np.uint64(2)]
    return np.uint32((x << np.uint32(2 * bits)) | (y << bits) | z)


@compiled(nogil=True)
def _contents(
    position, begin, centre, radius2, box_size, bits, occupied, first, listed, row, sphere
):
    """Fill `row` and `sphere` with pairs; return the next row and the number of pairs."""
    coordinates = position.reshape(-1)
    side, mask, bits = np.float64(1 << bits), np.int32((1 << bits) - 1), np.uint32(bits)
    inverse_cell = side / box_size
    all_steps, all_flags = np.empty(3 * BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.uint8)
    found = 0
    for block in range(begin, len(position), BLOCK):
        end = min(block + BLOCK, len(position))
        steps, flags = all_steps[: 3 * (end - block)], all_flags[: end - block]
        _steps(coordinates[3 * block : 3 * end], inverse_cell, side, mask, steps)
        _look_up(steps, bits, occupied, flags)
        for i in range(block, end):
            if not flags[i - block]:
                continue
            cell = _cell(steps, np.uint64(3 * (i - block)), bits)
            if found + first[cell + 1] - first[cell] > len(row):
                return i, found
            for entry in range(first[cell], first[cell + 1]):
                candidate = listed[entry]
                if _distance2(position[i], centre[candidate], box_size) <= radius2[candidate]:
                    row[found] = i
                    sphere[found] = candidate
                    found += 1
    return len(position), found


@compiled(nogil=True)
def _distance2(position, centre, box_size):
    """Return the squared distance to the nearest periodic image: subtract first, then wrap."""
    total = 0.0
    for axis in range(3):
        offset = position[axis] - centre[axis]
        offset -= box_size * np.rint(offset / box_size)
        total += offset * offset
    return total
