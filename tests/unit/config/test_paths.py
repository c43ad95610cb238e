"""Paths in a configuration: home folders, variables, and folders that relative paths start from."""

import os
from pathlib import Path

import pytest
import yaml

from umbra.config.loading import load_config, load_sources
from umbra.config.options import path_options
from umbra.errors import InputError

KEYS = [
    "observed.networks",
    "observed.table",
    "photometry.engine",
    "photometry.skirt_resources",
    "rotation_curve.autoprof_environment",
    "sample.table",
    "simulation.path",
]
every_option = pytest.mark.parametrize("key", KEYS)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Return folders of the user: where they are, their home, and where their file is."""
    for name in ("here", "home", "files"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RUN", "TNG100-1")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("NO_SUCH", raising=False)
    return tmp_path


def nested(key, value):
    section, name = key.split(".")
    return {section: {name: value}}


def value(settings, key):
    section, name = key.split(".")
    return getattr(getattr(settings, section), name)


def loaded(folders, key, text, *, by_file=True):
    """Return the settings of a file, or an entry of --config, that names a path."""
    values = nested(key, text)
    if not by_file:
        section, name = key.split(".")
        return load_sources(values, files=[], entries=[f"{section}={{{name}: {text}}}"])
    file = folders / "files" / "mine.yaml"
    file.write_text(yaml.safe_dump(values))
    return load_sources(values, files=[file], entries=[])


def test_these_are_all_options_that_take_a_path():
    assert sorted(path_options()) == KEYS


@every_option
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~/a/b", "home/a/b"),
        ("~", "home"),
        ("$HOME/a", "home/a"),
        ("${DATA}_2/$RUN/output", "data_2/TNG100-1/output"),
        ("~/$RUN", "home/TNG100-1"),
        ("$DATA/a$$b", "data/a$b"),
    ],
)
@pytest.mark.parametrize("by_file", [True, False])
def test_home_and_variables_are_expanded(folders, key, text, path, by_file):
    if text == "~" and not by_file:
        text = "'~'"
        values = nested(key, "~")
        section, name = key.split(".")
        settings, _ = load_sources(values, files=[], entries=[f"{section}={{{name}: {text}}}"])
    else:
        settings, _ = loaded(folders, key, text, by_file=by_file)
    assert value(settings, key) == folders / path


@every_option
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("$NO_SUCH/output", "the environment variable NO_SUCH is not set"),
        ("/data/${NO_SUCH}", "the environment variable NO_SUCH is not set"),
        ("$EMPTY/output", "the environment variable EMPTY is not set"),
        ("/data/$", "a \\$ begins no name"),
        ("/data/a$-b", "a \\$ begins no name"),
        ("~no-such-user/output", "no home folder of that user"),
        ("", "is an empty text"),
        (" ", "is an empty text"),
    ],
)
def test_what_cannot_be_expanded_is_named(folders, key, text, fault):
    with pytest.raises(InputError, match=f"^{key} is .*{fault}"):
        load_config(nested(key, text))


@every_option
def test_a_relative_path_is_beside_the_file_or_where_the_user_is(folders, key):
    here, beside = folders / "here" / "sub" / "it", folders / "files" / "sub" / "it"
    here.parent.mkdir()
    beside.parent.mkdir()
    here.touch()
    settings, not_found = loaded(folders, key, "sub/it")
    assert (value(settings, key), not_found) == (Path("sub/it"), {})
    beside.touch()
    settings, _ = loaded(folders, key, "./sub/it")
    assert value(settings, key) == beside
    settings, _ = loaded(folders, key, "sub/it", by_file=False)
    assert value(settings, key) == Path("sub/it")


@every_option
@pytest.mark.parametrize("text", ["./sub/it", "sub//it", "{here}/sub/it", "$PWD_/sub/it"])
def test_spellings_of_one_path_become_one(folders, key, text, monkeypatch):
    monkeypatch.setenv("PWD_", os.getcwd())
    settings, _ = loaded(folders, key, text.format(here=folders / "here"))
    assert value(settings, key) == Path("sub/it")


@every_option
def test_the_sentence_names_the_places(folders, key):
    settings, not_found = loaded(folders, key, "sub/it")
    assert value(settings, key) == Path("sub/it")
    places = f"neither {folders}/files/sub/it nor {folders}/here/sub/it exists"
    assert places in not_found[key]
    _, not_found = loaded(folders, key, "sub/it", by_file=False)
    assert f"{folders}/here/sub/it does not exist" in not_found[key]


def test_the_last_file_that_names_a_path_counts(folders):
    (folders / "files" / "output").mkdir()
    paths = [folders / "files" / "one.yaml", folders / "home" / "two.yaml"]
    values = {"simulation": {"source": "local", "path": "output"}}
    paths[0].write_text(yaml.safe_dump(values))
    paths[1].write_text("simulation: {snapshot: 50}\n")
    settings, _ = load_sources(values, files=paths, entries=[])
    assert settings.simulation.path == folders / "files" / "output"
    paths[1].write_text("simulation: {path: output}\n")
    settings, not_found = load_sources(values, files=paths, entries=[])
    assert settings.simulation.path == Path("output")
    assert f"{folders}/home/output" in not_found["simulation.path"]


def test_embedded_is_no_path(folders):
    (folders / "files" / "embedded").touch()
    settings, _ = loaded(folders, "photometry.engine", "embedded")
    assert settings.photometry.engine == "embedded"


def test_a_folder_is_no_engine(folders):
    (folders / "files" / "skirt").mkdir()
    settings, _ = loaded(folders, "photometry.engine", "skirt")
    assert settings.photometry.engine == Path("skirt")
