"""An edit of code changes the fingerprints of the scripts that reach it; an edit of prose none."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from umbra.code_fingerprint import PLUMBING, script_fingerprint
from umbra.source_code import file_of

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
interface = "umbra.simulation.web_api.interface"
for name in ("run_of_answers", "field_address", "halo_address"):
    found[name] = module_fingerprint(interface, name)
found["members"] = module_fingerprint("umbra.networks.ensembles", "_train")
print(json.dumps(found))
"""


DOWNLOADS = {"api_run", "catalogue_field", "halo"}
DOWNLOADS |= {"run_of_answers", "field_address", "halo_address"}
EVERY_SPELLING = """\
import numpy as np
from umbra.constants import YEAR_S

@np.vectorize
def f(x: int | None = 1, /, *y, z: str = "a" "b", **w) -> list[int]:
    match x:
        case {"a": [1, *_]} if YEAR_S > 1e300j:
            return f"{x!r:>{z}} {y} b"
    return [lambda u=2.5: u[..., 1:-1:2] @ w["v"] for v in y if (k := v)]

class G(list):
    a: int = 3
    try:
        pass
    except* OSError as e:
        raise ValueError("no") from e
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
            {
                *("network", "ensemble_part", "members", "sensitivity", "importance"),
                *("saved_networks", "observed_predictions"),
            },
        ),
        # A function of another library under the same name.
        (
            ("umbra/hi/source_finding.py", "import numpy as np", "import jax.numpy as np"),
            {
                *("moments", "observed_cube", "observed_maps"),
                *("observed_rings", "observed_mass_model"),
            },
        ),
        # How functions are compiled.
        (
            ("umbra/compiled.py", "numba.njit(cache", "numba.njit(fastmath=True, cache"),
            {"cutout_shard", "engine", "hi_cubes", "kernel"},
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
    assert found.isdisjoint({*DOWNLOADS, "network"})


def test_how_answers_are_checked_leaves_the_downloads(changed):
    found = changed(
        (
            "umbra/simulation/fields.py",
            '"StarFormationRate": Range(0)',
            '"StarFormationRate": Range(1)',
        ),
        ("umbra/simulation/web_api/endpoints.py", "file.read(256)", "file.read(512)"),
    )
    assert "cutout" in found
    assert found.isdisjoint(DOWNLOADS)


def test_another_question_downloads_the_haloes_again(changed):
    found = changed(("umbra/simulation/web_api/interface.py", "cutout.hdf5?", "cutout.hdf5?&"))
    assert found == {"halo_address"}


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
            ("umbra/networks/loading.py", "not a trained network", "no trained network"),
            ("umbra/hi/moments.py", "        maps =", '        logger.info("")\n        maps ='),
            ("umbra/hi/source_finding.py", "    distance =", '    """Prose."""\n    distance ='),
            ("umbra/tables.py", "not a table in UTF-8", "no table in UTF-8"),
            ("umbra/predictions/members.py", "is not a kept member", "is no kept member"),
            ("umbra/config/hi.py", "description=", "description='Prose: ' + "),
        )
        == set()
    )


@pytest.mark.parametrize(
    "line",
    ["from umbra.physics.halo import *", "import umbra.physics.halo", "from .halo import x"],
)
def test_an_import_that_is_not_followed_is_an_error(tmp_path, line):
    (tmp_path / "script.py").write_text(line)
    with pytest.raises(ValueError, match="write `from umbra"):
        script_fingerprint(tmp_path / "script.py")


def test_numbers_are_no_sentences(tmp_path):
    def fingerprint(text):
        (tmp_path / "script.py").write_text(text)
        return script_fingerprint(tmp_path / "script.py")

    for text in ("fault = {}", "remedy = x.y = {}", "f(x, fault={})", 'fault = "Subhalo{}"'):
        assert fingerprint(text.format(1)) != fingerprint(text.format(2)), text


def test_plumbing_names_modules():
    assert all(file_of(name) for name in PLUMBING)


def test_how_files_are_written_changes_nothing(changed):
    assert changed(("umbra/files.py", "_ABANDONED_S = 86400", "_ABANDONED_S = 3600")) == set()


def test_a_fingerprint_is_the_same_in_every_python(tmp_path):
    """As Python 3.11, 3.12 and 3.13 give it."""
    script = tmp_path / "script.py"
    script.write_text(EVERY_SPELLING)
    assert script_fingerprint(script) == "b02fc3d2911b0cbf"
