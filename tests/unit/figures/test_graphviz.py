"""Graphviz draws the same in any surrounding, and is missed before hours are spent."""

import re
import shutil

import pytest

from umbra.errors import InputError
from umbra.figures import graphviz
from umbra.figures.catalogue import configured


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/St_Johns", ":no/such/zone"])
def test_the_time_in_a_pdf_is_in_one_time_zone(monkeypatch, zone):
    """And is left out of the figure in that form (umbra.figures.pipeline)."""
    monkeypatch.setenv("TZ", zone)
    picture = graphviz.run_graphviz("dot", "digraph { a -> b }", "-Tpdf")
    assert re.search(rb"\(D:\d{14}Z\)", picture)


def test_a_missing_program_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/no/such/folder")
    with pytest.raises(InputError, match="program tred is not installed: run `apt-get") as error:
        graphviz.check_graphviz()
    for remedy in ("conda install", "module", "snakemake results/plots/fig08_tully_fisher.pdf"):
        assert remedy in str(error.value)
    assert "fig08_tully_fisher" in configured(architectures=[], channel_sets={})
