"""A configuration file means what a person reads in it, or it is refused."""

import json
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from umbra.config.loading import load_sources
from umbra.config.yaml_files import check_profile, read_entries, read_file
from umbra.errors import InputError

CONFIG = Path(__file__).resolve().parents[3] / "config"
SWITCHES = {"hi.keep_cubes"}
# spelling -> what YAML makes of it
REFUSED = {
    "050": "40", "-050": "-40", "007": "7", "00": "0", "0x10": "16", "0b11": "3", "1_000": "1000",
    "1:30": "90", "-1:30": "-90", "12:30:45": "45045", "1:30.5": "90.5", "1_0.5": "10.5",
    "1_0.0e+1": "100.0", "yes": "true", "no": "false", "On": "true", "OFF": "false",
    "2020-01-01": "a date", "2001-12-14t21:59:43.10-05:00": "a date", "~": "null",
    '!!int "050"': "40", "!!bool yes": "true",
}  # fmt: skip
# spelling -> value that the option gets
ALLOWED = {
    "seed: 0": 0, "seed: 5": 5, "seed: +5": 5, "seed: 08": 8, "seed: '050'": 50, "seed: 5.0": 5,
    "hi: {beam_fwhm_arcsec: 1e1}": 10, "hi: {beam_fwhm_arcsec: 1.5e1}": 15,
    "hi: {beam_fwhm_arcsec: 1.5e+1}": 15, "hi: {beam_fwhm_arcsec: 5.}": 5,
    "hi: {beam_fwhm_arcsec: 007.5}": 7.5, "hi: {keep_cubes: no}": False,
    "hi: {keep_cubes: On}": True, "hi: {keep_cubes: TRUE}": True, "seed: &s 3": 3,
}  # fmt: skip


def written(tmp_path, text, name="mine.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def loaded(path, *entries):
    """Return what the workflow makes of one file, which Snakemake reads like this."""
    values = yaml.load(path.read_text(), Loader=yaml.FullLoader)
    return load_sources(values, files=[path], entries=entries)[0]


@pytest.mark.parametrize(("spelling", "made"), REFUSED.items())
@pytest.mark.parametrize(
    "place", ["{}", "{{deep: {{deeper: {}}}}}", "[1, {}]", "\n    - {}", "&a {}"]
)
def test_what_yaml_reads_as_something_else_is_refused(tmp_path, spelling, made, place):
    path = written(tmp_path, f"seed: 1\nhi:\n  key: {place.format(spelling)}\n")
    with pytest.raises(InputError) as caught:
        read_file(path, SWITCHES)
    said = str(caught.value)
    assert said.startswith(f"{path}, line {4 if place[0] == chr(10) else 3}: hi.key")
    assert f"which YAML reads as {made}" in said
    assert said.endswith("in quotes if it is a text.")


@pytest.mark.parametrize("key", ["on", "No", "1", "050", "1:30", "2020-01-01", "~", "null", "1.5"])
def test_a_key_that_is_no_text_is_refused(tmp_path, key):
    path = written(tmp_path, f"networks:\n  channel_sets:\n    {key}: [i]\n")
    with pytest.raises(InputError, match=f"line 3: the key networks.channel_sets.{key} is no text"):
        read_file(path, SWITCHES)


@pytest.mark.parametrize(("text", "value"), ALLOWED.items())
def test_what_is_read_as_it_is_written_is_allowed(tmp_path, text, value):
    settings = loaded(written(tmp_path, text))
    section, _, key = text.partition(": {")
    found = getattr(settings.hi, key.split(":")[0]) if section == "hi" else settings.seed
    assert found == value
    assert type(found) is type(value) or section == "hi"


@pytest.mark.parametrize(
    "text",
    [
        "seed: 1\nhi: {channels: 64}\nseed: 2\n",
        "seed: 1\nhi: {channels: 64}\n'seed': 2\n",
        "hi:\n  channels: 64\nhi:\n  threads: 2\n",
        "hi:\n  channels: 64\n  threads: 2\n  channels: 32\n",
        "networks: {training: {A: {epochs: 2, epochs: 3}}}\n",
        "networks: {channel_sets: {gri: [g, r], gri: [g, r, i]}}\n",
        "list: [1, {a: 1, a: 2}]\n",
        "hi:\n  channels: 64\nseed: 1\nhi:\n",
    ],
)
def test_a_key_twice_in_one_file_is_refused(tmp_path, text):
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=r"mine\.yaml, line \d: [\w.]+ is there twice, and only"):
        read_file(path, SWITCHES)


@pytest.mark.parametrize(
    "text", ['{"seed": 1, "hi": {}, "seed": 2}', '{"hi":\n\t[{"channels": 64, "channels": 32}]}']
)
def test_a_key_twice_in_json_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"mine\.json: (seed|channels) is there twice, and only"):
        read_file(written(tmp_path, text, "mine.json"), SWITCHES)


