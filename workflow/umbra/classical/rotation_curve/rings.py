"""The rings that 3DBAROLO writes, and the table that is kept of them."""

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from umbra.constants import ARCSEC_PER_RADIAN
from umbra.errors import Rejected
from umbra.files import atomic

_OUTLIER_FACTOR = 2.0  # between a ring's velocity and that of the rings within it


@dataclass(frozen=True)
class Rings:
    """A rotation curve, all arrays of shape (rings,).

    Parameters
    ----------
    radius_arcsec, radius_kpc : ndarray
        Middles of the rings.
    velocity_km_s : ndarray
        Rotation velocity.
    velocity_error_km_s, velocity_error_lower_km_s, velocity_error_upper_km_s : ndarray
        Mean of both sides, and each side; where the tool finds none, the largest of the others.
    dispersion_km_s : ndarray
        Velocity dispersion of the gas.
    inclination_deg, inclination_error_deg : ndarray
        The inclination of the disc and, of each ring, how well its own is determined; 0 where it
        was given.
    position_angle_deg : ndarray
        Of the receding half of the major axis, from north through east.
    systemic_velocity_km_s : ndarray
        Velocity of the centre.
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


def read_output(folder: Path, *, distance_mpc: float) -> Rings:
    """Read the rings that 3DBAROLO wrote.

    With free angles it fits twice, the second time with the angles of the first made regular; each
    ring's uncertainty of the inclination is that of the first fit. A ring that hardly any gas fills
    can end far from the others, mostly near zero: such rings are left out.

    Raises
    ------
    Rejected
        If there are none.
    """
    first, second = (_table(folder / f"rings_final{number}.txt") for number in (1, 2))
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


def _table(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of a file of rings; none if it has no rings or is not there."""
    if not path.is_file():
        return {}
    header, *rows = path.read_text().splitlines()
    values = np.array([row.split() for row in rows], dtype=float)
    return dict(zip(header.lstrip("#").split(), values.T, strict=True)) if rows else {}


def _steady(velocity_km_s: np.ndarray) -> np.ndarray:
    """Return which rings agree within a factor with the median of three rings within them."""
    steady: list[int] = []
    for ring, velocity in enumerate(velocity_km_s):
        inner = np.median(velocity_km_s[steady[-3:]]) if len(steady) >= 3 else velocity
        if inner / _OUTLIER_FACTOR < velocity < inner * _OUTLIER_FACTOR or len(steady) < 3:
            steady.append(ring)
    return np.array(steady)


def _filled(errors: np.ndarray) -> np.ndarray:
    """Return errors with the largest in place of those that 3DBAROLO could not estimate."""
    known = np.isfinite(errors) & (errors > 0)
    return np.where(known, errors, errors[known].max() if known.any() else np.nan)


def write_rings(rings: Rings, path: Path) -> None:
    """Write rings as a table with one row a ring."""
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(rings)])
        writer.writerows(np.round(np.column_stack(astuple(rings)), 4).tolist())
