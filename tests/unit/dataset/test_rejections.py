"""Which galaxies count as rejected, and how many may be."""

import pytest

from umbra.dataset.rejections import collect, examine
from umbra.errors import InputError
from umbra.files import write_rejection


@pytest.fixture
def parts(tmp_path):
    """Return two parts of four galaxies each, of which galaxies 2 and 7 were rejected."""
    paths = []
    for part in range(2):
        products = {}
        for galaxy in range(4 * part, 4 * part + 4):
            usable, last = tmp_path / f"{galaxy}.csv", tmp_path / f"{galaxy}.fits"
            usable.write_text("radius_kpc\n1\n")
            last.write_bytes(b"SIMPLE  =")
            if galaxy in (2, 7):
                write_rejection(last, f"only {galaxy} gas cells")
            products[galaxy] = [usable, last]
        paths.append(tmp_path / f"part{part}.csv")
        examine(products=products, output=paths[-1])
    return paths


def test_the_rejected_galaxies_of_all_parts_are_listed(parts, tmp_path):
    collect(parts=parts, max_fraction=0.25, output=tmp_path / "rejected.csv")
    lines = (tmp_path / "rejected.csv").read_text().splitlines()
    assert lines == ["galaxy,reason", "2,only 2 gas cells", "7,only 7 gas cells"]


def test_too_many_are_an_error_that_names_them(parts, tmp_path):
    with pytest.raises(InputError, match=r"2 of 8 galaxies .* 0\.2 .*2: only 2 gas cells; 7:"):
        collect(parts=parts, max_fraction=0.2, output=tmp_path / "rejected.csv")
    assert not (tmp_path / "rejected.csv").exists()
