"""What is wrong with a machine or a folder is one sentence before the first job."""

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from interruption import SmallDisk
from umbra.checks import machine
from umbra.errors import InputError
from umbra.files import check_room
from umbra.photometry.radiative_transfer import TABLES

CHECK_FOLDER = Path(__file__).resolve().parents[3] / "envs" / "check_folder.sh"
BAD = ["a b", "a'b", 'a"b', "a$b", "a{b}", "a:b", "a[b", "a]b", "a\\b", "a`b", "a(b", "a&b", "a\nb"]
GOOD = ["plain", "ünïcode", "a-b_c.d", "a+b,c=d", "a@b%20", "~a~"]
GOOD += ["u\u0308", "a–b", "O’Neil", "a\xa0b"]


def refused(check, *arguments, **keywords):
    """Return the sentence of a check, or None."""
    try:
        check(*arguments, **keywords)
    except InputError as error:
        text = str(error)
        assert text.endswith(".") and ":" in text
        return text
    return None


def named(path):
    return refused(machine.check_name, path, what="the folder", remedy="move it")


@pytest.mark.parametrize(
    "name", [*BAD, "a#b", "a!b", "a*b", "a?b", "a;b", "a|b", "a<b", "a^b", "a\t"]
)
def test_a_name_that_the_shell_reads_otherwise_is_refused(tmp_path, name):
    assert "the folder is " in named(tmp_path / name)
    (tmp_path / name).mkdir()
    assert subprocess.run(["sh", CHECK_FOLDER], cwd=tmp_path / name).returncode == 1


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_other_names_are_not(tmp_path, name, locale):
    assert named(tmp_path / name) is None
    (tmp_path / name).mkdir()
    environment = os.environ | {"LC_ALL": locale}
    result = subprocess.run(["sh", CHECK_FOLDER], cwd=tmp_path / name, env=environment)
    assert result.returncode == 0


@pytest.mark.parametrize("name", GOOD)
def test_what_is_not_refused_works_unquoted(tmp_path, name):
    """As Snakemake calls its Python."""
    link = tmp_path / name
    link.symlink_to("/bin/echo")
    result = subprocess.run(["bash", "-c", f"set -euo pipefail; {link} there"], capture_output=True)
    assert result.stdout == b"there\n"


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_set_up_and_the_workflow_refuse_the_same_characters(shell, locale):
    characters = [*map(chr, range(1, 128)), *"äß–—’“”…Ω星\u0308\xa0\u2028\u3000😀"]
    script = (
        'for name in "$@"; do ( PWD=/a${name}b; . "$0" 2>/dev/null ) && echo yes || echo no; done'
    )
    result = subprocess.run(
        [shell, "-c", script, CHECK_FOLDER, *characters],
        env=os.environ | {"LC_ALL": locale},
        capture_output=True,
        text=True,
        check=True,
    )
    taken = dict(zip(characters, result.stdout.split(), strict=True))
    assert taken == {one: "no" if named(f"/a{one}b") else "yes" for one in characters}
    assert taken["ä"] == "yes" and taken["'"] == "no"


def test_a_name_that_is_no_utf8_is_refused():
    assert named(os.fsdecode(b"/a\xffb"))


def test_braces_are_refused_in_what_becomes_an_input():
    for path in ("c{x}.csv", "/data/{run/output", "a}"):
        said = refused(machine.check_input_name, Path(path), option="sample.table")
        assert f"sample.table is '{path}'" in said
    for path in (Path("/a b/c'd$.csv"), None):
        assert refused(machine.check_input_name, path, option="sample.table") is None


@pytest.mark.parametrize(
    "name", ["results", "logs", "benchmarks", ".snakemake", "results/networks"]
)
def test_a_link_to_nowhere_is_refused(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    assert refused(machine.check_folders, tmp_path) is None
    path.symlink_to("/no/such/folder")
    said = refused(machine.check_folders, tmp_path)
    assert f"{path} is a link to /no/such/folder" in said and "remove the link" in said


@pytest.mark.parametrize("name", ["results", "logs", "benchmarks"])
def test_a_file_in_place_of_a_folder_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    assert f"{tmp_path / name} is no folder" in refused(machine.check_folders, tmp_path)


def test_a_link_to_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "logs").symlink_to("file")
    assert "logs is a link to file, which is no folder" in refused(machine.check_folders, tmp_path)


def test_files_of_a_run_are_no_faults(tmp_path):
    (tmp_path / "elsewhere/results/cutouts").mkdir(parents=True)
    (tmp_path / "elsewhere/results/dataset.hdf5").touch()
    (tmp_path / "results").symlink_to("elsewhere/results")
    assert refused(machine.check_folders, tmp_path) is None


