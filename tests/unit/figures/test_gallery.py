"""Which figures there are, and the page that shows them."""

import re
from pathlib import Path

import pytest
import yaml

from umbra.figures import gallery
from umbra.figures.catalogue import FIGURES, PROFILE_FIGURE, configured, profile_network

REPOSITORY = Path(__file__).resolve().parents[3]
CAPTIONS = REPOSITORY / "workflow" / "report"


def test_catalogue_covers_the_paper_and_its_captions_exist():
    numbers = [int(name[3:5]) for name in FIGURES]
    assert numbers == list(range(1, 24))
    for entry in FIGURES.values():
        assert entry.captions
        assert all((CAPTIONS / name).read_text().strip() for name in entry.captions)


def test_catalogue_leaves_out_what_is_not_trained():
    few = configured(architectures=["A"], channel_sets=["urz_hi"])
    assert [name[:5] for name in few] == [
        "fig01",
        "fig02",
        "fig03",
        "fig04",
        "fig06",
        "fig07",
        "fig08",
        "fig09",
        "fig10",
        "fig18",
        "fig19",
        "fig20",
        "fig21",
        "fig22",
        "fig23",
    ]
    assert profile_network(architectures=["A", "B"], channel_sets=["i", "urz_hi"]) == (
        "B",
        "urz_hi",
    )
    assert profile_network(architectures=["ResNet50"], channel_sets=["i"]) == ("ResNet50", "i")
    assert PROFILE_FIGURE in few


@pytest.fixture
def gallery_inputs(tmp_path):
    figures = []
    for name, entry in FIGURES.items():
        png, pdf = tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"
        png.write_bytes(b"png")
        pdf.write_bytes(b"pdf")
        caption = "\n".join((CAPTIONS / text).read_text() for text in entry.captions)
        figures.append((entry.title, png, pdf, caption))
    return figures


def test_gallery_shows_every_figure_caption_and_the_configuration(gallery_inputs, tmp_path):
    table = tmp_path / "rejected.csv"
    table.write_text("galaxy,reason\n12,no <gas>\n")
    config = {"seed": 3, "photometry": {"engine": "embedded"}}
    output = tmp_path / "results" / "figures"
    output.mkdir(parents=True)
    (output / "old.png").touch()
    gallery.write_gallery(
        figures=gallery_inputs, config=config, output=output, tables=[("Rejected", table)]
    )
    page = (output / "index.html").read_text()
    places = [page.index(f'<img src="{name}.png"') for name in FIGURES]
    assert places == sorted(places)
    for name, entry in FIGURES.items():
        assert (output / f"{name}.png").read_bytes() == b"png"
        assert (output / f"{name}.pdf").read_bytes() == b"pdf"
        assert page.count(f'href="{name}.pdf"') == 2
        for text in entry.captions:
            caption = (CAPTIONS / text).read_text().split(". ")[0]
            assert " ".join(caption.split()) in " ".join(page.split())
    assert "no &lt;gas&gt;" in page and "1 row<" in page
    shown = re.search(r"<pre>(.*?)</pre>", page, flags=re.DOTALL)[1]
    assert yaml.safe_load(shown) == config
    assert not re.search(r"(src|href)=\"https?:", page), "the page needs nothing from elsewhere"
    assert not (output / "old.png").exists()


def test_gallery_that_fails_leaves_nothing_half_made(gallery_inputs, tmp_path):
    gallery_inputs[-1][1].unlink()
    output = tmp_path / "results" / "figures"
    with pytest.raises(FileNotFoundError):
        gallery.write_gallery(figures=gallery_inputs, config={}, output=output)
    assert list(output.parent.iterdir()) == []
