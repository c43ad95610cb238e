"""Tables: what is written is read back, and a fault is named."""

import csv

import numpy as np
import pandas as pd
import pytest

from umbra.errors import InputError
from umbra.tables import read_table, write_table

COLUMNS = {"galaxy": int, "radius_kpc": float, "reason": str}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


def test_numbers_and_texts_come_back_exactly(path):
    numbers = np.r_[np.random.default_rng(1).normal(size=100), np.pi, 1e-300, 1e300, np.nan]
    reasons = ["NA", "", "none", 'a "quoted", one', "µ"] + ["x"] * 99
    table = pd.DataFrame(
        {"galaxy": np.arange(104) + 2**60, "radius_kpc": numbers, "reason": reasons}
    )
    write_table(table, path)
    found = read_table(path, COLUMNS)
    np.testing.assert_array_equal(found["radius_kpc"], numbers)
    assert found["galaxy"].tolist() == table["galaxy"].tolist()
    assert found["reason"].tolist() == reasons
    with open(path, newline="") as file:  # and by another reader
        rows = list(csv.DictReader(file))
    assert [float(row["radius_kpc"]) for row in rows[:-1]] == numbers[:-1].tolist()
    assert rows[-1]["radius_kpc"] == "nan"


def test_formats_set_the_digits(path):
    table = pd.DataFrame({"radius_kpc": [1.0, 4.8329302], "mass": [np.nan, 2.0]})
    write_table(table, path, formats={"radius_kpc": ".3g", "mass": ".2f"})
    assert path.read_text() == "radius_kpc,mass\n1,nan\n4.83,2.00\n"


def test_columns_are_those_asked_for_in_that_order(path):
    path.write_text("a,b,c\n1,2,3\n")
    assert list(read_table(path, {"c": int, "a": float})) == ["c", "a"]


def test_a_table_without_rows_has_its_columns(path):
    path.write_text("galaxy,radius_kpc,reason\n")
    assert read_table(path, COLUMNS).shape == (0, 3)


FAULTS = {
    "galaxy,radius_kpc\n1,2\n": "no column reason .the header has galaxy, radius_kpc",
    "galaxy,radius_kpc,reason\n1,two,x\n": "column radius_kpc, row 1 .*'two' is no number",
    "galaxy,radius_kpc,reason\n1.5,2,x\n": "column galaxy, row 1 .*'1.5' is no whole number",
    "galaxy,radius_kpc,reason\n1,2,x\n9223372036854775808,2,x\n": "column galaxy, row 2 .*5808",
    "galaxy,radius_kpc,reason\n1,1_000,x\n": "column radius_kpc, row 1 .*'1_000' is no number",
    "galaxy,radius_kpc,reason\n1_0,2,x\n": "column galaxy, row 1 .*'1_0' is no whole number",
    "galaxy,radius_kpc,reason\n\uff15,2,x\n": "column galaxy, row 1 .*'\uff15' is no whole number",
    "": "not a table, because it is empty",
    "\n \n": "not a table, because it is empty",
    "galaxy,radius_kpc,reason\n1,2,x,surplus\n": "line 2 has 4 cells, but the header names 3",
    "galaxy,radius_kpc,reason\n1,2,x\n1,2,x,surplus\n": "line 3 has 4 cells",
    "galaxy,radius_kpc,reason\n1,2,x,\n2,3,y,\n": "line 2 has 4 cells",
    'galaxy,radius_kpc,reason\n1,2,"x, y"\n1,2,"x, y",surplus\n': "line 3 has 4 cells",
    "galaxy,radius_kpc,reason\n1,2,x\n\n1,2\n": "row 2 below the header has fewer cells",
    'galaxy,radius_kpc,reason\n1,2,"x, y"\n1,2\n': "row 2 below the header has fewer cells",
    "galaxy,radius_kpc,reason,radius_kpc\n1,2,x,3\n": "column radius_kpc is there twice",
    "galaxy,radius_kpc,reason, radius_kpc \n1,2,x,3\n": "column radius_kpc is there twice",
    "galaxy,radius_kpc,reason,other,other\n1,2,x,3,3\n": "column other is there twice",
    'galaxy,radius_kpc,reason\n1,2,"x\n1,2,x\n': "not a table .*end of data",
    'galaxy,radius_kpc,reason\n1,2,"x\n2,2,x\n3,2,x"\n': "a cell of row 1 .* goes over a line",
    "galaxy,radius_kpc,reason,\n7,1,5,x\n": "column 4 has cells but no name",
    "galaxy;radius_kpc;reason\n1;2;x\n": "no column galaxy, radius_kpc, reason",
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.items(), ids=repr)
def test_a_fault_is_named_with_the_remedy(path, text, fault):
    path.write_text(text)
    with pytest.raises(InputError, match=f"table.csv: ({fault}).*; make it again[.]$"):
        read_table(path, COLUMNS, remedy="make it again")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\x89HDF\r\n\x1a\n\0\0", "not a table in UTF-8, because line 1"),
        (b"galaxy,radius_kpc,reason\n1,2,caf\xe9\n", "not a table in UTF-8, because line 2"),
        (b"galaxy,radius_kpc,reason\n1,2,\0\n", "not a table, because it is no text"),
        ("galaxy,radius_kpc\n".encode("utf-16-le"), "not a table, because it is no text"),
    ],
)
def test_a_file_that_is_no_text_is_named(path, content, fault):
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"table.csv: {fault}"):
        read_table(path, COLUMNS)


