"""An edit of code changes the fingerprints of the scripts that reach it; an edit of prose none."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# The fingerprints of scripts, and of what is started or kept apart from them.
PRINT = """
import json, sys
from pathlib import Path
from umbra.code_fingerprint import module_fingerprint, script_fingerprint
scripts = sorted(Path(sys.argv[1]).glob("*.py"))
found = {path.stem: script_fingerprint(path) for path in scripts}
found["engine"] = module_fingerprint("umbra.skirt_engine.cli")
found["spectra"] = module_fingerprint("umbra.skirt_engine.spectra", "_compute")
found["kernel"] = module_fingerprint("umbra.skirt_engine.peel", "peel_strip")
found["members"] = module_fingerprint("umbra.networks.ensembles", "_train")
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """Return a copy of the package and the scripts."""
    folder = tmp_path_factory.mktemp("copied") / "workflow"
    for name in ("umbra", "scripts"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / "workflow" / name, folder / name, ignore=ignored)
    return folder


def fingerprints(folder):
    command = [sys.executable, "-c", PRINT, folder / "scripts"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def before(copied):
    return fingerprints(copied)


@pytest.fixture
def changed(copied, before):
    """Return a function that replaces text in files and returns whose fingerprint changes."""
    kept = {path: path.read_text() for path in copied.rglob("*.py")}

    def change(*edits):
        for name, old, new in edits:
            path = copied / name
            text = path.read_text()
            assert old in text, f"{name} has no {old}"
            path.write_text(text.replace(old, new))
        after = fingerprints(copied)
        return {name for name in before if after[name] != before[name]}

    yield change
    for path, text in kept.items():
        path.write_text(text)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        # A constant of a stage.
        (("umbra/hi/moments.py", '"RESTFRQ"', '"RESTFREQ"'), {"moments"}),
        # What a script itself does.
        (("scripts/halo.py", "int(", "abs("), {"halo"}),
        # Code that another process runs.
        (("umbra/skirt_engine/rays.py", "def march(", "def march(*_, "), {"engine"}),
        (
            (
                "umbra/classical/rotation_curve/light/autoprof_driver.py",
                "PIPELINE_FAILED = ",
                "PIPELINE_FAILED = 1 + ",
            ),
            {"light_profile"},
        ),
        # A layer that Keras finds by its registered name when it loads a network.
        (
            ("umbra/networks/scaling.py", "def call(self", "def call(itself"),
            {"network", "ensemble_part", "members", "sensitivity", "importance"},
        ),
        # A function of another library under the same name.
        (
            ("umbra/hi/source_finding.py", "import numpy as np", "import jax.numpy as np"),
            {"moments"},
        ),
        # A definition that nothing reaches.
        (("umbra/constants.py", "\nYEAR_S", "\nUNUSED = 1\nYEAR_S"), set()),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_who_reaches_an_edited_line(changed, edit, expected):
    assert changed(edit) == expected


def test_a_constant_of_many_stages_leaves_the_downloads(changed):
    found = changed(("umbra/constants.py", "SOLAR_MASS_KG = ", "SOLAR_MASS_KG = 2 * "))
    assert "universe" in found
    assert found.isdisjoint({"api_run", "catalogue_field", "halo", "network"})


def test_prose_changes_nothing(copied, changed):
    """Comments, docstrings, empty lines, log messages, sentences about errors, texts of options."""
    for path in copied.rglob("*.py"):
        text = path.read_text()
        path.write_text(f"# A comment.\n\n\n{text}\n\n# Another one.\n")
    assert (
        changed(
            ("umbra/hi/moments.py", "Moment maps of HI cubes", "Maps of the moments of HI cubes"),
            ("umbra/hi/moments.py", "Return moments 0, 1 and 2", "Work out three moments"),
            ("umbra/networks/ensembles.py", "%d of them to train", "%d of which are to be trained"),
            ("umbra/networks/loading.py", "this network takes", "the network takes"),
            ("umbra/config/hi.py", "description=", "description='Prose: ' + "),
        )
        == set()
    )


def test_how_files_are_written_changes_nothing(changed):
    assert changed(("umbra/files.py", "_ABANDONED_S = 86400", "_ABANDONED_S = 3600")) == set()
