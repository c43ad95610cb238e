"""What the documentation names is there: files, links and options."""

import re
from pathlib import Path
from typing import get_args, get_origin

import pytest

from umbra.config.model import Config
from umbra.config.section import Section

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")),
    *sorted((REPOSITORY / "docs").glob("*.md")),
]
FOLDERS = "workflow|tests|config|docs|envs|resources"
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def is_option(words):
    """Return whether words lead to an option, or to a key of a mapping of options."""
    kind = Config
    for word in words:
        if isinstance(kind, type) and issubclass(kind, Section):
            if word not in kind.model_fields:
                return False
            kind = kind.model_fields[word].annotation
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            return False
    return True


@pages
def test_links_lead_to_files(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), link


@pages
def test_named_files_exist(page):
    for name in re.findall(rf"`(?:python )?((?:{FOLDERS})/[\w./-]*\w)/?[^`]*`", page.read_text()):
        assert (REPOSITORY / name).exists(), name


@pages
def test_named_modules_exist(page):
    for name in re.findall(r"python -m (umbra[\w.]+)", page.read_text()):
        module = REPOSITORY / "workflow" / Path(*name.split("."))
        assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), name


@pages
def test_named_options_exist(page):
    sections = "|".join(Config.model_fields)
    for option in re.findall(rf"`((?:{sections})\.[a-z_0-9.]+)\b[^`/]*`", page.read_text()):
        if not option.endswith((".csv", ".hdf5", ".md", ".py", ".fits")):
            assert is_option(option.split(".")), option


def test_an_option_that_does_not_exist_is_found():
    assert is_option(["rotation_curve", "rings", "max_rings"])
    assert is_option(["networks", "training", "A", "learning_rate"])
    assert not is_option(["rotation_curve", "rings", "max_ring"])
    assert not is_option(["sample", "galaxies_per_group"])


@pytest.mark.parametrize(
    ("option", "there"),
    [
        ("networks.training.B.learning_rate", True),
        ("networks.channel_sets.gri", True),
        ("rotation_curve.rings.max_rings", True),
        ("observation.pixels.foo", False),
        ("hi.channel", False),
        ("networks.training.B.rate", False),
    ],
)
def test_an_option_that_is_not_there_is_noticed(option, there):
    assert is_option(option.split(".")) is there
