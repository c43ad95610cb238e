"""Scripts in forks: their imports are done once, and nothing else is shared."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interruption import wait_until
from umbra.fork_server import ForkServer

PACKAGES = Path(__file__).resolve().parents[2] / "workflow"
# A module that notes each import of it, and has something to change.
MODULE = """
with open("imports", "a") as file:
    print("imported", file=file)
value = 0
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which the server runs, with a module that scripts can import."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/large.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'modules'}:{PACKAGES}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server(folder):
    one = ForkServer()
    yield one
    one.close()


def script(folder, text, name="stage"):
    """Write a script as Snakemake names it."""
    path = folder / f"tmp1234.{name}.py"
    path.write_text(text)
    return str(path)


def status_of(server, path, **environment):
    return server.start(path, environment).wait()


def alive(pid):
    """Whether a process runs; one that has ended may still wait for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_imports_are_done_once_and_nothing_that_a_script_changes_stays(server, folder):
    text = "import os\nimport large\nlarge.value += 1\nos.environ['LEFT'] = 'here'\n"
    text += "open(f'of_{os.getpid()}', 'w').write(f'{large.value} {os.environ.get(\"LEFT\")}')\n"
    for _ in range(3):
        assert status_of(server, script(folder, text)) == 0
    assert (folder / "imports").read_text() == "imported\n"
    assert [path.read_text() for path in folder.glob("of_*")] == ["1 here"] * 3


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("pass", 0, ""),
        ("import gc\nassert gc.isenabled()", 0, ""),
        ("import sys\nsys.exit('umbra: a sentence')", 1, "umbra: a sentence\n"),
        ("import sys\nsys.exit(7)", 7, ""),
        ("raise ValueError('no number')", 1, "ValueError: no number\n"),
        ("from large import nothing", 1, "ImportError: cannot import name 'nothing'"),
        ("import leaves", 3, ""),
        ("import there_is_none", 1, "ModuleNotFoundError: No module named 'there_is_none'"),
        ("value = (", 1, "SyntaxError"),
        ("import os\nos.kill(os.getpid(), 9)", -9, ""),
    ],
)
def test_a_script_ends_as_in_an_interpreter_of_its_own(folder, capfd, text, status, said):
    path = script(folder, text)
    (folder / "modules/leaves.py").write_text("raise SystemExit(3)")
    server = ForkServer()
    assert status_of(server, path) == status
    assert status_of(server, script(folder, "import large", name="next")) == 0
    server.close()
    err = capfd.readouterr().err
    assert said in err and bool(said) == bool(err)
    assert subprocess.run([sys.executable, path], check=False).returncode == status


def test_scripts_wait_until_somebody_looks(server, folder):
    """A script that has ended before Snakemake's benchmark finds its process would be a failure."""
    forks = [server.start(script(folder, "open('begun', 'w')"), {}) for _ in range(20)]
    assert all(alive(fork.pid) for fork in forks)
    assert not (folder / "begun").exists()
    assert [fork.wait() for fork in forks] == [0] * 20


ENVIRONMENT = """
import os, tempfile
os.environ["LEFT_BY_IMPORT"] = "here"
print(tempfile.gettempdir())
"""


def test_an_import_leaves_no_environment_behind(server, folder, monkeypatch, capfd):
    """Neither variables nor the choice of a folder for temporary files; and it prints once."""
    (folder / "modules/leaves.py").write_text(ENVIRONMENT)
    text = "import os, tempfile, leaves\nfound = [os.environ.get('LEFT_BY_IMPORT'), os.getcwd()]\n"
    text += "open(os.environ['OUT'], 'w').write(f'{found} {tempfile.gettempdir()}')\n"
    for name in ("first", "second"):
        (own := folder / name).mkdir()
        monkeypatch.chdir(own)
        assert status_of(server, script(folder, text), TMPDIR=str(own), OUT=str(own / "out")) == 0
        assert (own / "out").read_text() == f"{[None, str(own)]} {own}"
    server.close()
    assert len(capfd.readouterr().out.splitlines()) == 1


def test_scripts_at_the_same_time_have_their_own_status_and_variables(server, folder):
    path = script(folder, "import os, sys, large\nsys.exit(int(os.environ['NUMBER']))")
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda i: status_of(server, path, NUMBER=str(i)), range(40))
        assert list(found) == list(range(40))


