"""The configuration's documented default and its JSON schema are what the models say."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from umbra.config import printing
from umbra.config.loading import load_config
from umbra.config.model import Config
from umbra.config.section import Section

FOLDER = Path(__file__).resolve().parents[3] / "config"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))


def faults(values):
    """Return what the shipped schema finds wrong in a configuration."""
    schema = json.loads((FOLDER / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(values)]


def sections(model=Section):
    """Yield every section and part of a section."""
    for section in model.__subclasses__():
        yield section
        yield from sections(section)


def test_default_file_is_what_the_models_say():
    assert (FOLDER / "config.yaml").read_text() == printing.reference_text()
    default = yaml.safe_load((FOLDER / "config.yaml").read_text())
    assert load_config(default) == Config()


def test_large_and_small_numbers_are_legible_and_exact():
    shown = printing.reference(Config(moments={"min_column_density_cm2": 10**19.5}))
    assert "min_stellar_mass_msun: 1.0e+10" in shown
    assert "noise_rms_jy_arcsec2: 5.0e-6" in shown
    read_back = yaml.safe_load(shown)
    assert read_back["moments"]["min_column_density_cm2"] == 10**19.5
    assert read_back["sample"]["max_stellar_mass_msun"] == 1e12


def test_every_key_is_explained():
    for section in sections():
        for name, field in section.model_fields.items():
            is_section = isinstance(field.annotation, type) and issubclass(
                field.annotation, Section
            )
            assert is_section or field.description, f"{section.__name__}.{name}"


def test_schema_file_is_what_the_models_say():
    assert (FOLDER / "schema.json").read_text() == printing.schema_text()


@pytest.mark.parametrize("name", FILES)
def test_shipped_files_follow_the_schema(name):
    assert faults(yaml.safe_load((FOLDER / name).read_text())) == []


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"seeed": 1}, "'seeed' was unexpected"),
        ({"hi": {"beam": 10}}, "'beam' was unexpected"),
        ({"hi": {"channels": 2}}, "2 is less than the minimum of 8"),
        ({"photometry": {"sky": "bright"}}, "'bright' is not one of"),
        ({"networks": {"channel_sets": {"y": ["y"]}}}, "is not valid under any of the given"),
        ({"networks": {"channel_sets": {"a/b": ["i"]}}}, "'a/b' does not match"),
    ],
)
def test_schema_finds_the_faults_of_a_file(values, fault):
    (message,) = faults(values)
    assert fault in message


def test_schema_allows_to_add_a_channel_set_and_to_leave_one_out():
    assert faults({"networks": {"channel_sets": {"gri": ["g", "r", "i"], "hi": None}}}) == []


def test_schema_allows_an_empty_section():
    assert faults({"sample": None, "rotation_curve": {"rings": None}}) == []
    assert len(faults({"sample": {"min_gas_cells": None}})) == 1
