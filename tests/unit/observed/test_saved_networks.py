"""What saved networks were trained on."""

import pytest

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.config.loading import load_config
from umbra.errors import InputError
from umbra.observed.saved_networks import definition_of_run, read_definition, write_definition

SETTINGS = load_config(
    {
        "networks": {"channel_sets": {**PAPER_CHANNEL_SETS, "gri": ["g", "r", "i"]}},
        "ensemble": {"channel_sets": ["v", "urz_hi", "gri"]},
        "observation": {"pixels": 144, "min_distance_mpc": 8},
    }
)


def test_a_definition_is_read_as_it_was_written(tmp_path):
    definition = definition_of_run(SETTINGS)
    write_definition(definition, tmp_path / "networks")
    found = read_definition(tmp_path / "networks")
    assert found == definition
    assert list(found.channel_sets) == ["v", "urz_hi", "gri"]
    assert (found.observation.pixels, found.observation.min_distance_mpc) == (144, 8)


@pytest.mark.parametrize(
    ("available", "name"),
    [
        ("u g r i z HI0 HI1 HI2", "urz_hi"),
        ("u g r i z", "gri"),
        ("r HI0 HI1 HI2", "v"),
        ("g r z HI0", None),
    ],
)
def test_the_largest_set_that_the_data_allow(available, name):
    assert definition_of_run(SETTINGS).channel_set_for(frozenset(available.split())) == name


def test_a_folder_without_a_definition_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="there is no such folder of saved networks"):
        read_definition(tmp_path / "absent")
    with pytest.raises(InputError, match=r"networks\.json"):
        read_definition(tmp_path)
    path = tmp_path / "networks.json"
    for text in ("{", "[]", definition_of_run(SETTINGS).model_dump_json().replace("pixels", "px")):
        path.write_text(text)
        with pytest.raises(InputError, match=r"networks\.json: .* is not as umbra writes it"):
            read_definition(tmp_path)
