"""Whether fields hold numbers that can be used: their type, their shape and their range.

A number may lie outside of its range by what rounding to single precision makes of it.
"""

from collections.abc import Mapping

import h5py
import numpy as np

from umbra.simulation.fields import RANGES, STAR_TYPE, Range

# of the greatest number of a range
_ROUNDING = 1e-6
# bytes of the floating-point numbers that the compiled search takes
_FLOAT_BYTES = (4, 8)


def wrong_type(dataset: h5py.Dataset | np.ndarray, name: str) -> str | None:
    """Return why a field cannot hold its numbers, or None.

    Parameters
    ----------
    dataset : h5py.Dataset or ndarray
    name : str
        The field, one of `RANGES`.
    """
    range_, kind, size = RANGES[name], dataset.dtype.kind, dataset.dtype.itemsize
    if not (kind in "iub" if range_.whole else kind == "f" and size in _FLOAT_BYTES):
        wanted = "integers" if range_.whole else "float32 or float64"
        return f"is of type {dataset.dtype} where {wanted} are expected"
    accepted = [(columns,) for columns in range_.columns] or [()]
    if not dataset.ndim or dataset.shape[1:] not in accepted:
        columns = " or ".join(map(str, range_.columns or (1,)))
        return f"has shape {dataset.shape} where rows of {columns} are expected"
    return None


def wrong_rows(values: np.ndarray, name: str, run: Mapping[str, float]) -> np.ndarray:
    """Count the rows of a field that hold numbers that cannot be.

    Parameters
    ----------
    values : ndarray
        Some rows of the field.
    name : str
        The field, one of `RANGES`.
    run : mapping
        ``BoxSize`` and ``Time`` of the run.

    Returns
    -------
    ndarray of int, shape (2,)
        Rows with a number that is not finite, and other rows with a number out of range.
    """
    low, high = _bounds(RANGES[name], run)
    # false for NaN; looks at each number twice, but makes no copy
    if not values.size or (low <= float(values.min()) and float(values.max()) <= high):
        return np.zeros(2, dtype=int)
    rows = values.reshape(len(values), -1)
    finite = np.isfinite(rows).all(axis=1)
    outside = ((rows < low) | (rows > high)).any(axis=1)
    return np.array([(~finite).sum(), (finite & outside).sum()])


def wrong_numbers(
    wrong: np.ndarray, name: str, run: Mapping[str, float], *, rows: int
) -> str | None:
    """Return what is wrong with a field, or None, given what `wrong_rows` counts in its `rows`."""
    infinite, outside = wrong.tolist()
    if infinite:
        return f"holds numbers that are not finite ({infinite} of {rows} rows)"
    if outside:
        return f"holds numbers {_outside(RANGES[name], run)} ({outside} of {rows} rows)"
    return None


def wrong_particles(
    columns: Mapping[str, np.ndarray], particle_type: str, run: Mapping[str, float]
) -> str | None:
    """Return the first field of some particles that holds a number that cannot be, or None.

    Parameters
    ----------
    columns : mapping
        Name of a field -> its values.
    particle_type : str
        Such as PartType0.
    run : mapping
        ``BoxSize`` and ``Time`` of the run.
    """
    for name, values in columns.items():
        if particle_type == STAR_TYPE and name == "GFM_InitialMass":
            # wind has none
            values = values[columns["GFM_StellarFormationTime"] > 0]
        rows = wrong_rows(values, name, run)
        if wrong := wrong_numbers(rows, name, run, rows=len(values)):
            return f"{particle_type}/{name} {wrong}"
    return None


def native(values: np.ndarray) -> np.ndarray:
    """Return numbers in the order of bytes of this machine, without a copy if they are."""
    return np.asarray(values, dtype=values.dtype.newbyteorder("="))


def _bounds(range_: Range, run: Mapping[str, float]) -> tuple[np.float64, np.float64]:
    """Return the least and the greatest number that is accepted."""
    greatest = _greatest(range_, run)
    rounding = _ROUNDING * greatest if np.isfinite(greatest) else 0.0
    low = np.nextafter(range_.least, np.inf) if range_.excluded else range_.least - rounding
    # an infinite number is no number, also where a range has no end
    largest = np.finfo(float).max
    return np.float64(max(low, -largest)), np.float64(min(greatest + rounding, largest))


def _greatest(range_: Range, run: Mapping[str, float]) -> float:
    return run[range_.greatest] if isinstance(range_.greatest, str) else range_.greatest


def _outside(range_: Range, run: Mapping[str, float]) -> str:
    greatest = _greatest(range_, run)
    if not np.isfinite(greatest):
        return f"{'that are not above' if range_.excluded else 'below'} {range_.least:g}"
    if not np.isfinite(range_.least):
        return f"above {greatest:g}"
    return f"outside of {range_.least:g} to {greatest:g}"
