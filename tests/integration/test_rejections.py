"""Galaxies that cannot be used are left out and named; jobs that crash stop the run and say why."""

import csv
import os
import re
import signal
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

import tng_files
from interruption import jobs, said, started, unfinished, wait_until
from umbra.files import rejection
from workflow_case import Workflow, centre, succeed

GALAXIES = range(1, 10)
WITHOUT_GAS = 9
CHOSEN = "results/classical/rotation_curves/galaxies.csv"
HTML = "<html><body>502 Bad Gateway</body></html>"


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def put_a_page(path):
    path.write_text(HTML)


def spoil_coordinates(path):
    with h5py.File(path, "r+") as file:
        file["PartType0/Coordinates"][7, 1] = np.nan


# What is done to a cutout, and the reason that must be given.
DAMAGE = {
    3: (truncate, "results/cutouts/3.hdf5 cannot be read as HDF5 (truncated file"),
    7: (put_a_page, "results/cutouts/7.hdf5 cannot be read as HDF5 (file signature not found)"),
    8: (spoil_coordinates, "results/cutouts/8.hdf5: PartType0/Coordinates holds numbers that"),
}
REJECTED = [*DAMAGE, WITHOUT_GAS]


@pytest.fixture(scope="module")
def nine(finished, tmp_path_factory):
    """Return a run on nine galaxies: three cutouts went bad, and one is of empty space."""
    folder = tmp_path_factory.mktemp("nine")
    sample = finished.galaxies()
    sample.sort(key=lambda row: sum(float(row[f"{kind}_mass_msun"]) for kind in ("gas", "stellar")))
    centres = {galaxy: centre(sample[galaxy % 2]) for galaxy in GALAXIES}
    centres[WITHOUT_GAS] = tuple((value + 9000) % 75000 for value in centres[WITHOUT_GAS])
    config = {
        "simulation": finished.snapshot_alone(folder),
        "sample": {
            "table": str(tng_files.write_centres(folder / "centres.csv", centres)),
            "max_rejected_fraction": 4 / 9,
        },
        "observation": {"realisations": 1, "pixels": 127},
        "photometry": {"packets": 1e4},
        "hi": {"channels": 8},
        "figures": {"example_galaxies": [3, 4]},
    }
    workflow = Workflow(folder)
    cutouts = [f"results/cutouts/{galaxy}.hdf5" for galaxy in GALAXIES]
    succeed(workflow.snakemake(*cutouts, config=config))
    for galaxy, (damage, _) in DAMAGE.items():
        path = folder / f"results/cutouts/{galaxy}.hdf5"
        made = path.stat()
        damage(path)
        os.utime(path, ns=(made.st_atime_ns, made.st_mtime_ns))
    targets = [f"results/plots/{name}.png" for name in ("fig01_photometry", "fig02_hi_moments")]
    succeed(workflow.snakemake("results/dataset.hdf5", *targets, CHOSEN, config=config))
    return SimpleNamespace(workflow=workflow, folder=folder, config=config)


def test_all_others_are_in_the_dataset(nine):
    with h5py.File(nine.folder / "results/dataset.hdf5") as file:
        assert file["galaxy"][:].tolist() == [id for id in GALAXIES if id not in REJECTED]
        assert np.isfinite(file["images"][..., :5]).all()


def test_each_reason_is_given(nine):
    rejected = rows(nine.folder / "results/rejected.csv")
    assert [int(row["galaxy"]) for row in rejected] == REJECTED
    for row, (_, reason) in zip(rejected[:-1], DAMAGE.values(), strict=True):
        assert row["reason"].startswith(reason)
    assert "gas" in rejected[-1]["reason"]


def test_markers_are_in_place_of_the_files(nine):
    for galaxy, (_, reason) in DAMAGE.items():
        for pattern in (
            "ski/{}/galaxy.ski",
            "radiative_transfer/{}/galaxy_r0_total.fits",
            "photometry/{}.fits",
            "hi/cubes/{}_r0.fits",
            "hi/moments/{}.fits",
            "profiles/{}.csv",
        ):
            assert rejection(nine.folder / "results" / pattern.format(galaxy)).startswith(reason)
    assert "gas" in rejection(nine.folder / f"results/photometry/{WITHOUT_GAS}.fits")


def test_figures_are_drawn_though_an_example_was_rejected(nine):
    """The example 3 is a truncated file, 4 is sound."""
    for name in ("fig01_photometry", "fig02_hi_moments"):
        assert (nine.folder / f"results/plots/{name}.png").stat().st_size > 10000


def test_a_later_stage_knows_the_others_only(nine):
    later = {int(row["galaxy"]) for row in rows(nine.folder / CHOSEN)}
    assert later
    assert later.isdisjoint(REJECTED)


def test_a_lower_limit_stops_the_run(nine):
    config = {**nine.config, "sample": {**nine.config["sample"], "max_rejected_fraction": 0.2}}
    result = nine.workflow.snakemake("results/dataset.hdf5", config=config)
    assert result.returncode == 1
    assert (
        "umbra: 4 of 9 galaxies are rejected, more than sample.max_rejected_fraction = 0.2 "
        "allows (3: results/cutouts/3.hdf5 cannot be read"
    ) in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def the_job(folder, script):
    """Return the process of a script, once it runs."""
    return next((pid for pid, name in jobs(folder).items() if name == script), None)


def test_a_job_that_dies_stops_its_galaxy_only_and_is_named(finished, tmp_path):
    """One is killed, as the system does when memory runs out; one finds a damaged image."""
    galaxies = [row["subhalo_id"] for row in finished.galaxies()[3:]]
    config = {
        "simulation": finished.universe,
        "observation": {"realisations": 1},
        "photometry": {"packets": 1e4},
    }
    workflow = Workflow(tmp_path)
    frame = tmp_path / f"results/radiative_transfer/{galaxies[0]}/galaxy_r0_total.fits"
    cutouts = [f"results/cutouts/{galaxy}.hdf5" for galaxy in galaxies]
    first = [frame.relative_to(tmp_path), *cutouts]
    succeed(workflow.snakemake(*first, config=config))
    made = frame.stat()
    put_a_page(frame)
    os.utime(frame, ns=(made.st_atime_ns, made.st_mtime_ns))
    cubes = {f"results/hi/cubes/{galaxy}_r0.fits": galaxy for galaxy in galaxies}
    targets = [*cubes, f"results/photometry/{galaxies[0]}.fits"]
    with started(workflow, *targets, config=config, cores=1) as run:
        killed = wait_until(lambda: the_job(tmp_path, "hi_cubes"), run)
        (cube,) = unfinished(tmp_path, run.since) & set(cubes)
        os.kill(killed, signal.SIGKILL)
        assert run.wait() == 1
        text = said(run)
    for path in cubes:
        assert (tmp_path / path).exists() == (path != cube)
    assert "Error in rule hi_cubes:" in text
    assert f"log: logs/hi_cubes/{cubes[cube]}.log (check log file(s) for error details)" in text
    # by a shell that has become the job, or by one that waits for it
    assert re.search(r"died with <Signals.SIGKILL: 9>|returned non-zero exit status 137", text)
    assert "Error in rule photometry:" in text
    assert f"log: logs/photometry/{galaxies[0]}.log (check log file(s) for error" in text
    assert f"umbra: {first[0]} is not a complete image of SKIRT" in text
    frame.unlink()
    succeed(workflow.snakemake(*targets, config=config))