def test_a_key_of_two_files_is_that_of_the_later_one(tmp_path):
    paths = [written(tmp_path, f"seed: {seed}", f"{seed}.yaml") for seed in (1, 2)]
    settings, _ = load_sources({"seed": 2}, files=paths, entries=[])
    assert settings.seed == 2


def test_anchors_and_merges_are_allowed(tmp_path):
    text = (
        "networks:\n  training:\n    A: &a {epochs: 3, patience: 2}\n    B: {<<: *a, epochs: 4}\n"
    )
    training = read_file(written(tmp_path, text), SWITCHES).values["networks"]["training"]
    assert training["B"] == {"epochs": 4, "patience": 2}


def test_aliases_that_hold_each_other_end(tmp_path):
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 30))]
    assert len(read_file(written(tmp_path, "\n".join(lines)), SWITCHES).values) == 30


def test_a_template_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"mine\.yaml is a template"):
        read_file(written(tmp_path, "__use_yte__: true\nseed: 1\n"), SWITCHES)


def merged(*texts):
    """Return what Snakemake makes of several files: an empty section replaces a full one."""
    values = {}
    for text in texts:
        update_config(values, yaml.load(text, Loader=yaml.FullLoader))
    return values


@pytest.mark.parametrize(
    ("texts", "snapshot", "missing"),
    [
        (["simulation:"], 99, False),
        (["simulation: {source: api, snapshot: 50}", "simulation:"], 50, False),
        (["simulation: {source: api}", "simulation:", "simulation: {snapshot: 50}"], 50, False),
        (["simulation: {source: api}", "simulation: {allow_missing_chunks: true}"], 99, True),
    ],
)
def test_an_empty_section_states_nothing(tmp_path, texts, snapshot, missing):
    paths = [written(tmp_path, text, f"{number}.yaml") for number, text in enumerate(texts)]
    settings, _ = load_sources(merged(*texts), files=paths, entries=[])
    assert settings.simulation.snapshot == snapshot
    assert settings.simulation.allow_missing_chunks is missing


def test_an_empty_section_has_its_defaults_at_any_depth(tmp_path):
    text = "rotation_curve:\n  rings:\n  fit: null\nsample:\n"
    assert loaded(written(tmp_path, text)) == loaded(written(tmp_path, "seed: 1"))


def test_null_leaves_a_channel_set_out(tmp_path):
    texts = [(CONFIG / "config.yaml").read_text(), "networks: {channel_sets: {v: null, i: null}}"]
    paths = [CONFIG / "config.yaml", written(tmp_path, texts[1])]
    settings, _ = load_sources(merged(*texts), files=paths, entries=[])
    assert list(settings.networks.channel_sets) == ["hi", "urz", "i_v", "urz_hi"]


@pytest.mark.parametrize("name", sorted(path.name for path in CONFIG.glob("*.yaml")))
def test_shipped_files_are_written_as_yaml_reads_them(name):
    values = yaml.safe_load((CONFIG / name).read_text())
    assert read_file(CONFIG / name, SWITCHES).values == values


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        ("seed=010", "8"),
        ("seed=1_000", "1000"),
        ("seed=0x10", "16"),
        ("simulation={snapshot: 050}", "40"),
        ("tully_fisher={channels: no}", "false"),
    ],
)
def test_an_entry_of_the_command_line_is_read_as_strictly(entry, made):
    with pytest.raises(InputError, match=f"^--config {entry}: .* which YAML reads as {made};"):
        read_entries([entry], SWITCHES)


def test_an_entry_with_a_key_twice_is_refused():
    with pytest.raises(InputError, match="^--config hi=.*: hi.channels is there twice"):
        read_entries(["hi={channels: 64, channels: 32}"], SWITCHES)


def test_null_in_an_entry_is_null():
    """Snakemake reads it as a text, which would be the path of a table."""
    values = {"sample": {"table": "null", "min_gas_cells": "7"}, "seed": 10}
    entries = ["sample={table: null, min_gas_cells: 7}", "seed=10", "galaxies_per_submission=4"]
    settings, _ = load_sources(values, files=[], entries=entries)
    assert (settings.sample.table, settings.sample.min_gas_cells) == (None, 7)
    assert settings.seed == 10


def test_a_file_of_json_is_read(tmp_path):
    values = {"seed": 3, "hi": {"keep_cubes": False, "beam_fwhm_arcsec": 1e1}}
    path = written(tmp_path, json.dumps(values, indent="\t"), "mine.json")
    assert read_file(path, SWITCHES).values == values


def test_options_in_a_profile_are_read_as_strictly(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("cores: 010\nconfig:\n  simulation: {snapshot: 050}\n")
    with pytest.raises(InputError, match="config.yaml, line 3: simulation.snapshot is 050, which"):
        check_profile(path, SWITCHES)
    path.write_text("cores: 010\nconfig:\n  seed: 10\n")
    check_profile(path, SWITCHES)