def test_a_lock_of_an_editor_is_no_fault(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/.#rejected.csv").symlink_to("user@host.123:456")
    assert refused(machine.check_folders, tmp_path) is None


@pytest.mark.parametrize("only_read", [True, False])
def test_a_full_disk_is_a_fault_only_where_it_can_be_written(tmp_path, only_read):
    """As a folder of another's on squashfs, which has no room by design."""
    disk = tmp_path / "results/api"
    disk.mkdir(parents=True)
    small = SmallDisk(disk, megabytes=1)
    check = "from umbra.checks.machine import *; check_folders(Path(sys.argv[1]))"
    code = f"import sys; sys.path.insert(0, {str(Path(machine.__file__).parents[2])!r}); {check}"
    try:
        small.fill()
        prefix = [*small.prefix, "sh", "-c", 'mount -o remount,ro . && exec "$@"', "sh"]
        result = subprocess.run(
            [*(prefix if only_read else small.prefix), sys.executable, "-c", code, tmp_path],
            capture_output=True,
            text=True,
        )
    finally:
        small.close()
    if only_read:
        assert result.returncode == 0, result.stderr
    else:
        assert f"The disk of {disk} is full" in result.stderr


def as_somebody_else(check, *arguments):
    """Return the sentence of a check that a user without rights of root makes."""
    if os.getuid():
        return refused(check, *arguments)
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.setgid(65534)
        os.setuid(65534)
        os.write(writes, (refused(check, *arguments) or "nothing").encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writes)
    with open(reads, encoding="utf-8") as pipe:
        return pipe.read()


@pytest.fixture
def public():
    """Return a folder whose parents other users may enter."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name)


@pytest.mark.parametrize("name", ["results", "logs", "."])
def test_a_folder_that_cannot_be_written_is_refused(public, name):
    path = public / name
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o555)
    said = as_somebody_else(machine.check_folders, public)
    path.chmod(0o777)
    assert f"{path} cannot be written by you" in said and "--directory" in said


def test_a_folder_that_is_only_read_may_be_anothers(public):
    """But a job must be able to write to its own, made or not."""
    for name in ("results", "results/api", "results/ski"):
        (public / name).mkdir()
        (public / name).chmod(0o777)
    (public / "results/api").chmod(0o555)
    assert as_somebody_else(machine.check_folders, public) in (None, "nothing")
    own = [public / "results/ski/7", public / "results/new/7"]
    assert as_somebody_else(machine.check_permissions, own) in (None, "nothing")
    said = as_somebody_else(machine.check_permissions, [*own, public / "results/api/halos/deep"])
    assert f"{public}/results/api cannot be written by you" in said
    (public / "results/api").chmod(0o777)


def test_the_disk_of_a_link_must_have_room(tmp_path, monkeypatch):
    """On each disk once."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second disk: /dev/shm is none")
    looked = []
    monkeypatch.setattr(machine, "check_room", lambda path: looked.append(path) or check_room(path))
    (tmp_path / "logs").mkdir()
    (tmp_path / "results").symlink_to(other)
    machine.check_folders(tmp_path)
    assert looked == [tmp_path / ".", tmp_path / "results"]


def test_options_of_numba_in_the_folder_are_refused(tmp_path):
    assert refused(machine.check_no_numba_file, tmp_path) is None
    (tmp_path / ".numba_config.yaml").write_text("disable_jit: 1\n")
    assert "remove it" in refused(machine.check_no_numba_file, tmp_path)


def test_every_package_that_umbra_needs_is_looked_for():
    package = Path(machine.__file__).parents[1]
    needed = set()
    for path in [*package.rglob("*.py"), *(package.parent / "scripts").glob("*.py")]:
        if path.name == "autoprof_driver.py":  # it runs in an environment of its own
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                needed |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                needed.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "package_file":
                if isinstance(node.args[0], ast.Constant):  # a table of the user names others
                    needed.add(node.args[0].value)
    # Others look for the backends, and for bagpipes where the embedded engine needs it.
    others = {"umbra", TABLES, *machine.BACKENDS, *sys.stdlib_module_names}
    assert {"tqdm", "requests", "speclite", *others} - set(sys.stdlib_module_names) <= needed
    assert set(machine.PACKAGES) == needed - others


def test_missing_packages_are_named():
    assert refused(machine.check_packages) is None
    said = refused(machine.check_packages, ["json", "no_such_package", "nor_this"])
    assert "lacks no_such_package, nor_this: run `make setup`" in said


@pytest.mark.parametrize("backend", ["", "tensorflow", "jax"])
def test_a_backend_that_works(monkeypatch, backend):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert refused(machine.check_backend) is None


@pytest.mark.parametrize("backend", ["torch", "openvino", "no such backend", "Jax"])
def test_another_backend_is_refused(monkeypatch, backend):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert f"KERAS_BACKEND is {backend!r}: set it to" in refused(machine.check_backend)


def test_a_backend_that_is_not_installed_is_refused():
    """As in a Python that has only the standard library, and umbra."""
    code = (
        f"import os, sys; sys.path.insert(0, {str(Path(machine.__file__).parents[2])!r})\n"
        "os.environ['KERAS_BACKEND'] = 'jax'\n"
        "from umbra.checks.machine import check_backend; check_backend()"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True
    )
    assert "KERAS_BACKEND is 'jax', which is not installed" in result.stderr
