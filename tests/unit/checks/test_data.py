"""What is wrong with the data that a configuration names is one sentence before the first job."""

import pytest

from umbra.checks import data
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
        (tmp_path / "x", "is no file"),
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
