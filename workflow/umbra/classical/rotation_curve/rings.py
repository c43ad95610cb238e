"""The tilted rings that 3DBAROLO fits: reading its output, and the table that the workflow keeps.

``rings.csv`` has a row for each ring and the columns of `Rings`.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.constants import ARCSEC_PER_RADIAN
from umbra.errors import Rejected
from umbra.tables import read_table, write_table

# A ring's velocity may differ by this factor from what its neighbours lead to expect, and that of
# the first ring may exceed the second's by the other one. No curve of SPARC in 12 rings comes to
# more than 1.9 and 1.25.
_OUTLIER_FACTOR = 2.0
_FIRST_RING_FACTOR = 1.5


@dataclass(frozen=True)
class Rings:
    """A rotation curve, ring by ring.

    Parameters
    ----------
    radius_arcsec, radius_kpc : ndarray, shape (rings,)
        Middle radius of each ring [arcsec], [kpc].
    velocity_km_s : ndarray, shape (rings,)
        Rotation velocity [km/s].
    velocity_error_km_s : ndarray, shape (rings,)
        Mean of the errors to both sides [km/s].
    velocity_error_lower_km_s, velocity_error_upper_km_s : ndarray, shape (rings,)
        Error to each side [km/s]; where 3DBAROLO finds none, the largest error of the other rings.
    dispersion_km_s : ndarray, shape (rings,)
        Velocity dispersion of the gas [km/s].
    inclination_deg : ndarray, shape (rings,)
        Inclination of the disc [deg].
    inclination_error_deg : ndarray, shape (rings,)
        Error of each ring's own inclination [deg]; 0 where the inclination was given.
    position_angle_deg : ndarray, shape (rings,)
        Direction of the receding half of the major axis, from north through east [deg].
    systemic_velocity_km_s : ndarray, shape (rings,)
        Velocity of the centre [km/s].
    """

    radius_arcsec: np.ndarray
    radius_kpc: np.ndarray
    velocity_km_s: np.ndarray
    velocity_error_km_s: np.ndarray
    velocity_error_lower_km_s: np.ndarray
    velocity_error_upper_km_s: np.ndarray
    dispersion_km_s: np.ndarray
    inclination_deg: np.ndarray
    inclination_error_deg: np.ndarray
    position_angle_deg: np.ndarray
    systemic_velocity_km_s: np.ndarray


def read_barolo_output(folder: Path, *, distance_mpc: float) -> Rings:
    """Read the rings that 3DBAROLO wrote.

    With free angles 3DBAROLO fits twice. The second fit takes the angles of the first one after
    they were made regular, so the error of each ring's inclination is read from the first fit. A
    ring with hardly any gas can get a velocity far from that of its neighbours, mostly near zero:
    such rings are left out (`steady_rings`).

    Parameters
    ----------
    folder : Path
        3DBAROLO's output folder.
    distance_mpc : float
        Distance of the galaxy [Mpc].

    Returns
    -------
    Rings

    Raises
    ------
    Rejected
        If there are no rings, or none with rotation or an error.
    """
    first, second = (_ring_file(folder / f"rings_final{number}.txt") for number in (1, 2))
    final = second or first
    if not final:
        raise Rejected("3DBAROLO found no rings")
    steady = steady_rings(final["RAD(arcs)"], final["VROT(km/s)"])
    if not steady.size:
        raise Rejected("3DBAROLO found no rings with steady rotation")
    final = {name: column[steady] for name, column in final.items()}
    radius = np.array(final["RAD(arcs)"])
    lower, upper = (_filled(np.abs(final[f"E_VROT{side}"])) for side in (1, 2))
    if np.isnan([lower, upper]).any():
        raise Rejected("3DBAROLO found no error of the velocity of any ring")
    inclination_error = np.zeros(radius.size)
    if "E_INC1" in first:
        errors = np.mean(np.abs([first["E_INC1"], first["E_INC2"]]), axis=0)
        inclination_error = np.interp(radius, first["RAD(arcs)"], _filled(errors))
    return Rings(
        radius_arcsec=radius,
        radius_kpc=radius / ARCSEC_PER_RADIAN * distance_mpc * 1e3,
        velocity_km_s=final["VROT(km/s)"],
        velocity_error_km_s=(lower + upper) / 2,
        velocity_error_lower_km_s=lower,
        velocity_error_upper_km_s=upper,
        dispersion_km_s=final["DISP(km/s)"],
        inclination_deg=final["INC(deg)"],
        inclination_error_deg=inclination_error,
        position_angle_deg=final["P.A.(deg)"],
        systemic_velocity_km_s=final["VSYS(km/s)"],
    )


def _ring_file(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of one of 3DBAROLO's files; none if the file is absent or has no rings."""
    if not path.is_file():
        return {}
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    values = np.array([row.split() for row in rows], dtype=float)
    return dict(zip(header.lstrip("#").split(), values.T, strict=True)) if rows else {}


