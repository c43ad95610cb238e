"""The user's table of centres: read in any order of columns, and refused with its row."""

import numpy as np
import pytest

import tng_files
from umbra.config.sample import SelectionSettings
from umbra.errors import InputError
from umbra.simulation.centres import read_centres
from umbra.simulation.galaxies import read_galaxies, read_sample
from umbra.simulation.selection import write_sample


@pytest.fixture
def snapshot(tmp_path):
    """Return the `output` folder of a run without a catalogue."""
    tng_files.write_snapshot(
        tmp_path, chunks=[{"PartType1": tng_files.dark_matter(np.ones((3, 3)))}]
    )
    return tmp_path


def _write(run, table):
    write_sample(
        settings=SelectionSettings(table=table),
        path=run,
        snapshot=99,
        galaxies_csv=run / "galaxies.csv",
        cuts_csv=run / "cuts.csv",
    )


def test_table_of_centres(snapshot):
    table = snapshot / "centres.csv"
    table.write_text("vx, name, id, x, y, z, vy, vz\n5,b,12,3,2,1,6,7\n5,a,4,75000,0,0.5,6,-7\n")
    _write(snapshot, table)
    galaxies = read_galaxies(snapshot / "galaxies.csv")
    assert galaxies.subhalo_id.tolist() == [4, 12]
    assert galaxies.centre_ckpc_h.tolist() == [[75000, 0, 0.5], [3, 2, 1]]
    assert galaxies.velocity_km_s.tolist() == [[5, 6, -7], [5, 6, 7]]
    assert read_sample(snapshot / "galaxies.csv")["group_id"].isna().all()


HEADER = "id,x,y,z,vx,vy,vz"
ROWS = f"{HEADER}\n7,26107.5,49,3,4,-5,6\n12,1,2,3e1,0,0,0\n"
QUOTED = f'{HEADER},Z,name\n7,26107.5,"49",3,4,-5,6,0.1,"a, b"\n12,1,2,3e1,0,0,0,0.2,c\n'


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ROWS, "utf-8"),
        (ROWS, "utf-8-sig"),
        (ROWS, "utf-16"),
        (ROWS.replace(",", ";").replace("\n", "\r\n"), "utf-8"),
        (ROWS.replace(",", "\t") + "\n\n", "utf-16"),
        (ROWS.replace("\n7", "\n7.0").replace("12", "12.0"), "utf-8"),
        (QUOTED, "utf-8"),
        (ROWS.replace("\n12", "\n,,,,,,\n12") + ' , ,"",,,,\n,,,,,,\n', "utf-8"),
        (f"{HEADER},group\n7,26107.5,49,3,4,-5,6,\n12,1,2,3e1,0,0,0,none\n", "utf-8"),
    ],
)
def test_spellings_of_a_table(snapshot, text, encoding):
    table = snapshot / "centres.csv"
    table.write_bytes(text.encode(encoding))
    _write(snapshot, table)
    galaxies = read_galaxies(snapshot / "galaxies.csv")
    assert galaxies.subhalo_id.tolist() == [7, 12]
    assert galaxies.centre_ckpc_h.tolist() == [[26107.5, 49, 3], [1, 2, 30]]
    assert galaxies.velocity_km_s.tolist() == [[4, -5, 6], [0, 0, 0]]


