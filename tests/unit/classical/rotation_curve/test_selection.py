"""Which galaxies are fitted, by the inclination of their velocity fields."""

from functools import partial

import numpy as np
import pytest

from dataset_case import Inputs, write_realisations
from umbra.classical.rotation_curve.selection import Candidate, choose_galaxies, write_selection
from umbra.classical.rotation_curve.selection_table import read_selection
from umbra.config.dataset import DatasetSettings
from umbra.config.rotation_curve import ChoiceSettings
from umbra.dataset.reading import read_split_table
from umbra.errors import InputError
from umbra.tables import read_table

# Of the test galaxies, in the order of their ids; None is an empty map.
INCLINATIONS_DEG = (12, 35, 45, 55, 65, 75, 87, None)
SKY_CARDS = {"BMAJ": 0.003, "BMIN": 0.003, "CDELT1": -0.002, "CDELT2": 0.002}


def turning_disc(inclination_deg, *, pixels=64, radius=24):
    """Return moment maps of a thin disc of 150 km/s; its north end recedes."""
    tilt = np.radians(inclination_deg)
    y, x = np.mgrid[:pixels, :pixels] - (pixels - 1) / 2
    in_plane = np.hypot(y, x / np.cos(tilt)) + 1e-9
    rotation = 150 * 2 / np.pi * np.arctan(in_plane / 3)
    maps = np.stack([np.exp(-in_plane / 10), rotation * y / in_plane * np.sin(tilt), 0 * x + 10])
    maps[:, in_plane > radius] = np.nan
    return maps


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return a dataset, the moment maps of its test galaxies, and their ids."""
    folder = tmp_path_factory.mktemp("selection")
    fractions = DatasetSettings(train_fraction=0.3, val_fraction=0.3)
    dataset = Inputs(folder, galaxies=20).build(settings=fractions)
    galaxies = np.unique(read_split_table(dataset, "test").galaxy).tolist()
    assert len(galaxies) == len(INCLINATIONS_DEG)
    moments = {}
    for galaxy, inclination in zip(galaxies, INCLINATIONS_DEG, strict=True):
        # Realisation 0 is empty, for realisation 1 is wanted.
        empty = np.full((3, 64, 64), np.nan)
        maps = empty if inclination is None else turning_disc(inclination)
        moments[galaxy] = folder / f"{galaxy}.fits"
        images = np.stack([empty, maps])
        write_realisations(moments[galaxy], galaxy=galaxy, images=images, cards=SKY_CARDS)
    return dataset, moments, galaxies


@pytest.fixture
def select(inputs, tmp_path):
    dataset, moments, _ = inputs
    output = tmp_path / "galaxies.csv"
    write = partial(write_selection, dataset=dataset, seed=5, output=output)

    def select(moments=moments, **choice):
        limits = {"min_inclination_deg": 30, "max_inclination_deg": 80}
        write(moments=moments, choice=ChoiceSettings(**{"realisation": 1} | limits | choice))

    return select


def rows(path):
    columns = {"galaxy": int, "realisation": int, "inclination_deg": float}
    table = read_table(path, columns | {"chosen": str, "reason": str})
    return {row["galaxy"]: row for row in table.to_dict("records")}


def test_inclinations_are_measured_and_decide_who_may_be_drawn(inputs, select, tmp_path):
    select(galaxies=100)
    table = rows(tmp_path / "galaxies.csv")
    assert list(table) == inputs[2]
    for row, inclination in zip(table.values(), INCLINATIONS_DEG, strict=True):
        assert row["realisation"] == 1
        if inclination is None:
            assert np.isnan(row["inclination_deg"]) and "no detectable HI" in row["reason"]
            continue
        assert row["inclination_deg"] == pytest.approx(inclination, abs=3)
        inside = 30 < inclination < 80
        assert row["chosen"] == ("yes" if inside else "no")
        assert ("outside 30 to 80" in row["reason"]) == (not inside)
    assert read_selection(tmp_path / "galaxies.csv") == inputs[2][1:6]


def test_a_draw_depends_on_the_seed_and_grows_with_the_number():
    candidates = [Candidate(galaxy, 50.0, "edge-on" * (galaxy > 15)) for galaxy in range(20)]
    drawn = [choose_galaxies(candidates, wanted=3, seed=seed) for seed in range(30)]
    assert all(len(set(galaxies)) == 3 and max(galaxies) <= 15 for galaxies in drawn)
    assert len(set(map(tuple, drawn))) > 20
    # Every galaxy can be drawn.
    assert set().union(*drawn) == set(range(16))
    assert set(choose_galaxies(candidates, wanted=2, seed=0)) < set(drawn[0])
    # Galaxies that may not be drawn do not change the draw.
    assert choose_galaxies(candidates[:16], wanted=3, seed=0) == drawn[0]


def test_the_table_tells_who_was_drawn(select, tmp_path):
    select(galaxies=2)
    table = rows(tmp_path / "galaxies.csv").values()
    assert [row["reason"] for row in table if row["chosen"] == "yes"] == ["drawn"] * 2
    assert [row["reason"] for row in table].count("not drawn") == 3


def test_given_galaxies_and_all_are_taken_as_they_are(inputs, select, tmp_path):
    given = [inputs[2][6], inputs[2][0]]
    select(galaxies=given)
    assert read_selection(tmp_path / "galaxies.csv") == sorted(given)
    select(galaxies="all")
    assert read_selection(tmp_path / "galaxies.csv") == inputs[2]
    assert rows(tmp_path / "galaxies.csv")[inputs[2][0]]["reason"] == "the whole test split"


def test_with_none_to_draw_the_table_says_why(select, tmp_path):
    select(galaxies=4, min_inclination_deg=88.5, max_inclination_deg=89)
    assert read_selection(tmp_path / "galaxies.csv") == []
    assert all(row["reason"] for row in rows(tmp_path / "galaxies.csv").values())


def test_what_the_user_can_mend_is_named(inputs, select, tmp_path):
    first, last = inputs[2][0], inputs[2][-1]
    message = rf"^rotation_curve.galaxies: 999 is not a test galaxy; choose from {first}, .*{last}"
    with pytest.raises(InputError, match=message):
        select(galaxies=[first, 999])
    with pytest.raises(InputError, match=r"^rotation_curve.realisation: 7 .* choose from 0, 1\.$"):
        select(galaxies=4, realisation=7)
    broken = tmp_path / "broken.fits"
    broken.write_text("not FITS")
    with pytest.raises(InputError, match=r"broken.fits holds no moment maps of realisation 1"):
        select(galaxies=4, moments=dict.fromkeys(inputs[2], broken))
    assert not (tmp_path / "galaxies.csv").exists()
