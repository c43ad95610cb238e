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

_OUTLIER_FACTOR = 2.0  # a ring's velocity may differ by this factor from the rings within it


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
    such rings are left out.

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
        If there are no rings.
    """
    first, second = (_ring_file(folder / f"rings_final{number}.txt") for number in (1, 2))
    final = second or first
    if not final:
        raise Rejected("3DBAROLO found no rings")
    steady = _steady(final["VROT(km/s)"])
    final = {name: column[steady] for name, column in final.items()}
    radius = np.array(final["RAD(arcs)"])
    lower, upper = (_filled(np.abs(final[f"E_VROT{side}"])) for side in (1, 2))
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


def _steady(velocity_km_s: np.ndarray) -> np.ndarray:
    """Return the indices of the rings whose velocity fits the median of the three rings within."""
    steady: list[int] = []
    for ring, velocity in enumerate(velocity_km_s):
        inner = np.median(velocity_km_s[steady[-3:]]) if len(steady) >= 3 else velocity
        if inner / _OUTLIER_FACTOR < velocity < inner * _OUTLIER_FACTOR or len(steady) < 3:
            steady.append(ring)
    return np.array(steady)


def _filled(errors: np.ndarray) -> np.ndarray:
    """Replace the errors that 3DBAROLO could not estimate by the largest of the others."""
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
