"""Which particles lie in which sphere of a periodic box, by a search of all pairs."""

import numpy as np


def all_pairs(position: np.ndarray, *, centre, radius, box: float) -> set[tuple[int, int]]:
    """Return the pairs (row, sphere), with the 27 images of each centre."""
    pairs = set()
    images = np.stack(np.meshgrid(*[[-box, 0, box]] * 3), axis=-1).reshape(-1, 3)
    for sphere, (point, reach) in enumerate(zip(centre, radius, strict=True)):
        for image in images:
            inside = ((position - point - image) ** 2).sum(axis=1) <= reach**2
            pairs |= {(row, sphere) for row in np.flatnonzero(inside)}
    return pairs
