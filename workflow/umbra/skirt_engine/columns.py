"""Text files of columns as SKIRT reads them: separated by blanks, units in ``# column`` lines."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.constants import BOLTZMANN_J_K, PC_M, SOLAR_MASS_KG, YEAR_S
from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable

_HEADER = re.compile(r"#\s*column\s*(\d+)\s*:[^()]*\(\s*([a-z0-9/]*)\s*\)\s*$", re.IGNORECASE)

_LENGTH = {"pc": 1.0, "kpc": 1e3, "Mpc": 1e6, "m": 1 / PC_M, "km": 1e3 / PC_M, "cm": 1e-2 / PC_M}
_UNITS = {
    "length": _LENGTH,
    "mass": {"Msun": 1.0, "kg": 1 / SOLAR_MASS_KG, "g": 1e-3 / SOLAR_MASS_KG},
    "time": {"yr": 1.0, "Myr": 1e6, "Gyr": 1e9, "s": 1 / YEAR_S},
    "rate": {"Msun/yr": 1.0, "kg/s": YEAR_S / SOLAR_MASS_KG},
    "density": {
        "Msun/pc3": 1.0,
        "kg/m3": PC_M**3 / SOLAR_MASS_KG,
        "g/cm3": 1e3 * PC_M**3 / SOLAR_MASS_KG,
    },
    "pressure": {"Pa": 1.0, "K/m3": BOLTZMANN_J_K},
    "temperature": {"K": 1.0},
    "number": {"1": 1.0, "": 1.0},
}


@dataclass(frozen=True)
class Column:
    """One column of a file.

    Parameters
    ----------
    name : str
        Name in messages.
    quantity : str
        Key of the known units.
    least : float
        Least allowed value.
    """

    name: str
    quantity: str
    least: float = 0.0


def _position() -> list[Column]:
    return [Column(f"{axis} coordinate", "length", -np.inf) for axis in "xyz"]


POPULATION_COLUMNS = [
    *_position(),
    Column("smoothing length", "length"),
    Column("initial mass", "mass"),
    Column("metallicity", "number"),
    Column("age", "time"),
]
REGION_COLUMNS = [
    *_position(),
    Column("smoothing length", "length"),
    Column("star formation rate", "rate"),
    Column("metallicity", "number"),
    Column("compactness", "number", -np.inf),
    Column("pressure", "pressure"),
    Column("covering factor", "number"),
]


def gas_columns(*, metallicity: bool, temperature: bool) -> list[Column]:
    """Return the columns of a VoronoiMeshMedium with mass densities.

    Parameters
    ----------
    metallicity, temperature : bool
        Whether the file has these columns.

    Returns
    -------
    list of Column
    """
    columns = [*_position(), Column("mass density", "density")]
    if metallicity:
        columns.append(Column("metallicity", "number"))
    if temperature:
        columns.append(Column("temperature", "temperature"))
    return columns


def _factors(path: Path, columns: list[Column]) -> list[float]:
    """Return the factor of each column from the unit in the file to the one of this program.

    Without a header, columns are in the first unit of their quantity.
    """
    declared = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.lstrip().startswith("#"):
                break
            if match := _HEADER.match(line.strip()):
                declared.append((int(match[1]), match[2]))
    if not declared:
        return [1.0] * len(columns)
    if [number for number, _ in declared[: len(columns)]] != list(range(1, len(columns) + 1)):
        raise InputError(
            f"{path}: the header must describe columns 1 to {len(columns)} in order"
            f" ({', '.join(column.name for column in columns)}); correct it."
        )
    factors = []
    for column, (number, unit) in zip(columns, declared, strict=False):
        units = _UNITS[column.quantity]
        if unit not in units:
            raise InputError(
                f"{path}: column {number} ({column.name}) has the unit '{unit}', known are"
                f" {', '.join(filter(None, units))}; correct the header."
            )
        factors.append(units[unit])
    return factors


def read_columns(path: Path, columns: list[Column]) -> np.ndarray:
    """Read a column file.

    Parameters
    ----------
    path : Path
        The text file.
    columns : list of Column
        Its columns, in order.

    Returns
    -------
    ndarray, shape (columns, rows)
        Values in pc, Msun, yr, Msun/yr, Msun/pc^3, Pa, K. A file of comments alone has no rows.

    Raises
    ------
    InputError
        If the file is missing, a row has a wrong number of columns or a word in place of a number,
        or a value is too small or not finite.
    """
    try:
        factors = _factors(path, columns)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a file without rows is fine
            data = np.loadtxt(path, comments="#", ndmin=2)
    except OSError as error:
        damaged = f"{path} cannot be read ({plain_reason(error)}); check the ski."
        raise unreadable(error, path, damaged) from error
    except ValueError as error:
        reason = str(error).split(";")[0].rstrip(".")
        raise InputError(f"{path} is not a table of numbers ({reason}); correct it.") from error
    if data.size == 0:
        return np.empty((len(columns), 0))
    if data.shape[1] != len(columns):
        raise InputError(
            f"{path} has {data.shape[1]} columns instead of {len(columns)}"
            f" ({', '.join(column.name for column in columns)}); correct it."
        )
    data = np.ascontiguousarray(data.T)
    for column, factor, values in zip(columns, factors, data, strict=True):
        wrong = ~np.isfinite(values) | (values < column.least)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InputError(
                f"{path}: {column.name} is {values[row]:g} in row {row + 1}; it must be finite"
                + ("" if np.isinf(column.least) else f" and at least {column.least:g}")
                + "; correct it."
            )
        values *= factor
    return data
