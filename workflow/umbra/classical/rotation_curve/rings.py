"""The tilted rings that 3DBAROLO fits: reading its output, and the table that the workflow keeps.

The errors are from the two halves of the disc, the approaching and the receding one, which are also
fitted each for itself: so they contain what a disc is not, and not the noise of the cube alone.

``rings.csv`` has a row for each ring and the columns of `Rings`.
"""

from collections.abc import Sequence
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
        Standard error of the velocity [km/s].
    dispersion_km_s : ndarray, shape (rings,)
        Velocity dispersion of the gas [km/s].
    inclination_deg : ndarray, shape (rings,)
        Inclination of the disc [deg].
    inclination_error_deg : ndarray, shape (rings,)
        Standard error of the inclination [deg]; 0 where it was given.
    position_angle_deg : ndarray, shape (rings,)
        Direction of the receding half of the major axis, from north through east [deg].
    systemic_velocity_km_s : ndarray, shape (rings,)
        Velocity of the centre [km/s].
    """

    radius_arcsec: np.ndarray
    radius_kpc: np.ndarray
    velocity_km_s: np.ndarray
    velocity_error_km_s: np.ndarray
    dispersion_km_s: np.ndarray
    inclination_deg: np.ndarray
    inclination_error_deg: np.ndarray
    position_angle_deg: np.ndarray
    systemic_velocity_km_s: np.ndarray


def read_barolo_output(folder: Path) -> pd.DataFrame:
    """Read the rings of one fit.

    With free angles 3DBAROLO fits twice. The second fit takes the angles of the first one after
    they were made regular. A ring with hardly any gas can get a velocity far from that of its
    neighbours, mostly near zero: such rings are left out (`steady_rings`).

    Parameters
    ----------
    folder : Path
        3DBAROLO's output folder.

    Returns
    -------
    pandas.DataFrame
        A row for each ring, with 3DBAROLO's columns.

    Raises
    ------
    Rejected
        If there are no rings, or none with rotation.
    """
    fits = [folder / f"rings_final{number}.txt" for number in (2, 1)]
    final = next((fit for fit in map(_ring_file, filter(Path.is_file, fits)) if len(fit)), None)
    if final is None:
        raise Rejected("3DBAROLO found no rings")
    steady = steady_rings(final["RAD(arcs)"].to_numpy(), final["VROT(km/s)"].to_numpy())
    if not steady.size:
        raise Rejected("3DBAROLO found no rings with steady rotation")
    return final.iloc[steady]


def _ring_file(path: Path) -> pd.DataFrame:
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    names = header.lstrip("#").split()
    return pd.DataFrame([map(float, row.split()) for row in rows], columns=names)


def combined_rings(
    whole: pd.DataFrame, halves: Sequence[pd.DataFrame], *, distance_mpc: float
) -> Rings:
    """Return the rings of the whole disc, with errors from its halves.

    Parameters
    ----------
    whole : pandas.DataFrame
        Rings of the whole disc.
    halves : sequence of pandas.DataFrame
        Rings of one half or of both.
    distance_mpc : float
        Distance of the galaxy [Mpc].

    Returns
    -------
    Rings

    Notes
    -----
    The halves are two measurements, and half of their difference is the standard error of the mean.
    The error of a ring is the rms of the deviations of the halves from the whole, of the ring and
    the two beside it, because a single difference is often small by chance.
    """
    columns = {name: column.to_numpy() for name, column in whole.items()}
    radius, velocity = columns["RAD(arcs)"], columns["VROT(km/s)"]
    deviations = [
        np.interp(radius, half["RAD(arcs)"], half["VROT(km/s)"]) - velocity for half in halves
    ]
    variance = np.pad(np.mean(np.square(deviations), axis=0), 1, constant_values=np.nan)
    tilts = [half["INC(deg)"].median() - np.median(columns["INC(deg)"]) for half in halves]
    return Rings(
        radius_arcsec=radius,
        radius_kpc=radius / ARCSEC_PER_RADIAN * distance_mpc * 1e3,
        velocity_km_s=velocity,
        velocity_error_km_s=np.sqrt(
            np.nanmean([variance[:-2], variance[1:-1], variance[2:]], axis=0)
        ),
        dispersion_km_s=columns["DISP(km/s)"],
        inclination_deg=columns["INC(deg)"],
        inclination_error_deg=np.full(radius.size, np.sqrt(np.mean(np.square(tilts)))),
        position_angle_deg=columns["P.A.(deg)"],
        systemic_velocity_km_s=columns["VSYS(km/s)"],
    )


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