BAD_CELLS = {
    "id": ["7.5", "-1", "1e3", "9223372036854775808", "", "nan", "True", "0x7", "1_0", "７"],
    "x": ["", "nan", "inf", "-inf", "1e400", "1_000", "1 000", "1\u2009000", "1.0D+03", "true",
          "５", "1.5.2", "0x10", "-1", "75001", "#1", "1'000"],
    "vz": ["", "nan", "inf", "1e999", "--"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell"), [(name, cell) for name, cells in BAD_CELLS.items() for cell in cells]
)
def test_a_bad_cell_is_refused(snapshot, column, cell):
    good = dict.fromkeys(HEADER.split(","), "1") | {"id": "3"}
    rows = [good, good | {"id": "4", column: cell}]
    table = snapshot / "centres.csv"
    table.write_text("\n".join([HEADER, *(",".join(row.values()) for row in rows)]))
    with pytest.raises(InputError, match=rf"centres\.csv.*(\b{column}\b|outside of the box)"):
        _write(snapshot, table)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,x,y,z\n1,2,3,4\n", "no column vx, vy, vz .*; sample.table must be .* names id, x, y"),
        ("", "not a table.* sample.table must be a CSV .*whose first line names id, x, y"),
        (f"{HEADER}\n", "has no rows"),
        (f"{HEADER}\n1,2,3,4,0,0,0\n1,9,9,9,0,0,0\n", "has id 1 twice"),
        (f"{HEADER}\n1,2,3,4,0,0,0\n1.0,9,9,9,0,0,0\n", "has id 1 twice"),
        (f"{HEADER}\n1,2,3,4,0,0,0\n2,x,9,9,0,0,0\n", "column x, row 2 below .*'x' is no number"),
        (f"{HEADER}\n1,2,3,4,0,0\n", "row 1 below the header has fewer cells"),
        (f"{HEADER}\n1,nan,3,4,0,0,0\n", "row 1 below .* x is nan, but must be a finite number"),
        (f"{HEADER}\n1,2,3,75001,0,0,0\n", r"id 1 is outside of the box \(0 to 75000"),
        # decimal commas: in every number, in one, quoted, with other separators
        (f"{HEADER}\n7,26107,5,49,2,3,1,4,5,-5,2,6,1\n", "line 2 has 13 cells, but .* 7 columns"),
        (f"{HEADER}\n1,2,3,4,0,0,0\n7,26107,5,49,3,4,-5,6\n", "line 3 has 8 cells"),
        (f'{HEADER}\n7,"26107,5",49,3,4,-5,6\n', "x, row 1 .*'26107,5' is no number, because dec"),
        ("id;x;y;z;vx;vy;vz\n7;2,5;49;3;4;-5;6\n", "x, row 1 .*'2,5' is no number, because dec"),
        # columns
        ("id,x,y,z,vx,vy,vz,x\n1,2,3,4,0,0,0,5\n", "column x is there twice"),
        ("id, x,y,z,vx,vy,vz,x \n1,2,3,4,0,0,0,5\n", "column x is there twice"),
        ("id,x,y,z,vx,vy,vz,\n1,2,3,4,0,0,0\n", "row 1 below the header has fewer cells"),
        ("# mine\nid,x,y,z,vx,vy,vz\n1,2,3,4,0,0,0\n", "line 2 has 7 cells"),
        ("id x y z vx vy vz\n1 2 3 4 0 0 0\n", "no column id, x, .*the header has id x y z"),
        ("id;x,y;z;vx;vy;vz\n1;2;3;4;0;0;0\n", "centres.csv"),
        (f"{HEADER}\n1,2,3,4,0,0,0\n# the end\n", "row 2 below the header has fewer cells"),
        (f"{HEADER}\n,,,,,,\n1,x,3,4,0,0,0\n", "column x, row 2 below"),
        (f"{HEADER}\n,,,,,,\n1,inf,3,4,0,0,0\n", "row 2 below the header: x is inf"),
        (f"{HEADER}\n1,2,3,4,0,0,0\n,1,,,,,\n", "column id, row 2 below"),
        (f"{HEADER}\n,,,,,,\n", "has no rows"),
    ],
)
def test_bad_tables(snapshot, text, message):
    table = snapshot / "centres.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=message):
        _write(snapshot, table)


def test_an_id_that_the_catalogue_has_not(snapshot):
    tng_files.write_catalogue(
        snapshot,
        subhaloes=[tng_files.subhaloes([0, 0]), tng_files.subhaloes([1])],
        groups=[{"GroupFirstSub": np.array([0])}, {"GroupFirstSub": np.array([2])}],
    )
    table = snapshot / "centres.csv"
    table.write_text(f"{HEADER}\n2,1,1,1,0,0,0\n")
    _write(snapshot, table)
    table.write_text(f"{HEADER}\n3,1,1,1,0,0,0\n")
    with pytest.raises(InputError, match="has id 3, but the .* its 3 from 0"):
        _write(snapshot, table)


@pytest.mark.parametrize(
    ("group", "fault"), [("2", "has group 2, but the .* its 2 from 0"), ("", "column group, row 1")]
)
def test_a_group_that_the_catalogue_has_not(tmp_path, group, fault):
    """Only the web API needs groups."""
    table = tmp_path / "centres.csv"
    options = {"box_size_ckpc_h": 9.0, "needs_group": True, "catalogue_rows": {"group_id": 2}}
    table.write_text(f"{HEADER},group\n2,1,1,1,0,0,0,1\n")
    assert read_centres(table, **options)["group_id"].tolist() == [1]
    table.write_text(f"{HEADER},group\n2,1,1,1,0,0,0,{group}\n")
    with pytest.raises(InputError, match=fault):
        read_centres(table, **options)


def test_table_that_does_not_exist(snapshot):
    with pytest.raises(InputError, match=r"none\.csv does not exist; sample\.table must be"):
        _write(snapshot, snapshot / "none.csv")