def test_a_script_sees_its_name_and_shows_the_rule_s(server, folder):
    text = "import json, sys\nfound = [__name__, __file__, sys.argv]\n"
    text += "found.append(open('/proc/self/comm').read())\njson.dump(found, open('found', 'w'))\n"
    path = script(folder, text, name="hi_cubes")
    assert status_of(server, path) == 0
    expected = ["__main__", path, [path], "hi_cubes\n"]
    assert json.loads((folder / "found").read_text()) == expected


def test_a_file_of_the_user_hides_no_module(server, folder):
    for name in ("json", "socket", "large"):
        (folder / f"{name}.py").write_text("raise RuntimeError('hidden')\n")
    assert status_of(server, script(folder, "import json, socket, large")) == 0


def test_libraries_compute_with_one_thread(server, folder):
    text = "import numpy as np, os\na = np.ones((500, 500))\na @ a\n"
    text += "open('threads', 'w').write(str(len(os.listdir('/proc/self/task'))))\n"
    assert status_of(server, script(folder, text)) == 0
    assert (folder / "threads").read_text() == "1"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("threaded", "from threading import *\nThread(target=Event().wait, daemon=True).start()"),
        ("jax", "# starts threads later"),
    ],
)
def test_no_fork_where_an_import_starts_threads(server, folder, name, text):
    (folder / f"modules/{name}.py").write_text(text)
    harmless = script(folder, "import large", name="harmless")
    assert status_of(server, harmless) == 0
    assert server.start(script(folder, f"import {name}"), {}) is None
    assert server.start(harmless, {}) is None


def test_no_import_of_the_workflow_s_scripts_starts_a_thread(server, folder):
    """Else all jobs after it would need interpreters of their own."""
    lines = [
        line
        for path in (PACKAGES / "scripts").glob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert "from umbra.networks.training import train_network" in lines
    assert status_of(server, script(folder, "\n".join(lines))) == 0


RUNS_LONG = """
import os, signal, subprocess
program = subprocess.Popen(["sleep", "1000"])
try:
    with open("pids", "w") as file:
        file.write(f"{os.getpid()} {os.getppid()} {program.pid}")
    signal.pause()
except KeyboardInterrupt:
    open("interrupted", "w").close()
"""


def pids(folder):
    """Return the processes of the script that runs long, of its server and of its program."""
    wait_until((folder / "pids").exists)
    return map(int, wait_until((folder / "pids").read_text).split())


def wait_until_gone(*processes):
    wait_until(lambda: not any(map(alive, processes)))


def test_scripts_die_with_their_server_and_later_ones_need_an_interpreter(server, folder):
    fork = server.start(script(folder, RUNS_LONG), {})
    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(fork.wait)
        _, parent, program = pids(folder)
        os.kill(parent, signal.SIGKILL)
        assert status.result() == -signal.SIGKILL
    wait_until_gone(fork.pid)
    os.kill(program, signal.SIGKILL)
    assert server.start(script(folder, "pass"), {}) is None


STARTS = """
import signal, sys
from umbra.fork_server import ForkServer
signal.signal(signal.SIGINT, signal.SIG_IGN if sys.argv[1] == "ignored" else lambda *_: None)
server = ForkServer()
print(server.start(sys.argv[2], {}).wait(), server.start(sys.argv[3], {}).wait())
"""


def started(folder, text=RUNS_LONG, control_c="taken"):
    """Start a process with a server, in a group of its own, as a terminal does."""
    scripts = [script(folder, text), script(folder, "pass", name="next")]
    command = [sys.executable, "-c", STARTS, control_c, *scripts]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_nothing_outlives_the_process_that_has_the_server(folder):
    with started(folder) as client:
        running = list(pids(folder))
        client.kill()
    wait_until_gone(*running)


def test_control_c_reaches_scripts_and_not_the_server(folder):
    with started(folder) as client:
        list(pids(folder))
        os.killpg(client.pid, signal.SIGINT)
        assert client.communicate()[0] == "0 0\n"
    assert (folder / "interrupted").exists()


IGNORES = """
import os, signal
ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
open("found", "w").write(f"{ignored}")
"""


@pytest.mark.parametrize("control_c", ["ignored", "taken"])
def test_control_c_is_ignored_where_it_was(folder, control_c):
    """As in the background of a shell's script."""
    with started(folder, IGNORES, control_c) as client:
        assert client.communicate()[0] == "0 0\n"
    assert (folder / "found").read_text() == str(control_c == "ignored")
