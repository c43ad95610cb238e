"""The cuts of the sample, against subhaloes made to fail each of them."""

import numpy as np
import pandas as pd
import pytest

import catalogue_case
from umbra.config.sample import SelectionSettings
from umbra.errors import InputError
from umbra.simulation.catalogue import read_group_catalogue
from umbra.simulation.galaxies import SAMPLE_COLUMNS, read_galaxies, read_sample
from umbra.simulation.selection import select_galaxies, write_sample

CUTS = SelectionSettings()  # the paper's


@pytest.fixture
def run(tmp_path):
    """Return the `output` folder of a run with a catalogue."""
    catalogue_case.write_run(tmp_path)
    return tmp_path


def test_each_cut_rejects_what_it_must(run):
    catalogue = read_group_catalogue(path=run, snapshot=99)
    rows, cuts = select_galaxies(catalogue=catalogue, settings=CUTS)
    assert rows.tolist() == [0, 6, 7]
    assert cuts["passed"].tolist() == [9, 8, 7, 6, 5, 4, 3]


def test_mass_within_twice_the_half_mass_radius(run):
    """Subhalo 6 has 1.03e10 Msun in all, but only 0.9 of it within the radius."""
    cuts = SelectionSettings(stellar_mass="twice_half_mass_radius")
    catalogue = read_group_catalogue(path=run, snapshot=99)
    rows, _ = select_galaxies(catalogue=catalogue, settings=cuts)
    assert rows.tolist() == [0, 7]


def test_written_sample(run, tmp_path):
    write_sample(
        settings=CUTS,
        path=run,
        snapshot=99,
        galaxies_csv=tmp_path / "galaxies.csv",
        cuts_csv=tmp_path / "cuts.csv",
    )
    rows = pd.read_csv(tmp_path / "galaxies.csv")
    assert tuple(rows) == SAMPLE_COLUMNS
    assert rows["stellar_mass_msun"][0] == pytest.approx(3e10 / 0.6774, rel=1e-6)
    assert rows["dm_mass_msun"][0] == pytest.approx(6e11 / 0.6774, rel=1e-6)
    sample = read_sample(tmp_path / "galaxies.csv")
    assert sample.to_dict("list") == {"subhalo_id": [0, 6, 7], "group_id": [0, 5, 6]}
    galaxies = read_galaxies(tmp_path / "galaxies.csv")
    assert galaxies.subhalo_id.tolist() == [0, 6, 7]
    catalogue = read_group_catalogue(path=run, snapshot=99)
    np.testing.assert_array_equal(galaxies.centre_ckpc_h, catalogue.position_ckpc_h[[0, 6, 7]])
    lines = (tmp_path / "cuts.csv").read_text().splitlines()
    assert lines[:2] == ["cut,passed", "all subhaloes,9"]


def test_no_galaxy_left(run):
    with pytest.raises(InputError, match=r"all subhaloes: 9, .*SFR >= 1000 Msun/yr: 0\); widen"):
        catalogue_case.select(run, min_sfr_msun_yr=1000.0)
    assert not (run / "galaxies.csv").exists()
