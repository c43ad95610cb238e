"""The page that shows all figures."""

import re
from pathlib import Path

import pytest
import yaml
from jinja2 import UndefinedError

from figure_case import GRI
from umbra.channels import PAPER_CHANNEL_SETS
from umbra.figures import gallery
from umbra.figures.catalogue import SHOWN_TABLES, configured

CAPTIONS = Path(__file__).resolve().parents[3] / "workflow" / "report"
FIGURES = configured(
    architectures=["A", "B", "C", "ResNet50", "SymmetricResNet"],
    channel_sets={**PAPER_CHANNEL_SETS, "gri": GRI.channels},
)


@pytest.fixture
def shown(tmp_path):
    figures = []
    for name, entry in FIGURES.items():
        png, pdf = tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"
        png.write_bytes(b"png")
        pdf.write_bytes(b"pdf")
        figures.append(gallery.ShownFigure(name, entry, png, pdf))
    return figures


def block(page, name):
    """The part of the page that shows one figure, in one line."""
    return " ".join(re.search(f'<figure id="{name}">.*?</figure>', page, flags=re.S)[0].split())


def test_gallery_shows_every_figure_caption_and_the_configuration(shown, tmp_path):
    table = tmp_path / "rejected.csv"
    table.write_text(f"galaxy,reason\n12,no <gas>{'!' * 200}\n")
    config = {"seed": 3, "photometry": {"engine": "embedded"}}
    output = tmp_path / "results" / "figures"
    output.mkdir(parents=True)
    (output / "old.png").touch()
    gallery.write_gallery(
        figures=shown,
        tables=[(SHOWN_TABLES["rejected"], table)],
        captions=CAPTIONS,
        config=config,
        output=output,
    )
    page = (output / "index.html").read_text()
    places = [page.index(f'<img src="{name}.png"') for name in FIGURES]
    assert places == sorted(places)
    for name, entry in FIGURES.items():
        assert (output / f"{name}.png").read_bytes() == b"png"
        assert (output / f"{name}.pdf").read_bytes() == b"pdf"
        assert page.count(f'href="{name}.pdf"') == 2
        assert f"<h2>{entry.title}</h2>" in page
        if entry.kind == "other":
            caption = (CAPTIONS / entry.caption).read_text().split(". ")[0]
            assert " ".join(caption.split()) in block(page, name)
    assert f"no &lt;gas&gt;{'!' * 200}<" in page and "1 row<" in page
    assert "Galaxies whose data could not be used" in page
    printed = re.search(r"<pre>(.*?)</pre>", page, flags=re.DOTALL)[1]
    assert yaml.safe_load(printed) == config
    assert not re.search(r"(src|href)=\"https?:", page), "the page needs nothing from elsewhere"
    assert not (output / "old.png").exists()


def test_captions_of_errors_name_what_is_compared(shown, tmp_path):
    output = tmp_path / "figures"
    gallery.write_gallery(figures=shown, tables=[], captions=CAPTIONS, config={}, output=output)
    page = (output / "index.html").read_text()
    first, last = "What does each kind of observation add? ", "Does the architecture matter? "
    assert first + "Architecture C, which has four convolutions, is trained once for each" in block(
        page, "fig11_channels_c"
    )
    for name, label in (
        ("fig15_architectures_i", "SDSS i"),
        ("fig26_architectures_gri", "SDSS g, r, i"),
    ):
        assert (
            f"{last}All architectures see the same images: {label}. SymmetricResNet also"
            in block(page, name)
        )
    for name, entry in FIGURES.items():
        assert ("Curves show the root mean square" in block(page, name)) == (entry.kind == "errors")


@pytest.mark.parametrize("entry", SHOWN_TABLES.values(), ids=SHOWN_TABLES)
def test_captions_of_tables_are_valid(entry):
    caption = gallery.caption_html((CAPTIONS / entry.caption).read_text())
    assert caption.startswith("<p>") and "{{" not in caption


def test_a_parameter_that_is_missing_is_not_passed_over():
    with pytest.raises(UndefinedError, match="colour"):
        gallery.caption_html("A {{ snakemake.params.colour }} line.", label="i")


def test_tables_of_any_length(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("galaxy,mass\n" + "".join(f"{number},1.50\n" for number in range(300)))
    html = gallery.table_html(path)
    assert html.count("<tr><td>") == 300 and "<td>1.50</td>" in html and "<p>300 rows</p>" in html
    path.write_text("galaxy,mass\n")
    assert "<p>no rows</p>" in gallery.table_html(path)


def test_gallery_that_fails_leaves_nothing_half_made(shown, tmp_path):
    shown[-1].png.unlink()
    output = tmp_path / "results" / "figures"
    with pytest.raises(FileNotFoundError):
        gallery.write_gallery(figures=shown, tables=[], captions=CAPTIONS, config={}, output=output)
    assert list(output.parent.iterdir()) == []
