"""Tables as CSV files: the one place that reads and writes them.

A file is UTF-8, with a header line and commas. A name says the unit of its column, as in
``radius_kpc``. A number that is not known is ``nan``.
"""

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.files import atomic

MAKE_AGAIN = "delete it and make it again"


def read_table(
    path: Path,
    columns: Mapping[str, type],
    *,
    optional: Collection[str] = (),
    separator: str = ",",
    remedy: str = MAKE_AGAIN,
) -> pd.DataFrame:
    """Read columns of a table.

    Parameters
    ----------
    path : Path
        A CSV file. Spaces around the names and after commas are ignored.
    columns : mapping
        Name -> ``int``, ``float`` or ``str``, for each column that is needed. Further columns of
        the file are left out. An empty cell is NaN in a column of ``float``.
    optional : collection of str
        Those of `columns` that the file may lack.
    separator : str
        What stands between cells. Snakemake's own tables have tabs.
    remedy : str
        What the user is to do with a file that is not such a table.

    Returns
    -------
    pandas.DataFrame
        The columns in the order of `columns`, without optional ones that the file lacks.

    Raises
    ------
    InputError
        If the file is missing, or lacks a column, or a cell is no number where it has to be one.
    """
    try:
        with warnings.catch_warnings():
            # a row with more cells than the header has names
            warnings.simplefilter("error", pd.errors.ParserWarning)
            text = pd.read_csv(
                path,
                sep=separator,
                dtype=str,
                keep_default_na=False,
                index_col=False,
                skipinitialspace=True,
                encoding="utf-8-sig",
            ).rename(columns=str.strip)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; {remedy}.") from None
    # ParserError is a ValueError
    except (OSError, ValueError, pd.errors.ParserWarning) as error:
        damaged = f"{path}: not a table ({plain_reason(error)}); {remedy}."
        raise unreadable(error, path, damaged) from error
    missing = [name for name in columns if name not in text and name not in optional]
    if missing:
        raise InputError(f"{path}: no column {', '.join(missing)}; {remedy}.")
    return pd.DataFrame(
        {
            name: _column(text[name], kind, path, remedy)
            for name, kind in columns.items()
            if name in text
        }
    )


def _column(text: pd.Series, kind: type, path: Path, remedy: str) -> np.ndarray:
    cells = text.to_numpy(dtype=object)
    if kind is float:
        cells = np.where(cells == "", "nan", cells)
    try:
        # Python's own conversion, which is exact.
        return np.array([kind(cell) for cell in cells], dtype=object if kind is str else kind)
    except ValueError as error:
        raise InputError(f"{path}: column {text.name}: {error}; {remedy}.") from None


def write_table(
    table: pd.DataFrame, path: Path, *, formats: Mapping[str, str] | None = None
) -> None:
    """Write a table whole or not at all.

    Parameters
    ----------
    table : pandas.DataFrame
        The index is left out.
    path : Path
        The CSV file to appear.
    formats : mapping, optional
        Column name -> format specification, as in ``format(value, ".6f")``. Other numbers are
        written with as many digits as it takes to read them back.
    """
    formats = formats or {}
    table = table.assign(
        **{name: [format(value, spec) for value in table[name]] for name, spec in formats.items()}
    )
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False, na_rep="nan", lineterminator="\n")
