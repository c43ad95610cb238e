"""The user's table of centres: read in any order of columns, and refused with its row."""

import numpy as np
import pytest

import tng_files
from umbra.config.sample import SelectionSettings
from umbra.errors import InputError
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,x,y,z\n1,2,3,4\n", "no column vx, vy, vz; sample.table must be .* names id, x, y"),
        ("", "not a table .* sample.table must be a CSV whose first line names id, x, y"),
        ("id,x,y,z,vx,vy,vz\n", "has no rows"),
        ("id,x,y,z,vx,vy,vz\n1,2,3,4,0,0,0\n1,9,9,9,0,0,0\n", "has id 1 twice"),
        (
            "id,x,y,z,vx,vy,vz\n1,2,3,4,0,0,0\n2,x,9,9,0,0,0\n",
            "row 2 below .* vz finite numbers",
        ),
        ("id,x,y,z,vx,vy,vz\n1,2,3,4,0,0\n", "row 1 below .* vz finite numbers"),
        (
            "id,x,y,z,vx,vy,vz\n-1,2,3,4,0,0,0\n",
            "row 1 below the header: id must be a whole number, 0 or",
        ),
        ("id,x,y,z,vx,vy,vz\n1.5,2,3,4,0,0,0\n", "row 1 below the header: id must be a whole"),
        ("id,x,y,z,vx,vy,vz\n1,nan,3,4,0,0,0\n", "row 1 below .* vz finite numbers"),
        ("id,x,y,z,vx,vy,vz\n1,2,3,75001,0,0,0\n", r"id 1 is outside of the box \(0 to 75000"),
    ],
)
def test_bad_tables(snapshot, text, message):
    table = snapshot / "centres.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=message):
        _write(snapshot, table)


def test_table_that_does_not_exist(snapshot):
    with pytest.raises(InputError, match=r"none\.csv does not exist; sample\.table must be"):
        _write(snapshot, snapshot / "none.csv")
