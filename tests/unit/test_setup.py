"""Set-up: what it says on a machine that lacks something."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ENVS = Path(__file__).resolve().parents[2] / "envs"


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 14, 0)])
def test_a_python_without_locked_packages_is_named_with_the_remedy(tmp_path, version):
    """As such a Python would run it."""
    code = f"import runpy, sys; sys.version_info = {version}; runpy.run_path(sys.argv[1])"
    target = tmp_path / "venv"
    result = subprocess.run(
        [sys.executable, "-c", code, ENVS / "make_venv.py", target], capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stderr.startswith("umbra: the locked packages need Python 3.11 to 3.13")
    assert f"this is 3.{version[1]}" in result.stderr and "make PYTHON=" in result.stderr
    assert not target.exists()


def system_packages(tmp_path, *, path):
    wanted = tmp_path / "apt.txt"
    wanted.write_text("# a comment\numbra-no-such-package\n")
    return subprocess.run(
        ["/bin/sh", ENVS / "system_packages.sh", wanted],
        env={"PATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
    )


def test_missing_packages_give_the_one_command_that_installs_them(tmp_path):
    for name, body in {"id": "echo 1000", "sudo": "exit 1", "dpkg-query": "exit 1"}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    result = system_packages(tmp_path, path=[str(tmp_path), os.environ["PATH"]])
    assert result.returncode == 1
    assert result.stderr.endswith("run: sudo apt-get install umbra-no-such-package\n")


def test_elsewhere_than_on_debian_nothing_is_installed(tmp_path):
    result = system_packages(tmp_path, path=[str(tmp_path)])
    assert result.returncode == 0
    assert "not a Debian-like system" in result.stderr


def test_a_folder_in_which_snakemake_cannot_run_is_refused_first(tmp_path):
    folder = tmp_path / "my umbra"
    shutil.copytree(ENVS, folder / "envs")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ENVS.parent / name, folder)
    result = subprocess.run(["make", "setup"], cwd=folder, capture_output=True, text=True)
    assert result.returncode != 0
    assert result.stderr.startswith(f"umbra: Snakemake cannot run in {folder}: move umbra to")
    assert not (folder / ".venv").exists() and "Setting up" not in result.stdout


def pins(name):
    """Return the name and version of each pin of a lock; a package may have one for each Python."""
    found = re.findall(r"^([\w.-]+)==([^ ;]+)", (ENVS / name).read_text(), re.M)
    return [(canonicalize_name(package), version) for package, version in found]


def test_the_lock_has_what_the_package_declares():
    project = tomllib.loads((ENVS.parent / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert set(extras) == {"build", "test", "lint"}
    declared = [*project["dependencies"], *extras["build"], *extras["test"], *extras["lint"]]
    for requirement in map(Requirement, declared):
        name = canonicalize_name(requirement.name)
        versions = [version for package, version in pins("requirements.lock") if package == name]
        assert versions and all(map(requirement.specifier.contains, versions)), "run make lock"


def test_packages_for_a_gpu_go_with_the_others():
    """A plugin of JAX works with the JAX of its own version only."""
    names, others = {}, set(pins("requirements.lock"))
    for name, version in pins("cuda.lock"):
        names.setdefault(name, set()).add(version)
    shared = {name for name, _ in others} & set(names)
    assert {"jax", "jaxlib", "numpy"} <= shared
    assert all((name, version) in others for name in shared for version in names[name])
    assert names["jax-cuda12-plugin"] == names["jax-cuda12-pjrt"] == names["jax"]


UV, PIP = "-I -m uv pip", "-I -m pip --disable-pip-version-check"
UV_LOCK = ENVS / "uv.lock"


def install(tmp_path, *, settings="", uv_works=True, pip_works=True):
    """Return who installs in a Python with these settings of pip, and what the user sees."""
    python = tmp_path / "python"
    python.write_text(
        f"""#!/bin/sh
        echo "$@" >> {tmp_path}/calls
        case "$*" in
            *"config list") echo "{settings}" ;;
            *"-m uv "*) exit {0 if uv_works else 1} ;;
            *"my.lock") exit {0 if pip_works else 1} ;;
        esac"""
    )
    python.chmod(0o755)
    command = ["sh", ENVS / "install.sh", python, "my.lock", "--no-deps"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    installs = [call for call in calls if " install " in call]
    of_uv = [
        call for call in installs if call.endswith(f"--require-hashes --requirement {UV_LOCK}")
    ]
    others = [call for call in installs if call not in of_uv]
    assert installs == of_uv + others  # uv comes first, checked too
    assert all(call.endswith("--require-hashes --no-deps --requirement my.lock") for call in others)
    return [call.partition(" install ")[0] for call in installs], said


def test_uv_installs_what_is_locked(tmp_path):
    who, said = install(tmp_path, settings="global.extra-index-url='https://example.org'")
    assert who == [PIP, UV] and not said


@pytest.mark.parametrize("setting", ["global.index-url='https://x.org'", ":env:.no-index='1'"])
def test_pip_installs_where_its_settings_name_the_index(tmp_path, setting):
    who, said = install(tmp_path, settings=setting)
    assert who == [PIP] and not said


def test_pip_installs_where_uv_cannot(tmp_path):
    who, said = install(tmp_path, uv_works=False)
    assert who == [PIP, UV, PIP]
    assert said == "umbra: uv cannot install my.lock; trying pip\n"


def test_what_nobody_can_install_is_an_error(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        install(tmp_path, uv_works=False, pip_works=False)


def plan(*arguments, folder=ENVS.parent):
    """Return what ``make setup`` would do."""
    command = ["make", "--no-print-directory", "--dry-run", "setup", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_packages_for_a_gpu_are_installed_on_request_and_then_kept_up_to_date(tmp_path):
    folder = tmp_path / "umbra"
    shutil.copytree(ENVS, folder / "envs")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ENVS.parent / name, folder)
    assert "cuda.lock" not in plan(folder=folder).stdout
    steps = plan("ACCELERATOR=cuda", folder=folder).stdout
    assert 0 < steps.index("requirements.lock") < steps.index("cuda.lock")
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".ready-cuda").touch()
    assert "cuda.lock" in plan(folder=folder).stdout  # since the others are new
    (folder / ".venv" / ".ready").touch()
    os.utime(folder / ".venv" / ".ready-cuda")
    assert "install" not in plan(folder=folder).stdout


def test_an_accelerator_without_locked_packages_is_refused():
    result = plan("ACCELERATOR=rocm")
    assert result.returncode != 0 and result.stdout == ""
    assert "ACCELERATOR is rocm: there are locked packages for cuda only" in result.stderr


@pytest.mark.parametrize("path", sorted(ENVS.glob("*.lock")), ids=lambda path: path.name)
def test_a_lock_names_no_index_and_has_hashes(path):
    text = path.read_text()
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    with_hashes = re.findall(r"^\S+==.* \\\n +--hash=sha256:", text, re.M)
    assert len(with_hashes) == len(pins(path.name)) > 0


def test_the_catalogue_knows_how_the_software_is_installed():
    usage = yaml.safe_load((ENVS.parent / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert not any(usage["software-stack-deployment"].values())
    rules = ENVS.parent / "workflow" / "rules"
    text = "".join(path.read_text() for path in rules.glob("*.smk"))
    assert not re.search(r"^ *(conda|container|envmodules):", text, re.M)
    assert "make setup" in usage["mandatory-flags"]["desc"]
