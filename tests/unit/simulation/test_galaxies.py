"""The sample file: its numbers come back, and a damaged one is refused."""

import numpy as np
import pandas as pd
import pytest

from umbra.errors import InputError
from umbra.simulation.galaxies import (
    RUN_COLUMNS,
    SAMPLE_COLUMNS,
    part_of_sample,
    read_galaxies,
    read_sample,
    write_galaxies,
)


@pytest.fixture
def table():
    numbers = np.random.default_rng(2).uniform(0, 75000, (2, len(SAMPLE_COLUMNS)))
    table = pd.DataFrame(numbers, columns=list(SAMPLE_COLUMNS))
    run = dict.fromkeys(RUN_COLUMNS, 2.0)
    return table.assign(subhalo_id=[7, 4_371_210], group_id=[0, 6_291_348], **run)


def test_centres_and_velocities_come_back_exactly(table, tmp_path):
    write_galaxies(tmp_path / "galaxies.csv", table)
    galaxies = read_galaxies(tmp_path / "galaxies.csv")
    assert galaxies.subhalo_id.tolist() == [7, 4_371_210]
    np.testing.assert_array_equal(galaxies.centre_ckpc_h, table.iloc[:, 2:5])
    np.testing.assert_array_equal(galaxies.velocity_km_s, table.iloc[:, 5:8])
    assert galaxies.index(4_371_210) == 1
    with pytest.raises(KeyError):
        galaxies.index(8)


def test_measured_columns_have_seven_digits(table, tmp_path):
    write_galaxies(tmp_path / "galaxies.csv", table)
    found = read_sample(tmp_path / "galaxies.csv", SAMPLE_COLUMNS)
    assert tuple(found) == SAMPLE_COLUMNS
    assert found["group_id"].tolist() == [0, 6_291_348]
    np.testing.assert_allclose(found.iloc[:, 8:], table.iloc[:, 8:], rtol=5e-7)


def test_what_is_not_known_is_missing(table, tmp_path):
    write_galaxies(tmp_path / "galaxies.csv", table[["subhalo_id"]])
    found = read_sample(tmp_path / "galaxies.csv", ("group_id", "sfr_msun_yr"))
    assert found.isna().to_numpy().all()
    assert len(found) == 2


def test_damaged_sample_is_refused(tmp_path):
    (tmp_path / "galaxies.csv").write_text("subhalo_id,group_id\nfour,0\n")
    with pytest.raises(
        InputError, match=r"galaxies\.csv: column subhalo_id, row 1 .*four.*; delete it"
    ):
        read_sample(tmp_path / "galaxies.csv")


@pytest.mark.parametrize("parts", [1, 3, 7, 20])
def test_parts_hold_each_galaxy_once_and_are_equally_large(parts):
    sample = list(range(0, 60, 3))
    found = [part_of_sample(sample, part=part + 1, parts=parts) for part in range(parts)]
    assert sum(found, []) == sample
    sizes = {len(galaxies) for galaxies in found}
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("part", "parts"), [(0, 2), (3, 2), (1, 4), (1, 0)])
def test_a_part_that_is_not_there_is_refused(part, parts):
    with pytest.raises(InputError, match=rf"3 galaxies has no part {part} of {parts};"):
        part_of_sample([1, 2, 3], part=part, parts=parts)
