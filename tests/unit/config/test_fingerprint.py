"""The fingerprint changes with what shapes the dataset, and with nothing else."""

import pytest

from umbra.config.fingerprint import data_digest
from umbra.config.loading import load_config

API = {"source": "api"}
LOCAL = {"source": "local", "path": "one"}


def digest(**values):
    return data_digest(load_config(values))


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 2},
        {"universe": {"galaxies": 50}},
        {"sample": {"min_gas_cells": 50}},
        {"observation": {"pixels": 160}},
        {"cutouts": {"radius_kpc": 101}},
        {"photometry": {"sky": "none"}},
        {"hi": {"channels": 80}},
        {"moments": {"clip_sigma": 5}},
        {"profiles": {"radii": 25}},
        {"dataset": {"train_fraction": 0.5}},
        {"simulation": LOCAL},
    ],
)
def test_what_shapes_the_dataset_changes_it(changed):
    assert digest(**changed) != digest()


@pytest.mark.parametrize(
    "changed",
    [
        {"cutouts": {"chunks_per_job": 9}},
        {"photometry": {"threads": 9}},
        {"hi": {"keep_cubes": False}},
        {"sample": {"max_rejected_fraction": 0.2}},
        {"simulation": {"api_attempts": 9, "keep_downloads": False}},
        {"simulation": {"name": "TNG100-2"}},  # the name is for the web API
        {"networks": {"threads": 9}},
        {"ensemble": {"members": 9}},
    ],
)
def test_how_it_is_made_and_what_comes_after_leave_it(changed):
    assert digest(**changed) == digest()


def test_a_run_on_disk_may_move_and_knows_no_universe():
    elsewhere = digest(simulation=LOCAL | {"path": "two"}, universe={"galaxies": 50})
    assert elsewhere == digest(simulation=LOCAL)


def test_the_web_api_is_asked_by_name():
    other = API | {"name": "TNG100-2"}
    assert digest(simulation=other) != digest(simulation=API)
