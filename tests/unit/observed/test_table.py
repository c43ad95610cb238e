"""The user's table of galaxies."""

import re
from pathlib import Path

import pytest

from umbra.errors import InputError
from umbra.observed.table import ObservedGalaxy, read_observed_table

REPOSITORY = Path(__file__).resolve().parents[3]
HEADER = "name,ra,dec,distance_mpc,distance_error_mpc,r,cube,masked_km_s\n"


def table(folder, text, header=HEADER):
    path = folder / "my.csv"
    path.write_text(header + text)
    return path


def test_rows_become_galaxies(tmp_path):
    text = "A,10.5,-3,12,1.2,a_r.fits,/data/a.fits,-20:12 230.5:300\n\nB-2,20,4,15,0,b.fits,,\n"
    one, other = read_observed_table(table(tmp_path, text))
    assert (one.name, one.ra, one.dec, one.distance_mpc) == ("A", 10.5, -3.0, 12.0)
    assert one.images == {"r": tmp_path / "a_r.fits"}
    assert one.cube == Path("/data/a.fits")
    assert one.masked_ranges_km_s == [(-20, 12), (230.5, 300)]
    assert list(one.files) == ["r", "cube"]
    assert (other.cube, other.masked_ranges_km_s, other.beam_fwhm_arcsec) == (None, [], None)
    # what a job gets
    assert ObservedGalaxy(**one.model_dump(mode="json")) == one


def test_what_a_spreadsheet_writes(tmp_path):
    header = "dec;ra;name;distance_mpc;distance_error_mpc;moment0;moment1;remarks\n"
    text = "4;20;B;15;1;m0.fits;m1.fits;nice\n;;;;;;;\n"
    (galaxy,) = read_observed_table(table(tmp_path, text, header))
    assert list(galaxy.moment_maps) == ["moment0", "moment1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A,10,3,,1,a.fits,,\n", "A: distance_mpc missing; fill the cell"),
        (",10,3,12,1,a.fits,,\n", "row 1 below the header: name missing"),
        ("A,10,3,-12,1,a.fits,,\n", "A: distance_mpc is -12.0"),
        ("A,10,93,12,1,a.fits,,\n", "A: dec is 93.0"),
        ("a/b,10,3,12,1,a.fits,,\n", "a/b: name is 'a/b'"),
        ("A,10,3,12,1,,,\n", "A: it has no file; give one of u, g, r"),
        ("A,10,3,12,1,a.fits,,-20\n", "A: masked_km_s is '-20'; write from:to"),
        ("A,10,3,12,1,a.fits,,\nA,10,3,12,1,b.fits,,\n", "has galaxy A twice"),
        ("A,10h,3,12,1,a.fits,,\n", "column ra, row 1 below the header: '10h' is no number"),
        ("A,10,3,12,1,package:no_such/a.fits,,\n", "package no_such.* is not installed"),
        ("", "has no galaxy"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path, text, said):
    with pytest.raises(InputError, match=f"my.csv.*{said}") as error:
        read_observed_table(table(tmp_path, text))
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_a_table_without_distances_is_refused(tmp_path):
    with pytest.raises(InputError, match="no column distance_mpc"):
        read_observed_table(table(tmp_path, "A,1,2\n", "name,ra,dec\n"))


def test_a_cube_and_moment_maps_are_refused(tmp_path):
    header = "name,ra,dec,distance_mpc,distance_error_mpc,cube,moment0\n"
    with pytest.raises(InputError, match="A: it has a cube and moment maps"):
        read_observed_table(table(tmp_path, "A,1,2,12,1,c.fits,m.fits\n", header))


def test_the_default_table_has_a_real_galaxy():
    (galaxy,) = read_observed_table(REPOSITORY / "config" / "observed.csv")
    assert galaxy.name == "NGC2903"
    assert galaxy.cube.stat().st_size == 2825280


def test_every_column_is_documented():
    text = (REPOSITORY / "docs" / "observed.md").read_text()
    documented = {}
    for names, meaning in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", text, re.M):
        documented |= dict.fromkeys(re.findall(r"`(\w+)`", names), meaning.strip())
    assert set(documented) >= set(ObservedGalaxy.model_fields)
