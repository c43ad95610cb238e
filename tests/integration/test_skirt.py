"""A run with a SKIRT executable: one job asks SKIRT, and the others wait for its answer."""

import shutil
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits

from paper_scale import job_table
from skirt_schema import KEPT, Schema
from skirt_stand_in import NEEDED, install
from workflow_case import succeed


def test_skirt_accepts_every_ski_of_the_run(finished, galaxies):
    schema = Schema(KEPT)
    for galaxy in galaxies:
        schema.check(finished.folder / f"results/ski/{galaxy}/galaxy.ski")


@pytest.fixture(scope="module")
def run(finished, galaxies, tmp_path_factory):
    """Return a copy of the finished run, with two galaxies to be made again by SKIRT."""
    folder = tmp_path_factory.mktemp("with_skirt")
    skirt = install(folder / "SKIRT")
    copy = finished.copy(folder / "run")
    shutil.rmtree(copy.folder / "logs/radiative_transfer")
    targets = [f"results/photometry/{galaxy}.fits" for galaxy in galaxies[:2]]

    def call(*flags):
        return copy.snakemake(*targets, *flags, config={"photometry": {"engine": str(skirt)}})

    resource = folder / "SKIRT/resources/SKIRT9_Resources_Core" / NEEDED[1]
    return SimpleNamespace(call=call, folder=copy.folder, targets=targets, resource=resource)


@contextmanager
def missing(resource):
    away = resource.rename(resource.with_suffix(".away"))
    yield
    away.rename(resource)


def test_a_refusal_costs_one_job_and_shows_the_words_of_skirt(run):
    with missing(run.resource):
        result = run.call()
    assert result.returncode != 0
    said = result.stdout + result.stderr
    assert f"*** Error: Could not locate resource '{run.resource.name}'\n" in said
    assert "umbra: " in said and "Traceback" not in said
    assert "Radiative transfer in galaxy" not in said
    assert not (run.folder / "logs/radiative_transfer").exists()


def test_then_skirt_makes_the_images(run):
    result = succeed(run.call())
    jobs = job_table(result.stdout + result.stderr)
    assert jobs == {"skirt_check": 1, "radiative_transfer": 2, "photometry": 2}
    for target in run.targets:
        image = fits.getdata(run.folder / target, "R0")
        assert image.shape == (5, 128, 128)
        assert np.abs(image).max() > 0 and abs(image.mean()) < image.std()  # sky, without light


def test_asking_again_makes_no_image_again_whatever_the_answer(run):
    accepted = run.folder / "results/skirt_check/accepted.txt"
    with missing(run.resource):
        result = run.call("--forcerun", "skirt_check")
    assert result.returncode != 0 and run.resource.name in result.stderr
    assert "Radiative transfer in galaxy" not in result.stdout + result.stderr
    assert accepted.exists()
    for gone in (False, True):
        if gone:
            accepted.unlink()
        assert job_table(succeed(run.call("--dry-run")).stdout) == {}
