"""The made-up galaxy that SKIRT has to accept before the others."""

import numpy as np
import pytest

from ski_case import OBSERVATION, PHOTOMETRY
from skirt_stand_in import install
from umbra.config.photometry import SkiSettings
from umbra.errors import InputError
from umbra.photometry.trial import check_skirt
from umbra.skirt_engine.cli import main


@pytest.fixture
def options(tmp_path):
    return {
        "engine": str(install(tmp_path / "SKIRT")),
        "seed": 5,
        "observation": OBSERVATION,
        "photometry": PHOTOMETRY,
        "accepted": tmp_path / "check" / "accepted.txt",
    }


def test_skirt_accepts_it_and_the_ski_stays(options):
    check_skirt(**options)
    folder = options["accepted"].parent
    assert sorted(path.name for path in folder.iterdir()) == [
        "accepted.txt",
        "galaxy.ski",
        "gas.txt",
        "stars.txt",
        "young_stars.txt",
    ]
    assert "accepts" in options["accepted"].read_text()


def test_a_refusal_gives_skirts_reason_and_leaves_no_mark(options, tmp_path):
    (tmp_path / "SKIRT/resources/SKIRT9_Resources_Core/MappingsSEDFamily.stab").unlink()
    with pytest.raises(InputError, match="Could not locate resource 'MappingsSEDFamily.stab'"):
        check_skirt(**options)
    assert not options["accepted"].exists()
    assert (tmp_path / "check/galaxy.ski").exists()


def test_a_program_that_is_no_skirt_is_found_out(options, tmp_path):
    """The ski is complete: with another engine it has light and dust in every image."""
    wrong = tmp_path / "skirt"
    wrong.write_text("#!/bin/sh\necho skirt: error while loading shared libraries; exit 127\n")
    wrong.chmod(0o755)
    with pytest.raises(InputError, match=r"exit status 127\).*\n.*shared libraries"):
        check_skirt(**{**options, "engine": str(wrong)})


@pytest.mark.parametrize("content", [b"#!/no/such/interpreter\n", b"\x7fELF of another machine"])
def test_a_program_that_cannot_be_started_is_named(options, tmp_path, content):
    wrong = tmp_path / "skirt"
    wrong.write_bytes(content)
    wrong.chmod(0o755)
    with pytest.raises(InputError, match=rf"{wrong} cannot be started .*photometry.engine"):
        check_skirt(**{**options, "engine": str(wrong)})


def test_it_has_stars_and_dust(options, tmp_path):
    check_skirt(**{**options, "photometry": SkiSettings(packets=1e3)})
    folder = str(options["accepted"].parent)
    assert main(["-t", "1", "-i", folder, "-o", str(tmp_path / "out"), f"{folder}/galaxy.ski"]) == 0
    log = (tmp_path / "out/galaxy_log.txt").read_text()
    assert "Read 100 particles of BruzualCharlotSEDFamily" in log
    assert "Read 100 particles of MappingsSEDFamily" in log
    assert "none has dust" not in log
    assert np.all([path.stat().st_size for path in (tmp_path / "out").glob("*_total.fits")])