def test_a_folder_is_no_table(path):
    path.mkdir()
    with pytest.raises(InputError, match="table.csv cannot be read .Is a directory.; remove the"):
        read_table(path, COLUMNS)


TABLE = "reason,galaxy,name,radius_kpc\na b,7,first,1.5\n,12,second,-2e3\n"
SPELLINGS = {
    "plain": TABLE,
    "byte order mark": "\ufeff" + TABLE,
    "Windows": TABLE.replace("\n", "\r\n"),
    "old Macintosh": TABLE.replace("\n", "\r"),
    "no end of the last line": TABLE.rstrip("\n"),
    "blank lines": "\n" + TABLE.replace("\n", "\n  \n\n"),
    "semicolons": TABLE.replace(",", ";"),
    "tabs": TABLE.replace(",", "\t"),
    "spaces": TABLE.replace(",", " , ").replace("a b ", "a b").replace("first ,", "first,"),
    "quoted": TABLE.replace("first", '"fi,r;st"').replace("7", '"7"').replace("name", '"na,me"'),
    "quoted, Macintosh": TABLE.replace("first", '"fi,rst"').replace("\n", "\r"),
    "a comma in another name": TABLE.replace(",", ";").replace("name", "name (first, second)"),
    "Excel": "sep=;\r\n" + TABLE.replace(",", ";").replace("\n", "\r\n"),
    "whole numbers with a point": TABLE.replace("7", "7.0").replace("12", "12."),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", SPELLINGS)
def test_a_table_of_the_user_is_read_in_every_spelling(path, name, encoding):
    path.write_bytes(SPELLINGS[name].encode(encoding))
    found = read_table(path, COLUMNS, separator=None)
    assert found["galaxy"].tolist() == [7, 12]
    assert found["radius_kpc"].tolist() == [1.5, -2000.0]
    assert [reason.strip() for reason in found["reason"]] == ["a b", ""]


def test_lines_are_counted_from_the_first_of_the_file(path):
    path.write_text("sep=;\n\ngalaxy;radius_kpc;reason\n\n1;2;x;y\n")
    with pytest.raises(InputError, match="line 5 has 4 cells"):
        read_table(path, COLUMNS, separator=None)


def test_a_missing_file_is_named(path):
    with pytest.raises(InputError, match="table.csv does not exist; run the stage before"):
        read_table(path, COLUMNS, remedy="run the stage before")
