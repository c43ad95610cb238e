"""The environment of jobs: their search path, and which variables they have."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from umbra.environment import SET, USERS, prepare_environment, put_first_on_python_path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["here"]),
        (["site", "other"], ["here", "site", "other"]),
        (["site", "here"], ["here", "site"]),
        (["", "site"], ["here", "site"]),
    ],
)
def test_folders_of_the_user_stay(monkeypatch, before, after):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(before))
    put_first_on_python_path("here")
    put_first_on_python_path("here")  # as in every job
    assert os.environ["PYTHONPATH"].split(os.pathsep) == after


def test_without_the_variable_it_is_made(monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    put_first_on_python_path("here")
    assert os.environ["PYTHONPATH"] == "here"


HOSTILE = {
    "KERAS_MAX_STEPS_PER_EPOCH": "1",
    "TF_DETERMINISTIC_OPS": "1",
    "TF2_BEHAVIOR": "0",
    "JAX_ENABLE_X64": "1",
    "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16",
    "NUMBA_OPT": "0",
    "NUMBA_NUM_THREADS": "1",
    "HDF5_DRIVER": "core",
    "PYTHONOPTIMIZE": "2",
    "SCIPY_ARRAY_API": "1",
    "SKLEARN_ASSUME_FINITE": "1",
    "NVIDIA_TF32_OVERRIDE": "1",
    "MPL_IGNORE_SYSTEM_FONTS": "1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_libraries_read_is_removed(monkeypatch, name):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ[name] = HOSTILE[name]
    prepare_environment()
    assert name not in os.environ


@pytest.mark.parametrize("name", [*sorted(USERS), "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "TZ"])
def test_what_is_the_users_stays(monkeypatch, name):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ[name] = "of the user"
    prepare_environment()
    assert os.environ[name] == "of the user"


def test_of_the_flags_of_xla_a_folder_stays_and_results_repeat(monkeypatch):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ["XLA_FLAGS"] = "--xla_cpu_enable_fast_math=true --xla_gpu_cuda_data_dir=/opt/cuda"
    prepare_environment()
    prepare_environment()  # as in every job
    repeatable = "--xla_gpu_deterministic_ops=true"
    assert os.environ["XLA_FLAGS"] == f"--xla_gpu_cuda_data_dir=/opt/cuda {repeatable}"


@pytest.mark.parametrize("users", ["TRUE", "BEST_EFFORT", None])
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the system does not list its locks")
def test_no_job_asks_for_a_lock(tmp_path, users):
    """HDF5 lets the variable decide, whatever the file is opened with."""
    code = (
        "import fcntl, sys; from umbra.environment import *; prepare_environment()\n"
        "from umbra.hdf5 import create, open_file, Path\n"
        "path = Path(sys.argv[1])\n"
        "locks = lambda path: [line for line in Path('/proc/locks').read_text().splitlines()"
        " if f':{path.stat().st_ino} ' in line]\n"
        "with create(path) as file: print(locks(Path(file.filename)))\n"
        "with open_file(path): print(locks(path))\n"
        "with open(path) as file: fcntl.flock(file, fcntl.LOCK_SH); print(len(locks(path)))"
    )
    environment = os.environ | ({"HDF5_USE_FILE_LOCKING": users} if users else {})
    result = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "file.hdf5"],
        env=environment,
        capture_output=True,
        text=True,
    )
    *of_jobs, listed = result.stdout.splitlines() or [result.stderr]
    assert of_jobs == ["[]", "[]"], result.stderr
    if listed == "0":
        pytest.skip("the system does not list a lock of such a file")


@pytest.mark.parametrize(("kernel", "kept"), [(True, "svg"), (False, "agg")])
def test_a_notebook_keeps_its_backend(kernel, kept):
    """Figures of umbra need none: the one that is asked for is still the user's after drawing."""
    code = (
        f"import sys; sys.modules |= {{'ipykernel': sys}} if {kernel} else {{}}\n"
        "from umbra.figures import style\n"
        "import matplotlib, os; from matplotlib.figure import Figure\n"
        "style.styled(Figure)()\n"
        "print(matplotlib.get_backend(), os.environ['MPLBACKEND'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"MPLBACKEND": "svg"},
        capture_output=True,
        text=True,
    )
    assert result.stdout.lower().split() == [kept, kept], result.stderr


def test_the_documentation_names_what_is_the_users():
    text = (Path(__file__).resolve().parents[2] / "docs" / "environment.md").read_text()
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", text))
    assert USERS | set(SET) <= named
