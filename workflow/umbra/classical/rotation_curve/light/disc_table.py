"""The light of a galaxy and its table ``disc.csv``, one row with colour, disc and bulge."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.light.bulge import Bulge
from umbra.classical.rotation_curve.light.exponential_disc import Disc
from umbra.errors import InputError
from umbra.tables import MAKE_AGAIN, read_table, write_table


@dataclass(frozen=True)
class DiscLight:
    """Disc and bulge of a galaxy, and the colour of the whole galaxy.

    Parameters
    ----------
    method : {"autoprof", "photutils"}
        Which program fitted the isophotes.
    disc : Disc
        The exponential disc.
    colour_g_r_mag, colour_g_r_error_mag : float
        g - r within the aperture, and its error [AB mag].
    aperture_arcsec : float
        Semi-major axis of the ellipse in which the colour is measured [arcsec].
    bulge : Bulge or None
        The bulge, if there is one.
    """

    method: str
    disc: Disc
    colour_g_r_mag: float
    colour_g_r_error_mag: float
    aperture_arcsec: float
    bulge: Bulge | None = None


_DISC = tuple(field.name for field in fields(Disc))
_BULGE = tuple(field.name for field in fields(Bulge))
_COLOUR = ("colour_g_r_mag", "colour_g_r_error_mag", "aperture_arcsec")


def write_disc(light: DiscLight, path: Path) -> None:
    """Write ``disc.csv``; numbers have six digits, and those of a bulge are NaN without one."""
    row = {"method": light.method, **asdict(light.disc)}
    row |= {name: getattr(light, name) for name in _COLOUR}
    row |= {f"bulge_{name}": getattr(light.bulge, name, np.nan) for name in _BULGE}
    write_table(pd.DataFrame([row]), path, formats=dict.fromkeys(list(row)[1:], ".6g"))


def read_disc(path: Path) -> DiscLight:
    """Read ``disc.csv``.

    Raises
    ------
    InputError
        If the file is not such a table.
    """
    bulge_columns = [f"bulge_{name}" for name in _BULGE]
    columns = dict.fromkeys((*_DISC, *_COLOUR, *bulge_columns), float)
    table = read_table(path, {"method": str} | columns)
    if len(table) != 1:
        raise InputError(f"{path}: {len(table)} rows where one is expected; {MAKE_AGAIN}.")
    row = table.iloc[0]
    bulge = Bulge(*(float(row[name]) for name in bulge_columns))
    return DiscLight(
        method=row["method"],
        disc=Disc(**{name: float(row[name]) for name in _DISC}),
        **{name: float(row[name]) for name in _COLOUR},
        bulge=None if np.isnan(bulge.sersic_index) else bulge,
    )
