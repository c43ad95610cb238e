"""Jobs: the same on one core and again, in the user's environment, with the code that is known."""

import os
import re
from pathlib import Path

import pytest

from umbra.code_fingerprint import PLUMBING, reached_definitions
from workflow_case import REPOSITORY, Workflow, succeed


@pytest.fixture
def copy(finished, tmp_path):
    """Return a copy of the finished run without its networks."""
    return finished.copy(tmp_path / "copy", without=["networks", "ensemble"])


def test_one_core_and_a_partial_rerun_give_the_same_files(finished, galaxies, copy):
    targets = [
        f"results/photometry/{galaxies[0]}.fits",
        f"results/hi/moments/{galaxies[0]}.fits",
        f"results/ski/{galaxies[0]}/stars.txt",
    ]
    for name in targets:
        (copy.folder / name).unlink()
    succeed(copy.snakemake(*targets, cores=1))
    for name in targets:
        assert (copy.folder / name).read_bytes() == (finished.folder / name).read_bytes()


def test_jobs_find_what_the_user_has_on_pythonpath(finished, tmp_path, monkeypatch):
    """An environment may consist of folders on PYTHONPATH; every Python there notes its command.

    What changes results does not reach a job.
    """
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import os, pathlib, sys\n"
        f"note = pathlib.Path({str(site)!r}, f'{{os.getpid()}}.txt')\n"
        "backend = os.environ.get('MPLBACKEND')\n"
        "note.write_text(f'{sys.orig_argv} optimised: {sys.flags.optimize}, {backend}')\n"
    )
    before = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), before])))
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    workflow = Workflow(tmp_path / "run")
    workflow.folder.mkdir()
    config = {"simulation": finished.universe}
    succeed(workflow.snakemake("results/sample/galaxies.csv", config=config))
    commands = [path.read_text() for path in site.glob("*.txt")]
    # whose forks the jobs are
    of_server = re.compile(r"'umbra\.fork_server', '\d+'\] optimised: 0, Agg$")
    assert any(map(of_server.search, commands))


# For sitecustomize: notes the functions of the package that a script calls, once it has imported.
TRACER = """
import atexit, inspect, pathlib, sys

called = set()

def trace(frame, event, _):
    code = frame.f_code
    if event == "call" and "/umbra/" in code.co_filename and code.co_flags & inspect.CO_OPTIMIZED:
        if called or code.co_filename.endswith("/umbra/stage.py"):
            called.add((code.co_filename, code.co_qualname))

def note():
    sys.settrace(None)
    name = pathlib.Path(sys.argv[0]).name.split(".")[-2:]
    lines = [" ".join(pair) for pair in sorted(called)]
    pathlib.Path(__file__).with_name(".".join(name)).write_text("\\n".join(lines))

if "umbra.fork_server" in sys.orig_argv:
    sys.settrace(trace)
    atexit.register(note)
"""


def test_every_function_that_a_script_calls_is_in_its_fingerprint(
    copy, galaxies, tmp_path, monkeypatch
):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(TRACER)
    before = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), before])))
    made = {
        "moments.py": (f"results/hi/moments/{galaxies[0]}.fits", "umbra.hi.moments.moment_maps"),
        "mass_profile.py": (
            f"results/profiles/{galaxies[0]}.csv",
            "umbra.simulation.particles.dark_matter",
        ),
        "rejected.py": ("results/rejected.csv", "umbra.dataset.rejections.write_rejected"),
    }
    for name, _ in made.values():
        (copy.folder / name).unlink()
    succeed(copy.snakemake(*(name for name, _ in made.values())))
    workflow = REPOSITORY / "workflow"
    for script, (_, expected) in made.items():
        reached = {".".join(place) for place in reached_definitions(workflow / "scripts" / script)}
        called = set()
        for line in (site / script).read_text().splitlines():
            path, _, name = line.rpartition(" ")
            module = ".".join(Path(path).relative_to(workflow).with_suffix("").parts)
            if module not in PLUMBING and not name.startswith("<"):
                called.add(f"{module}.{name.partition('.')[0]}")
        assert expected in called
        assert called <= reached, script
