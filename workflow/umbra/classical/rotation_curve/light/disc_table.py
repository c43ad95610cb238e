"""The disc of light of a galaxy and its table ``disc.csv``, one row with colour and disc."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from umbra.classical.rotation_curve.light.exponential_disc import Disc
from umbra.errors import InputError
from umbra.tables import MAKE_AGAIN, read_table, write_table


@dataclass(frozen=True)
class DiscLight:
    """The exponential disc of a galaxy, and the colour of the whole galaxy.

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
    """

    method: str
    disc: Disc
    colour_g_r_mag: float
    colour_g_r_error_mag: float
    aperture_arcsec: float


_DISC = tuple(field.name for field in fields(Disc))
_COLOUR = ("colour_g_r_mag", "colour_g_r_error_mag", "aperture_arcsec")


def write_disc(light: DiscLight, path: Path) -> None:
    """Write ``disc.csv``; numbers have six digits."""
    row = {"method": light.method, **asdict(light.disc)}
    row |= {name: getattr(light, name) for name in _COLOUR}
    write_table(pd.DataFrame([row]), path, formats=dict.fromkeys((*_DISC, *_COLOUR), ".6g"))


def read_disc(path: Path) -> DiscLight:
    """Read ``disc.csv``.

    Raises
    ------
    InputError
        If the file is not such a table.
    """
    table = read_table(path, {"method": str} | dict.fromkeys((*_DISC, *_COLOUR), float))
    if len(table) != 1:
        raise InputError(f"{path}: {len(table)} rows where one is expected; {MAKE_AGAIN}.")
    row = table.iloc[0]
    return DiscLight(
        method=row["method"],
        disc=Disc(**{name: float(row[name]) for name in _DISC}),
        **{name: float(row[name]) for name in _COLOUR},
    )
