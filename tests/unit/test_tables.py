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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("galaxy,radius_kpc\n1,2\n", "no column reason"),
        ("galaxy,radius_kpc,reason\n1,two,x\n", "column radius_kpc: .*two"),
        ("galaxy,radius_kpc,reason\n1.5,2,x\n", "column galaxy: .*1.5"),
        ("", "not a table"),
        ("galaxy,radius_kpc,reason\n1,2,x,surplus\n", "not a table"),
        ("galaxy,radius_kpc,reason\n1,2,x\n1,2,x,surplus\n", "not a table"),
    ],
)
def test_a_fault_is_named_with_the_remedy(path, text, fault):
    path.write_text(text)
    with pytest.raises(InputError, match=f"table.csv: ({fault}).*; make it again[.]$"):
        read_table(path, COLUMNS, remedy="make it again")


def test_a_missing_file_is_named(path):
    with pytest.raises(InputError, match="table.csv does not exist; run the stage before"):
        read_table(path, COLUMNS, remedy="run the stage before")
