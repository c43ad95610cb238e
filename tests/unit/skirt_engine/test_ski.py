"""What the engine reads, and what it says about what it does not."""

import os
import subprocess
import sys

import numpy as np
import pytest

from engine_case import instrument, ski, table
from umbra.errors import InputError
from umbra.skirt_engine import columns, package_data
from umbra.skirt_engine.cli import main
from umbra.skirt_engine.ski import read_ski

STAR = [0.0, 0.0, 0.0, 500.0, 1e6, 0.02, 1e9]


def test_reads_the_full_example(shared_reference):
    found = read_ski(shared_reference / "skirt" / "tng_like.ski")
    assert [one.filename for one in found.sources] == ["stars.txt", "sfr.txt"]
    assert found.medium.mass_fraction == 0.3
    assert found.medium.max_temperature_k == 75000
    assert [one.kind for one in found.instruments] == [
        "FrameInstrument",
        "FrameInstrument",
        "SEDInstrument",
    ]
    assert found.instruments[0].grid.count == 1000
    assert found.instruments[1].grid.count == 0
    assert any("dust is left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("ZubkoDustMix", "DraineLiDustMix", "DraineLiDustMix as materialMix"),
        ('imf="Chabrier"', 'imf="Salpeter"', 'imf="Salpeter" of BruzualCharlotSEDFamily'),
        ("<CubicSplineSmoothingKernel/>", "<UniformSmoothingKernel/>", "UniformSmoothingKernel"),
        ('massType="MassDensity"', 'massType="Number"', 'massType="Number"'),
        ('policy="ImportedMesh"', 'policy="Uniform"', 'policy="Uniform"'),
        ('numPackets="1e6"', 'numPacket="1e6"', "attribute numPacket of MonteCarloSimulation"),
        ('distance="10 Mpc"', 'distance="10"', 'distance="10" of FrameInstrument'),
        ('distance="10 Mpc"', 'distance="-1 Mpc"', r"is out of SKIRT.s range \[0, inf"),
        ('distance="10 Mpc"', "", "FrameInstrument lacks the attribute distance"),
        ('include2MASS="false"', "", 'include2MASS="true"'),
        ('numPixelsX="32"', 'numPixelsX="16"', "oblong pixels"),
        ("<sources", "<dynamics/><sources", "element dynamics of SourceSystem"),
    ],
)
def test_names_what_it_does_not_support(tmp_path, old, new, named):
    path = ski(tmp_path, [instrument()], dust=True)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=named) as error:
        read_ski(path)
    assert "galaxy.ski" in str(error.value)


def test_columns_convert_units(tmp_path):
    path = tmp_path / "stars.txt"
    names = ["x (kpc)", "y (kpc)", "z (pc)", "h (pc)", "mass (Msun)", "Z (1)", "age (Gyr)"]
    lines = [f"# column {k}: {name}" for k, name in enumerate(names, 1)]
    path.write_text("\n".join([*lines, "1 2 3 4 5 0.02 7"]))
    values = columns.read_columns(path, columns.POPULATION_COLUMNS)[:, 0]
    np.testing.assert_allclose(values, [1000, 2000, 3, 4, 5, 0.02, 7e9])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: row[:-1], "has 6 columns instead of 7"),
        (lambda row: [*row[:4], -1.0, *row[5:]], "initial mass is -1 in row 1"),
        (lambda row: [*row[:5], np.nan, row[6]], "metallicity is nan in row 1"),
    ],
)
def test_a_wrong_table_is_named(tmp_path, change, message):
    np.savetxt(tmp_path / "stars.txt", [change(STAR)])
    with pytest.raises(InputError, match=message) as error:
        columns.read_columns(tmp_path / "stars.txt", columns.POPULATION_COLUMNS)
    assert "stars.txt" in str(error.value)


def test_a_foreign_unit_is_named(tmp_path):
    table(tmp_path, "stars.txt", STAR)
    path = tmp_path / "stars.txt"
    path.write_text(path.read_text().replace("age (yr)", "age (furlong)"))
    with pytest.raises(InputError, match="furlong"):
        columns.read_columns(path, columns.POPULATION_COLUMNS)


def test_a_file_of_comments_is_an_empty_source(tmp_path):
    (tmp_path / "stars.txt").write_text("# nothing here\n")
    assert columns.read_columns(tmp_path / "stars.txt", columns.POPULATION_COLUMNS).shape == (7, 0)


def test_missing_package_names_the_remedy():
    with pytest.raises(InputError, match="make setup"):
        package_data.package_file("no_such_package", "table.fits")


def test_errors_end_in_one_clear_line(tmp_path):
    path = ski(tmp_path, [instrument()])
    command = [sys.executable, "-m", "umbra.skirt_engine.cli", "-t", "1"]
    result = subprocess.run(
        [*command, "-i", tmp_path, "-o", tmp_path / "out", path],
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert "stars.txt cannot be read" in last
    assert "Traceback" not in result.stderr
    assert "stars.txt" in (tmp_path / "out" / "galaxy_log.txt").read_text()


def test_missing_ski_and_input_folder(tmp_path, capsys):
    assert main(["-i", str(tmp_path / "none"), str(tmp_path / "a.ski")]) == 1
    assert "is not a folder" in capsys.readouterr().err
    assert main(["-i", str(tmp_path), "-o", str(tmp_path), str(tmp_path / "a.ski")]) == 1
    assert "cannot be read" in capsys.readouterr().err.splitlines()[-1]