def steady_rings(radius_arcsec: np.ndarray, velocity_km_s: np.ndarray) -> np.ndarray:
    """Return the indices of the rings whose velocities belong to one curve.

    They are the largest set in which each velocity is close to what its neighbours in the set lead
    to expect; of several such sets, the most regular one.

    Parameters
    ----------
    radius_arcsec : ndarray, shape (rings,)
        Radii, increasing.
    velocity_km_s : ndarray, shape (rings,)
        Rotation velocities [km/s]. Rings without rotation are left out.

    Returns
    -------
    ndarray of int
        Of three rings or fewer all are kept, because they cannot tell which of them is wrong.
    """
    rotating = np.flatnonzero(velocity_km_s > 0)
    if rotating.size <= 3:
        return rotating
    first, middle, last = _deviations(*np.log([radius_arcsec[rotating], velocity_km_s[rotating]]))
    # The best set that ends with each two rings: its size, its irregularity below 0, its rings.
    best: dict[tuple[int, int], tuple[int, float, tuple[int, ...]]] = {}
    for outer in range(rotating.size):
        for inner in range(outer):
            sets = [(2, -(first[inner, outer] ** 2), (inner, outer))]
            if first[inner, outer] > 1:
                sets = []
            for before in range(inner):
                deviation = middle[before, inner, outer]
                if deviation <= 1 and (before, inner) in best:
                    size, regular, rings = best[before, inner]
                    sets.append((size + 1, regular - deviation**2, (*rings, outer)))
            if sets:
                best[inner, outer] = max(sets)
    ends = [
        (size, regular - last[pair] ** 2, rings)
        for pair, (size, regular, rings) in best.items()
        if last[pair] <= 1
    ]
    return rotating[list(max(ends)[2])] if ends else rotating[:0]


def _deviations(
    radius: np.ndarray, velocity: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how far velocities are from what other rings lead to expect, over what is allowed.

    Parameters
    ----------
    radius, velocity : ndarray, shape (rings,)
        Logarithms of radius and velocity.

    Returns
    -------
    first : ndarray, shape (rings, rings)
        Of ring i as the first one, before ring j. It is expected between the rotation of a solid
        body and a flat curve.
    middle : ndarray, shape (rings, rings, rings)
        Of ring j between rings i and k, from the power law through them.
    last : ndarray, shape (rings, rings)
        Of ring j as the last one, after ring i, from a flat curve.
    """
    allowed = np.log(_OUTLIER_FACTOR)
    faster = velocity[:, None] - velocity
    closer = radius - radius[:, None]
    first = np.maximum(faster / np.log(_FIRST_RING_FACTOR), (-faster - closer) / allowed)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = closer[:, :, None] / closer[:, None, :]
        expected = velocity[:, None, None] - share * faster[:, None, :]
    middle = np.abs(velocity[None, :, None] - expected) / allowed
    return np.maximum(first, 0), middle, np.abs(faster) / allowed


def _filled(errors: np.ndarray) -> np.ndarray:
    """Replace the errors that 3DBAROLO could not estimate by the largest of the others, or NaN."""
    known = np.isfinite(errors) & (errors > 0)
    return np.where(known, errors, errors[known].max() if known.any() else np.nan)


def write_rings(rings: Rings, path: Path) -> None:
    """Write ``rings.csv``; numbers are rounded to four decimals."""
    columns = {name: np.round(values, 4) for name, values in vars(rings).items()}
    write_table(pd.DataFrame(columns), path)


def read_rings(path: Path) -> Rings:
    """Read ``rings.csv``.

    Raises
    ------
    InputError
        If the file is not such a table.
    """
    table = read_table(path, {field.name: float for field in fields(Rings)})
    return Rings(**{name: table[name].to_numpy() for name in table})
