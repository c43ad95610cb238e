"""What computes is the same in a hostile surrounding as in a clean one, in fresh processes."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = REPOSITORY / "tests" / "builders" / "surroundings_case.py"
# As Snakemake starts a job, whose surrounding has some more variables.
AS_A_JOB = (
    "import json, os, subprocess, sys; from umbra import environment;"
    "os.environ.update(json.loads(sys.argv[1])); environment.prepare_environment();"
    "sys.exit(subprocess.call([sys.executable, *sys.argv[2:]]))"
)
ASTROPY = "[io.fits]\nstrip_header_whitespace = False\nenable_uint = False\n"
HOSTILE_FILES = {
    "home/.keras/keras.json": '{"floatx": "float16", "epsilon": 0.1, "backend": "jax",'
    ' "image_data_format": "channels_first", "nnx_enabled": true}',
    "home/.config/matplotlib/matplotlibrc": "font.size: 30\n",
    "home/.astropy/config/astropy.cfg": ASTROPY,
    "home/.config/astropy/astropy.cfg": ASTROPY,
    "rc": "lines.linewidth: 9\n",
    "matplotlibrc": "savefig.bbox: tight\nfont.size: 20\ntimezone: Asia/Tokyo\nbackend: TkAgg\n"
    "axes.formatter.use_locale: True\npath.simplify: False\nagg.path.chunksize: 100\n"
    "pdf.compression: 0\nimage.cmap: gray\nsavefig.dpi: 30\naxes.unicode_minus: False\n"
    "mathtext.fontset: cm\nfigure.max_open_warning: 1\n",
}
HOSTILE_VARIABLES = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": "rc",
    "SOURCE_DATE_EPOCH": "0",
    "TZ": "Asia/Tokyo",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "KERAS_MAX_EPOCHS": "1",
    "KERAS_NNX_ENABLED": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "XLA_FLAGS": "--no_such_flag",
    "NUMBA_DISABLE_JIT": "1",
    "NPY_DISABLE_CPU_FEATURES": "no such feature",
    "HDF5_VOL_CONNECTOR": "no_such_connector",
    "OPENBLAS_CORETYPE": "Prescott",
}
# The interpreter reads these when it starts, so only a job is protected from them.
HOSTILE_TO_PYTHON = {"PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error", "PYTHONINSPECT": "1"}


def compute(folder, program, files=(), variables=(), launcher=()):
    """Run a program in a folder of its own; return what it wrote."""
    for name, text in dict(files, **{"home/exists": ""}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    made = folder / "made"
    made.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY / "workflow"),
        "HOME": str(folder / "home"),
        "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", ""),
    } | dict(variables)
    command = [sys.executable, *launcher, PROGRAM, program, made]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL
    )
    assert result.returncode == 0, result.stderr.decode(errors="replace")
    return {path.name: path.read_bytes() for path in made.iterdir()}


@pytest.mark.parametrize("program", ["figure", "network", "header"])
def test_a_hostile_surrounding_changes_nothing(tmp_path, program):
    launcher = ["-c", AS_A_JOB, json.dumps(HOSTILE_TO_PYTHON)] if program == "header" else []
    clean = compute(tmp_path / "clean", program)
    hostile = compute(tmp_path / "hostile", program, HOSTILE_FILES, HOSTILE_VARIABLES, launcher)
    assert clean == hostile != {}


LOCALES = ["C", "de_DE.UTF-8", "de_DE.ISO-8859-1", "ru_RU.KOI8-R"]
IN_A_LOCALE = """
import locale
import pandas
from pathlib import Path
from umbra.errors import Rejected
from umbra.files import rejection
from umbra.stage import run_galaxy
from umbra.tables import read_table, write_table

locale.setlocale(locale.LC_ALL, "")  # as a library may

def stage():
    write_table(pandas.DataFrame({"x": [1.5], "y": [0.25]}), Path("table"), formats={"y": ".3f"})
    assert read_table(Path("table"), {"x": float, "y": float}).to_numpy().tolist() == [[1.5, 0.25]]
    raise Rejected("zu groß: 1,5 Å")

run_galaxy(stage, [], ["marker"], "log")
print(ascii(rejection("marker")), f"{1.5:n}")
"""


def with_locale(folder, name):
    """Return the variables of a locale, which is made in a folder."""
    if name != "C":
        if not shutil.which("localedef") or not Path("/usr/share/i18n/charmaps").is_dir():
            pytest.skip("no localedef, or nothing to make a locale from (Debian: locales)")
        language, _, characters = name.partition(".")
        make = ["localedef", "-i", language, "-f", characters, folder / name]
        subprocess.run(make, check=True, capture_output=True)
    return {"LOCPATH": str(folder), "LC_ALL": name, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("name", LOCALES)
def test_files_are_the_same_in_any_locale(tmp_path, name):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY / "workflow"),
    } | with_locale(tmp_path, name)
    program = tmp_path / "program.py"
    program.write_text(IN_A_LOCALE, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    shown = "1.5" if name == "C" else "1,5"
    assert result.stdout.strip() == f"{ascii('zu groß: 1,5 Å')} {shown}"
    assert (tmp_path / "table").read_bytes() == b"x,y\n1.5,0.250\n"
    for file in ("marker", "log"):
        assert "zu groß: 1,5 Å" in (tmp_path / file).read_text(encoding="utf-8")


def text_calls(tree):
    """Yield the calls that turn text into bytes or bytes into text."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        modes = [part.value for part in node.args if isinstance(part, ast.Constant)]
        binary = any(isinstance(mode, str) and "b" in mode and len(mode) < 4 for mode in modes)
        opens = isinstance(node.func, ast.Name) and name == "open" and not binary
        named = name in ("read_text", "write_text", "_LogFile", "NamedTemporaryFile")
        starts = name in ("run", "Popen", "call", "check_call", "check_output")
        decodes = starts and not given.keys().isdisjoint({"text", "universal_newlines"})
        if opens or named or decodes:
            yield node, given


PACKAGE = sorted((REPOSITORY / "workflow").rglob("*.py"))


def test_text_has_an_encoding_that_no_locale_decides():
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in PACKAGE
        for node, given in text_calls(ast.parse(path.read_text(encoding="utf-8")))
        if "encoding" not in given
    ]
    assert found == []
