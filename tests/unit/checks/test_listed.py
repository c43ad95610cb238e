"""What only some rules need is checked when it is known that they have jobs to run."""

import pytest

from umbra.checks.listed import DOWNLOADS, READ_CUTOUTS, check_planned
from umbra.errors import InputError


def planned(*rules):
    check_planned(set(rules), folders=[], on_cluster=False)


@pytest.mark.parametrize("rule", sorted(DOWNLOADS))
def test_a_download_needs_a_key(monkeypatch, rule):
    monkeypatch.delenv("TNG_API_KEY", raising=False)
    planned("sample", *READ_CUTOUTS)
    with pytest.raises(InputError, match="source is api, which needs a key"):
        planned("sample", rule)
    monkeypatch.setenv("TNG_API_KEY", "a-key")
    planned("sample", rule)


@pytest.mark.parametrize("rule", sorted(READ_CUTOUTS))
def test_kept_cutouts_are_compared_before_they_are_read(tmp_path, monkeypatch, rule):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/cutouts").mkdir(parents=True)
    planned(rule)
    sample = tmp_path / "results/sample/galaxies.csv"
    sample.parent.mkdir()
    sample.write_text("subhalo_id,group_id\n7,1\n")
    planned(rule)  # cutout 7 is not there
    (tmp_path / "results/cutouts/7.hdf5").touch()
    for made_again in ("sample", "cutout"):
        planned(rule, made_again)
    planned("dataset")
    with pytest.raises(InputError, match="galaxies.csv"):  # it lacks the run
        planned(rule)


def test_a_path_that_the_shell_of_a_node_reads_otherwise(tmp_path, monkeypatch):
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path / "a b")
    planned("dataset")
    with pytest.raises(InputError, match="a path without it"):
        check_planned({"dataset"}, folders=[], on_cluster=True)
