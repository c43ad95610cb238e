"""Fixtures: one small universe on disk, and its catalogue through the public reader of TNG."""

import illustris_python as il
import pytest

from umbra.universe.writer import write_universe
from universe_case import SEED, SETTINGS


@pytest.fixture(scope="session")
def universe(tmp_path_factory):
    output = tmp_path_factory.mktemp("universe")
    write_universe(output=output, seed=SEED, settings=SETTINGS, threads=1)
    return output


@pytest.fixture(scope="session")
def base(universe):
    return str(universe / "output")


@pytest.fixture(scope="session")
def subhalos(base):
    return il.groupcat.loadSubhalos(base, 99)


@pytest.fixture(scope="session")
def halos(base):
    return il.groupcat.loadHalos(base, 99)
