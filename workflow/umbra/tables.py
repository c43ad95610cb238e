"""Tables as CSV files: the one place that reads and writes them.

A file is UTF-8, with a header line and commas. A name says the unit of its column, as in
``radius_kpc``. A number that is not known is ``nan``.

pandas is imported when a table is read: many stages of a galaxy import this module and read none.
"""

import codecs
import io
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from umbra.errors import MAKE_AGAIN, Damaged, InputError
from umbra.faults import unreadable
from umbra.files import atomic

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 80  # characters of a header in an error
# a whole number with a point, as spreadsheets write it
_WHOLE = re.compile(r"^(\s*[+-]?\d+)\.0*\s*$")


def read_table(
    path: Path,
    columns: Mapping[str, type],
    *,
    optional: Collection[str] = (),
    separator: str | None = ",",
    remedy: str = MAKE_AGAIN,
) -> "pd.DataFrame":
    """Read columns of a table.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8; a table of the user may be in UTF-16 with a byte order mark. Spaces
        around the names and after separators are ignored, as are blank lines.
    columns : mapping
        Name -> ``int``, ``float`` or ``str``, for each column that is needed. Further columns of
        the file are left out. An empty cell is NaN in a column of ``float``.
    optional : collection of str
        Those of `columns` that the file may lack.
    separator : str or None
        What stands between cells. Snakemake's own tables have tabs. None for a table of the user:
        commas, semicolons or tabs, whichever the header has, and rows with no cell filled, as
        spreadsheets write them, are left out.
    remedy : str
        What the user is to do with a file that is not such a table.

    Returns
    -------
    pandas.DataFrame
        The columns in the order of `columns`, without optional ones that the file lacks. The index
        counts the rows of the file from 0, those that are left out too.

    Raises
    ------
    InputError
        If the file is missing or no text, has a column twice or lacks one, if a row has more or
        fewer cells than the header, or if a cell is no number where it has to be one.
    """
    import pandas as pd

    try:
        text = _text(Path(path))
        if of_user := separator is None:
            text, separator = _of_user(text, columns)
        names, rows = _cells(text, separator)
        if of_user:
            rows = rows[(rows != "").any(axis=1)]
        missing = [name for name in columns if name not in names and name not in optional]
        if missing:
            found = ", ".join(names)[:_SHOWN]
            raise ValueError(f"no column {', '.join(missing)} (the header has {found})")
        return pd.DataFrame(
            {
                name: _column(rows[names.index(name)], kind, name)
                for name, kind in columns.items()
                if name in names
            },
            index=rows.index - 1,
        )
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; {remedy}.") from None
    except OSError as error:
        raise unreadable(error, path, f"{path} cannot be read; {remedy}.") from error
    except ValueError as error:
        raise Damaged(f"{path}: {error}; {remedy}.") from None


def _text(path: Path) -> str:
    """Return the text of a file, with line ends as Unix writes them."""
    content = path.read_bytes()
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"not a table in UTF-8, because line {line} has other bytes") from None
    if "\0" in text:
        raise ValueError("not a table, because it is no text")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _of_user(text: str, columns: Collection[str]) -> tuple[str, str]:
    """Return the text of a user's table and what separates its cells."""
    # how Excel names the separator; numbers of lines stay
    if named := re.match(r'\s*"?sep=([,;\t])"?\n', text):
        return "\n" * named[0].count("\n") + text[named.end() :], named[1]
    header = text.strip("\n").partition("\n")[0]

    def known_names(separator: str) -> int:
        return len({name.strip(' "') for name in header.split(separator)} & set(columns))

    return text, max(",;\t", key=known_names)


def _cells(text: str, separator: str) -> tuple[list[str], "pd.DataFrame"]:
    """Return the names in the header and the cells below it, all of them as texts."""
    import pandas as pd

    # The fast engine fills short rows up; without quotes, the number of separators shows it.
    quoted = '"' in text
    try:
        # Were the first line read as a header, pandas would drop surplus cells, and rename a column
        # that is there twice.
        table = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            engine="python" if quoted else "c",
        )
    except pd.errors.EmptyDataError:
        raise ValueError("not a table, because it is empty") from None
    except pd.errors.ParserError as error:
        raise ValueError(_parser_fault(error)) from None
    names = [str(name).strip() for name in table.iloc[0]]
    _check_cells(table, names, quoted=quoted)
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise ValueError(f"column {twice[0]} is there twice")
    short = _short_rows(table, text, separator, quoted=quoted)
    if short.any():
        raise ValueError(
            f"row {short.argmax()} below the header has fewer cells than the header names columns"
        )
    return names, table.iloc[1:]


def _check_cells(table: "pd.DataFrame", names: list[str], *, quoted: bool) -> None:
    """Raise ValueError if a cell has several lines or, behind the first, a column without name."""
    if quoted:
        ends = table.apply(lambda column: column.str.contains("\n", regex=False)).any(axis=1)
        if ends.any():
            row = ends.argmax()
            raise ValueError(f"a cell of row {row} below the header goes over a line; check quotes")
    # the first may be the index that pandas writes
    for number in range(1, len(names)):
        if not names[number] and table[number].iloc[1:].fillna("").str.strip().any():
            raise ValueError(f"column {number + 1} has cells but no name in the header")


def _short_rows(table: "pd.DataFrame", text: str, separator: str, *, quoted: bool) -> np.ndarray:
    """Return which rows of a table, counted from the header, have fewer cells than the header."""
    if quoted:
        return table.isna().any(axis=1).to_numpy()
    between = len(table.columns) - 1
    if text.count(separator) == len(table) * between:
        return np.zeros(len(table), dtype=bool)
    lines = [line for line in text.split("\n") if line.strip(" ")]
    return np.array([line.count(separator) < between for line in lines])


def _parser_fault(error: Exception) -> str:
    reason = " ".join(str(error).split())
    if surplus := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", reason):
        expected, line, found = surplus.groups()
        return f"line {line} has {found} cells, but the header names {expected} columns"
    return f"not a table ({reason})"


def _column(text: "pd.Series", kind: type, name: str) -> np.ndarray:
    cells = text.to_numpy(dtype=object)
    if kind is str:
        return cells
    if kind is float:
        cells = np.where(cells == "", "nan", cells)
    together = "".join(cells)
    try:
        if not _is_plain(together):
            raise ValueError
        # Python's own conversion, which is exact.
        return np.array([kind(cell) for cell in cells], dtype=kind)
    except (ValueError, OverflowError):
        numbers = zip(text.index, cells, strict=True)
        return np.array([_number(cell, kind, name, row) for row, cell in numbers])


def _is_plain(text: str) -> bool:
    """Return whether a text has no sign that Python takes in numbers and others do not."""
    return text.isascii() and "_" not in text


def _number(cell: str, kind: type, name: str, row: int) -> int | float:
    """Return the number in a cell, which may be whole like 7.0; or raise ValueError."""
    try:
        if _is_plain(cell):
            number = kind(_WHOLE.sub(r"\1", cell) if kind is int else cell)
            np.array(number, dtype=kind)
            return number
    except (ValueError, OverflowError):
        pass
    wanted = "whole number" if kind is int else "number"
    hint = ", because decimals have a point" if "," in cell else ""
    raise ValueError(f"column {name}, row {row} below the header: {cell!r} is no {wanted}{hint}")


def write_table(
    table: "pd.DataFrame", path: Path, *, formats: Mapping[str, str] | None = None
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
