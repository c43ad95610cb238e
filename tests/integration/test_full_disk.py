"""A disk that fills up is named in one sentence; with room again, the run finishes."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import h5py
import pytest

import tng_files
from interruption import SmallDisk, paused, said, started, unfinished, wait_until
from workflow_case import Workflow, centre

MEGABYTES = 120
BUILDERS = Path(__file__).resolve().parents[1] / "builders"


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    small = SmallDisk(folder, MEGABYTES)
    yield small
    small.close()


@pytest.fixture
def run(finished, tmp_path, disk):
    """Return a call of the workflow on the small disk, with three galaxies of `finished`."""
    centres = {int(row["subhalo_id"]): centre(row) for row in finished.galaxies()[-3:]}
    config = {
        "simulation": finished.universe,
        "sample": {"table": str(tng_files.write_centres(tmp_path / "centres.csv", centres))},
        "observation": {"realisations": 1, "pixels": 95},
        "photometry": {"packets": 1e4},
    }

    def call(*targets, folder="small"):
        return started(Workflow(tmp_path / folder), *targets, prefix=disk.prefix, config=config)

    return SimpleNamespace(call=call, galaxies=list(centres))


@pytest.fixture
def linked(tmp_path, disk):
    """Return the name of a folder on another disk, with a link to the results on the small one."""
    (disk.folder / "results").mkdir()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "results").symlink_to(tmp_path / "small" / "results")
    return "linked"


def check_nothing_half_written(disk):
    """Every HDF5 and FITS file that has its name is whole, and no other is left."""
    for path in (disk.folder / "results").rglob("*"):
        assert ".part" not in path.name
        if path.suffix == ".hdf5":
            with h5py.File(path) as file:
                assert len(file)
        if path.suffix == ".fits":
            assert path.stat().st_size % 2880 == 0
            assert path.stat().st_size > 0


def test_disk_that_fills_up_and_is_emptied(disk, run, linked, tmp_path):
    """The first and the last run see the results through a link."""
    target = "results/dataset.hdf5"
    disk.fill(leave=2_000_000)
    with run.call(target, folder=linked) as first:
        assert first.wait() == 1
        shard = "results/cutouts/shards/0.hdf5"
        full = "cannot be written (No space left on device); make room"
        assert f"umbra: {shard} (that is {tmp_path / 'small' / shard}) {full}" in said(first)
        assert "Traceback" not in said(first)
    check_nothing_half_written(disk)
    assert not list((disk.folder / "results/cutouts").glob("*.hdf5"))
    disk.empty()

    with run.call(target) as second:
        wait_until(
            lambda: any("hi/cubes" in name for name in unfinished(disk.folder, second.since)),
            second,
        )
        with paused(second):  # it must not end before the disk is full
            disk.fill()
        # Snakemake's own records find no room either, of which it may say more than a sentence.
        assert second.wait() == 1
        assert "No space left on device" in said(second)
        assert "workflow/umbra/" not in said(second)  # no traceback through the package
    check_nothing_half_written(disk)

    disk.fill()  # what the jobs have removed is free again
    with run.call(target) as third:
        assert third.wait() == 1
        assert "is full: it has 0.0 MB left" in said(third)
    disk.empty()

    kept = {path: path.stat().st_mtime_ns for path in (disk.folder / "results").rglob("*.hdf5")}
    with run.call(target, folder=linked) as last:
        assert last.wait() == 0, said(last)
    assert all(path.stat().st_mtime_ns == made for path, made in kept.items() if path.exists())
    check_nothing_half_written(disk)
    with h5py.File(disk.folder / target) as file:
        assert file["galaxy"][:].tolist() == run.galaxies


SCRIPT = """
    from pathlib import Path

    import numpy as np

    import file_writers as write
    from umbra import stage

    DATA = write.DATA = np.random.default_rng(1).random((512, 512))

    def unnamed(path):
        with open("/dev/full", "wb") as file:
            file.write(DATA.tobytes())

    def rejected(path):
        from umbra.errors import Rejected
        raise Rejected("r" * 2**20)

    stages = {
        "table.csv": write.table, "text.txt": write.text, "image.fits": write.image,
        "arrays.npz": write.arrays, "fields.hdf5": write.fields, "model.keras": write.network,
        "figure.pdf": write.figure, "unnamed.txt": unnamed,
    }
    for name, function in stages.items():
        try:
            stage.run(function, "log", path=Path("made") / name)
        except SystemExit as exit:
            print(exit)
    try:
        stage.run_galaxy(rejected, [], ["made/marker"], "log", path=None)
    except SystemExit as exit:
        print(exit)
    print(sorted(path.name for path in Path("made").iterdir()))
"""


def test_every_kind_of_file_is_named_when_it_finds_no_room(disk):
    disk.fill(leave=64_000)
    command = [*disk.prefix, sys.executable, "-c", textwrap.dedent(SCRIPT)]
    path = os.pathsep.join([str(BUILDERS), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    full = "cannot be written (No space left on device); make room"
    names = "table.csv text.txt image.fits arrays.npz fields.hdf5 model.keras figure.pdf".split()
    assert done.stdout.splitlines() == [
        *(f"umbra: made/{name} {full} on its disk and run again." for name in names),
        f"umbra: a file {full} on its disk and run again.",
        f"umbra: made/marker {full} on its disk and run again.",
        "[]",
    ]
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
