"""Which galaxies count as rejected, and how many may be."""

import pytest

from umbra.dataset.rejections import write_rejected
from umbra.errors import InputError
from umbra.files import write_rejection


@pytest.fixture
def files_of_galaxies(tmp_path):
    """Return the files of eight galaxies, of which galaxies 2 and 7 were rejected."""
    files = []
    for galaxy in reversed(range(8)):
        usable, last = tmp_path / f"{galaxy}.csv", tmp_path / f"{galaxy}.fits"
        usable.write_text("radius_kpc\n1\n")
        last.write_bytes(b"SIMPLE  =")
        if galaxy in (2, 7):
            write_rejection(last, f"only {galaxy} gas cells, of 100")
        files += [usable, last]
    return files


def test_the_rejected_galaxies_are_listed_in_order(files_of_galaxies, tmp_path):
    write_rejected(files=files_of_galaxies, max_fraction=0.25, output=tmp_path / "rejected.csv")
    lines = (tmp_path / "rejected.csv").read_text().splitlines()
    assert lines == [
        "galaxy,reason",
        '2,"only 2 gas cells, of 100"',
        '7,"only 7 gas cells, of 100"',
    ]


def test_without_a_rejected_galaxy_the_list_is_empty(files_of_galaxies, tmp_path):
    usable = [path for path in files_of_galaxies if path.stem not in ("2", "7")]
    write_rejected(files=usable, max_fraction=0.0, output=tmp_path / "rejected.csv")
    assert (tmp_path / "rejected.csv").read_text() == "galaxy,reason\n"


def test_too_many_are_an_error_that_names_them(files_of_galaxies, tmp_path):
    with pytest.raises(InputError, match=r"2 of 8 galaxies .* 0\.2 .*2: only 2 gas cells.*; 7:"):
        write_rejected(files=files_of_galaxies, max_fraction=0.2, output=tmp_path / "rejected.csv")
    assert not (tmp_path / "rejected.csv").exists()
